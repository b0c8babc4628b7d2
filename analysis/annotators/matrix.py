"""The rater matrix of one criterion, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.annotators.pairwise import RaterMatrix, rater_matrix
from analysis.comparison.estimates import Sampling
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.parts import of_one_criterion


@dataclass(frozen=True, slots=True)
class CriterionMatrix:
    """Every two raters of one criterion. Where ``matrix`` is None, ``reason`` is a code and ``message`` says why."""

    criterion: str | None
    level: str
    matrix: RaterMatrix | None
    reason: str | None = None
    message: str | None = None


def matrix_of(ratings: Ratings, criterion: str | None, *, level: str, sampling: Sampling) -> CriterionMatrix:
    """Compare every two raters of one criterion; for labels and for values by the usual coefficient of the level."""
    chosen = of_one_criterion(ratings, criterion)
    categories = ratings.categories.get(criterion or "", ())
    try:
        made = rater_matrix(chosen, level=level, categories=categories, sampling=sampling)
    except Undefined as error:
        return CriterionMatrix(criterion, level, None, error.code, error.message)
    return CriterionMatrix(criterion, level, made)
