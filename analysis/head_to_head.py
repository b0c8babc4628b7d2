"""Two systems against each other: on the battles between them, or on ratings paired by prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.compare import ROUNDS, Comparison, compare, compare_battles
from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import DEFAULT, Sampling
from analysis.data import Battles, Coded, Floats, Ratings, take
from analysis.errors import Undefined, Why
from analysis.notes import Note

CORRECTION = "holm"


@dataclass(frozen=True, slots=True)
class Contest:
    """One criterion on which the two were compared.

    ``criterion`` is None where there is only one. ``adjusted_p`` is the p value of the primary test, corrected over
    the criteria of this head-to-head. Where nothing could be compared ``reason`` and ``message`` say why.
    """

    criterion: str | None
    comparison: Comparison | None
    adjusted_p: float | None = None
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HeadToHead:
    """Two systems compared; every difference is first minus second."""

    first: str
    second: str
    correction: str
    seed: int
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    contests: tuple[Contest, ...]


def head_to_head(
    tables: Sequence[Battles | Ratings],
    first: str,
    second: str,
    *,
    criteria: Sequence[str | None] | None = None,
    sampling: Sampling = DEFAULT,
    rounds: int = ROUNDS,
    correction: str = CORRECTION,
    every: bool = False,
) -> HeadToHead:
    """Compare two systems on every table that knows them.

    Parameters
    ----------
    tables : sequence of Battles and Ratings
        Ratings are taken apart by criterion.
    first, second : str
        The systems' names.
    criteria : sequence of str or None, optional
        The criterion that each table of battles is about; ratings bring their own.
    sampling, rounds, every
        As for ``analysis.comparison.compare.compare``.
    correction : str
        One of ``analysis.comparison.corrections.METHODS``, for the primary tests of several criteria.

    Raises
    ------
    ValueError
        The two are one, or a name is in none of the tables.
    """
    _refuse_unknown(tables, first, second)
    made: list[Contest] = []
    work = _Work((first, second), sampling, rounds, every)
    for table, criterion in zip(tables, criteria or [None] * len(tables), strict=True):
        if isinstance(table, Battles):
            made.append(_on_battles(table, criterion, work))
        else:
            made.extend(_on_ratings(table, work))
    return HeadToHead(
        first=first,
        second=second,
        correction=correction,
        seed=sampling.seed,
        conventions=_CONVENTIONS
        | {"multiplicity": f"the primary test's p values, {correction} over the criteria shown"},
        warnings=tuple(note for table in tables for note in _ignored_weights(table)),
        contests=_corrected(made, correction),
    )


def between(battles: Battles, first: str, second: str) -> Battles:
    """Return the battles of these two systems with each other.

    Raises
    ------
    Undefined
        ``no_pairs``: they never met.
    """
    places = [battles.systems.index(name) for name in (first, second) if name in battles.systems]
    rows = np.isin(battles.system_a, places) & np.isin(battles.system_b, places)
    if len(places) < 2 or not rows.any():
        raise Undefined(Why.NO_PAIRS, f"{first} and {second} never met in a battle")
    return take(battles, rows)


def paired_values(ratings: Ratings, first: str, second: str) -> tuple[Floats, Floats]:
    """Return both systems' mean rating on each prompt that either was rated on, NaN where only the other was.

    Raises
    ------
    Undefined
        ``not_recorded``: the ratings do not say which system they are about; ``not_numeric``: they are labels;
        ``no_pairs``: no prompt was rated for both.
    """
    if ratings.system is None:
        raise Undefined(Why.NOT_RECORDED, "a comparison on ratings needs the system of each (column system)")
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean to compare")
    unit = ratings.item if ratings.prompt is None else ratings.prompt
    values = [_means(ratings, unit, ratings.system, name) for name in (first, second)]
    known = ~np.isnan(values)
    if not known.all(axis=0).any():
        missing = "; a column prompt would pair responses" if ratings.prompt is None else ""
        raise Undefined(Why.NO_PAIRS, f"nothing was rated for both {first} and {second}{missing}")
    either = known.any(axis=0)
    return values[0][either], values[1][either]


def _means(ratings: Ratings, unit: Coded, system: Coded, name: str) -> Floats:
    rows = system.codes == (system.names.index(name) if name in system.names else -1)
    size = len(unit.names)
    number = np.bincount(unit.codes[rows], minlength=size)
    total = np.bincount(unit.codes[rows], ratings.value[rows], size)
    means: Floats = np.divide(total, number, out=np.full(size, np.nan), where=number > 0)
    return means


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked of every criterion."""

    pair: tuple[str, str]
    sampling: Sampling
    rounds: int
    every: bool


def _on_battles(battles: Battles, criterion: str | None, work: _Work) -> Contest:
    try:
        met = between(battles, *work.pair)
    except Undefined as error:
        return Contest(criterion, None, reason=error.code, message=error.message)
    first_is_a = met.system_a == met.systems.index(work.pair[0])
    made = compare_battles(
        met.outcome,
        prompt=met.prompt,
        first_is_a=first_is_a,
        sampling=work.sampling,
        rounds=work.rounds,
        every=work.every,
    )
    return Contest(criterion, made)


def _on_ratings(ratings: Ratings, work: _Work) -> list[Contest]:
    criterion = ratings.criterion
    if criterion is None:
        return [_on_criterion(ratings, None, work)]
    return [
        _on_criterion(take(ratings, criterion.codes == place), name, work)
        for place, name in enumerate(criterion.names)
        if bool((criterion.codes == place).any())
    ]


def _on_criterion(ratings: Ratings, criterion: str | None, work: _Work) -> Contest:
    try:
        values = paired_values(ratings, *work.pair)
    except Undefined as error:
        return Contest(criterion, None, reason=error.code, message=error.message)
    return Contest(criterion, compare(*values, sampling=work.sampling, rounds=work.rounds, every=work.every))


def _corrected(contests: list[Contest], correction: str) -> tuple[Contest, ...]:
    raw = [None if one.comparison is None else one.comparison.tests[one.comparison.primary].p_value for one in contests]
    p_values = adjusted(np.array([np.nan if p is None else p for p in raw]), method=correction)
    return tuple(
        Contest(one.criterion, one.comparison, None if np.isnan(p) else float(p), one.reason, one.message)
        for one, p in zip(contests, p_values, strict=True)
    )


def _refuse_unknown(tables: Sequence[Battles | Ratings], first: str, second: str) -> None:
    if first == second:
        raise ValueError(f"a comparison needs two systems, and both are {first!r}")
    known = sorted({name for table in tables for name in _systems(table)})
    for name in (first, second):
        if name not in known:
            shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
            raise ValueError(f"no system {name!r}; there is {shown or 'none'}")


def _systems(table: Battles | Ratings) -> tuple[str, ...]:
    if isinstance(table, Battles):
        return table.systems
    if table.system is None:
        raise Undefined(Why.NOT_RECORDED, "a comparison on ratings needs the system of each (column system)")
    return table.system.names


def _ignored_weights(table: Battles | Ratings) -> tuple[Note, ...]:
    if isinstance(table, Ratings) or table.weight is None or not len(table) or np.ptp(table.weight) == 0:
        return ()
    return (Note("weights_ignored", "paired tests take every battle once: weights enter the leaderboard only"),)


_CONVENTIONS = {
    "difference": "first minus second",
    "ratings": "mean over a prompt's ratings of either system, paired by prompt; by item where prompts are not named",
    "battles": "a tie or both-bad is half a win for each; battles on one prompt stay together",
}
