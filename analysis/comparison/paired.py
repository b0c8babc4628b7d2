"""The mean of paired differences: t interval, paired bootstrap and permutation test, each clustered where told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.draws import all_flipped_sums, flipped_sums, resampled_sums
from analysis.comparison.estimates import (
    DEFAULT,
    SLACK,
    Codes,
    Estimate,
    Sampling,
    Significance,
    add_up,
    no_p_with_reason,
    null_with_reason,
    refuse_empty,
    refuse_not_finite,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why
from analysis.intervals import z_value

MOST_ENUMERATED = 16  # units whose 2^16 = 65,536 sign patterns are all looked at
NO_SPREAD = "none: no spread"  # a point would say that the number is certain
SMALL_SAMPLE = ("C/(C-1)", "none")


@null_with_reason
def mean_estimate(
    values: Floats, *, cluster: Codes | None = None, confidence: float = 0.95, small_sample: str = "C/(C-1)"
) -> Estimate:
    """Return a mean with its t interval; on differences it is the paired interval. No spread, no interval.

    Parameters
    ----------
    values : array, shape (n,)
        In any unit, without NaN.
    cluster : array of int, shape (n,), optional
        Rows that are not independent of each other, such as answers to one prompt. None: each row stands alone.
    small_sample : str
        ``C/(C-1)``: with that factor and t on C - 1 degrees of freedom, C the number of clusters; without
        clusters it is the ordinary t interval. ``none``: as Miller printed it, with a normal quantile, which is
        too narrow for few clusters.
    confidence : float
        Share of samples whose interval is to hold the truth.

    References
    ----------
    Miller (2024), Adding Error Bars to Evals, arXiv 2411.00640.
    """
    if small_sample not in SMALL_SAMPLE:
        raise ValueError(f"small_sample must be one of {', '.join(SMALL_SAMPLE)}, not {small_sample!r}")
    mean, error, units = _mean_and_error(values, cluster)
    if error == 0:
        return Estimate(mean, None, None, len(values), NO_SPREAD, units, error, {"unit": _unit(cluster)})
    error *= 1.0 if small_sample == "C/(C-1)" else np.sqrt((units - 1) / units)
    half = _quantile(confidence, units if small_sample == "C/(C-1)" else None) * error
    said = {"confidence": f"{confidence:g}", "small_sample": small_sample, "unit": _unit(cluster)}
    method = "clustered standard error" if cluster is not None else "standard error"
    method += ", t" if small_sample == "C/(C-1)" else ", normal"
    return Estimate(mean, mean - half, mean + half, len(values), method, units, error, said)


@no_p_with_reason
def t_test(difference: Floats, *, cluster: Codes | None = None) -> Significance:
    """Return the paired t test of mean difference zero, two-sided; clustered as ``mean_estimate``."""
    from scipy.special import stdtr

    mean, error, units = _mean_and_error(difference, cluster)
    if error == 0:
        raise Undefined(Why.NO_VARIANCE, "every difference is the same, so there is no spread to judge it against")
    statistic = mean / error
    p_value = float(2 * stdtr(units - 1, -abs(statistic)))
    said = {"sides": "two", "unit": _unit(cluster), "degrees_of_freedom": str(units - 1)}
    return Significance(p_value, statistic, len(difference), "paired t", said)


@no_p_with_reason
def permutation_test(
    difference: Floats, *, cluster: Codes | None = None, rounds: int = 10_000, seed: int = 0
) -> Significance:
    """Test that the two systems are exchangeable on each item, by flipping the signs of the differences.

    Clusters flip as one. Up to 16 units that differ, all sign patterns are counted; beyond, p is (b + 1)/(m + 1)
    from m random ones, b of them at least as far from zero as the data. Sums within 1e-9 of the largest possible
    one count as equal, so that rounding does not decide. The statistic is the mean difference.

    References
    ----------
    Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), 39.
    """
    refuse_empty(len(difference), "there are no pairs")
    refuse_not_finite(difference)
    _check_rounds(rounds)
    units = difference if cluster is None else add_up(difference[:, None], cluster)[:, 0]
    moving = units[units != 0]
    reach = abs(float(units.sum())) - SLACK * float(np.abs(units).sum())
    if len(moving) <= MOST_ENUMERATED:
        p_value = float(np.mean(np.abs(all_flipped_sums(moving)) >= reach))
        method = f"exact permutation, all {2 ** len(moving)} sign patterns"
    else:
        sums = flipped_sums(moving, rounds=rounds, rng=np.random.default_rng(seed))
        p_value = (int(np.count_nonzero(np.abs(sums) >= reach)) + 1) / (rounds + 1)
        method = f"Monte-Carlo permutation, (b+1)/(m+1), {rounds} rounds"
    said = {"sides": "two", "unit": _unit(cluster), "slack": f"{SLACK:g}", "seed": str(seed)}
    return Significance(p_value, float(difference.mean()), len(difference), method, said)


@dataclass(frozen=True, slots=True)
class PairedBootstrap:
    """The interval and the test from one set of resamples."""

    estimate: Estimate
    test: Significance


def paired_bootstrap(
    difference: Floats, *, cluster: Codes | None = None, sampling: Sampling = DEFAULT
) -> PairedBootstrap:
    """Resample items (or clusters) with replacement: the percentile interval of the mean difference, and its test.

    The test shifts the resampled means to no difference: p is (b + 1)/(m + 1), b of m of them lying at least as far
    from the mean as the mean from zero.
    """
    try:
        units = _bootstrap_units(difference, cluster)
    except Undefined as error:
        return PairedBootstrap(
            Estimate(None, reason=error.code, message=error.message),
            Significance(None, reason=error.code, message=error.message),
        )
    drawn = resampled_sums(units, rounds=sampling.rounds, rng=sampling.rng())
    means = drawn[:, 0] / drawn[:, 1]
    said = {"confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed), "unit": _unit(cluster)}
    return PairedBootstrap(
        _percentile_estimate(difference, means, len(units), sampling, said),
        _shifted_test(difference, means, said | {"sides": "two"}),
    )


def _percentile_estimate(
    difference: Floats, means: Floats, units: int, sampling: Sampling, said: dict[str, str]
) -> Estimate:
    if np.ptp(difference) == 0:
        return Estimate(float(difference[0]), None, None, len(difference), NO_SPREAD, units, conventions=said)
    tail = (1 - sampling.confidence) / 2
    lower, upper = (float(end) for end in np.quantile(means, [tail, 1 - tail]))
    method = f"paired bootstrap, percentile, {len(means)} rounds"
    return Estimate(float(difference.mean()), lower, upper, len(difference), method, units, conventions=said)


def _shifted_test(difference: Floats, means: Floats, said: dict[str, str]) -> Significance:
    mean = float(difference.mean())
    reach = abs(mean) - SLACK * float(np.abs(difference).max())
    beyond = int(np.count_nonzero(np.abs(means - mean) >= reach))
    method = f"paired bootstrap, shifted to no difference, (b+1)/(m+1), {len(means)} rounds"
    return Significance((beyond + 1) / (len(means) + 1), mean, len(difference), method, said)


def _mean_and_error(values: Floats, cluster: Codes | None) -> tuple[float, float, int]:
    refuse_empty(len(values), "there are no pairs")
    refuse_not_finite(values)
    mean = float(values.mean())
    centred = values - mean
    sums = centred if cluster is None else add_up(centred[:, None], cluster)[:, 0]
    units = len(sums)
    if units < 2:
        raise Undefined(Why.ONE_ITEM, f"a spread needs at least two {_unit(cluster)}s, and here is one")
    if np.ptp(values) == 0:  # rounding in the mean must not pass for spread
        return mean, 0.0, units
    return mean, float(np.sqrt(units / (units - 1) * (sums @ sums)) / len(values)), units


def _quantile(confidence: float, units: int | None) -> float:
    if units is None:
        return z_value(confidence)
    from scipy.special import stdtrit

    return float(stdtrit(units - 1, 0.5 + confidence / 2))


def _bootstrap_units(difference: Floats, cluster: Codes | None) -> Floats:
    refuse_empty(len(difference), "there are no pairs")
    refuse_not_finite(difference)
    rows = np.column_stack([difference, np.ones(len(difference))])
    units = rows if cluster is None else add_up(rows, cluster)
    if len(units) < 2:
        raise Undefined(Why.ONE_ITEM, f"resampling needs at least two {_unit(cluster)}s, and here is one")
    return units


def _unit(cluster: Codes | None) -> str:
    return "item" if cluster is None else "cluster"


def _check_rounds(rounds: int) -> None:
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
