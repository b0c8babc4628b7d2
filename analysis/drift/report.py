"""How far answers moved between two parts of a table, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    Significance,
    estimate_of,
    item_sums,
    null_with_reason,
    quotient,
)
from analysis.data import Floats, Mask, Ratings, take
from analysis.drift.distributions import Bins, Drift, drift, kolmogorov_smirnov, quantile_bins
from analysis.drift.exchange import ROUNDS, exchange, items_of
from analysis.errors import Undefined, Why
from analysis.notes import Note

MOST_CATEGORIES = 20  # distinct numbers that count as categories; beyond, they are binned
CORRECTION = "holm"


@dataclass(frozen=True, slots=True)
class Bin:
    """One category, or one range of numbers, in both samples."""

    label: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One criterion.

    ``unit`` is what is exchanged and resampled: prompts with all answers on them, items where prompts are not known.
    ``distances`` are of the two distributions over ``bins``; where units repeat their null is that of ``exchanged``,
    the test to report. ``difference`` is the mean after less the mean before. ``adjusted_p`` is the exchange test's p,
    corrected over the criteria.
    """

    criterion: str | None
    n_before: int
    n_after: int
    unit: str
    items_in_both: int
    bin_rule: str
    bins: tuple[Bin, ...]
    distances: Drift
    exchanged: Significance
    kolmogorov_smirnov: Significance
    difference: Estimate
    adjusted_p: float | None = None


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What moved from ``before`` to ``after``, two parts of the column ``over``."""

    over: str
    before: str
    after: str
    correction: str
    seed: int
    confidence: float
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    criteria: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """Ratings of one or more criteria, and which rows are before and which after."""

    ratings: Ratings
    before: Mask
    after: Mask


def drift_report(
    tables: Sequence[Parted],
    *,
    over: str,
    names: tuple[str, str],
    bins: int = 10,
    rounds: int = ROUNDS,
    correction: str = CORRECTION,
    sampling: Sampling = DEFAULT,
) -> DriftReport:
    """Compare the two parts of every table, criterion by criterion.

    Parameters
    ----------
    tables : sequence of Parted
        Numbers or labels; at most 20 distinct numbers are categories, more are binned by quantiles of ``before``.
    over, names
        The column, and what its two parts are called.
    bins : int
        How many quantile bins are asked for.
    rounds : int
        Of the exchange test.
    correction : str
        Of its p values over the criteria, one of ``analysis.comparison.corrections.METHODS``.
    sampling : Sampling
        For the difference of means, and the seed.

    Raises
    ------
    Undefined
        ``empty``: no table has rows on both sides.
    """
    made = [
        _moved(one, criterion, bins, rounds, sampling) for table in tables for criterion, one in _by_criterion(table)
    ]
    if not any(one.n_before and one.n_after for one in made):
        n_before, n_after = sum(one.n_before for one in made), sum(one.n_after for one in made)
        text = f"{names[0]} has {n_before} answers and {names[1]} has {n_after}: nothing to compare"
        raise Undefined(Why.EMPTY, text)
    p_values = adjusted(np.array([_p(one.exchanged) for one in made]), method=correction)
    return DriftReport(
        over=over,
        before=names[0],
        after=names[1],
        correction=correction,
        seed=sampling.seed,
        confidence=sampling.confidence,
        conventions=_CONVENTIONS,
        warnings=_warnings(made),
        criteria=tuple(
            replace(one, adjusted_p=None if np.isnan(p) else float(p)) for one, p in zip(made, p_values, strict=True)
        ),
    )


def _by_criterion(table: Parted) -> Iterator[tuple[str | None, Parted]]:
    criterion = table.ratings.criterion
    if criterion is None:
        yield None, table
        return
    for place, name in enumerate(criterion.names):
        rows = criterion.codes == place
        if rows.any():
            yield name, Parted(take(table.ratings, rows), table.before[rows], table.after[rows])


def _moved(table: Parted, criterion: str | None, bins: int, rounds: int, sampling: Sampling) -> Moved:
    ratings, before, after = table.ratings, table.before, table.after
    place, labels, rule = _binned(ratings, criterion, before, bins)
    unit, codes = ("item", ratings.item) if ratings.prompt is None else ("prompt", ratings.prompt)
    item = codes.codes.astype(np.int64)
    items = items_of(place, len(labels), before, after, item)
    exchanged = exchange(items, rounds=rounds, seed=sampling.seed)
    counts = items.before.sum(axis=0), items.after.sum(axis=0)
    distances = drift(*counts, independent=items.alone)
    if not items.alone:
        distances = replace(distances, psi_expected=exchanged.expected, psi_critical=exchanged.critical)
    return Moved(
        criterion=criterion,
        n_before=int(before.sum()),
        n_after=int(after.sum()),
        unit=unit,
        items_in_both=len(np.intersect1d(ratings.item.codes[before], ratings.item.codes[after])),
        bin_rule=rule,
        bins=tuple(Bin(label, int(one), int(two)) for label, one, two in zip(labels, *counts, strict=True)),
        distances=distances,
        exchanged=exchanged.test,
        kolmogorov_smirnov=_ks(ratings, before, after, alone=items.alone),
        difference=_difference(ratings, before, after, item, sampling),
    )


def _binned(ratings: Ratings, criterion: str | None, before: Mask, bins: int) -> tuple[Codes, list[str], str]:
    """Return each row's bin, what the bins are called, and by which rule they were made."""
    if ratings.labels is not None:
        return ratings.value.astype(np.int64), list(ratings.labels), "labels"
    declared = np.array(ratings.categories.get(criterion or "", ()), dtype=np.float64)
    values = np.union1d(np.unique(ratings.value), declared)
    if len(values) <= MOST_CATEGORIES or not before.any():
        rule = "values on the scale" if len(declared) else "values that occur"
        return np.searchsorted(values, ratings.value), [f"{value:g}" for value in values], rule
    made = quantile_bins(ratings.value[before], bins)
    return np.searchsorted(made.edges, ratings.value, side="right"), _ranges(made), made.rule


def _ranges(bins: Bins) -> list[str]:
    ends = [f"{edge:g}" for edge in bins.edges]
    if not ends:
        return ["all"]
    middle = [f"{low} to {high}" for low, high in pairwise(ends)]
    return [f"below {ends[0]}", *middle, f"{ends[-1]} and more"]


def _ks(ratings: Ratings, before: Mask, after: Mask, *, alone: bool) -> Significance:
    if ratings.labels is not None:
        return Significance(None, reason=Why.NOT_NUMERIC, message="labels have no order")
    return kolmogorov_smirnov(ratings.value[before], ratings.value[after], independent=alone)


@null_with_reason
def _difference(ratings: Ratings, before: Mask, after: Mask, item: Codes, sampling: Sampling) -> Estimate:
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean")
    if not before.any() or not after.any():
        raise Undefined(Why.EMPTY, "one of the two samples has no values")
    rows = before | after
    value, first, second = ratings.value[rows], before[rows], after[rows]
    features = np.column_stack([value * first, first, value * second, second]).astype(np.float64)
    sums = item_sums(features, item[rows], _gap, alike=True)
    nothing = Undefined(Why.EMPTY, "one of the two samples has no values")
    said = {"direction": "after less before"}
    return estimate_of(sums, n=int(rows.sum()), sampling=sampling, conventions=said, otherwise=nothing)


def _gap(sums: Floats) -> Floats:
    gap: Floats = quotient(sums[:, 2], sums[:, 3]) - quotient(sums[:, 0], sums[:, 1])
    return gap


def _p(made: Significance) -> float:
    return np.nan if made.p_value is None else made.p_value


def _warnings(made: Sequence[Moved]) -> tuple[Note, ...]:
    shared = [one for one in made if one.items_in_both]
    if not shared:
        return ()
    text = "some items are in both parts: their answers are exchanged, not compared as two independent samples"
    return (Note("items_in_both", text, tuple(one.criterion for one in shared if one.criterion is not None)),)


_CONVENTIONS = {
    "psi, kl": "natural logarithm, shares floored at 1/(2n)",
    "expected psi": "what it is on average where nothing moved; critical: its 95 % point",
    "test to report": "exchanged: prompts (else items) swap sides or are dealt out anew, with all answers on them",
    "bins": "closed left; quantiles of the part before where there are more than 20 numbers",
}
