"""How two responses differ in style, on a scale that does not depend on which of them is called A."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.data import STYLE, Battles, Floats, Mask
from analysis.errors import Undefined, Why


@dataclass(frozen=True, slots=True)
class FrozenFeature:
    """A feature's scale, and its coefficient in nats per unit of the standardised difference."""

    name: str
    scale: float
    coefficient: float
    error: float | None = None


@dataclass(frozen=True, slots=True)
class FrozenStyle:
    """A style correction as once estimated; ``source`` says from what, for people.

    Fits that use it take the coefficients as known and never estimate them anew.
    """

    features: tuple[FrozenFeature, ...]
    n: int
    penalty: float
    source: str = ""

    def __post_init__(self) -> None:
        unknown = [one.name for one in self.features if one.name not in STYLE]
        if unknown:
            raise ValueError(f"no feature {', '.join(unknown)}; there is {', '.join(STYLE)}")
        if not self.features:
            raise ValueError("a frozen style needs at least one feature with a coefficient")
        if any(not (np.isfinite(one.scale) and one.scale > 0) for one in self.features):
            raise ValueError("the scale of a feature must be a positive number")
        if any(not np.isfinite(one.coefficient) for one in self.features):
            raise ValueError("the coefficient of a feature must be a number")


def recorded(battles: Battles) -> tuple[str, ...]:
    """Return the features that are known in some battle.

    Raises
    ------
    Undefined
        ``not_recorded``: none is.
    """
    if battles.style_a is not None and battles.style_b is not None:
        known = ~np.isnan(battles.style_a) & ~np.isnan(battles.style_b)
        if known.any():
            return tuple(name for name, column in zip(STYLE, known.T, strict=True) if column.any())
    raise Undefined(Why.NOT_RECORDED, "no style is known: no battle has counts of both responses' characters or markup")


def differences(battles: Battles, names: tuple[str, ...]) -> Floats:
    """Return (a - b) / (a + b + 1) for each feature, shape (rows, features); NaN where a count is not known."""
    places = [STYLE.index(name) for name in names]
    if battles.style_a is None or battles.style_b is None:
        return np.full((len(battles), len(names)), np.nan)
    a, b = battles.style_a[:, places], battles.style_b[:, places]
    made: Floats = (a - b) / (a + b + 1)
    return made


def complete(differences_: Floats) -> Mask:
    """Say which rows know every feature."""
    return np.asarray(~np.isnan(differences_).any(axis=1), dtype=np.bool_)


def scales(differences_: Floats, weight: Floats) -> Floats:
    """Return the root mean square of each feature.

    It is the standard deviation when every battle is taken in both frames, so that the mean is zero by symmetry; a
    mean taken off instead would favour whichever system happens to stand in the column of system_a.
    """
    total = float(weight.sum())
    if not total:
        return np.zeros(differences_.shape[1])
    made: Floats = np.sqrt(weight @ differences_**2 / total)
    return made
