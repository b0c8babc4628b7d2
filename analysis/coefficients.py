"""Agreement coefficients as functions of sums over items. Formulas and sources are in docs/methods.md."""

from __future__ import annotations

import numpy as np

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.resampling import Sums
from analysis.units import Units

MOST_PAIRS_OF_VALUES = 20_000_000  # rows x values x values; above it ordinal alpha holds its ranks fixed


def percent_agreement(units: Units, *, average: str = "pairs") -> Sums:
    """Share of equal ratings: over all pairs of ratings of an item, or as a mean over items (Fleiss, Gwet)."""
    paired = units.pairable()
    pairs = paired.size * (paired.size - 1)
    if average == "pairs":
        return Sums(np.column_stack([paired.equal, pairs]), paired.number, _ratio, paired.members)
    shares = np.column_stack([paired.equal / pairs, np.ones_like(pairs)])
    return Sums(shares, paired.number, _ratio, paired.members)


def krippendorff_alpha(units: Units, *, level: str) -> Sums:
    """Krippendorff's alpha: 1 - observed / expected disagreement, over the ratings that can be paired.

    References
    ----------
    Krippendorff (2019), Content Analysis, 4th edition, chapter 12.
    """
    paired = units.pairable()
    if np.count_nonzero(paired.marginal()) == 1:
        raise Undefined(Why.ONE_CATEGORY, "every rating that can be paired is the same, so chance explains it all")
    return _ALPHA[level](paired)


def ranks_held_fixed(units: Units) -> bool:
    """Say whether ordinal alpha's interval keeps the ranks of the data instead of ranking each resample."""
    return units.table is None or len(units.number) * len(units.values) ** 2 > MOST_PAIRS_OF_VALUES


def _nominal(paired: Units) -> Sums:
    unequal = (paired.size * (paired.size - 1) - paired.equal) / (paired.size - 1)
    return Sums(np.column_stack([unequal, paired.dense()]), paired.number, _nominal_value, paired.members)


def _nominal_value(sums: Floats) -> Floats:
    counts = sums[:, 1:]
    n = counts.sum(axis=1)
    return _alpha(n, sums[:, 0], n**2 - (counts**2).sum(axis=1))


def _interval(paired: Units, values: Floats | None = None) -> Sums:
    """Squared differences need no table: their sums follow from sums and sums of squares."""
    values = paired.values if values is None else values
    total, squares = paired.sums(values - values.mean())  # centred, so that the difference of squares stays exact
    observed = 2 * (paired.size * squares - total**2) / (paired.size - 1)
    features = np.column_stack([observed, paired.size, total, squares])
    return Sums(features, paired.number, _interval_value, paired.members)


def _interval_value(sums: Floats) -> Floats:
    observed, n, total, squares = sums.T
    return _alpha(n, observed, 2 * (n * squares - total**2), rounding=1e-12 * n * squares)


def _ratio_level(paired: Units) -> Sums:
    values = paired.values
    if values.min() < 0:
        raise Undefined(Why.ZERO_VALUES, f"a ratio scale has no negative values; the smallest here is {values.min():g}")
    across = values[:, None] + values[None, :]
    distance = np.divide(values[:, None] - values[None, :], across, out=np.zeros_like(across), where=across > 0) ** 2
    counts = paired.dense()
    observed = ((counts @ distance) * counts).sum(axis=1) / (paired.size - 1)

    def value(sums: Floats) -> Floats:
        marginal = sums[:, 1:]
        return _alpha(marginal.sum(axis=1), sums[:, 0], ((marginal @ distance) * marginal).sum(axis=1))

    return Sums(np.column_stack([observed, counts]), paired.number, value, paired.members)


def _ordinal(paired: Units) -> Sums:
    if ranks_held_fixed(paired):
        return _interval(paired, mid_ranks(paired.marginal()))
    counts = paired.dense()
    size = len(paired.values)
    pairs = counts[:, :, None] * counts[:, None, :]
    pairs[:, np.arange(size), np.arange(size)] -= counts
    together = pairs / (paired.size - 1)[:, None, None]
    return Sums(together.reshape(len(counts), size * size), paired.number, _ordinal_value, paired.members)


def _ordinal_value(sums: Floats) -> Floats:
    size = round(sums.shape[1] ** 0.5)
    together = sums.reshape(-1, size, size)
    marginal = together.sum(axis=2)
    rank = np.cumsum(marginal, axis=1) - marginal / 2
    distance = (rank[:, :, None] - rank[:, None, :]) ** 2
    expected = (marginal[:, :, None] * marginal[:, None, :] * distance).sum(axis=(1, 2))
    return _alpha(marginal.sum(axis=1), (together * distance).sum(axis=(1, 2)), expected)


def mid_ranks(marginal: Floats) -> Floats:
    """Return Krippendorff's ordinal positions: ratings below a value plus half of those at it."""
    return np.cumsum(marginal) - marginal / 2


def _alpha(n: Floats, observed: Floats, expected: Floats, rounding: Floats | float = 0.0) -> Floats:
    """Return 1 - (n - 1) observed / expected, NaN where nothing could disagree."""
    known = expected > rounding
    return np.where(known, 1 - (n - 1) * observed / np.where(known, expected, 1.0), np.nan)


def _ratio(sums: Floats) -> Floats:
    known = sums[:, 1] > 0
    return np.where(known, sums[:, 0] / np.where(known, sums[:, 1], 1.0), np.nan)


_ALPHA = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval, "ratio": _ratio_level}
