"""Wilcoxon's signed ranks: the test, and the matched-pairs rank-biserial correlation that goes with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.draws import multinomials
from analysis.comparison.estimates import (
    DEFAULT,
    Estimate,
    Sampling,
    Significance,
    no_p_with_reason,
    null_with_reason,
    quotient,
    refuse_empty,
    refuse_not_finite,
    slack_of,
)
from analysis.data import Floats
from analysis.errors import Undefined, Why

MOST_EXACT = 50  # pairs that differ, up to which the distribution is counted out
MOST_RERANKED = 2_000  # kinds of differences up to which each resample is ranked anew
ZERO_METHODS = ("wilcox", "pratt")
ALTERNATIVES = ("two-sided", "less", "greater")


@no_p_with_reason
def wilcoxon(difference: Floats, *, zero_method: str = "wilcox", alternative: str = "two-sided") -> Significance:
    """Test that differences are symmetric about zero. The statistic is the sum of the ranks of positive ones.

    Up to 50 pairs that differ, the distribution of the mid-ranks under all signs is counted out, ties or not;
    beyond, it is taken as normal with their variance, without continuity correction. ``wilcox`` leaves zeros out
    before ranking, ``pratt`` after it. Magnitudes within 1e-9 of the largest count as tied.

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin 1, 80-83; Pratt (1959), Journal of the American Statistical Association
    54, 655-667.
    """
    if zero_method not in ZERO_METHODS:
        raise ValueError(f"zero_method must be one of {', '.join(ZERO_METHODS)}, not {zero_method!r}")
    if alternative not in ALTERNATIVES:
        raise ValueError(f"alternative must be one of {', '.join(ALTERNATIVES)}, not {alternative!r}")
    rank, positive = _signed_ranks(difference, zero_method)
    statistic = float(rank[positive].sum())
    exact = len(rank) <= MOST_EXACT
    below, above = _exact_tails(rank, statistic) if exact else _normal_tails(rank, statistic)
    p_value = {"two-sided": min(1.0, 2 * min(below, above)), "less": below, "greater": above}[alternative]
    said = {"sides": alternative, "zero_method": zero_method, "ties": "mid-ranks"}
    method = "exact, all signs of the mid-ranks" if exact else "normal, no continuity correction"
    return Significance(p_value, statistic, len(rank), f"Wilcoxon signed rank, {method}", said)


def _signed_ranks(difference: Floats, zero_method: str) -> tuple[Floats, NDArray[np.bool_]]:
    refuse_empty(len(difference), "there are no pairs")
    refuse_not_finite(difference)
    kinds = _kinds(difference)
    tied = kinds.magnitude == 0
    counted = np.where(tied, 0, kinds.number) if zero_method == "wilcox" else kinds.number
    rank = mid_ranks(counted[None, :])[0][kinds.kind]
    differs = ~tied[kinds.kind]
    if not differs.any():
        raise Undefined(Why.ALL_TIED, "no pair differs, so there is nothing to rank")
    return rank[differs], difference[differs] > 0


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Differences by magnitude: row r is of kind ``kind[r]``; kind k has ``number[k]`` rows, 0 the untouched ones."""

    magnitude: Floats
    number: NDArray[np.int64]
    kind: NDArray[np.int64]


def _kinds(difference: Floats) -> _Kinds:
    """Group magnitudes that differ by rounding only; those next to zero are zero."""
    size = np.abs(difference)
    slack = slack_of(difference)
    size = np.where(size <= slack, 0.0, size)
    order = np.argsort(size, kind="stable")
    starts = np.diff(size[order], prepend=-np.inf) > slack
    kind = np.empty(len(size), dtype=np.int64)
    kind[order] = np.cumsum(starts) - 1
    return _Kinds(size[order][starts], np.bincount(kind), kind)


def mid_ranks(number: NDArray[np.int64]) -> Floats:
    """Return the mid-rank of each kind, shape (rounds, kinds), from how many of each kind there are."""
    return np.cumsum(number, axis=1) - number / 2 + 0.5


def _exact_tails(rank: Floats, statistic: float) -> tuple[float, float]:
    """Count out the sums of doubled mid-ranks, which are whole numbers, over all signs."""
    steps = np.rint(2 * rank).astype(np.int64)
    chance = np.zeros(int(steps.sum()) + 1)
    chance[0] = 1.0
    for step in steps:
        moved = np.concatenate([np.zeros(step), chance[: len(chance) - step]])
        chance = (chance + moved) / 2
    at = round(2 * statistic)
    return float(chance[: at + 1].sum()), float(chance[at:].sum())


def _normal_tails(rank: Floats, statistic: float) -> tuple[float, float]:
    from scipy.special import ndtr

    z = (statistic - rank.sum() / 2) / np.sqrt((rank**2).sum() / 4)
    return float(ndtr(z)), float(ndtr(-z))


@null_with_reason
def rank_biserial(difference: Floats, *, sampling: Sampling = DEFAULT) -> Estimate:
    """Return the matched-pairs rank-biserial correlation (R+ - R-)/(R+ + R-), zeros left out before ranking.

    1 means that every difference favours the first system. The interval resamples pairs and ranks each resample
    anew, up to 2,000 distinct magnitudes; beyond, there is none.

    References
    ----------
    Kerby (2014), Comprehensive Psychology 3, 11.IT.3.1.
    """
    rank, positive = _signed_ranks(difference, "wilcox")
    value = float((rank[positive].sum() - rank[~positive].sum()) / rank.sum())
    kinds = _kinds(difference)
    said = {"zero_method": "wilcox", "confidence": f"{sampling.confidence:g}", "seed": str(sampling.seed)}
    n = len(difference)
    if sampling.ci == "none" or len(kinds.number) > MOST_RERANKED:
        why = "none" if sampling.ci == "none" else f"none: more than {MOST_RERANKED} distinct magnitudes"
        return Estimate(value, None, None, n, why, n, conventions=said)
    tail = (1 - sampling.confidence) / 2
    lower, upper = np.nanquantile(_resampled_biserial(difference, kinds, sampling), [tail, 1 - tail])
    method = f"pair bootstrap, percentile, {sampling.rounds} rounds"
    return Estimate(value, float(lower), float(upper), n, method, n, conventions=said)


def _resampled_biserial(difference: Floats, kinds: _Kinds, sampling: Sampling) -> Floats:
    signed = kinds.kind * 2 + (difference > 0)
    number = np.bincount(signed, minlength=2 * len(kinds.number))
    return np.concatenate(
        [
            _biserial(draw.reshape(len(draw), -1, 2), zero=kinds.magnitude == 0)
            for draw in multinomials(number, rounds=sampling.rounds, rng=sampling.rng())
        ]
    )


def _biserial(drawn: NDArray[np.int64], *, zero: NDArray[np.bool_]) -> Floats:
    drawn = np.where(zero[None, :, None], 0, drawn)
    rank = mid_ranks(drawn.sum(axis=2))
    down, up = (rank * drawn[:, :, 0]).sum(axis=1), (rank * drawn[:, :, 1]).sum(axis=1)
    return quotient(up - down, up + down)
