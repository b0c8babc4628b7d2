"""Whether the items that people answered look like a random part of those the judge answered."""

from __future__ import annotations

import numpy as np

from analysis.bradley_terry import win_chances
from analysis.comparison.estimates import Significance, dense, no_p_with_reason
from analysis.data import Floats, Mask
from analysis.drift.distributions import chi_square
from analysis.errors import Undefined, Why
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.gradients import Gradients
from analysis.hybrid.labels import Labels
from analysis.hybrid.parts import parts_of


@no_p_with_reason
def same_scores(labels: Labels) -> Significance:
    """Test that the judge scores people's items as it does the others, two-sided; with strata, within them.

    Where people's items were drawn at random the judge's contrast is zero but for chance: a small p says that they
    were not, or that the stated probabilities are wrong.
    """
    from scipy.special import stdtr

    if labels.labelled.all():
        raise Undefined(Why.NO_CASES, "people answered every item, so there are no others to compare with")
    strata = labels.strata()
    weight = {name: len(part) / len(labels) for name, part in strata.items()}
    parts = {name: parts_of(part, name) for name, part in strata.items()}
    contrast = sum(weight[name] * part.contrast for name, part in parts.items())
    variance = sum(weight[name] ** 2 * part.shared[1] for name, part in parts.items())
    freedom = sum(part.units - 1 for part in parts.values())
    if not variance > 0:
        raise Undefined(Why.NO_VARIANCE, "the judge gives every item the same score")
    statistic = contrast / float(np.sqrt(variance))
    said = {"sides": "two", "degrees_of_freedom": str(freedom)}
    return Significance(float(2 * stdtr(freedom, -abs(statistic))), statistic, len(labels), "judge's contrast, t", said)


@no_p_with_reason
def same_results(battles: JudgedBattles, strengths: Floats, gradients: Gradients) -> Significance:
    """Test that the judge decides people's battles as it does the others: Hotelling's T on its contrast of gradients.

    ``gradients`` are those at ``strengths``. Its degrees of freedom are the rank of the contrast's covariance, at most
    systems - 1, and those of people's battles or clusters, of which there are fewest.
    """
    from scipy.special import fdtrc

    known = battles.labelled
    if int((~known).sum()) < 2:
        raise Undefined(Why.NO_CASES, "the judge decided no battles beyond people's")
    contrast = _mean_gradient(battles, strengths, known) - _mean_gradient(battles, strengths, ~known)
    values, vectors = np.linalg.eigh(gradients.judge)
    kept = values > 1e-10 * max(float(values.max()), 1e-300)
    if not kept.any():
        raise Undefined(Why.NO_VARIANCE, "the judge's results show no spread")
    turned = vectors.T[kept] @ contrast
    statistic, rank = float((turned**2 / values[kept]).sum()), int(kept.sum())
    units = int(known.sum()) if battles.cluster is None else dense(battles.cluster[known])[1]
    if units <= rank:
        raise Undefined(Why.TOO_FEW, f"{units} of people's battles or clusters are too few for {rank} contrasts")
    p_value = float(fdtrc(rank, units - rank, statistic * (units - rank) / (rank * (units - 1))))
    said = {"degrees_of_freedom": f"{rank}, {units - rank}"}
    method = "judge's contrast of gradients, Hotelling"
    return Significance(p_value, statistic, len(battles), method, said)


def same_pairs(battles: JudgedBattles) -> Significance:
    """Test that people's battles are spread over the pairs of systems as the others are."""
    size = len(battles.systems)
    cell = battles.system_a * size + battles.system_b
    known = battles.labelled
    asked, others = (np.bincount(cell[rows], minlength=size * size) for rows in (known, ~known))
    return chi_square(others, asked, independent=battles.cluster is None)


def _mean_gradient(battles: JudgedBattles, strengths: Floats, rows: Mask) -> Floats:
    chances = win_chances(strengths)[battles.system_a[rows], battles.system_b[rows]]
    residual = (chances - battles.judge[rows]) / int(rows.sum())
    size = len(strengths)
    won = np.bincount(battles.system_a[rows], residual, size) - np.bincount(battles.system_b[rows], residual, size)
    return np.asarray(won, dtype=np.float64)
