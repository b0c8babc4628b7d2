"""A hybrid mean taken apart: people's mean, the judge's contrast, and what each unit adds to their variances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, add_up, dense
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.hybrid.labels import Labels, refuse_few

ROUNDING = 1e-12  # of the squares of the scores; a judge that varies less than this is constant


@dataclass(frozen=True, slots=True)
class Parts:
    """The estimate is ``mean - power * contrast``, for any power from 0 (people alone) to 1 (plain PPI).

    ``contrast`` is the judge's mean on the labelled items less its mean on those it is compared with. Row u of
    ``by_mean`` and ``by_contrast`` is what unit u (item, or cluster) adds to both, about their expectation, with the
    correction for few units: sums of their squares and products are the variances and the covariance.
    ``best_power`` minimises the variance and is not yet cut to 0..1. ``units`` counts those with labels.
    """

    mean: float
    contrast: float
    by_mean: Floats
    by_contrast: Floats
    best_power: float
    n: int
    units: int

    def estimate(self, power: float) -> float:
        """Return the hybrid mean at this power."""
        return self.mean - power * self.contrast

    def variance(self, power: float) -> float:
        """Return its variance."""
        rest = self.by_mean - power * self.by_contrast
        return float(rest @ rest)

    @property
    def shared(self) -> tuple[float, float]:
        """Return numerator and denominator of the power that minimises the variance."""
        return float(self.by_mean @ self.by_contrast), float(self.by_contrast @ self.by_contrast)


def parts_of(labels: Labels, where: str = "") -> Parts:
    """Take the data of one stratum apart.

    Raises
    ------
    Undefined
        ``empty``, ``too_few`` labels, or ``one_cluster`` that holds them all.
    """
    refuse_few(labels, where)
    units = _count(labels.cluster, labels.labelled)
    if units < 2:
        raise Undefined(Why.ONE_CLUSTER, "all of people's labels are in one cluster; an interval needs several")
    made = _simple(labels, units) if labels.probability is None else _weighted(labels, units)
    mean, contrast, by_row, power = made
    by_unit = by_row if labels.cluster is None else add_up(by_row, labels.cluster)
    number = int(labels.labelled.sum())
    return Parts(mean, contrast, by_unit[:, 0], by_unit[:, 1], power, number, units)


def contributions(labels: Labels, power: Mapping[str, float], unit: Codes | None = None) -> tuple[Codes, Floats]:
    """Return units and what each adds to the hybrid mean about its expectation, by which two means covary.

    Units are rows (``unit`` names them, else their places) or clusters; the sum of squares is the variance of the
    estimate. Estimated shares of strata add a further one per unit, at a negative code.
    """
    names = np.arange(len(labels)) if unit is None else unit
    if labels.cluster is not None:
        names = labels.cluster
    strata = labels.strata()
    parts = {name: parts_of(part, name) for name, part in strata.items()}
    weight = {name: len(part) / len(labels) for name, part in strata.items()}
    found = [
        (np.unique(names[rows]) if labels.cluster is not None else names[rows],
         weight[name] * (parts[name].by_mean - power[name] * parts[name].by_contrast))
        for name, rows in labels.rows().items()
    ]  # fmt: skip
    if len(parts) > 1:
        value = sum(weight[name] * part.estimate(power[name]) for name, part in parts.items())
        for name, rows in labels.rows().items():
            lead = (parts[name].estimate(power[name]) - value) / len(labels)
            units, number = np.unique(names[rows], return_counts=True)
            found.append((-1 - units, lead * number.astype(np.float64)))
    return np.concatenate([units for units, _ in found]), np.concatenate([added for _, added in found])


def cut(power: float) -> float:
    """Return the power within 0..1: outside, a judge would count against itself or for more than in plain PPI."""
    return min(max(power, 0.0), 1.0)


def best(numerator: float, denominator: float, scale: float) -> float:
    """Return the power that minimises a variance, 0 where the judge does not vary."""
    return numerator / denominator if denominator > ROUNDING * scale else 0.0


def _simple(labels: Labels, units: int) -> tuple[float, float, Floats, float]:
    """All items had the same chance: compare the labelled with the rest."""
    known = labels.labelled
    rest = ~known
    others = _count(labels.cluster, rest)
    mean, judged = labels.human[known].mean(), labels.judge[known].mean()
    rows = np.zeros((len(labels), 2))
    rows[known, 0] = (labels.human[known] - mean) / known.sum() * _few(units)
    if others < 2:  # nothing to borrow strength from
        return float(mean), 0.0, rows, 0.0
    elsewhere = labels.judge[rest].mean()
    rows[known, 1] = (labels.judge[known] - judged) / known.sum() * _few(units)
    rows[rest, 1] = (elsewhere - labels.judge[rest]) / rest.sum() * _few(others)
    power = _pooled_power(labels) if labels.cluster is None else _power_of(rows, labels)
    return float(mean), float(judged - elsewhere), rows, power


def _weighted(labels: Labels, units: int) -> tuple[float, float, Floats, float]:
    """Items had chances of their own: weight the labelled by their inverse, and compare with all items."""
    if labels.probability is None:
        raise ValueError("weights need the probability of each item")
    known = labels.labelled
    share = np.where(known, 1 / labels.probability, 0.0)
    share /= share.sum()
    human = np.where(known, labels.human, 0.0)
    mean, judged, everywhere = float(share @ human), float(share @ labels.judge), float(labels.judge.mean())
    by_mean = share * (human - mean)
    by_contrast = share * (labels.judge - judged) - (labels.judge - everywhere) / len(labels)
    rows = np.column_stack([by_mean, by_contrast]) * _few(units)
    return mean, judged - everywhere, rows, _power_of(rows, labels)


def _pooled_power(labels: Labels) -> float:
    """Use the judge's variance over all items, which is steadier than that of a few labelled ones."""
    known = labels.labelled
    n, others = int(known.sum()), int((~known).sum())
    human, judge = labels.human[known], labels.judge[known]
    together = float((human - human.mean()) @ (judge - judge.mean())) / n
    spread = (1 + n / others) * float(labels.judge.var(ddof=1))
    return best(together, spread, float(np.square(labels.judge).max()))


def _power_of(rows: Floats, labels: Labels) -> float:
    made = rows if labels.cluster is None else add_up(rows, labels.cluster)
    scale = float(np.square(labels.judge).max()) / max(int(labels.labelled.sum()), 1)
    return best(float(made[:, 0] @ made[:, 1]), float(made[:, 1] @ made[:, 1]), scale)


def _few(units: int) -> float:
    return float(np.sqrt(units / (units - 1)))


def _count(cluster: Codes | None, rows: Mask) -> int:
    return int(rows.sum()) if cluster is None else dense(cluster[rows])[1]
