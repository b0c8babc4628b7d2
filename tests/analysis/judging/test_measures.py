"""What is read off the tables of judge against people, and off those of people against people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, f1_score
from statsmodels.stats.inter_rater import cohens_kappa

from analysis.between import cross_kappa
from analysis.comparison.estimates import Sampling
from analysis.data import Coded, Ratings
from analysis.judging.against_people import AgainstPeople, against_people
from analysis.judging.answers import MAJORITY, VOTES, Answers
from tests.known import known

NONE = Sampling(ci="none")
VALUES = np.array([1.0, 2.0, 3.0, 5.0])  # unequal steps, so that weights matter
LABELS = ("1", "2", "3", "5")


def score(judge, people, values=VALUES, sampling=NONE) -> dict[str, AgainstPeople]:
    return {made.unit: made for made in against_people(judge, people, LABELS, values=values, sampling=sampling)}


def drawn(seed: int = 0, items: int = 300, people: int = 3) -> tuple[Answers, Answers]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, items)

    def noisy(kept: float):
        return np.where(rng.random(items) < kept, truth, rng.integers(0, 4, items))

    votes = np.array([noisy(0.7) for _ in range(people)])
    item, rater = np.tile(np.arange(items), people), np.repeat(np.arange(people), items)
    return Answers(np.arange(items), noisy(0.6)), Answers(item, votes.ravel(), rater)


def test_kappas_and_averages_are_scikit_learns():
    judge, people = drawn()
    made = score(judge, people)[VOTES].measures
    said, votes = judge.value[people.item], people.value
    assert made["cohen_kappa"].judge.value == pytest.approx(cohen_kappa_score(votes, said))
    # scikit-learn weighs by place; the places of these labels are 0 1 2 3, so give ours the same numbers
    by_place = score(judge, people, values=np.arange(4.0))[VOTES].measures
    for weights in ("linear", "quadratic"):
        expected = cohen_kappa_score(votes, said, weights=weights)
        assert by_place[f"cohen_kappa_{weights}"].judge.value == pytest.approx(expected)
    assert made["balanced_accuracy"].judge.value == pytest.approx(balanced_accuracy_score(votes, said))
    assert made["macro_f1"].judge.value == pytest.approx(f1_score(votes, said, average="macro"))


def test_the_spread_over_items_is_that_of_the_formula():
    judge, people = drawn(items=1500)
    first = people.take(np.asarray(people.rater == 0))
    made = score(judge, first, sampling=Sampling(ci="jackknife"))[MAJORITY].measures["cohen_kappa"].judge
    table = np.bincount(first.value * 4 + judge.value, minlength=16).reshape(4, 4)
    expected = cohens_kappa(table)
    assert made.value == pytest.approx(expected.kappa)
    half = (known(made.upper) - known(made.lower)) / 2
    assert half == pytest.approx(1.96 * expected.std_kappa, rel=0.02)


@pytest.mark.parametrize(("name", "squared"), [("cohen_kappa", False), ("cohen_kappa_quadratic", True)])
def test_over_votes_kappa_is_that_of_the_agreement_page(name, squared):
    judge, people = drawn(seed=4, items=60)
    made = score(judge, people)[VOTES].measures[name].judge
    item = np.concatenate([judge.item, people.item])
    value = VALUES[np.concatenate([judge.value, people.value])]
    ratings = Ratings(Coded(item, tuple(f"i{i}" for i in range(60))), value)
    assert made.value == pytest.approx(cross_kappa(ratings, np.arange(len(item)) < 60, squared=squared).estimate())


def test_people_are_measured_with_every_other_person():
    judge, people = drawn(items=80, people=3)
    made = score(judge, people)[VOTES].measures["cohen_kappa"].people
    votes = people.value.reshape(3, 80)
    pairs = [(a, b) for a in range(3) for b in range(3) if a != b]
    one, other = (np.concatenate([votes[pair[side]] for pair in pairs]) for side in (0, 1))
    assert made.value == pytest.approx(cohen_kappa_score(one, other))


def test_a_judge_that_copies_a_person_is_like_people():
    judge, people = drawn(items=120, people=2)
    copy = Answers(judge.item, people.value[:120])
    made = score(copy, people, sampling=Sampling(rounds=200))[VOTES].measures["cohen_kappa"]
    # in the first person's place it says the same; in the second's, it is compared with its own answers
    votes = people.value.reshape(2, 120)
    in_place = cohen_kappa_score(np.concatenate([votes[1], votes[0]]), np.concatenate([votes[0], votes[0]]))
    people_kappa = cohen_kappa_score(np.concatenate([votes[1], votes[0]]), np.concatenate([votes[0], votes[1]]))
    assert made.difference.value == pytest.approx(in_place - people_kappa)
    assert known(made.difference.lower) < known(made.difference.value) < known(made.difference.upper)


def test_labels_without_numbers_have_no_weighted_kappa():
    made = score(*drawn(), values=None)[VOTES].measures
    assert made["cohen_kappa"].judge.value is not None
    assert made["cohen_kappa_linear"].judge.reason == "not_numeric"
    assert made["cohen_kappa_quadratic"].difference.reason == "not_numeric"


def test_one_answer_throughout_says_so():
    judge = Answers(np.arange(5), np.zeros(5, dtype=np.int64))
    people = Answers(np.tile(np.arange(5), 2), np.zeros(10, dtype=np.int64), np.repeat([0, 1], 5))
    made = score(judge, people)[VOTES]
    assert {made.measures["cohen_kappa"].judge.reason, made.measures["cohen_kappa"].people.reason} == {"one_category"}
    assert made.measures["macro_f1"].judge.value == 1.0


def test_nobody_beside_the_judge_says_so():
    judge, people = drawn(people=1, items=20)
    made = score(judge, people)[VOTES].measures["cohen_kappa"]
    assert made.judge.value is not None
    assert (made.people.reason, made.difference.reason) == ("empty", "empty")


@given(seed=st.integers(0, 50), place=st.permutations(range(4)))
@settings(max_examples=20)
def test_names_of_labels_do_not_matter(seed, place):
    judge, people = drawn(seed, items=25)
    order = np.array(place)
    before = score(judge, people)[VOTES].measures
    renamed = Answers(judge.item, order[judge.value]), Answers(people.item, order[people.value], people.rater)
    after = score(*renamed, values=VALUES[np.argsort(order)])[VOTES].measures
    for name, beside in before.items():
        for side in ("judge", "people", "difference"):
            assert getattr(after[name], side).value == pytest.approx(getattr(beside, side).value, nan_ok=True)
