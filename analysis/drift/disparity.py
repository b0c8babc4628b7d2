"""Whether groups fare alike: rates side by side, and a judge's errors by group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    no_p_with_reason,
    null_with_reason,
    quotient,
)
from analysis.data import Coded, Floats, Mask
from analysis.errors import Undefined, Why
from analysis.intervals import wilson, z_value
from analysis.judging.shares import share_estimate
from analysis.resampling import Sums, leave_one_out

ROUNDING = 1e-12  # of a jackknife error; below it nothing varies


@dataclass(frozen=True, slots=True)
class Gap:
    """A group beside the reference group: difference and ratio of the rates, and the test of no difference.

    ``adjusted_p`` is corrected over the groups compared.
    """

    difference: Estimate
    ratio: Estimate
    test: Significance
    adjusted_p: float | None


@dataclass(frozen=True, slots=True)
class Disparity:
    """The rate of each group, and each other group's gap to ``reference``."""

    reference: str
    rates: Mapping[str, Estimate]
    gaps: Mapping[str, Gap]


@dataclass(frozen=True, slots=True)
class EqualisedOdds:
    """A judge's true and false positive rates by group: equalised odds ask that both be equal.

    ``largest_gap`` is the largest absolute difference of either to the reference group, None where one is undefined.
    """

    true_positive_rate: Disparity
    false_positive_rate: Disparity
    largest_gap: float | None


def disparity(
    hit: Mask,
    group: Coded,
    *,
    reference: str | None = None,
    item: Codes | None = None,
    correction: str = "holm",
    sampling: Sampling = DEFAULT,
) -> Disparity:
    """Compare how often groups' rows are hits.

    Rows alone: Newcombe's score interval for the difference, the logarithm with half a case added (Walter 1975) for
    the ratio, the score test. With ``item``, items are resampled for both, and the test is normal on the jackknife
    error of the difference over items. ``reference`` None takes the largest group.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890. Walter (1975), Biometrika 62, 371-374.
    """
    if len(hit) != len(group) or (item is not None and len(item) != len(hit)):
        raise ValueError("columns differ in length")
    used = group.used()
    if not used.names:
        return Disparity(reference or "", {}, {})
    base = _reference(used, reference)
    parts = {name: used.codes == place for place, name in enumerate(used.names)}
    rates = {
        name: share_estimate(hit[rows], item=None if item is None else item[rows], sampling=sampling)
        for name, rows in parts.items()
    }
    others = [name for name in parts if name != base]
    tests = {name: _test(hit, parts[name], parts[base], item) for name in others}
    corrected = adjusted(np.array([_p(tests[name]) for name in others]), method=correction)
    gaps = {
        name: Gap(
            _difference(hit, parts[name], parts[base], item, sampling),
            _ratio(hit, parts[name], parts[base], item, sampling),
            tests[name],
            None if np.isnan(p) else float(p),
        )
        for name, p in zip(others, corrected, strict=True)
    }
    return Disparity(base, rates, gaps)


def equalised_odds(
    truth: Mask,
    predicted: Mask,
    group: Coded,
    *,
    reference: str | None = None,
    item: Codes | None = None,
    correction: str = "holm",
    sampling: Sampling = DEFAULT,
) -> EqualisedOdds:
    """Compare a judge's positive verdicts between groups, among the rows that are truly positive and truly negative.

    References
    ----------
    Hardt, Price and Srebro (2016), Advances in Neural Information Processing Systems 29.
    """
    base = reference or (_reference(group.used(), None) if len(group) else None)
    sides = []
    for rows in (truth, ~truth):
        present = base if base is not None and base in group.take(rows).used().names else None
        only = None if item is None else item[rows]
        sides.append(
            disparity(
                predicted[rows],
                group.take(rows),
                reference=present,
                item=only,
                correction=correction,
                sampling=sampling,
            )
        )
    gaps = [gap.difference.value for side in sides for gap in side.gaps.values()]
    groups = len(group.used().names)
    known = [abs(gap) for gap in gaps if gap is not None]
    whole = groups > 1 and len(known) == 2 * (groups - 1) and all(side.reference == base for side in sides)
    return EqualisedOdds(sides[0], sides[1], max(known) if whole else None)


def _reference(used: Coded, asked: str | None) -> str:
    if asked is None:
        return used.names[int(np.bincount(used.codes).argmax())]
    if asked not in used.names:
        raise ValueError(f"the reference must be one of {', '.join(used.names)}, not {asked!r}")
    return asked


def _p(made: Significance) -> float:
    return np.nan if made.p_value is None else made.p_value


@no_p_with_reason
def _test(hit: Mask, first: Mask, second: Mask, item: Codes | None) -> Significance:
    if item is not None:
        return _jackknife_test(hit, first, second, item)
    return _score_test(hit[first], hit[second])


def _score_test(first: Mask, second: Mask) -> Significance:
    from scipy.special import ndtr

    n, m = len(first), len(second)
    pooled = (first.sum() + second.sum()) / (n + m)
    if pooled in (0.0, 1.0):
        raise Undefined(Why.NO_VARIANCE, "every row of both groups is the same")
    z = float((first.mean() - second.mean()) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)))
    return Significance(float(2 * ndtr(-abs(z))), z, n + m, "score test of two rates", {"sides": "two"})


def _jackknife_test(hit: Mask, first: Mask, second: Mask, item: Codes) -> Significance:
    from scipy.special import ndtr

    sums = _sums(hit, first, second, item, divide=False)
    value, left_out = sums.estimate(), leave_one_out(sums)
    if left_out.error is None:
        raise Undefined(Why.TOO_FEW, "too few items for a jackknife error")
    if left_out.error < ROUNDING:
        raise Undefined(Why.NO_VARIANCE, "every row of both groups is the same")
    z = value / left_out.error
    said = {"sides": "two", "unit": "item"}
    return Significance(float(2 * ndtr(-abs(z))), z, int((first | second).sum()), "item jackknife, normal", said)


@null_with_reason
def _difference(hit: Mask, first: Mask, second: Mask, item: Codes | None, sampling: Sampling) -> Estimate:
    if item is not None:
        return _resampled(hit, first, second, item, sampling, divide=False)
    shares, numbers = _shares(hit, first, second)
    value = float(shares[0] - shares[1])
    if sampling.ci == "none":
        return Estimate(value, n=int(numbers.sum()))
    low, high = wilson(shares, numbers, sampling.confidence)
    lower = value - float(np.hypot(shares[0] - low[0], high[1] - shares[1]))
    upper = value + float(np.hypot(high[0] - shares[0], shares[1] - low[1]))
    said = {"confidence": f"{sampling.confidence:g}"}
    return Estimate(value, lower, upper, int(numbers.sum()), "Newcombe score", conventions=said)


@null_with_reason
def _ratio(hit: Mask, first: Mask, second: Mask, item: Codes | None, sampling: Sampling) -> Estimate:
    shares, numbers = _shares(hit, first, second)
    if not shares[1]:
        raise Undefined(Why.ZERO_VALUES, "the reference group's rate is 0, and nothing can be divided by it")
    if item is not None:
        return _resampled(hit, first, second, item, sampling, divide=True)
    value = float(shares[0] / shares[1])
    if sampling.ci == "none":
        return Estimate(value, n=int(numbers.sum()))
    hits = shares * numbers + 0.5
    centre = np.log(hits[0] / (numbers[0] + 0.5)) - np.log(hits[1] / (numbers[1] + 0.5))
    half = z_value(sampling.confidence) * np.sqrt((1 / hits - 1 / (numbers + 0.5)).sum())
    lower, upper = float(np.exp(centre - half)), float(np.exp(centre + half))
    said = {"confidence": f"{sampling.confidence:g}"}
    return Estimate(value, lower, upper, int(numbers.sum()), "logarithm, half a case added", conventions=said)


def _shares(hit: Mask, first: Mask, second: Mask) -> tuple[Floats, Codes]:
    numbers = np.array([first.sum(), second.sum()])
    return np.array([hit[first].mean(), hit[second].mean()]), numbers


def _resampled(hit: Mask, first: Mask, second: Mask, item: Codes, sampling: Sampling, *, divide: bool) -> Estimate:
    sums = _sums(hit, first, second, item, divide=divide)
    nothing = Undefined(Why.NO_CASES, "a group has no rows")
    number = int((first | second).sum())
    return estimate_of(sums, n=number, sampling=sampling, conventions={"unit": "item"}, otherwise=nothing)


def _sums(hit: Mask, first: Mask, second: Mask, item: Codes, *, divide: bool) -> Sums:
    rows = np.column_stack([hit & first, first, hit & second, second]).astype(np.float64)

    def value(sums: Floats) -> Floats:
        one, other = quotient(sums[:, 0], sums[:, 1]), quotient(sums[:, 2], sums[:, 3])
        return quotient(one, other) if divide else one - other

    either = first | second
    return item_sums(rows[either], item[either], value, alike=True)
