"""Intervals for intraclass correlations from the F distribution, for complete tables."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.resampling import Interval

SOURCE = "F (McGraw and Wong 1996)"
NOTHING = 1e-12  # of the largest mean square: below it a mean square is rounding


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """The analysis of variance of n items by k ratings each.

    ``rest`` is the mean square within items of the one-way table, and of the residuals of the two-way table, in which
    ``raters`` has its own.
    """

    items: float
    rest: float
    n: int
    k: int
    raters: float = 0.0


def f_interval(form: str, squares: MeanSquares, confidence: float) -> Interval:
    """Return the interval of one of the six forms, for items and residuals that vary normally.

    ICC(1,.) and ICC(3,.) are exact then. ICC(2,.), whose raters are drawn from all raters like them, takes
    Satterthwaite's degrees of freedom, at an estimate not below zero: raters and residuals are weighed by it.

    References
    ----------
    Shrout and Fleiss (1979), Psychological Bulletin 86(2), 420-428. McGraw and Wong (1996), Psychological Methods 1(1),
    30-46, and the correction on page 390.
    """
    largest = max(squares.items, squares.rest, squares.raters)
    noise = squares.rest + squares.raters if form.startswith("ICC(2") else squares.rest
    if min(noise, squares.items) <= NOTHING * largest:
        return Interval(None, None, "none: no spread")
    if form.startswith("ICC(2"):
        return _agreement(form, squares, confidence)
    within = squares.n * (squares.k - 1) if form.startswith("ICC(1") else (squares.n - 1) * (squares.k - 1)
    ratio = squares.items / squares.rest
    low = ratio / _f(confidence, squares.n - 1, within)
    high = ratio * _f(confidence, within, squares.n - 1)
    if form.endswith("k)"):
        return Interval(1 - 1 / low, 1 - 1 / high, SOURCE)
    return Interval((low - 1) / (low + squares.k - 1), (high - 1) / (high + squares.k - 1), SOURCE)


def _agreement(form: str, squares: MeanSquares, confidence: float) -> Interval:
    n, k, items, raters, rest = squares.n, squares.k, squares.items, squares.raters, squares.rest
    freedom = _satterthwaite(squares)
    upper, lower = _f(confidence, n - 1, freedom), _f(confidence, freedom, n - 1)
    noise = k * raters + (k * n - k - n) * rest
    low = n * (items - upper * rest) / (upper * noise + n * items)
    high = n * (lower * items - rest) / (noise + n * lower * items)
    if form == "ICC(2,k)":
        if low <= -1 / (k - 1):
            return Interval(None, None, "none: unbounded below")
        low, high = _of_mean(low, k), _of_mean(high, k)
    return Interval(low, high, f"{SOURCE}, Satterthwaite")


def _satterthwaite(squares: MeanSquares) -> float:
    """Return the degrees of freedom of the weighed sum of the raters' and the residuals' mean squares."""
    n, k, rest = squares.n, squares.k, squares.rest
    below = squares.items + (k - 1) * rest + k * (squares.raters - rest) / n
    one = max((squares.items - rest) / below, 0.0)
    of_raters = k * one * squares.raters
    of_rest = (n * (1 + (k - 1) * one) - k * one) * rest
    return (of_raters + of_rest) ** 2 / (of_raters**2 / (k - 1) + of_rest**2 / ((n - 1) * (k - 1)))


def _of_mean(one: float, k: int) -> float:
    """Return the correlation of means of k ratings from that of single ones, by Spearman and Brown."""
    return k * one / (1 + (k - 1) * one)


def _f(confidence: float, above: float, below: float) -> float:
    from scipy.special import fdtri

    return float(fdtri(above, below, 0.5 + confidence / 2))
