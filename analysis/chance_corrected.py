"""Chance-corrected agreement of any number of exchangeable raters: Fleiss, Brennan-Prediger, Gwet."""

from __future__ import annotations

import numpy as np

from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.resampling import Sums
from analysis.units import Units

WEIGHTS = ("identity", "linear", "quadratic", "ordinal")


def fleiss_kappa(units: Units, *, shares: str = "item-mean") -> Sums:
    """Fleiss' kappa, missing ratings allowed.

    ``shares`` "item-mean" lets each rated item weigh the same in the categories' shares (Gwet), "pooled" each
    rating of an item with two or more (Fleiss's text). They are equal when every item has as many ratings.

    References
    ----------
    Fleiss (1971), Psychological Bulletin 76(5), 378-382.
    """
    _refuse_one_category(units)
    agreed, paired = _agreed(units, weights_of("identity", units.values))
    table = units.dense()
    share = table / units.size[:, None] if shares == "item-mean" else table * paired[:, None]
    features = np.column_stack([agreed, paired, share, share.sum(axis=1)])

    def value(sums: Floats) -> Floats:
        return _corrected(sums, (_shares(sums) ** 2).sum(axis=1))

    return Sums(features, units.number, value, units.members)


def brennan_prediger(units: Units, *, weights: str = "identity") -> Sums:
    """Brennan and Prediger's coefficient: chance picks every declared category alike.

    References
    ----------
    Brennan and Prediger (1981), Educational and Psychological Measurement 41(3), 687-699.
    """
    _refuse_one_category(units)
    matrix = weights_of(weights, units.values)
    agreed, paired = _agreed(units, matrix)

    def value(sums: Floats) -> Floats:
        return _corrected(sums, np.full(len(sums), matrix.mean()))

    return Sums(np.column_stack([agreed, paired]), units.number, value, units.members)


def gwet_ac(units: Units, *, weights: str = "identity") -> Sums:
    """Gwet's AC1 (identity weights) or AC2, missing ratings allowed; all rated items tell the categories' shares.

    References
    ----------
    Gwet (2014), Handbook of Inter-Rater Reliability, 4th edition.
    """
    _refuse_one_category(units)
    matrix = weights_of(weights, units.values)
    agreed, paired = _agreed(units, matrix)
    share = units.dense() / units.size[:, None]
    features = np.column_stack([agreed, paired, share, share.sum(axis=1)])
    size = len(units.values)

    def value(sums: Floats) -> Floats:
        shares = _shares(sums)
        return _corrected(sums, matrix.sum() / (size * (size - 1)) * (shares * (1 - shares)).sum(axis=1))

    return Sums(features, units.number, value, units.members)


def weights_of(name: str, values: Floats) -> Floats:
    """Return the matrix of agreement weights between categories, 1 on the diagonal.

    Linear and quadratic weights go by the distance of the values, ordinal ones by how many pairs of categories lie
    between two (Gwet); they are not Krippendorff's ordinal distance.
    """
    if name == "identity" or len(values) < 2:
        return np.eye(len(values))
    if name == "ordinal":
        place = np.arange(len(values))
        steps = np.abs(place[:, None] - place[None, :]) + 1
        distance = steps * (steps - 1) / (len(values) * (len(values) - 1))
    else:
        distance = np.abs(values[:, None] - values[None, :]) / np.ptp(values)
    weights: Floats = 1 - (distance**2 if name == "quadratic" else distance)
    return weights


def _agreed(units: Units, weights: Floats) -> tuple[Floats, Floats]:
    """Return each item's weighted share of agreeing pairs (0 where it has none), and whether it has pairs."""
    units.pairable()  # raises where no item has
    table = units.dense()
    paired = (units.size >= 2).astype(np.float64)
    pairs = np.where(paired > 0, units.size * (units.size - 1), 1.0)
    return (table * (table @ weights - 1)).sum(axis=1) / pairs * paired, paired


def _shares(sums: Floats) -> Floats:
    """Return the categories' shares; a resample without ratings has none, and no value either."""
    total: Floats = sums[:, 2:-1] / np.where(sums[:, -1:] > 0, sums[:, -1:], 1.0)
    return total


def _corrected(sums: Floats, chance: Floats) -> Floats:
    """Return (observed - chance) / (1 - chance), NaN where no pair was drawn or chance explains everything."""
    known = (sums[:, 1] > 0) & (chance < 1 - 1e-12)
    observed = sums[:, 0] / np.where(known, sums[:, 1], 1.0)
    return np.where(known, (observed - chance) / np.where(known, 1 - chance, 1.0), np.nan)


def _refuse_one_category(units: Units) -> None:
    if len(units.values) < 2:
        raise Undefined(Why.ONE_CATEGORY, "there is one category, so chance explains all agreement")
