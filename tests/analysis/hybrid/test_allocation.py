"""What people should label next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.data import Coded
from analysis.errors import Undefined
from analysis.hybrid.allocation import label_next, neyman
from analysis.hybrid.labels import Labels

NUMBERS = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 30), st.integers(0, 40)), min_size=1)


def test_neymans_textbook_rule():
    # Cochran (1977), Sampling Techniques, section 5.5: in proportion to W x S, which is 1.0 : 1.2 : 1.8 here
    given_out = neyman(np.array([0.5, 0.3, 0.2]), np.array([2.0, 4, 9]), np.zeros(3), np.full(3, 500.0), 40)
    assert given_out.tolist() == [10, 12, 18]


def test_labels_already_there_and_items_that_run_out_count():
    weight, spread = np.array([0.5, 0.5]), np.array([1.0, 1.0])
    assert neyman(weight, spread, np.array([30.0, 10]), np.full(2, 100.0), 40).tolist() == [10, 30]
    assert neyman(weight, spread, np.array([80.0, 10]), np.full(2, 100.0), 40).tolist() == [0, 40]
    assert neyman(weight, spread, np.zeros(2), np.array([5.0, 100]), 40).tolist() == [5, 35]
    assert neyman(weight, spread, np.zeros(2), np.array([5.0, 10]), 40).tolist() == [5, 10]


@given(rows=NUMBERS, budget=st.integers(0, 200))
@settings(max_examples=80, deadline=None)
def test_the_budget_is_spent_where_there_is_room(rows, budget):
    weight, spread, labelled, available = np.array(rows, dtype=np.float64).T
    made = neyman(weight / weight.sum(), spread, labelled, available, budget)
    assert made.sum() == min(budget, available.sum())
    assert ((made >= 0) & (made <= available)).all()


def test_no_other_allocation_of_the_same_budget_is_better():
    weight, spread = np.array([0.2, 0.5, 0.3]), np.array([3.0, 1, 2])
    made = neyman(weight, spread, np.zeros(3), np.full(3, 99.0), 30)

    def variance(numbers):
        return float(((weight * spread) ** 2 / numbers).sum())

    others = [(a, b, 30 - a - b) for a in range(1, 29) for b in range(1, 30 - a)]
    assert variance(made) == pytest.approx(min(variance(np.array(each)) for each in others), rel=1e-3)


def labelled_strata() -> Labels:
    rng = np.random.default_rng(0)
    human = rng.random(300)
    judge = np.concatenate([human[:200] + rng.normal(0, 0.02, 200), rng.random(100)])  # knows stratum a, guesses b
    human[np.arange(300) % 10 != 0] = np.nan
    return Labels(judge, human, stratum=Coded(np.repeat([0, 1], [200, 100]), ("a", "b")))


def test_people_go_where_the_judge_guesses():
    made = label_next(labelled_strata(), 50)
    first, second = made.strata
    assert first.next + second.next == 50
    assert second.next > 2 * 50 / 3  # twice its share of the items
    assert made.error_then < 0.7 * (made.error_now or 0)


def test_a_stratum_without_labels_borrows_the_largest_spread():
    labels = labelled_strata()
    human = labels.human.copy()
    human[:200] = np.nan
    made = label_next(Labels(labels.judge, human, stratum=labels.stratum), 30)
    assert made.strata[0].borrowed
    assert made.strata[0].spread == made.strata[1].spread
    assert made.error_now is None
    with pytest.raises(Undefined, match="no stratum has two"):
        label_next(Labels(labels.judge, np.full(300, np.nan), stratum=labels.stratum), 30)
    with pytest.raises(Undefined, match="without strata"):
        label_next(Labels(labels.judge, human), 30)
