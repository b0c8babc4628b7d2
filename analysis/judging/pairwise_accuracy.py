"""Pairwise accuracy with credit for ties: whether a metric orders systems or responses as people do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    ratio,
    refuse_not_finite,
    slack_of,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why

MOST_PAIRS = 20_000_000  # pairs held at once: 0.5 GB
BEST = "best"


@dataclass(frozen=True, slots=True)
class PairCounts:
    """How people and a metric order pairs: alike, oppositely, or with a tie by people, by the metric, by both."""

    concordant: int
    discordant: int
    tied_people: int
    tied_metric: int
    tied_both: int

    @property
    def n(self) -> int:
        """Return the number of pairs."""
        return self.concordant + self.discordant + self.tied_people + self.tied_metric + self.tied_both


@dataclass(frozen=True, slots=True)
class PairwiseAccuracy:
    """Share of pairs ordered or tied as people order or tie them, with the counts it is made of.

    ``tau`` is the same on -1 to 1. ``epsilon`` is the metric difference up to which a pair counts as tied; where
    ``chosen_here`` it maximises the accuracy of these same data, which then flatters.
    """

    accuracy: Estimate
    tau: float | None
    counts: PairCounts
    epsilon: float
    chosen_here: bool


def pairwise_accuracy(
    people: Floats,
    metric: Floats,
    *,
    group: Codes | None = None,
    cluster: Codes | None = None,
    epsilon: float | str = 0.0,
    sampling: Sampling = DEFAULT,
) -> PairwiseAccuracy:
    """Compare the order that a metric gives with that of people, over the pairs within each group.

    Parameters
    ----------
    people, metric : array, shape (rows,)
        One value each for what is ordered, higher being better.
    group : array of int, shape (rows,), optional
        Only rows of one group (say, responses to one prompt) are paired; groups are resampled for the interval.
        Without groups all rows are paired and there is no interval, since pairs share rows.
    cluster : array of int, shape (rows,), optional
        What is resampled in place of single groups, such as the prompt that the groups of several raters share; the
        same for all rows of a group.
    epsilon : float or "best"
        Metric differences up to it are ties; "best" takes the smallest of the observed ones with the highest
        accuracy. Differences within 1e-9 of the largest are ties anyway.
    sampling : Sampling
        Intervals, with epsilon held fixed.

    References
    ----------
    Deutsch, Foster and Freitag (2023), Ties Matter, EMNLP.
    """
    if isinstance(epsilon, str) and epsilon != BEST:
        raise ValueError(f"epsilon must be a number or {BEST!r}, not {epsilon!r}")
    refuse_not_finite(people, metric)
    try:
        pairs = _pairs(people, metric, group, group if cluster is None else cluster)
    except Undefined as error:
        null = Estimate(None, reason=error.code, message=error.message)
        return PairwiseAccuracy(null, None, PairCounts(0, 0, 0, 0, 0), 0.0, epsilon == BEST)
    limit = _best_epsilon(pairs) if isinstance(epsilon, str) else epsilon
    unit = "pair" if group is None else "group" if cluster is None else "cluster"
    made = _accuracy(pairs, limit, unit, sampling)
    share = made.value
    tau = None if share is None else 2 * share - 1
    return PairwiseAccuracy(made, tau, _count(pairs, limit), limit, epsilon == BEST)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Differences of each pair and what it is resampled with; differences that are rounding only are zero."""

    people: Floats
    metric: Floats
    unit: Codes


def _pairs(people: Floats, metric: Floats, group: Codes | None, unit: Codes | None) -> _Pairs:
    if len(people) != len(metric):
        raise ValueError(f"{len(people)} values of people do not go with {len(metric)} of the metric")
    if not len(people):
        raise Undefined(Why.EMPTY, "there is nothing to order")
    places = list(_members(group, len(people)))
    number = sum(len(rows) * (len(rows) - 1) // 2 for rows in places)
    if number > MOST_PAIRS:
        raise Undefined(Why.TOO_MANY_VALUES, f"{number} pairs are more than the {MOST_PAIRS} that fit; use groups")
    if not number:
        raise Undefined(Why.NO_PAIRS, "no group has two rows to order")
    first, second = (np.concatenate(side) for side in zip(*(_all_pairs(rows) for rows in places), strict=True))
    own = np.zeros(len(first), dtype=np.int64) if unit is None else unit[first]
    return _Pairs(_steps(people[first] - people[second]), _steps(metric[first] - metric[second]), own)


def _members(group: Codes | None, rows: int) -> Iterator[Codes]:
    if group is None:
        yield np.arange(rows)
        return
    order = np.argsort(group, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _all_pairs(rows: Codes) -> tuple[Codes, Codes]:
    first, second = np.triu_indices(len(rows), 1)
    return rows[first], rows[second]


def _steps(difference: Floats) -> Floats:
    return np.where(np.abs(difference) <= slack_of(difference), 0.0, difference)


def _right(pairs: _Pairs, epsilon: float) -> Floats:
    tied = np.abs(pairs.metric) <= epsilon
    same: Floats = np.where(tied, pairs.people == 0, np.sign(pairs.metric) == np.sign(pairs.people)).astype(np.float64)
    return same


def _accuracy(pairs: _Pairs, epsilon: float, unit: str, sampling: Sampling) -> Estimate:
    right = _right(pairs, epsilon)
    said = {"unit": unit, "epsilon": f"{epsilon:g}"}
    if unit == "pair":
        why = "none: pairs share rows"
        return Estimate(float(right.mean()), None, None, len(right), why, conventions=said)
    sums = item_sums(np.column_stack([right, np.ones(len(right))]), pairs.unit, ratio, alike=True)
    nothing = Undefined(Why.NO_PAIRS, "no group has two rows to order")
    return estimate_of(sums, n=len(right), sampling=sampling, conventions=said, otherwise=nothing)


def _count(pairs: _Pairs, epsilon: float) -> PairCounts:
    tied, people_tied = np.abs(pairs.metric) <= epsilon, pairs.people == 0
    agree = np.sign(pairs.metric) == np.sign(pairs.people)
    ordered = ~tied & ~people_tied
    return PairCounts(
        concordant=int((ordered & agree).sum()),
        discordant=int((ordered & ~agree).sum()),
        tied_people=int((people_tied & ~tied).sum()),
        tied_metric=int((tied & ~people_tied).sum()),
        tied_both=int((tied & people_tied).sum()),
    )


def _best_epsilon(pairs: _Pairs) -> float:
    """Walk through the metric differences from small to large; each pair that becomes a tie gains or loses one."""
    size = np.abs(pairs.metric)
    order = np.argsort(size, kind="stable")
    concordant = (np.sign(pairs.metric) == np.sign(pairs.people)) & (pairs.people != 0)
    gain = np.cumsum(np.where(pairs.people == 0, 1, np.where(concordant, -1, 0))[order])
    ordered = size[order]
    last = np.append(np.diff(ordered) > 0, True)  # all pairs of a size become ties together
    candidates, gains = ordered[last], gain[last]
    if candidates[0] > 0:  # tying nothing is a choice too
        candidates, gains = np.insert(candidates, 0, 0.0), np.insert(gains, 0, 0)
    return float(candidates[np.argmax(gains)])
