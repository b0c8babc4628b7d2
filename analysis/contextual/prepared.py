"""Battles made ready for a fit on rows: those that count, among systems that share a scale, with their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contextual.context import Context
from analysis.contextual.raters import FEWEST, Own, named, nobody, one_sided, own_numbers, shown_first
from analysis.contextual.rows import counted, weights_of
from analysis.contextual.style import FrozenStyle, complete, differences, recorded, scales
from analysis.counts import tally
from analysis.data import Battles, Floats, take
from analysis.errors import Undefined, Why
from analysis.options import Options
from analysis.strengths import Strengths, bradley_terry


@dataclass(frozen=True, slots=True)
class StyleColumns:
    """Standardised differences of the features ``names``; ``left_out`` battles whose style is not known.

    Estimated features are columns of ``values``; frozen ones are already in ``offset``.
    """

    names: tuple[str, ...]
    scales: Floats
    values: Floats
    offset: Floats
    left_out: int


@dataclass(frozen=True, slots=True)
class PositionColumns:
    """Who stood first, and whose position term each row takes, -1 for none.

    The terms are those of ``own``'s raters and, where ``has_shared``, a last one of all other raters. ``always`` are
    raters who chose the same side throughout: their ``left_out`` battles say nothing about systems.
    """

    first: Floats
    term: NDArray[Any]
    own: Own
    has_shared: bool
    always: NDArray[np.int64]
    left_out: int

    @property
    def size(self) -> int:
        """The number of position terms."""
        return len(self.own.raters) + self.has_shared


@dataclass(frozen=True, slots=True)
class Prepared:
    """The battles that enter the fit, and the columns beside their systems.

    ``base`` is the fit without these columns, which knows components and groups. ``active`` are the systems of groups
    with several, and ``place`` each system's place among them, -1 for one that stands alone.
    """

    battles: Battles
    base: Strengths
    active: NDArray[np.int64]
    place: NDArray[np.int64]
    style: StyleColumns
    position: PositionColumns
    judges: Own


def prepare(battles: Battles, options: Options) -> Prepared:
    """Choose the rows and build the columns that are asked for.

    Raises
    ------
    Undefined
        ``not_recorded``: style, display or raters are not known; ``empty``: no battle is left.
    """
    context = options.context
    kept = counted(battles, ties=options.ties, both_bad=options.both_bad) & (weights_of(battles) > 0)
    counts = _some(take(battles, kept))
    names = _names(counts, context)
    known = take(counts, complete(differences(counts, names)))
    part, base, always = _comparable(_some(known), options)
    active = np.flatnonzero(np.bincount(base.group)[base.group] > 1)
    place = np.full(len(battles.systems), -1)
    place[active] = np.arange(len(active))
    return Prepared(
        battles=part,
        base=base,
        active=active,
        place=place,
        style=_style(part, context, names, len(counts) - len(known)),
        position=_position(part, context, always, _rows_by(known, always)),
        judges=_judges(part, context),
    )


def _some(battles: Battles) -> Battles:
    if not len(battles):
        raise Undefined(Why.EMPTY, "no battle is left: none counts, or none has what the board asks for")
    return battles


def _names(battles: Battles, context: Context) -> tuple[str, ...]:
    if not context.has_style:
        return ()
    there = recorded(battles)
    if context.frozen_style is None:
        return there
    names = tuple(one.name for one in context.frozen_style.features)
    if missing := [name for name in names if name not in there]:
        raise Undefined(Why.NOT_RECORDED, f"the saved style needs {', '.join(missing)} of both responses")
    return names


def _comparable(battles: Battles, options: Options) -> tuple[Battles, Strengths, NDArray[np.int64]]:
    """Return the battles within groups, the plain fit, and the raters left out for choosing one side throughout."""
    always = np.array([], dtype=np.int64)
    while True:
        base = bradley_terry(tally(battles), rule=options.ties, both_bad=options.both_bad, prior=options.prior)
        within = take(battles, base.group[battles.system_a] == base.group[battles.system_b])
        found = _always(within, options.context)
        if not len(found) or battles.rater is None:
            return within, base, always
        always = np.sort(np.concatenate([always, found]))
        battles = _some(take(battles, ~np.isin(battles.rater.codes, found)))


def _always(battles: Battles, context: Context) -> NDArray[np.int64]:
    """Return the raters with enough battles who always chose the same side of the display."""
    if not context.position or battles.rater is None:
        return np.array([], dtype=np.int64)
    own = own_numbers(battles.rater)
    return own.raters[one_sided(battles, own.of_row, len(own.raters))]


def _rows_by(battles: Battles, raters: NDArray[np.int64]) -> int:
    return 0 if battles.rater is None else int(np.isin(battles.rater.codes, raters).sum())


def _style(battles: Battles, context: Context, names: tuple[str, ...], left_out: int) -> StyleColumns:
    raw, frozen = differences(battles, names), context.frozen_style
    if frozen is None:
        scale = scales(raw, weights_of(battles))
        values = raw / np.where(scale > 0, scale, 1.0)
        return StyleColumns(names, scale, values, np.zeros(len(battles)), left_out)
    scale = np.array([one.scale for one in frozen.features])
    return StyleColumns(names, scale, raw[:, :0], (raw / scale) @ _coefficients(frozen), left_out)


def _coefficients(frozen: FrozenStyle) -> Floats:
    return np.array([one.coefficient for one in frozen.features])


def _position(battles: Battles, context: Context, always: NDArray[np.int64], left_out: int) -> PositionColumns:
    own = nobody(len(battles))
    if not context.position:
        return PositionColumns(np.zeros(len(battles)), own.of_row, own, False, always, left_out)
    if battles.rater is not None:
        own = own_numbers(battles.rater)
    rest = np.where(own.of_row < 0, 0, -1)
    has_shared = int((rest == 0).sum()) >= FEWEST and not bool(one_sided(battles, rest, 1)[0])
    term = np.where((rest == 0) & has_shared, len(own.raters), own.of_row)
    return PositionColumns(shown_first(battles), term, own, has_shared, always, left_out)


def _judges(battles: Battles, context: Context) -> Own:
    """Return the raters with a discrimination of their own; shrinkage lets every rater have one."""
    if context.rater_model != "discrimination":
        return nobody(len(battles))
    return own_numbers(named(battles), 1 if context.shrink else FEWEST)
