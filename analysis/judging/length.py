"""Whether the longer response wins, with a judge and with people, so that a liking they share is no bias."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    estimate_of,
    item_sums,
    normal_interval,
    null_with_reason,
    quotient,
    refuse_empty,
    refuse_not_finite,
)
from analysis.data import A, B, Floats
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate

STEEPEST = 1e6  # a slope beyond it is no finite maximum
SCALE = "natural log of (length of A + 1)/(length of B + 1)"


@dataclass(frozen=True, slots=True)
class Choices:
    """Choices between two responses: codes of analysis.data, the lengths of both, and the item, one row each."""

    outcome: NDArray[Any]
    length_a: Floats
    length_b: Floats
    item: Codes

    def __post_init__(self) -> None:
        lengths = {len(self.outcome), len(self.length_a), len(self.length_b), len(self.item)}
        if len(lengths) > 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        refuse_not_finite(self.length_a, self.length_b)


@dataclass(frozen=True, slots=True)
class LengthBias:
    """The pull of length on a judge beside that on people, on the items that both answered.

    ``..._share`` is the share of decided choices between responses of different length that went to the longer
    one; ``..._slope`` the rise in log-odds of winning per unit of log length ratio (0.69 is twice as long), ties
    half. Differences are judge minus people. A positive difference is a bias only as far as people are right, and
    length may stand for something else that people do not value.
    """

    judge_share: Estimate
    people_share: Estimate
    share_difference: Estimate
    judge_slope: Estimate
    people_slope: Estimate
    slope_difference: Estimate


def length_bias(judge: Choices, people: Choices, *, sampling: Sampling = DEFAULT) -> LengthBias:
    """Measure the pull of length on a judge and on people; items are the unit of every interval."""
    judge, people = _on(judge, people.item), _on(people, judge.item)
    return LengthBias(
        judge_share=prefers_longer(judge, sampling=sampling),
        people_share=prefers_longer(people, sampling=sampling),
        share_difference=_share_difference(judge, people, sampling),
        judge_slope=length_slope(judge, confidence=sampling.confidence),
        people_slope=length_slope(people, confidence=sampling.confidence),
        slope_difference=_slope_difference(judge, people, sampling.confidence),
    )


@null_with_reason
def prefers_longer(choices: Choices, *, sampling: Sampling = DEFAULT) -> Estimate:
    """Return the share of decided choices between responses of different length that went to the longer one."""
    refuse_empty(len(choices.outcome), "there are no choices")
    longer, kept = _longer(choices)
    if not kept.any():
        raise Undefined(Why.NO_CASES, "no choice between responses of different length was decided")
    return share_estimate(longer[kept], item=choices.item[kept], sampling=sampling)


@null_with_reason
def length_slope(choices: Choices, *, confidence: float = 0.95) -> Estimate:
    """Return the slope of a logistic regression of winning on the log length ratio, clustered by item.

    There is no intercept, since which response is called A means nothing; a tie is half a win. One is added to
    lengths so that an empty response has a ratio too. The slope takes responses to be equal in all but length: it
    is a summary of a pull, not an effect with quality held fixed.

    References
    ----------
    Dubois et al. (2024), Length-Controlled AlpacaEval, for the idea; the scale is ours.
    """
    slope, added, _ = _slope(choices)
    error = float(np.sqrt((added**2).sum() * len(added) / (len(added) - 1)))
    made = normal_interval(
        slope, error, confidence=confidence, n=len(choices.outcome), method="sandwich clustered by item, normal"
    )
    return _scaled(made)


@null_with_reason
def _share_difference(judge: Choices, people: Choices, sampling: Sampling) -> Estimate:
    refuse_empty(min(len(judge.outcome), len(people.outcome)), "the judge and the people share no item")
    rows, items = [], []
    for side, choices in enumerate((judge, people)):
        longer, kept = _longer(choices)
        row = np.zeros((int(kept.sum()), 4))
        row[:, 2 * side], row[:, 2 * side + 1] = longer[kept], 1.0
        rows.append(row)
        items.append(choices.item[kept])

    def gap(sums: Floats) -> Floats:
        return np.asarray(quotient(sums[:, 0], sums[:, 1]) - quotient(sums[:, 2], sums[:, 3]))

    missing = Undefined(Why.NO_CASES, "no choice between responses of different length was decided on one side")
    item = np.concatenate(items)
    if not len(item):
        raise missing
    sums = item_sums(np.concatenate(rows), item, gap, alike=True)
    return estimate_of(sums, n=len(item), sampling=sampling, conventions={"unit": "item"}, otherwise=missing)


@null_with_reason
def _slope_difference(judge: Choices, people: Choices, confidence: float) -> Estimate:
    """Subtract what each item adds to either slope, so that the two on one item are not taken as independent."""
    (first, added_1, item_1), (second, added_2, item_2) = _slope(judge), _slope(people)
    items = np.union1d(item_1, item_2)
    change = np.zeros(len(items))
    change[np.searchsorted(items, item_1)] += added_1
    change[np.searchsorted(items, item_2)] -= added_2
    error = float(np.sqrt((change**2).sum() * len(items) / (len(items) - 1)))
    method = "sandwich clustered by item, normal"
    made = normal_interval(first - second, error, confidence=confidence, n=len(judge.outcome), method=method)
    return _scaled(made)


def _slope(choices: Choices) -> tuple[float, Floats, Codes]:
    """Return the slope, what each item adds to its error, and the items."""
    refuse_empty(len(choices.outcome), "there are no choices")
    won = np.where(choices.outcome == A, 1.0, np.where(choices.outcome == B, 0.0, 0.5))
    x = np.log1p(choices.length_a) - np.log1p(choices.length_b)
    _refuse_unbounded(x, won)
    slope = _solve(x, won)
    chance = 1 / (1 + np.exp(-slope * x))
    items, place = np.unique(choices.item, return_inverse=True)
    if len(items) < 2:
        raise Undefined(Why.ONE_ITEM, "a spread needs at least two items, and here is one")
    added = np.bincount(place, x * (won - chance)) / (chance * (1 - chance) * x**2).sum()
    return slope, added, items


def _solve(x: Floats, won: Floats) -> float:
    from scipy.optimize import brentq
    from scipy.special import expit

    def score(slope: float) -> float:
        return float(x @ (won - expit(slope * x)))

    reach = 1.0
    while score(-reach) < 0 or score(reach) > 0:  # the score falls from one end to the other
        reach *= 2
        if reach > STEEPEST:
            raise Undefined(Why.SEPARATED, "length decides so sharply that no finite slope fits")
    return float(brentq(score, -reach, reach, xtol=1e-12))


def _refuse_unbounded(x: Floats, won: Floats) -> None:
    if not x.any():
        raise Undefined(Why.NO_VARIANCE, "the two responses are always equally long")
    pull = x * (2 * won - 1)
    if not ((won == 0.5) & (x != 0)).any() and (bool((pull >= 0).all()) or bool((pull <= 0).all())):
        raise Undefined(Why.SEPARATED, "the longer response always wins, or always loses, so no finite slope fits")


def _longer(choices: Choices) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a_won, b_won = choices.outcome == A, choices.outcome == B
    kept = (a_won | b_won) & (choices.length_a != choices.length_b)
    return a_won == (choices.length_a > choices.length_b), kept


def _on(choices: Choices, items: Codes) -> Choices:
    kept = np.isin(choices.item, items)
    return Choices(choices.outcome[kept], choices.length_a[kept], choices.length_b[kept], choices.item[kept])


def _scaled(made: Estimate) -> Estimate:
    return replace(made, conventions={**made.conventions, "scale": SCALE, "ties": "half", "unit": "item"})
