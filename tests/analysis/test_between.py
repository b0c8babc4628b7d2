"""Agreement between two groups of raters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.between import cross_agreement, cross_kappa
from analysis.data import Coded, Ratings
from analysis.errors import Undefined


def ratings_of(rows):
    """Rows of (item, rater, value); rater "J" is the first group."""
    items = sorted({row[0] for row in rows})
    raters = sorted({row[1] for row in rows})
    return (
        Ratings(
            item=Coded(np.array([items.index(row[0]) for row in rows], dtype=np.int64), tuple(map(str, items))),
            value=np.array([row[2] for row in rows], dtype=np.float64),
            rater=Coded(np.array([raters.index(row[1]) for row in rows], dtype=np.int64), tuple(raters)),
        ),
        np.array([row[1] == "J" for row in rows]),
    )


def table(counts):
    """A confusion table of a judge (rows) and one person (columns) as ratings."""
    pairs = [(i, j) for i, row in enumerate(counts) for j, number in enumerate(row) for _ in range(number)]
    return ratings_of([(n, who, value) for n, pair in enumerate(pairs) for who, value in zip("JP", pair, strict=True)])


def test_with_one_rater_each_it_is_cohens_kappa():
    # Cohen (1960): the table of 200 with kappa 0.492, as printed
    assert cross_kappa(*table([[88, 14, 18], [10, 40, 10], [2, 6, 12]]), squared=False).estimate() == pytest.approx(
        0.4915254, abs=1e-7
    )


def test_quadratic_kappa_by_hand():
    # judge 1 2 3, person 1 3 3: squared differences 0 1 0; all nine crosses: 0 4 4 1 1 1 4 0 0
    rows = [(n, who, v) for n, pair in enumerate([(1, 1), (2, 3), (3, 3)]) for who, v in zip("JP", pair, strict=True)]
    assert cross_kappa(*ratings_of(rows), squared=True).estimate() == pytest.approx(1 - (1 / 3) / (15 / 9))


def test_every_pair_of_judge_and_vote_counts():
    rows = [(1, "J", 0), (1, "P", 0), (1, "Q", 1), (1, "R", 0), (2, "J", 1), (2, "P", 1), (3, "P", 1)]
    made = cross_agreement(*ratings_of(rows))
    assert made.estimate() == pytest.approx(3 / 4)
    assert made.n == 2  # nobody compares item 3


RATINGS = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("JPQ"), st.integers(0, 3)),
    min_size=4,
    max_size=40,
    unique_by=lambda row: row[:2],
)


@given(rows=RATINGS, shift=st.integers(-5, 5), squared=st.booleans())
def test_it_does_not_depend_on_the_order_of_rows_or_on_where_the_scale_begins(rows, shift, squared):
    try:
        before = cross_kappa(*ratings_of(rows), squared=squared).estimate()
    except Undefined:
        return
    moved = [(item, rater, value + shift) for item, rater, value in reversed(rows)]
    assert cross_kappa(*ratings_of(moved), squared=squared).estimate() == pytest.approx(before, abs=1e-9)


@given(rows=RATINGS, squared=st.booleans())
def test_it_is_symmetric_in_the_two_groups(rows, squared):
    ratings, left = ratings_of(rows)
    try:
        assert cross_kappa(ratings, left, squared=squared).estimate() == pytest.approx(
            cross_kappa(ratings, ~left, squared=squared).estimate(), abs=1e-9
        )
    except Undefined as error:
        with pytest.raises(Undefined, match=error.message):
            cross_kappa(ratings, ~left, squared=squared)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(1, "P", 0), (2, "P", 1)], "empty"),
        ([(1, "J", 0), (2, "P", 1)], "no_pairs"),
        ([(1, "J", 2), (1, "P", 2)], "one_category"),
    ],
)
@pytest.mark.parametrize("squared", [True, False])
def test_what_the_data_cannot_give_is_undefined_with_a_reason(rows, code, squared):
    with pytest.raises(Undefined) as caught:
        cross_kappa(*ratings_of(rows), squared=squared)
    assert caught.value.code == code
