"""What a study of a given size can show, and the sizes for shares: beside ``planners``."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

import numpy as np

from analysis.comparison.planners import both_errors, kappa_items, positive
from analysis.intervals import wilson, z_value

MOST_ITEMS = 10**12  # where the search for a size gives up


def difference_power(*, items: float, difference: float, variance: float, level: float = 0.05) -> float:
    """Return the chance that so many prompts show a difference of means; the inverse of ``items_needed``.

    ``variance`` is that of a prompt's difference, repeated answers included. The tail on the wrong side is left out,
    as in the planners.
    """
    positive(items=items, difference=abs(difference), variance=variance)
    return _normal(abs(difference) / sqrt(variance / items) - _reach(level))


def mcnemar_power(*, items: float, only_a: float, only_b: float, level: float = 0.05) -> float:
    """Return the chance that McNemar's test finds the difference; the inverse of ``mcnemar_items`` (Connor 1987)."""
    positive(items=items, only_a=only_a, only_b=only_b, within_one=1 - only_a - only_b + 1e-12)
    margin, discordant = abs(only_a - only_b), only_a + only_b
    return _normal((margin * sqrt(items) - _reach(level) * sqrt(discordant)) / sqrt(discordant - margin**2))


def proportion_items(*, rate: float, half_width: float, confidence: float = 0.95) -> int:
    """Return the items from which on Wilson's interval of a share is at most +- ``half_width``."""
    _shares(rate=rate)
    positive(half_width=half_width)
    if half_width >= 0.5:
        raise ValueError(f"every share is known to within 0.5 without any item; half width is {half_width}")
    low, high = 0, 1
    while proportion_half_width(items=high, rate=rate, confidence=confidence) > half_width:
        low, high = high, high * 2
        if high > MOST_ITEMS:
            raise ValueError(f"a half width of {half_width} takes more than {MOST_ITEMS} items")
    while high - low > 1:
        middle = (low + high) // 2
        wide = proportion_half_width(items=middle, rate=rate, confidence=confidence) > half_width
        low, high = (middle, high) if wide else (low, middle)
    return high


def proportion_half_width(*, items: float, rate: float, confidence: float = 0.95) -> float:
    """Return half the width of Wilson's interval."""
    _shares(rate=rate)
    positive(items=items)
    lower, upper = wilson(np.array([rate]), np.array([float(items)]), confidence)
    return float(upper[0] - lower[0]) / 2


def proportions_needed(*, first: float, second: float, level: float = 0.05, power: float = 0.8) -> int:
    """Return the items in each of two independent samples for the score test of their shares.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd edition, chapter 4, without
    continuity correction.
    """
    gap, pooled, apart = _two_shares(first, second)
    beyond = both_errors(level, power) - _reach(level)
    return ceil(((_reach(level) * pooled + beyond * apart) / gap) ** 2 - 1e-9)


def proportions_power(*, items: float, first: float, second: float, level: float = 0.05) -> float:
    """Return the chance that two samples of so many items show the difference; inverse of ``proportions_needed``."""
    positive(items=items)
    gap, pooled, apart = _two_shares(first, second)
    return _normal((gap * sqrt(items) - _reach(level) * pooled) / apart)


def kappa_half_width(*, items: float, kappa: float, prevalence: float, confidence: float = 0.95) -> float:
    """Return the half width of kappa's interval with so many items; the inverse of ``kappa_items``."""
    positive(items=items)
    fine = 1e-4  # at so small a half width rounding up to whole items no longer shows
    return fine * sqrt(kappa_items(kappa=kappa, prevalence=prevalence, half_width=fine, confidence=confidence) / items)


def _two_shares(first: float, second: float) -> tuple[float, float, float]:
    """Return the gap, and the spreads of an item's difference where there is none and where there is."""
    _shares(first=first, second=second)
    if first == second:
        raise ValueError(f"two shares of {first} cannot be told apart by any number of items")
    middle = (first + second) / 2
    return (
        abs(first - second),
        sqrt(2 * middle * (1 - middle)),
        sqrt(first * (1 - first) + second * (1 - second)),
    )


def _shares(**given: float) -> None:
    for name, share in given.items():
        if not 0 < share < 1:
            raise ValueError(f"{name} must lie between 0 and 1, not {share}")


def _reach(level: float) -> float:
    both_errors(level, 0.5)  # refuses a level that is none
    return z_value(1 - level)


def _normal(z: float) -> float:
    return NormalDist().cdf(z)
