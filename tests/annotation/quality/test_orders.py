"""How far two orders are from each other, and which answers a known order calls right."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau

from annotation.quality.errors import Undefined
from annotation.quality.orders import Order, in_letters, kendall_distance, meets, order_from, order_json
from annotation.quality.policy import Tolerance

PLACES = st.integers(2, 8).flatmap(lambda n: st.tuples(*[st.lists(st.integers(1, 8), min_size=n, max_size=n)] * 3))


def places(*each: int) -> dict[int, int]:
    return dict(enumerate(each, start=1))


def test_the_distance_is_the_share_of_pairs_in_another_order() -> None:
    assert kendall_distance(places(1, 2, 3, 4), places(2, 1, 3, 4)) == pytest.approx(1 / 6)
    assert kendall_distance(places(1, 2, 3), places(1, 2, 2)) == pytest.approx(1 / 6)  # half of one of three pairs
    assert kendall_distance(places(1, 1, 1), places(1, 2, 3)) == 0.5


@pytest.mark.parametrize("order", list(permutations(range(1, 6)))[::7])
def test_without_ties_it_is_half_of_one_less_kendalls_tau(order: tuple[int, ...]) -> None:
    tau = kendalltau(range(1, 6), order).statistic
    assert kendall_distance(places(1, 2, 3, 4, 5), places(*order)) == pytest.approx((1 - tau) / 2)


@given(PLACES)
def test_it_is_symmetric_and_holds_the_triangle_inequality(three: Any) -> None:
    one, two, other = (places(*each) for each in three)
    assert kendall_distance(one, one) == 0
    assert kendall_distance(one, two) == kendall_distance(two, one) <= 1
    assert kendall_distance(one, other) <= kendall_distance(one, two) + kendall_distance(two, other) + 1e-9


@pytest.mark.parametrize(("one", "other"), [({}, {}), ({1: 1}, {1: 1}), ({1: 1, 2: 2}, {1: 1, 3: 2})])
def test_what_is_no_pair_of_orders_is_refused(one: dict[int, int], other: dict[int, int]) -> None:
    with pytest.raises(Undefined):
        kendall_distance(one, other)


def test_an_order_is_right_up_to_the_reach() -> None:
    right = Order(places(1, 2, 3, 4))
    assert meets(right, Order(places(2, 1, 3, 4)), Tolerance().order)
    assert not meets(right, Order(places(2, 1, 4, 3)), Tolerance().order)
    assert not meets(Order(places(1, 2)), Order(places(2, 1)), Tolerance().order)
    assert not meets(right, Order(places(2, 1, 3, 4)), 0)


def test_a_known_end_must_be_alone_at_its_end() -> None:
    assert meets(Order(worst=3), Order(places(2, 1, 3)), 0)
    assert not meets(Order(worst=3), Order(places(1, 3, 3)), 1)
    assert not meets(Order(worst=3), Order(places(1, 1, 1)), 1)  # who ties everything has not looked
    assert meets(Order(best=2), Order(places(2, 1, 2)), 0)


def test_best_and_worst_are_compared_with_whole_orders_and_with_ends() -> None:
    known = Order(places(1, 2, 3, 3))
    assert meets(known, Order(best=1, worst=4), 0)
    assert not meets(known, Order(best=2, worst=4), 0)
    assert meets(Order(worst=2), Order(best=1, worst=2), 0)
    assert not meets(Order(best=1, worst=2), Order(best=3, worst=2), 0)


def test_orders_are_kept_as_json() -> None:
    for order in (Order(places(1, 2, 2)), Order(best=4, worst=5), Order(worst=5)):
        assert order_from(json.loads(json.dumps(order_json(order)))) == order


def test_an_order_is_said_in_the_letters_of_the_person() -> None:
    assert in_letters(Order({7: 2, 8: 1, 9: 2}), (9, 8, 7)) == {"order": "B > A = C"}
    assert in_letters(Order(worst=9), (9, 8, 7)) == {"worst": "A"}
