"""How the gradients of battles vary: the filling of the prediction-powered sandwich, from counts or clusters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.bradley_terry import laplacian
from analysis.comparison.estimates import Codes, dense
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.hybrid.battles import JudgedBattles

MOST_CELLS = 4_000_000  # of a block of clusters x systems: 32 MB


@dataclass(frozen=True, slots=True)
class Gradients:
    """Covariances of the mean gradients: of people's, of the judge's contrast, and between both (symmetrised).

    The contrast is the judge's mean gradient on people's battles less that on the others.
    """

    human: Floats
    judge: Floats
    both: Floats

    def covariance(self, power: float) -> Floats:
        """Return the covariance of the mean gradient of the objective at this power."""
        made: Floats = self.human - 2 * power * self.both + power**2 * self.judge
        return made


def gradients_of(battles: JudgedBattles, chances: Floats) -> Gradients:
    """Return the covariances at strengths with these chances. A battle's gradient is (chance - score)(e_a - e_b)."""
    chance = chances[battles.system_a, battles.system_b]
    known = battles.labelled
    human = np.where(known, chance - np.where(known, battles.human, 0.0), 0.0)
    sides = [_Side(battles, human, chance - battles.judge, known, 1.0, len(chances))]
    if battles.cluster is not None:
        return _clustered(battles, sides[0], chance, len(chances))
    if int((~known).sum()) >= 2:
        sides.append(_Side(battles, np.zeros(len(human)), chance - battles.judge, ~known, -1.0, len(chances)))
    return Gradients(*(np.sum([side.products()[place] for side in sides], axis=0) for place in range(3)))


class _Side:
    """The battles of one side, people's or the others, with their gradients' residuals as shares of a mean."""

    def __init__(
        self, battles: JudgedBattles, human: Floats, judge: Floats, rows: Mask, sign: float, size: int
    ) -> None:
        self.size, self.number = size, int(rows.sum())
        self.a, self.b = battles.system_a[rows].astype(np.int64), battles.system_b[rows].astype(np.int64)
        self.human, self.judge = human[rows] / self.number, sign * judge[rows] / self.number

    def centre(self, residual: Floats) -> Floats:
        """Return the mean contribution of a battle."""
        made = np.bincount(self.a, residual, self.size) - np.bincount(self.b, residual, self.size)
        return np.asarray(made / self.number, dtype=np.float64)

    def products(self) -> tuple[Floats, Floats, Floats]:
        """Return the covariances where every battle stands alone: they follow from sums per pair."""
        factor = self.number / (self.number - 1)
        pairs = ((self.human, self.human), (self.judge, self.judge), (self.human, self.judge))
        human, judge, both = (factor * self._product(first, second) for first, second in pairs)
        return human, judge, (both + both.T) / 2

    def _product(self, first: Floats, second: Floats) -> Floats:
        cell = self.a * self.size + self.b
        weight = np.bincount(cell, first * second, self.size**2).astype(np.float64).reshape(self.size, self.size)
        centre = self.number * np.outer(self.centre(first), self.centre(second))
        return np.asarray(laplacian(weight + weight.T) - centre, dtype=np.float64)


def _clustered(battles: JudgedBattles, people: _Side, chance: Floats, size: int) -> Gradients:
    """Sum contributions by cluster first; a cluster may hold battles of both sides."""
    if battles.cluster is None:
        raise ValueError("clusters are needed")
    known = battles.labelled
    sides = [(people, battles.cluster[known], _few(battles.cluster[known]))]
    if not sides[0][2]:
        raise Undefined(Why.ONE_CLUSTER, "all of people's battles are in one cluster; an interval needs several")
    if factor := _few(battles.cluster[~known]):
        other = _Side(battles, np.zeros(len(chance)), chance - battles.judge, ~known, -1.0, size)
        sides.append((other, battles.cluster[~known], factor))
    human, judge, both = np.zeros((3, size, size))
    for totals in _blocks(sides, size):
        human += totals[0].T @ totals[0]
        judge += totals[1].T @ totals[1]
        both += totals[0].T @ totals[1]
    return Gradients(human, judge, (both + both.T) / 2)


def _few(cluster: Codes) -> float:
    """Return the root of C / (C - 1), or 0 where there are not two clusters."""
    clusters = dense(cluster)[1]
    return float(np.sqrt(clusters / (clusters - 1))) if clusters > 1 else 0.0


def _blocks(sides: list[tuple[_Side, Codes, float]], size: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield people's and the judge's totals per cluster, a block of clusters at a time."""
    place, count = dense(np.concatenate([cluster for _, cluster, _ in sides]))
    ends = np.cumsum([0, *(len(cluster) for _, cluster, _ in sides)])
    block = max(1, MOST_CELLS // size)
    for start in range(0, count, block):
        number = min(block, count - start)
        both = np.zeros((2, number, size))
        for (side, _, factor), low, high in zip(sides, ends[:-1], ends[1:], strict=True):
            both += factor * _totals(side, place[low:high] - start, number)
        yield both[0], both[1]


def _totals(side: _Side, place: Codes, number: int) -> Floats:
    rows = (place >= 0) & (place < number)
    at, count = place[rows], np.bincount(place[rows], minlength=number)
    made = []
    for residual in (side.human, side.judge):
        cell = np.bincount(at * side.size + side.a[rows], residual[rows], number * side.size)
        cell = cell - np.bincount(at * side.size + side.b[rows], residual[rows], number * side.size)
        made.append(cell.reshape(number, side.size) - np.outer(count, side.centre(residual)))
    return np.array(made)
