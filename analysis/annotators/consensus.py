"""Dawid and Skene's model of one criterion, with the names of its raters, items and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.annotators.dawid_skene import Consensus, dawid_skene
from analysis.data import Floats, Ratings
from analysis.errors import Undefined, Why
from analysis.judging.answers import Answers
from analysis.parts import of_one_criterion
from analysis.units import FEW_VALUES, distinct

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class LabelShare:
    """One label, how common the model takes it to be, and as which share it was given."""

    label: str
    share: float
    given: float


@dataclass(frozen=True, slots=True)
class RaterErrors:
    """How often a rater is right (``accuracy``), and ``confusion[true][given]``; None where the model cannot know."""

    rater: str
    n_ratings: int
    accuracy: float | None
    confusion: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True)
class ItemLabel:
    """The most probable label of an item, None where two are equally so, and the probability of each label."""

    item: str
    label: str | None
    posterior: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CriterionConsensus:
    """The fit of one criterion. Where there is none, ``reason`` is a code and ``message`` says why."""

    criterion: str | None
    model: str
    prior: float
    n_ratings: int
    labels: tuple[LabelShare, ...] = ()
    raters: tuple[RaterErrors, ...] = ()
    items: tuple[ItemLabel, ...] = ()
    log_likelihood: float | None = None
    iterations: int | None = None
    reason: str | None = None
    message: str | None = None


def consensus_of(
    ratings: Ratings, criterion: str | None, *, model: str = "confusion", prior: float = 0.0
) -> CriterionConsensus:
    """Fit the model to one criterion; repeats of a rater are further ratings, and labels are the values that occur."""
    chosen = of_one_criterion(ratings, criterion)
    try:
        answers, values = _answers(chosen)
        made = dawid_skene(answers, len(values), model=model, prior=prior)
    except Undefined as error:
        return CriterionConsensus(criterion, model, prior, len(chosen), reason=error.code, message=error.message)
    names = [f"{value:g}" if chosen.labels is None else chosen.labels[int(value)] for value in values.tolist()]
    given = np.bincount(answers.value, minlength=len(values)) / len(answers.value)
    return CriterionConsensus(
        criterion=criterion,
        model=model,
        prior=prior,
        n_ratings=made.n,
        labels=tuple(LabelShare(*one) for one in zip(names, made.share.tolist(), given.tolist(), strict=True)),
        raters=_raters(chosen, made),
        items=_items(chosen, made, names),
        log_likelihood=made.log_likelihood,
        iterations=made.iterations,
    )


def _answers(ratings: Ratings) -> tuple[Answers, Floats]:
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    values, label = distinct(ratings.value)
    if len(values) > FEW_VALUES:
        raise Undefined(Why.TOO_MANY_VALUES, f"{len(values)} distinct values are measurements, not labels")
    rater = None if ratings.rater is None else ratings.rater.used().codes.astype(np.int64)
    return Answers(ratings.item.used().codes.astype(np.int64), label, rater), values


def _raters(ratings: Ratings, made: Consensus) -> tuple[RaterErrors, ...]:
    names = ratings.rater.used().names if ratings.rater is not None else ()
    return tuple(
        RaterErrors(name, int(number), _known(accuracy), tuple(tuple(map(_known, row)) for row in confusion))
        for name, number, accuracy, confusion in zip(
            names, made.ratings, made.accuracy.tolist(), made.confusion.tolist(), strict=True
        )
    )


def _items(ratings: Ratings, made: Consensus, labels: list[str]) -> tuple[ItemLabel, ...]:
    best = [None if place < 0 else labels[place] for place in made.label.tolist()]
    rows = made.posterior.tolist()
    names = ratings.item.used().names
    return tuple(ItemLabel(name, label, tuple(row)) for name, label, row in zip(names, best, rows, strict=True))


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number
