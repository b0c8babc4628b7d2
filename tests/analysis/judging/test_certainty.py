"""What stated confidence, and a score against yes and no, are worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from analysis.comparison.estimates import Sampling
from analysis.errors import Undefined
from analysis.judging.answers import MAJORITY, VOTES, Answers
from analysis.judging.certainty import Forecasts, certainty_of_scores, confidence_of, quality
from tests.analysis.builders import width
from tests.known import known

NONE = Sampling(ci="none")


def drawn(items: int = 200, people: int = 3):
    """Return a judge that knows when it is right, and people; two labels."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, items)
    sure = rng.uniform(0.5, 1, items)  # on no edge of a bin: scikit-learn closes bins on the right
    judge = np.where(rng.random(items) < sure, truth, 1 - truth)
    votes = np.where(rng.random((people, items)) < 0.85, truth, 1 - truth)
    item, rater = np.tile(np.arange(items), people), np.repeat(np.arange(people), items)
    return Answers(np.arange(items), judge), sure, Answers(item, votes.ravel(), rater)


def expected_calibration_error(said, happened) -> float:
    share, mean = calibration_curve(happened, said, n_bins=10)
    number = np.histogram(said, bins=np.arange(11) / 10)[0]
    return float(np.sum(number[number > 0] * np.abs(share - mean)) / len(said))


def test_confidence_is_weighed_against_being_right_as_scikit_learn_does():
    judge, sure, people = drawn()
    by_unit = {made.unit: made.judge for made in confidence_of(judge, sure, people, None, 2, NONE)}
    votes = people.value.reshape(3, -1)
    majority = (votes.sum(axis=0) >= 2).astype(int)
    for unit, said, right in (
        (VOTES, np.tile(sure, 3), (votes == judge.value).ravel()),
        (MAJORITY, sure, majority == judge.value),
    ):
        made = by_unit[unit]
        assert made.auc.value == pytest.approx(roc_auc_score(right, said))
        assert made.brier.value == pytest.approx(brier_score_loss(right, said))
        assert made.log_loss.value == pytest.approx(log_loss(right, said))
        assert made.calibration_error.value == pytest.approx(expected_calibration_error(said, right))
        assert sum(part.n for part in made.curve) == len(said)


def test_votes_on_one_item_are_no_independent_events():
    judge, sure, people = drawn()
    votes = confidence_of(judge, sure, people, None, 2, Sampling(rounds=300))[0].judge
    alone = quality(
        Forecasts(np.tile(sure, 3), people.value == np.tile(judge.value, 3), np.arange(600)), Sampling(rounds=300)
    )
    for name in ("auc", "brier"):
        clustered, single = getattr(votes, name), getattr(alone, name)
        assert clustered.value == pytest.approx(single.value)
        assert width(clustered) > 1.1 * width(single)


def test_answers_without_a_confidence_do_not_enter():
    judge, sure, people = drawn()
    half = np.where(np.arange(200) < 100, sure, np.nan)
    made = confidence_of(judge, half, people, None, 2, NONE)[1].judge
    first = people.take(np.asarray(people.item < 100))
    before = Answers(judge.item[:100], judge.value[:100])
    assert made == confidence_of(before, sure[:100], first, None, 2, NONE)[1].judge
    with pytest.raises(Undefined, match="recorded no confidence"):
        confidence_of(judge, np.full(200, np.nan), people, None, 2, NONE)


def test_people_who_said_how_sure_they_were_stand_beside():
    judge, sure, people = drawn()
    made = confidence_of(judge, sure, people, np.full(600, 0.9), 2, NONE)[0].people
    assert made is not None
    votes = people.value.reshape(3, -1)
    same = np.mean([votes[a] == votes[b] for a in range(3) for b in range(3) if a != b])
    assert made.brier.value == pytest.approx(same * 0.01 + (1 - same) * 0.81)
    half = Answers(judge.item[:50], judge.value[:50])
    of_half = confidence_of(half, sure[:50], people, np.full(600, 0.9), 2, NONE)[0].people
    assert of_half is not None
    assert of_half.brier.n == 50 * 6  # only what the judge answered


def test_a_score_against_yes_and_no_is_weighed_and_cut():
    judge, _, people = drawn()
    score = np.random.default_rng(1).normal(size=200) + judge.value
    made, cuts = certainty_of_scores(judge.item, score, people, Sampling(rounds=50))
    yes = people.value == 1
    majority = yes.reshape(3, -1).sum(axis=0) >= 2
    assert {one.unit: one.judge.auc.value for one in made} == {
        VOTES: pytest.approx(roc_auc_score(yes, np.tile(score, 3))),
        MAJORITY: pytest.approx(roc_auc_score(majority, score)),
    }
    assert made[0].judge.brier.reason == "not_recorded"
    assert "are no probabilities" in (made[0].judge.brier.message or "")
    assert [cut.goal for cut in cuts] == ["accuracy", "f1", "youden"]
    best = cuts[0]
    assert best.value == pytest.approx(max(np.mean((score >= cut) == majority) for cut in score))
    assert known(best.corrected) < known(best.value)


def test_a_score_from_0_to_1_is_a_probability():
    judge, sure, people = drawn()
    chance = np.where(judge.value == 1, sure, 1 - sure)
    made, _ = certainty_of_scores(judge.item, chance, people, NONE)
    yes = people.value == 1
    assert made[0].judge.brier.value == pytest.approx(brier_score_loss(yes, np.tile(chance, 3)))


@given(seed=st.integers(0, 40), copies=st.integers(1, 3))
@settings(max_examples=20)
def test_copies_of_the_data_change_nothing(seed, copies):
    rng = np.random.default_rng(seed)
    said, right = rng.random(15).round(1), rng.random(15) < 0.5
    right[:2] = [True, False]
    before = quality(Forecasts(said, right, np.arange(15)), NONE)
    after = quality(Forecasts(np.tile(said, copies), np.tile(right, copies), np.arange(15 * copies)), NONE)
    assert after.auc.value == pytest.approx(before.auc.value)
    assert after.brier.value == pytest.approx(before.brier.value)
    assert after.calibration_error.value == pytest.approx(before.calibration_error.value)


def test_nobody_to_be_right_against():
    nothing = np.empty(0, dtype=np.int64)
    made = confidence_of(Answers(np.array([0]), np.array([1])), np.array([0.9]), Answers(nothing, nothing), None, 2)
    assert {made[0].judge.auc.reason, made[0].judge.brier.reason, made[1].judge.log_loss.reason} == {"empty"}
