"""A short campaign, and a few hundred people in memory: the long ones are ``make simulate-campaign``."""

from __future__ import annotations

import random

import pytest

from annotation.quality.looks import binomial_tail
from tests.simulation.campaign import Size, play
from tests.simulation.people import SPAMMERS, Person, make_people
from tests.simulation.replications import alarms_of, false_alarms
from tests.simulation.results import results_of

SHORT = Size(items=60, people=6, overlap=3, calibration=14, twins=3, attention=2)


@pytest.mark.django_db
def test_a_short_campaign_finds_its_spammers_and_nobody_else() -> None:
    people = make_people(SHORT.people, ("one side", "fast"), lowest=0.85)
    results = results_of(play(SHORT, people, seed=1))
    assert all(one.families for one in results.spammers)
    assert not any(one.families for one in results.honest)
    assert results.live == results.wanted
    assert results.pairs == ()
    assert 0.05 < results.cost < 1.0


def test_honest_people_are_hardly_ever_flagged() -> None:
    people = 150
    found = false_alarms(people, 100, seed=4)
    assert binomial_tail(found["any"], people, 0.02) > 0.001


@pytest.mark.parametrize("kind", [kind for kind in SPAMMERS if kind != "copying"])
def test_each_kind_of_spammer_is_found_within_a_hundred_answers(kind: str) -> None:
    seconds = 1.2 if kind == "fast" else 25.0
    found = [bool(alarms_of(Person(kind, 0.85, kind, seconds), 100, random.Random(seed))) for seed in range(20)]
    assert sum(found) >= 17


@pytest.mark.slow
@pytest.mark.django_db
def test_the_stated_campaign_finds_all_five_spammers() -> None:
    size = Size()
    results = results_of(play(size, make_people(size.people), seed=101))
    assert all(one.families for one in results.spammers)
    assert sum(bool(one.families) for one in results.honest) <= 2
    assert sum(bool(one.covered) for one in results.honest) >= 48
