"""Who agrees with the others hardly more than chance: on answers alone."""

from __future__ import annotations

import random
from collections.abc import Hashable

import pytest

from annotation.quality.flags import disagreeing
from annotation.quality.policy import Tolerance
from annotation.quality.reading import Answers, chance_agreement, sameness
from tests.factories import LIKERT, PREFERENCE, SLIDER

EQUAL = sameness(PREFERENCE, Tolerance())


def world(seed: int, items: int = 90, people: int = 6, guessing: int | None = None) -> Answers:
    """Everybody answers everything, right in eight of ten cases; one may be guessing."""
    rng, rows = random.Random(seed), list[tuple[int, int, Hashable]]()
    for item in range(items):
        truth = rng.choice("AB")
        for person in range(people):
            if person == guessing:
                rows.append((item, person, rng.choice(["A", "B", "tie", "both_bad"])))
            else:
                rows.append((item, person, truth if rng.random() < 0.8 else rng.choice(["A", "B", "tie"])))
    return Answers(PREFERENCE, tuple(rows))


@pytest.mark.parametrize("seed", range(5))
def test_who_guesses_is_found_and_nobody_else(seed: int) -> None:
    answers = world(seed, guessing=5)
    assert disagreeing(answers, EQUAL) == [5]


def test_hardly_anybody_good_is_ever_named() -> None:
    named = [disagreeing(answers, EQUAL) for answers in map(world, range(100, 160))]
    assert sum(map(len, named)) == 0  # of 360 people


def test_few_answers_name_nobody() -> None:
    assert disagreeing(world(1, items=15, guessing=5), EQUAL) == []
    assert disagreeing(Answers(PREFERENCE, ()), EQUAL) == []


def test_numbers_are_the_same_within_the_tolerance() -> None:
    step, share = sameness(LIKERT, Tolerance()), sameness(SLIDER, Tolerance(share=0.1))
    assert step(4.0, 5.0)
    assert not step(3.0, 5.0)
    assert share(40.0, 50.0)
    assert not share(40.0, 51.0)


def test_chance_agreement_is_the_sum_of_squared_shares() -> None:
    assert chance_agreement(["A", "A", "B", "tie"], EQUAL) == (4 + 1 + 1) / 16
    assert chance_agreement([], EQUAL) == 0.0
