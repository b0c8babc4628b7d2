"""Prediction-powered means: people's labels, made to go further by a judge that may be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.comparison.estimates import Estimate, Significance, add_up
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.hybrid.labels import Labels
from analysis.hybrid.parts import Parts, best, cut, parts_of

FEWEST_FOR_OWN_POWER = 10  # labels in a stratum; below it the power would be mostly noise, so such strata share one
NO_SPREAD = "none: no spread"


@dataclass(frozen=True, slots=True)
class HybridMean:
    """What people would say on average about all items, and how much the judge helped.

    Attributes
    ----------
    estimate, human_only : Estimate
        With the judge's help, and from people's labels alone.
    judge_only : float or None
        The judge's plain mean over all items, which its bias distorts; for comparison only.
    power : mapping
        Lambda by stratum ("" without strata): 0 ignores the judge, 1 is plain PPI.
    effective_n : float or None
        How many labels people alone would need for as narrow an interval.
    degrees_of_freedom : float
    """

    estimate: Estimate
    human_only: Estimate
    judge_only: float | None = None
    power: Mapping[str, float] = field(default_factory=dict)
    effective_n: float | None = None
    degrees_of_freedom: float = 0.0

    def test(self, null: float) -> Significance:
        """Test that the mean equals ``null``, two-sided, with the power and error of the estimate."""
        from scipy.special import stdtr

        error = self.estimate.standard_error
        if self.estimate.value is None:
            return Significance(None, reason=self.estimate.reason, message=self.estimate.message)
        if not error:
            return Significance(None, reason=Why.NO_VARIANCE, message="there is no spread to judge a difference by")
        statistic = (self.estimate.value - null) / error
        p_value = float(2 * stdtr(self.degrees_of_freedom, -abs(statistic)))
        said = {"sides": "two", "null": f"{null:g}", "degrees_of_freedom": f"{self.degrees_of_freedom:g}"}
        return Significance(p_value, statistic, self.estimate.n, "PPI++ t", said)


@dataclass(frozen=True, slots=True)
class _Strata:
    """Parts of all strata with their weights; ``own_error`` is the variance that estimated weights add."""

    parts: Mapping[str, Parts]
    weight: Mapping[str, float]
    declared: bool
    labels: Labels

    def value(self, power: Mapping[str, float]) -> float:
        return sum(self.weight[name] * part.estimate(power[name]) for name, part in self.parts.items())

    def variances(self, power: Mapping[str, float]) -> Floats:
        return np.array([self.weight[name] ** 2 * part.variance(power[name]) for name, part in self.parts.items()])

    def variance(self, power: Mapping[str, float]) -> float:
        return float(self.variances(power).sum()) + self._variance_of_weights(power)

    def degrees_of_freedom(self, power: Mapping[str, float]) -> float:
        """Return Satterthwaite's degrees of freedom; n - 1 with one stratum."""
        each = self.variances(power)
        if not each.any():
            return 1.0
        freedom = np.array([part.units - 1 for part in self.parts.values()])
        return float(each.sum() ** 2 / (each**2 / freedom).sum())

    def _variance_of_weights(self, power: Mapping[str, float]) -> float:
        if self.declared or self.labels.stratum is None or len(self.parts) < 2:
            return 0.0
        stratum = self.labels.stratum.used()
        value = self.value(power)
        means = np.array([self.parts[name].estimate(power[name]) - value for name in stratum.names])
        rows = means[stratum.codes] / len(self.labels)
        units = rows if self.labels.cluster is None else add_up(rows[:, None], self.labels.cluster)[:, 0]
        return float(units @ units)


def hybrid_mean(
    labels: Labels,
    *,
    power: float | None = None,
    weights: Mapping[str, float] | None = None,
    confidence: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> HybridMean:
    """Estimate people's mean over all items by PPI++.

    The interval holds however biased the judge is, as long as the items for people were drawn at random, or with the
    stated probabilities. One power serves estimate, interval and test.

    Parameters
    ----------
    labels : Labels
        The judge's scores on all items and people's on some.
    power : float, optional
        Lambda from 0 to 1; None chooses the one that minimises the variance.
    weights : mapping, optional
        Known share of each stratum in the population. None takes the shares among the items, whose own sampling
        error then enters the interval.
    confidence : float
        Of the interval, Student t on the labelled units less one (Satterthwaite over strata).
    bounds : tuple of float, optional
        Smallest and largest possible mean; value and interval are cut there.

    References
    ----------
    Angelopoulos, Duchi and Zrnic (2023), arXiv 2311.01453. Fisch et al. (2024), arXiv 2406.04291 (strata). Zrnic and
    Candès (2024), arXiv 2403.03208 (probabilities).
    """
    if power is not None and not 0 <= power <= 1:
        raise ValueError(f"power must lie between 0 and 1, not {power}")
    try:
        parts = {name: parts_of(part, name) for name, part in labels.strata().items()}
    except Undefined as error:
        missing = Estimate(None, n=int(labels.labelled.sum()), reason=error.code, message=error.message)
        return HybridMean(missing, missing, float(labels.judge.mean()) if len(labels) else None)
    strata = _Strata(parts, _weights(labels, weights), weights is not None, labels)
    powers = _powers(strata) if power is None else dict.fromkeys(parts, power)
    return _made(strata, powers, confidence, bounds)


def hybrid_win_rate(
    labels: Labels, *, power: float | None = None, weights: Mapping[str, float] | None = None, confidence: float = 0.95
) -> HybridMean:
    """Estimate the win rate that people would give: scores are 1 for a win, 0.5 for a tie, 0 for a loss.

    ``points`` makes such scores from outcomes; a judge may also give its probability of a win.
    """
    for scores in (labels.judge, labels.human[labels.labelled]):
        if len(scores) and not 0 <= float(scores.min()) <= float(scores.max()) <= 1:
            raise ValueError("a win rate needs scores from 0 (loss) to 1 (win), ties at 0.5")
    return hybrid_mean(labels, power=power, weights=weights, confidence=confidence, bounds=(0.0, 1.0))


def _weights(labels: Labels, declared: Mapping[str, float] | None) -> dict[str, float]:
    sizes = {name: len(part) for name, part in labels.strata().items()}
    if declared is None:
        return {name: size / len(labels) for name, size in sizes.items()}
    if set(declared) != set(sizes):
        raise ValueError(f"weights are of strata {sorted(declared)}, the data have {sorted(sizes)}")
    total = sum(declared.values())
    if not total > 0 or min(declared.values()) < 0:
        raise ValueError("weights must not be negative, and one must be positive")
    return {name: declared[name] / total for name in sizes}


def _powers(strata: _Strata) -> dict[str, float]:
    """Return each stratum's power; those with few labels share the one that is best for them together."""
    few = [name for name, part in strata.parts.items() if part.n < FEWEST_FOR_OWN_POWER]
    powers = {name: cut(part.best_power) for name, part in strata.parts.items()}
    if len(few) > 1:
        sums = np.array([np.array(strata.parts[name].shared) * strata.weight[name] ** 2 for name in few]).sum(axis=0)
        powers |= dict.fromkeys(few, cut(best(float(sums[0]), float(sums[1]), 0.0)))
    return powers


def _made(
    strata: _Strata, powers: Mapping[str, float], confidence: float, bounds: tuple[float, float] | None
) -> HybridMean:
    alone = dict.fromkeys(powers, 0.0)
    variance, without = strata.variance(powers), strata.variance(alone)
    number = sum(part.n for part in strata.parts.values())
    return HybridMean(
        estimate=_estimate(strata, powers, "PPI++", confidence, bounds),
        human_only=_estimate(strata, alone, "people only", confidence, bounds),
        judge_only=sum(strata.weight[name] * float(part.judge.mean()) for name, part in strata.labels.strata().items()),
        power=dict(powers),
        effective_n=number * without / variance if variance > 0 else None,
        degrees_of_freedom=strata.degrees_of_freedom(powers),
    )


def _estimate(
    strata: _Strata,
    powers: Mapping[str, float],
    method: str,
    confidence: float,
    bounds: tuple[float, float] | None,
) -> Estimate:
    from scipy.special import stdtrit

    value, error = strata.value(powers), float(np.sqrt(strata.variance(powers)))
    low, high = bounds or (-np.inf, np.inf)
    number = sum(part.n for part in strata.parts.values())
    units = sum(part.units for part in strata.parts.values())
    said = _said(strata, confidence)
    shown = min(max(value, low), high)
    if error <= 1e-12 * max(1.0, abs(value)):
        return Estimate(shown, None, None, number, NO_SPREAD, units, 0.0, said)
    half = float(stdtrit(strata.degrees_of_freedom(powers), 0.5 + confidence / 2)) * error
    lower, upper = (min(max(end, low), high) for end in (value - half, value + half))
    return Estimate(shown, lower, upper, number, f"{method}, t", units, error, said)


def _said(strata: _Strata, confidence: float) -> dict[str, str]:
    labels = strata.labels
    said = {
        "confidence": f"{confidence:g}",
        "unit": "item" if labels.cluster is None else "cluster",
        "chosen": "at random" if labels.probability is None else "with stated probabilities",
    }
    if labels.stratum is not None:
        said["weights"] = "declared" if strata.declared else "shares of the items"
    return said
