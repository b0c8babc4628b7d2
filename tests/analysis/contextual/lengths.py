"""Two systems of which the longer responses are liked, and the regression that says so."""

from __future__ import annotations

import numpy as np
import statsmodels.api as sm

from analysis.data import TIE, A, Battles
from tests.analysis.contextual.builders import drawn_battles
from tests.known import known


def against_baseline(rows: int = 800, **how) -> Battles:
    """Battles of two systems on prompts that are asked up to a few times, long responses being liked."""
    return drawn_battles(rows, 2, style=(0.8, 0, 0, 0), position=0, prompts=300, **how)


def of_s1(battles: Battles) -> tuple[np.ndarray, np.ndarray]:
    is_a = battles.system_a == 1
    points = np.where(battles.outcome == TIE, 0.5, battles.outcome == A)
    longer = known(battles.style_a)[:, 0] - known(battles.style_b)[:, 0]
    return np.where(is_a, points, 1 - points), np.where(is_a, longer, -longer)


def glm(points, length, *more, **how):
    design = np.column_stack([np.ones(len(points)), np.tanh(length / length.std()), *more])
    return sm.GLM(points, design, family=sm.families.Binomial()).fit(tol=1e-12, maxiter=100, **how)
