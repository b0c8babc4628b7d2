"""How far one distribution has moved from another, in declared bins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, Significance, no_p_with_reason, refuse_not_finite
from analysis.data import Floats
from analysis.errors import Undefined, Why

FEWEST_EXPECTED = 5.0  # in a cell, below which chi-square is only roughly right


@dataclass(frozen=True, slots=True)
class Bins:
    """Inner edges: n of them make n + 1 bins, closed left, the first and the last without an end."""

    edges: Floats
    rule: str = "declared"

    def __post_init__(self) -> None:
        refuse_not_finite(self.edges)
        if bool(np.any(np.diff(self.edges) <= 0)):
            raise ValueError("edges must rise")

    def counts(self, values: Floats) -> Codes:
        """Count the values by bin."""
        refuse_not_finite(values)
        return np.bincount(np.searchsorted(self.edges, values, side="right"), minlength=len(self.edges) + 1)


def quantile_bins(reference: Floats, number: int = 10) -> Bins:
    """Return bins that hold about equally many of the reference; equal values never straddle, so there may be fewer."""
    if number < 2:
        raise ValueError(f"there must be at least two bins, not {number}")
    if not len(reference):
        raise Undefined(Why.EMPTY, "there are no reference values to make bins from")
    # edges are values that occur, so that no bin of the reference is empty
    edges = np.unique(np.quantile(reference, np.arange(1, number) / number, method="higher"))
    return Bins(edges[edges > reference.min()], f"quantiles of the reference, {number} asked for")


@dataclass(frozen=True, slots=True)
class Drift:
    """Distances of the current shares from the reference's, in nats unless said otherwise.

    Attributes
    ----------
    psi : Estimate
        Population stability index, KL both ways.
    psi_expected, psi_critical : float or None
        What PSI is on average, and in 95 of 100 cases at most, where nothing has moved: on a chi-square scale.
    kl : Estimate
        Of the current from the reference.
    jensen_shannon : Estimate
        The distance (root of the divergence) with logarithms to base 2, from 0 to 1.
    chi_square : Significance
        Homogeneity of the two samples.
    """

    psi: Estimate
    psi_expected: float | None
    psi_critical: float | None
    kl: Estimate
    jensen_shannon: Estimate
    chi_square: Significance


def drift(reference: Codes, current: Codes, *, independent: bool = True) -> Drift:
    """Compare two rows of counts over the same bins or categories.

    For PSI and KL a share below 1 / (2 n) of its sample is raised to it, and the shares brought back to sum 1, so
    that an empty bin is neither infinite nor ignored. Bins empty in both samples do not count. PSI has no interval:
    resampling would add the very noise that ``psi_expected`` measures. ``independent`` False says that rows come in
    clusters, which the chi-square scale does not know; what rests on it is then null.
    """
    if len(reference) != len(current):
        raise ValueError(f"{len(reference)} and {len(current)} bins: both samples need the same ones")
    if min(reference.min(initial=0), current.min(initial=0)) < 0:
        raise ValueError("counts must not be negative")
    used = (reference + current) > 0
    sizes = int(reference.sum()), int(current.sum())
    if not all(sizes):
        return _nothing()
    expected, critical = _null(int(used.sum()), *sizes) if independent else (None, None)
    first, second = _floored(reference[used]), _floored(current[used])
    there, back = float(second @ np.log(second / first)), float(first @ np.log(first / second))
    said = {"floor": "1/(2n)", "bins": str(int(used.sum())), "logarithm": "natural"}
    n = sum(sizes)
    return Drift(
        psi=Estimate(there + back, n=n, conventions=said),
        psi_expected=expected,
        psi_critical=critical,
        kl=Estimate(there, n=n, conventions=said | {"direction": "current from reference"}),
        jensen_shannon=Estimate(
            _jensen_shannon(reference / sizes[0], current / sizes[1]),
            n=n,
            conventions={"bins": said["bins"], "logarithm": "base 2"},
        ),
        chi_square=chi_square(reference, current, independent=independent),
    )


def _nothing() -> Drift:
    why = "one of the two samples has no values"
    missing = Estimate(None, reason=Why.EMPTY, message=why)
    return Drift(missing, None, None, missing, missing, Significance(None, reason=Why.EMPTY, message=why))


def _floored(counts: Codes) -> Floats:
    total = counts.sum()
    shares = np.maximum(counts / total, 1 / (2 * total))
    made: Floats = shares / shares.sum()
    return made


def _null(bins: int, reference: int, current: int) -> tuple[float, float]:
    """Return mean and 95 % point of PSI without drift: chi-square on bins - 1, times 1/n + 1/m."""
    from scipy.special import chdtri

    scale = 1 / reference + 1 / current
    return (bins - 1) * scale, float(chdtri(bins - 1, 0.05)) * scale if bins > 1 else 0.0


def _jensen_shannon(first: Floats, second: Floats) -> float:
    from scipy.special import rel_entr

    middle = (first + second) / 2
    divergence = (rel_entr(first, middle).sum() + rel_entr(second, middle).sum()) / 2 / np.log(2)
    return float(np.sqrt(max(divergence, 0.0)))


@no_p_with_reason
def chi_square(reference: Codes, current: Codes, *, independent: bool = True) -> Significance:
    """Test that both samples have one distribution, by Pearson's chi-square without continuity correction."""
    from scipy.special import chdtrc

    _refuse(len(reference) and int(reference.sum()), len(current) and int(current.sum()), independent)
    table = np.array([reference, current], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2:
        raise Undefined(Why.ONE_CATEGORY, "all values lie in one bin")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = table.shape[1] - 1
    said = {"degrees_of_freedom": str(freedom), "smallest_expected": f"{expected.min():.3g}"}
    if expected.min() < FEWEST_EXPECTED:
        said["caution"] = "a cell expects fewer than 5, so p is only roughly right; merge bins"
    return Significance(float(chdtrc(freedom, statistic)), statistic, int(table.sum()), "chi-square", said)


@no_p_with_reason
def kolmogorov_smirnov(reference: Floats, current: Floats, *, independent: bool = True) -> Significance:
    """Test that both samples have one distribution, two-sided; with ties p is too large, never too small."""
    from scipy.stats import ks_2samp

    _refuse(len(reference), len(current), independent)
    refuse_not_finite(reference, current)
    made = ks_2samp(reference, current, method="auto")
    tied = len(np.unique(np.concatenate([reference, current]))) < len(reference) + len(current)
    said = {"sides": "two", "ties": "present: conservative" if tied else "none"}
    return Significance(float(made.pvalue), float(made.statistic), len(reference) + len(current), "KS", said)


def _refuse(reference: int, current: int, independent: bool) -> None:
    if not reference or not current:
        raise Undefined(Why.EMPTY, "one of the two samples has no values")
    if not independent:
        raise Undefined(Why.NOT_INDEPENDENT, "the test takes rows as independent, and these come in clusters")
