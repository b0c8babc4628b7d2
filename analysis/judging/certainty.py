"""How good a judge's certainty is: what it said of its own answers, or a score read as the chance of a yes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Estimate, Sampling
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why
from analysis.judging.answers import (
    MAJORITY,
    VOTES,
    Answers,
    Pairs,
    judge_and_majority,
    judge_and_votes,
    person_and_others,
)
from analysis.judging.auc import roc_auc
from analysis.judging.probabilities import (
    CalibrationBin,
    brier_score,
    calibration_curve,
    calibration_error,
    log_loss,
)
from analysis.judging.thresholds import GOALS, Threshold, choose_threshold

CONFIDENCE, SCORE = "confidence", "score"
BINS = 10


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Chances, or scores of any range, whether the event happened, and the item of each."""

    chance: Floats
    happened: Mask
    item: Codes


@dataclass(frozen=True, slots=True)
class Quality:
    """ROC-AUC of the forecasts, and (where they are probabilities) Brier score, log loss and calibration."""

    auc: Estimate
    brier: Estimate
    log_loss: Estimate
    calibration_error: Estimate
    curve: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class Certainty:
    """What a judge's certainty is worth, in one unit.

    ``source`` is ``confidence``: the chance that the judge gave its own answer; the event is that people say the
    same. Or ``score``: people answer with one of two numbers and the judge with any; the event is the higher
    one. ``people`` is the same of people's confidence, None where they stated none.
    """

    source: str
    unit: str
    judge: Quality
    people: Quality | None = None


def confidence_of(
    judge: Answers, sure: Floats, people: Answers, people_sure: Floats | None, labels: int, sampling: Sampling = DEFAULT
) -> tuple[Certainty, ...]:
    """Weigh stated confidence (NaN where none was) against whether people say the same, in both units.

    People are weighed against each other on the items that the judge answered.
    """
    if np.isnan(sure).all():
        raise Undefined(Why.NOT_RECORDED, "the judge recorded no confidence (column confidence or probability)")
    judged = np.isin(people.item, judge.item)
    people, people_sure = people.take(judged), None if people_sure is None else people_sure[judged]
    made = []
    for unit in (VOTES, MAJORITY):
        own = judge_and_votes(judge, people) if unit == VOTES else judge_and_majority(judge, people, labels)
        theirs = None
        if people_sure is not None and not np.isnan(people_sure).all():
            theirs = quality(_stated(person_and_others(people, labels, unit=unit), people_sure), sampling)
        made.append(Certainty(CONFIDENCE, unit, quality(_stated(own, sure), sampling), theirs))
    return tuple(made)


def certainty_of_scores(
    judge_item: Codes, score: Floats, people: Answers, sampling: Sampling = DEFAULT
) -> tuple[tuple[Certainty, ...], tuple[Threshold, ...]]:
    """Weigh scores against yes and no of people (labels 1 and 0), and choose cuts against their majority."""
    judge = Answers(judge_item, np.arange(len(judge_item)))
    by_unit = {
        VOTES: judge_and_votes(judge, people),
        MAJORITY: judge_and_majority(judge, people, 2),
    }
    events = {unit: Forecasts(score[pairs.by], pairs.truth == 1, pairs.item) for unit, pairs in by_unit.items()}
    settled = events[MAJORITY]
    cuts = tuple(choose_threshold(settled.chance, settled.happened, goal=goal, sampling=sampling) for goal in GOALS)
    return tuple(Certainty(SCORE, unit, quality(event, sampling)) for unit, event in events.items()), cuts


def quality(event: Forecasts, sampling: Sampling = DEFAULT) -> Quality:
    """Measure forecasts; where some lie beyond 0 and 1 they are scores, of which only the order can be judged."""
    chance, happened, item = event.chance, event.happened, event.item
    auc = roc_auc(chance, happened, item=item, confidence=sampling.confidence)
    if len(chance) and not bool(np.all((chance >= 0) & (chance <= 1))):
        text = f"scores from {chance.min():g} to {chance.max():g} are no probabilities; those lie between 0 and 1"
        null = Estimate(None, reason=Why.NOT_RECORDED, message=text)
        return Quality(auc, null, null, null, ())
    return Quality(
        auc,
        brier_score(chance, happened, item=item, sampling=sampling),
        log_loss(chance, happened, item=item, sampling=sampling),
        calibration_error(chance, happened, bins=BINS, item=item, sampling=sampling),
        calibration_curve(chance, happened, bins=BINS, confidence=sampling.confidence),
    )


def _stated(pairs: Pairs, sure: Floats) -> Forecasts:
    kept = ~np.isnan(sure[pairs.by])
    return Forecasts(sure[pairs.by][kept], (pairs.truth == pairs.predicted)[kept], pairs.item[kept])
