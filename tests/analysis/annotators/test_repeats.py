"""Raters asked again, and raters who always say the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.annotators.repeats import consistency
from analysis.annotators.straight_lining import straight_lining
from analysis.data import Coded, Ratings
from tests.analysis.builders import coded

# Bland and Altman (1986): peak flow of 17 people, twice by a large meter and twice by a mini meter
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
LARGE_AGAIN = [490, 397, 512, 401, 470, 611, 415, 431, 638, 429, 420, 633, 275, 492, 165, 372, 421]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
MINI_AGAIN = [525, 415, 508, 444, 500, 625, 460, 390, 642, 432, 420, 605, 227, 467, 268, 370, 443]


def ratings_of(rows, **columns) -> Ratings:
    """Rows are (item, rater, value)."""
    items, raters, values = zip(*rows, strict=True)
    return Ratings(coded([str(item) for item in items]), np.array(values, dtype=np.float64), coded(raters), **columns)


def meters() -> Ratings:
    columns = {"large": (LARGE, LARGE_AGAIN), "mini": (MINI, MINI_AGAIN)}
    return ratings_of([(item, name, row[item]) for name, rows in columns.items() for row in rows for item in range(17)])


def test_repeatability_of_the_peak_flow_meters():
    made = consistency(meters()).raters
    # the paper's standard deviations of a difference, 21.6 and 28.2, divided by the square root of two
    assert made["large"].within_sd.value == pytest.approx(21.64689897 / 2**0.5)
    assert made["mini"].within_sd.value == pytest.approx(28.15816672 / 2**0.5)
    assert made["large"].repeatability.value == pytest.approx(1.96 * 21.64689897)
    together = consistency(meters()).together.within_sd
    assert together.value == pytest.approx(np.sqrt((21.64689897**2 + 28.15816672**2) / 4))
    assert together.n_items == 17


def test_equal_answers_are_counted_in_pairs():
    rows = [("a", "x", 1), ("a", "x", 1), ("a", "x", 2), ("b", "x", 3), ("b", "x", 3), ("c", "x", 1), ("c", "y", 2)]
    made = consistency(ratings_of(rows))
    assert made.together.agreement.value == pytest.approx(2 / 4)  # three pairs on a, one on b
    assert made.raters["x"].agreement.n == 4
    assert made.raters["y"].agreement.reason == "no_pairs"
    labelled = consistency(ratings_of(rows, labels=("-", "p", "q", "r")))
    assert labelled.together.within_sd.reason == "not_numeric"


def test_one_pair_an_item_has_wilsons_interval():
    rows = [(item, "x", value) for item in range(20) for value in (0, int(item < 4))]
    made = consistency(ratings_of(rows)).together.agreement
    assert (made.value, made.method) == (0.8, "Wilson")
    assert made.lower == pytest.approx(0.5840, abs=1e-4)  # Wilson's interval of 16 of 20


@given(shift=st.sampled_from([-5.0, 100.0]), scale=st.sampled_from([0.5, 3.0]), seed=st.integers(0, 9))
@settings(max_examples=15, deadline=None)
def test_shift_order_and_scale(shift, scale, seed):
    before, order = meters(), np.random.default_rng(seed).permutation(68)
    assert before.rater is not None
    moved = Ratings(before.item.take(order), before.value[order] * scale + shift, before.rater.take(order))
    first, second = consistency(before).together, consistency(moved).together
    assert second.agreement.value == first.agreement.value
    assert second.within_sd.value == pytest.approx(scale * (first.within_sd.value or 0))


def test_unnamed_raters_and_no_repeats_have_reasons():
    nobody = Ratings(coded(["a", "a"]), np.ones(2))
    assert consistency(nobody).together.agreement.reason == "not_recorded"
    assert straight_lining(nobody) == {}
    constant = consistency(ratings_of([("a", "x", 1), ("a", "x", 1), ("b", "x", 2), ("b", "x", 2)])).together
    assert (constant.within_sd.value, constant.within_sd.lower) == (0.0, None)


def test_a_long_run_is_seen_and_a_common_answer_is_not_held_against_anybody():
    rng = np.random.default_rng(1)
    lazy = np.concatenate([rng.integers(1, 6, 60), np.full(40, 3)])
    keen = rng.permutation(lazy)
    rows = [(item, name, row[item]) for name, row in (("lazy", lazy), ("keen", keen)) for item in range(100)]
    made = straight_lining(ratings_of(rows), order=np.tile(np.arange(100.0), 2))
    assert made["lazy"].commonest == made["keen"].commonest
    assert made["lazy"].run.longest is not None
    assert made["lazy"].run.longest >= 40
    assert made["lazy"].run.p_value == pytest.approx(1 / 1001)
    assert (made["keen"].run.p_value or 0) > 0.05
    assert straight_lining(ratings_of(rows))["lazy"].run.reason == "not_recorded"


def test_entropy_and_the_same_answer_for_every_criterion():
    criterion = Coded(np.tile([0, 1], 4), ("clear", "right"))
    rows = [(item, "x", value) for item, value in zip("aabbccdd", [1, 1, 2, 2, 1, 2, 2, 1], strict=True)]
    made = straight_lining(ratings_of(rows, criterion=criterion))["x"]
    assert made.entropy == pytest.approx(1.0)  # two answers, each half the time: one bit
    assert made.same_across.value == 0.5
    assert straight_lining(ratings_of(rows))["x"].same_across.reason == "not_recorded"
