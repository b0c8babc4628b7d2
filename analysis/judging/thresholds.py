"""Where to cut a score: the threshold with the best accuracy, F1 or Youden index, and by how much that flatters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.estimates import DEFAULT, Codes, Sampling, dense, quotient, refuse_not_finite
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why

GOALS = ("accuracy", "f1", "youden")


@dataclass(frozen=True, slots=True)
class Threshold:
    """The cut at which ``score >= threshold`` predicts best.

    ``value`` is the goal on the data that chose the cut, which flatters it. ``corrected`` is the mean value of cuts
    chosen on resamples, on the rows that those resamples left out: what to expect elsewhere, a little cautious.
    ``optimism`` is the difference. ``lower`` and ``upper`` say how far the chosen cut moves over resamples. A
    threshold above every score predicts nothing positive.
    """

    goal: str
    threshold: float | None
    value: float | None
    optimism: float | None
    corrected: float | None
    lower: float | None
    upper: float | None
    n: int
    method: str
    reason: str | None = None
    message: str | None = None


def choose_threshold(
    score: Floats, positive: Mask, *, goal: str = "accuracy", item: Codes | None = None, sampling: Sampling = DEFAULT
) -> Threshold:
    """Choose the cut among the observed scores (and above them all) with the highest value of the goal.

    ``youden`` is sensitivity + specificity - 1. Among equal values the lowest cut is taken. Rows of an item are
    resampled together.

    References
    ----------
    The value on rows left out: Efron (1983), Journal of the American Statistical Association 78, 316-331.
    """
    if goal not in GOALS:
        raise ValueError(f"goal must be one of {', '.join(GOALS)}, not {goal!r}")
    refuse_not_finite(score)
    try:
        return _choose(score, positive, goal, item, sampling)
    except Undefined as error:
        none = (None,) * 6
        return Threshold(goal, *none, len(score), "none", error.code, error.message)


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Scores by distinct value: row r has the value at ``place[r]`` of ``values``, which ascend."""

    values: Floats
    place: NDArray[np.int64]
    positive: Mask
    goal: str

    def goals(self, weight: Floats) -> Floats:
        """Return the goal at each cut: ``values[k]`` and up is positive, the last cut lies above them all."""
        size = len(self.values)
        hits = np.bincount(self.place, weight * self.positive, size)
        others = np.bincount(self.place, weight * ~self.positive, size)
        right = np.append(np.cumsum(hits[::-1])[::-1], 0.0)
        wrong = np.append(np.cumsum(others[::-1])[::-1], 0.0)
        cases, rest = np.full(size + 1, hits.sum()), np.full(size + 1, others.sum())
        if self.goal == "accuracy":
            return quotient(right + rest - wrong, cases + rest)
        if self.goal == "f1":
            return quotient(2 * right, cases + right + wrong)
        return quotient(right, cases) - quotient(wrong, rest)

    def cut(self, place: int) -> float:
        """Return the threshold at a place."""
        return float(self.values[place] if place < len(self.values) else np.nextafter(self.values[-1], np.inf))


def _choose(score: Floats, positive: Mask, goal: str, item: Codes | None, sampling: Sampling) -> Threshold:
    if not len(score):
        raise Undefined(Why.EMPTY, "there are no scores")
    if positive.all() or not positive.any():
        raise Undefined(Why.ONE_CATEGORY, "every case is of one class, so any cut on one side of them is perfect")
    values, place = np.unique(score, return_inverse=True)
    cuts = _Cuts(values, place, positive, goal)
    goals = cuts.goals(np.ones(len(score)))
    best = int(np.argmax(goals))
    value = float(goals[best])
    if sampling.ci == "none":
        return Threshold(goal, cuts.cut(best), value, None, None, None, None, len(score), "none")
    chosen, elsewhere = _resampled(cuts, item, sampling)
    tail = (1 - sampling.confidence) / 2
    lower, upper = (float(end) for end in np.quantile(chosen, [tail, 1 - tail], method="inverted_cdf"))
    corrected = float(elsewhere.mean())
    method = f"bootstrap of {'rows' if item is None else 'items'}, {len(chosen)} rounds"
    return Threshold(goal, cuts.cut(best), value, value - corrected, corrected, lower, upper, len(score), method)


def _resampled(cuts: _Cuts, item: Codes | None, sampling: Sampling) -> tuple[Floats, Floats]:
    """Return the cut that each resample chooses, and its value on the rows that the resample left out."""
    rng = sampling.rng()
    rows = np.arange(len(cuts.place)) if item is None else dense(item)[0]
    units = int(rows.max()) + 1
    chosen, elsewhere = [], []
    for _ in range(sampling.rounds):
        weight = np.bincount(rng.integers(0, units, units), minlength=units)[rows]
        drawn, left_out = cuts.goals(weight.astype(np.float64)), cuts.goals((weight == 0).astype(np.float64))
        place = int(np.argmax(drawn))
        if np.isnan(drawn).any() or np.isnan(left_out[place]):  # one of the two lacks a class and says nothing
            continue
        chosen.append(cuts.cut(place))
        elsewhere.append(float(left_out[place]))
    if not chosen:
        raise Undefined(Why.TOO_FEW, "no resample, or nothing that one left out, had cases of both classes")
    return np.array(chosen), np.array(elsewhere)
