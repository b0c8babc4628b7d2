"""Dawid and Skene's model against its definition, written out in loops."""

from __future__ import annotations

from itertools import pairwise
from math import log, prod

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.annotators.consensus import consensus_of
from analysis.annotators.dawid_skene import dawid_skene
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.judging.answers import Answers
from tests.analysis.annotators.patients import anaesthetists
from tests.analysis.builders import coded, make_ratings

Votes = list[tuple[int, int, int]]  # item, rater, label

SMALL: Votes = [
    *((0, 0, 0), (0, 1, 0), (0, 2, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1), (2, 0, 0), (2, 1, 1), (2, 2, 1)),
    *((3, 0, 0), (3, 1, 0), (3, 2, 0), (4, 0, 1), (4, 1, 0), (4, 2, 1), (5, 0, 0), (5, 1, 0)),
]


def em_by_hand(votes: Votes, labels: int, steps: int, prior: float = 0.0) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Posteriors and tables after so many steps, and the log-likelihood of each step's parameters."""
    items, raters = (max(vote[place] for vote in votes) + 1 for place in (0, 1))
    posterior = np.array([[sum(v[0] == i and v[2] == k for v in votes) for k in range(labels)] for i in range(items)])
    posterior = posterior / posterior.sum(axis=1, keepdims=True)
    reached = []
    for _ in range(steps):
        share = [sum(posterior[i][k] for i in range(items)) / items for k in range(labels)]
        tables = np.full((raters, labels, labels), prior)
        for i, r, given_label in votes:
            for true in range(labels):
                tables[r][true][given_label] += posterior[i][true]
        tables = tables / tables.sum(axis=2, keepdims=True)
        joint = np.array(
            [
                [share[k] * prod(tables[r][k][label] for item, r, label in votes if item == i) for k in range(labels)]
                for i in range(items)
            ]
        )
        reached.append(sum(log(row.sum()) for row in joint))
        posterior = joint / joint.sum(axis=1, keepdims=True)
    return posterior, tables, reached


def answers(votes: Votes) -> Answers:
    item, rater, value = np.array(votes).T
    return Answers(item, value, rater)


@pytest.mark.parametrize("prior", [0.0, 0.5])
def test_the_fit_is_that_of_the_definition(prior):
    made = dawid_skene(answers(SMALL), 2, prior=prior, tolerance=1e-13)
    posterior, tables, reached = em_by_hand(SMALL, 2, made.iterations, prior)
    assert made.posterior == pytest.approx(posterior, abs=1e-9)
    assert made.confusion == pytest.approx(tables, abs=1e-9)
    assert made.log_likelihood == pytest.approx(reached[-1], abs=1e-9)


def test_the_likelihood_never_falls_and_is_that_of_each_step():
    _, _, reached = em_by_hand(SMALL, 2, 400)
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(reached))
    for tolerance in (1e-2, 1e-4, 1e-6):
        made = dawid_skene(answers(SMALL), 2, tolerance=tolerance)
        assert made.log_likelihood == pytest.approx(reached[made.iterations - 1], abs=1e-9)


def test_the_tables_printed_in_1979():
    # Dawid and Skene (1979), table 4: shares of the four classes, and the first anaesthetist's errors, as printed
    made = dawid_skene(anaesthetists(), 4, tolerance=1e-14)
    assert np.round(made.share, 2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert np.round(made.confusion[0, 0, :2], 2).tolist() == [0.89, 0.11]
    assert made.posterior[0, 0] == pytest.approx(1.0, abs=1e-4)  # patient 1: everybody says 1


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)),
        min_size=8,
        max_size=24,
        unique_by=lambda vote: vote[:2],
    )
)
@settings(max_examples=30, deadline=None)
def test_any_table_of_votes_gives_what_the_definition_gives(votes):
    items = sorted({vote[0] for vote in votes})
    raters = sorted({vote[1] for vote in votes})
    tidy = [(items.index(i), raters.index(r), k) for i, r, k in votes]
    try:
        made = dawid_skene(answers(tidy), 3, prior=0.2, tolerance=1e-12)
    except Undefined:
        assume(False)
        return
    posterior, _, reached = em_by_hand(tidy, 3, made.iterations, 0.2)
    assert made.log_likelihood == pytest.approx(reached[-1], abs=1e-7)
    assert made.posterior == pytest.approx(posterior, abs=1e-6)


def test_names_are_put_to_the_fit():
    ratings = make_ratings(["0 1 1 0 1 .", "0 1 1 0 0 1", "0 1 0 0 1 1"], labels=("bad", "good"))
    made = consensus_of(ratings, None)
    assert [label.label for label in made.labels] == ["bad", "good"]
    assert sum(label.share for label in made.labels) == pytest.approx(1)
    assert sum(label.given for label in made.labels) == pytest.approx(1)
    assert [rater.rater for rater in made.raters] == ["r0", "r1", "r2"]
    assert [item.label for item in made.items[:2]] == ["bad", "good"]
    assert all(sum(item.posterior) == pytest.approx(1) for item in made.items)


def test_labels_that_occur_are_all_labels_and_no_fit_has_a_reason():
    skipped = consensus_of(make_ratings(["1 1 5 5", "1 5 5 5", "1 1 5 1"]), None)
    assert [label.label for label in skipped.labels] == ["1", "5"]
    cases = {
        "empty": make_ratings([]),
        "one_rater": make_ratings(["1 2 1"]),
        "no_pairs": make_ratings(["1 2 .", ". . 1"]),
        "one_category": make_ratings(["1 1", "1 1"]),
        "too_many_values": make_ratings([" ".join(str(0.1 * n) for n in range(70))] * 2),
        "not_recorded": Ratings(coded(["a", "a"]), np.array([1.0, 2.0])),
    }
    for reason, ratings in cases.items():
        made = consensus_of(ratings, None)
        assert (made.reason, made.items, made.log_likelihood) == (reason, (), None)
