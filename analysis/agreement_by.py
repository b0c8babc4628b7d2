"""Agreement slice by slice, with an error that all slices share, and whether a slice differs from the rest."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.agreement import AgreementOptions, Statistic, built, statistic_of
from analysis.catalogue import Entry, entries_for
from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import Significance
from analysis.data import Mask, Ratings, take
from analysis.drift.slices import difference_test
from analysis.errors import Undefined, Why
from analysis.parts import Part, criteria_in, part_of, rows_of_criterion
from analysis.resampling import Codes
from analysis.units import FEW_VALUES

MOST_SLICES = 200
FEWEST = 20  # items, or clusters: with fewer the jackknife's error can vanish by chance

Slices = Mapping[str, Mask]  # by name: which rows of the ratings; a row may be in several


@dataclass(frozen=True, slots=True)
class SliceStatistic:
    """A statistic on one slice, on everything else (``rest``), and the test that the two are the same.

    ``p_holm`` is corrected over the slices of the same statistic and criterion.
    """

    slice: str
    statistic: Statistic
    rest: float | None
    test: Significance
    p_holm: float | None = None


@dataclass(frozen=True, slots=True)
class AgreementBy:
    """The statistics of every slice.

    ``confidence`` is that of all slices' intervals of one statistic together; each is made at ``confidence_each`` =
    1 - (1 - confidence) / slices (Bonferroni).
    """

    by: str
    confidence: float
    confidence_each: float
    multiplicity: str
    slices: tuple[SliceStatistic, ...]


def slices_of_tag(ratings: Ratings) -> Slices:
    """Return the rows of each tag.

    Raises
    ------
    Undefined
        ``not_recorded``: the ratings have no tag.
    """
    if ratings.tag is None:
        raise Undefined(Why.NOT_RECORDED, "slices need a column by which ratings are told apart")
    tag = ratings.tag.used()
    _refuse_many(len(tag.names))
    return {name: tag.codes == place for place, name in enumerate(tag.names)}


def agreement_by(
    ratings: Ratings, slices: Slices, options: AgreementOptions, *, by: str, only: Container[str] | None = None
) -> AgreementBy:
    """Measure agreement within each slice. Slices are chosen by looking at several, so read ``p_holm``.

    Where no categories are declared, those of all slices together are every slice's scale. ``only`` names the
    statistics wanted, of those that the options show.

    Raises
    ------
    ValueError
        There are more than MOST_SLICES slices, or an option does not fit.
    """
    _refuse_many(len(slices))
    each = replace(options, confidence=1 - (1 - options.confidence) / max(len(slices), 1))
    found = [one for criterion in criteria_in(ratings) for one in _of_criterion(ratings, criterion, slices, each, only)]
    return AgreementBy(
        by=by,
        confidence=options.confidence,
        confidence_each=each.confidence,
        multiplicity=f"intervals by Bonferroni over {len(slices)} slices, each at {each.confidence:.5g} so that all "
        f"hold at {options.confidence:g}; tests against the rest by Holm over the slices of a statistic",
        slices=tuple(found),
    )


def _of_criterion(
    ratings: Ratings,
    criterion: str | None,
    slices: Slices,
    options: AgreementOptions,
    only: Container[str] | None,
) -> list[SliceStatistic]:
    level = options.level_of(criterion)
    rows = rows_of_criterion(ratings, criterion)
    chosen = take(ratings, rows)
    whole = part_of(chosen, criterion, level=level, cluster=options.cluster)
    scale = whole.categories or _observed(whole)

    def part(side: Mask) -> Part:
        made = part_of(take(chosen, side), criterion, level=level, cluster=options.cluster)
        return replace(made, categories=scale)

    parts = {name: (part(side[rows]), part(~side[rows])) for name, side in slices.items()}
    made = []
    for entry in entries_for(whole, every=options.every):
        if only is not None and entry.name not in only:
            continue
        made += _corrected([_compared(name, entry, here, rest, options) for name, (here, rest) in parts.items()])
    return made


def _observed(part: Part) -> tuple[float, ...]:
    values = np.unique(part.collapsed.ratings.value)
    return tuple(values.tolist()) if len(values) <= FEW_VALUES else ()


def _compared(name: str, entry: Entry, here: Part, rest: Part, options: AgreementOptions) -> SliceStatistic:
    statistic = statistic_of(entry, here, options)
    try:
        others = built(entry, rest)
    except Undefined as error:
        return SliceStatistic(name, statistic, None, Significance(None, reason=error.code, message=error.message))
    return SliceStatistic(name, statistic, others.estimate(), _test(entry, here, rest))


def _test(entry: Entry, here: Part, rest: Part) -> Significance:
    try:
        _refuse_unfit(here, rest)
        return difference_test(built(entry, here), built(entry, rest), here.clusters)
    except Undefined as error:
        return Significance(None, reason=error.code, message=error.message)


def _refuse_unfit(here: Part, rest: Part) -> None:
    """Raise where an item, or a cluster, lies on both sides, or where one side has too few for a normal test."""
    mine, others = (np.unique(_units(part)) for part in (here, rest))
    if np.isin(mine, others).any():
        raise Undefined(Why.NOT_INDEPENDENT, "the slice and the rest share items, and the test takes them as apart")
    if min(len(mine), len(others)) < FEWEST:
        raise Undefined(Why.TOO_FEW, f"a side has {min(len(mine), len(others))} items or clusters; {FEWEST} at least")


def _units(part: Part) -> Codes:
    """Return what is resampled, row by row: the item, or its cluster."""
    item = part.collapsed.ratings.item.codes.astype(np.int64)
    return item if part.clusters is None else part.clusters.codes[item]


def _corrected(found: list[SliceStatistic]) -> list[SliceStatistic]:
    p_values = np.array([np.nan if one.test.p_value is None else one.test.p_value for one in found])
    holm = adjusted(p_values, method="holm")
    return [replace(one, p_holm=None if np.isnan(p) else float(p)) for one, p in zip(found, holm, strict=True)]


def _refuse_many(slices: int) -> None:
    if slices > MOST_SLICES:
        raise ValueError(f"{slices} slices are too many; {MOST_SLICES} at most. Choose a column with fewer values")
