"""A judge against people, in both units, with people beside it."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison.estimates import Sampling
from analysis.judging.against_people import AgainstPeople, against_people
from analysis.judging.answers import MAJORITY, VOTES, Answers
from tests.known import known

LABELS = ("A", "B", "tie")
NONE = Sampling(ci="none")
# item 0: A A B, item 1: tie B, item 2: B (one vote), item 3 nobody; the judge says A, tie, B, A
PEOPLE = Answers(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 2, 1, 1]))
JUDGE = Answers(np.array([0, 1, 2, 3]), np.array([0, 2, 1, 0]))


def score(judge, people, **options) -> dict[tuple[str, str], AgainstPeople]:
    return {(made.unit, made.ties): made for made in against_people(judge, people, LABELS, **options)}


def test_both_units_by_hand():
    made = score(JUDGE, PEOPLE, tie=2, sampling=NONE)
    assert (made[VOTES, "with"].judge.value, made[VOTES, "with"].judge.n) == (4 / 6, 6)
    assert (made[VOTES, "without"].judge.value, made[VOTES, "without"].judge.n) == (3 / 4, 4)
    majority = made[MAJORITY, "with"]
    assert (majority.judge.value, majority.judge.n, majority.dropped) == (1.0, 2, 1)  # item 1 has no lead
    # people by pairs of votes: one of three pairs of item 0, none of one of item 1; each pair counts both ways
    assert (made[VOTES, "with"].people.value, made[VOTES, "with"].people.n) == (1 / 4, 8)
    # a person against the lead of the others: item 0: A against {A, B} no lead, twice; B against {A, A} wrong;
    # item 1: tie against B and B against tie, wrong
    assert (majority.people.value, majority.people.n) == (0.0, 3)


def test_the_difference_puts_the_judge_in_each_persons_place():
    made = score(JUDGE, PEOPLE, sampling=NONE)
    # against the other votes: item 0, the persons A A B have the others AB AB AA, and the judge's A fits 4 of 6;
    # item 1: the others are B and tie, and the judge's tie fits one
    assert made[VOTES, "with"].difference.value == pytest.approx(5 / 8 - 2 / 8)
    # against the lead of the others: A on item 0 (for the person who said B), B and tie on item 1
    assert made[MAJORITY, "with"].difference.value == pytest.approx(2 / 3 - 0)


def test_a_judge_that_is_like_a_person_differs_from_them_by_chance_only():
    differences: dict[str, list[float]] = {VOTES: [], MAJORITY: []}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 3, 200)
        item = np.repeat(np.arange(200), 4)
        value = np.where(rng.random(800) < 0.7, truth[item], rng.integers(0, 3, 800))
        judge = Answers(np.arange(200), np.where(rng.random(200) < 0.7, truth, rng.integers(0, 3, 200)))
        for (unit, _), made in score(judge, Answers(item, value), sampling=NONE).items():
            differences[unit].append(known(made.difference.value))
    for values in differences.values():
        assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))


def test_the_range_over_persons_holds_their_mean():
    rng = np.random.default_rng(1)
    item, rater = np.repeat(np.arange(50), 4), np.tile(np.arange(4), 50)
    made = score(JUDGE, Answers(item, rng.integers(0, 3, 200), rater), sampling=NONE)[VOTES, "with"]
    assert made.persons is None  # the judge shares four items with them, twelve pairs each
    judge = Answers(np.arange(50), rng.integers(0, 3, 50))
    made = score(judge, Answers(item, rng.integers(0, 3, 200), rater), sampling=Sampling(rounds=50))[VOTES, "with"]
    assert made.persons is not None
    assert made.persons.n_people == 4
    assert made.persons.lowest <= known(made.people.value) <= made.persons.highest
    assert known(made.difference.lower) < known(made.difference.value) < known(made.difference.upper)


VOTE_ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), min_size=1, max_size=20)


@given(votes=VOTE_ROWS, said=st.lists(st.integers(0, 2), min_size=5, max_size=5), seed=st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_it_is_what_loops_count(votes, said, seed):
    order = np.random.default_rng(seed).permutation(len(votes))
    item, value = np.array(votes)[order].T
    made = score(Answers(np.arange(5), np.array(said)), Answers(item, value), sampling=NONE)
    hits = [said[i] == v for i, v in votes]
    assert made[VOTES, "with"].judge.value == pytest.approx(np.mean(hits))
    by_item = {i: [v for j, v in votes if j == i] for i, _ in votes}
    pairs = [a == b for values in by_item.values() for a, b in combinations(values, 2)]
    assert made[VOTES, "with"].people.value == (pytest.approx(np.mean(pairs)) if pairs else None)
    leads = {}
    for i, values in by_item.items():
        top = Counter(values).most_common(2)
        if len(top) == 1 or top[0][1] > top[1][1]:
            leads[i] = top[0][0]
    majority = made[MAJORITY, "with"]
    assert majority.judge.value == (pytest.approx(np.mean([said[i] == v for i, v in leads.items()])) if leads else None)
    assert majority.dropped == len(by_item) - len(leads)


def test_nothing_in_common_and_nobody_twice_say_why():
    apart = score(Answers(np.array([7]), np.array([0])), PEOPLE, sampling=NONE)[VOTES, "with"]
    assert (apart.judge.reason, apart.difference.reason) == ("empty", "no_pairs")
    once = score(JUDGE, Answers(np.array([0, 1]), np.array([0, 1])), sampling=NONE)[VOTES, "with"]
    assert (once.people.reason, once.difference.reason) == ("empty", "no_pairs")
