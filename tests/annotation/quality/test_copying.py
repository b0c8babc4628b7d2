"""Two people who answer alike beyond chance."""

from __future__ import annotations

import random
from collections.abc import Hashable

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from annotation.answers import Submission
from annotation.models import Assignment
from annotation.quality.copying import Said, alike
from annotation.quality.pairs import answers_of, pairs_of
from annotation.quality.tails import poisson_binomial_tail, poisson_tail
from domain.choices import Choice, Outcome
from domain.models import Membership
from tests.annotation.make import annotator_of
from tests.annotation.quality.make import checked_campaign, person, work
from tests.factories import make_user
from tests.simulation.pairs import named_pairs, world

# --- The two tails ----------------------------------------------------------------------------------------------------


def test_equal_chances_give_the_binomial_tail() -> None:
    for times in range(12):
        assert poisson_binomial_tail(times, [0.3] * 10) == pytest.approx(binom.sf(times - 1, 10, 0.3), abs=1e-12)


def test_two_unequal_chances_by_hand() -> None:
    assert poisson_binomial_tail(1, [0.5, 0.2]) == pytest.approx(1 - 0.5 * 0.8)
    assert poisson_binomial_tail(2, [0.5, 0.2]) == pytest.approx(0.1)


@given(st.lists(st.floats(0, 1), max_size=12), st.integers(0, 13))
def test_the_tail_is_that_of_the_multiplied_polynomials(chances: list[float], times: int) -> None:
    counts = np.array([1.0])
    for chance in chances:
        counts = np.convolve(counts, [1 - chance, chance])
    assert poisson_binomial_tail(times, chances) == pytest.approx(counts[times:].sum(), abs=1e-9)


@pytest.mark.parametrize(("times", "mean"), [(0, 2.0), (1, 0.001), (3, 0.01), (3, 40.0), (60, 40.0)])
def test_the_poisson_tail_is_scipys(times: int, mean: float) -> None:
    assert poisson_tail(times, mean) == pytest.approx(poisson.sf(times - 1, mean), rel=1e-9)


def test_nothing_expected_is_never_seen() -> None:
    assert poisson_tail(3, 0.0) == 0.0
    assert poisson_tail(0, 0.0) == 1.0


# --- Mistakes ---------------------------------------------------------------------------------------------------------


def test_who_copies_everything_is_named_with_their_source_and_nobody_else() -> None:
    strangers, copying = named_pairs(6, 5000, people=12, items=400, copied=1.0)
    assert strangers == 0
    assert copying >= 3


def test_strangers_are_hardly_ever_named() -> None:
    assert named_pairs(25, 900, people=12, items=300, overlap=5, hard=0.4)[0] == 0


def test_names_of_people_and_items_do_not_matter() -> None:
    rows, known = world(7, people=10, items=300, copied=1.0)
    renamed = [row._replace(person=900 - row.person, item=row.item + 5000) for row in rows]
    random.Random(1).shuffle(renamed)
    before = alike(rows, known)
    after = alike(renamed, {item + 5000: right for item, right in known.items()})
    assert [(900 - one.people[1], 900 - one.people[0]) for one in after] == [one.people for one in before]
    assert [one.p_value for one in after] == pytest.approx([one.p_value for one in before])


def test_agreeing_about_what_is_right_is_no_evidence() -> None:
    """Everybody is right about everything: all agree, and nobody is alike."""
    rows = [Said(item, who, "A") for item in range(200) for who in range(6)]
    assert alike(rows, dict.fromkeys(range(200), "A")) == []


def test_an_error_that_everybody_makes_is_none_of_two() -> None:
    """A wrong key, or a question that all misread: everybody departs in the same way."""
    rows = [Said(item, who, "B") for item in range(60) for who in range(8)]
    assert alike(rows, dict.fromkeys(range(60), "A")) == []


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Said(1, 1, "A")],
        [Said(item, 1, "A") for item in range(50)],
        [Said(item, who, "A") for item in range(50) for who in (1, 2)],
        [Said(item, item, "A") for item in range(50)],
    ],
)
def test_too_little_names_nobody(rows: list[Said]) -> None:
    assert alike(rows, {}) == []


# --- Words and times --------------------------------------------------------------------------------------------------


def answered(text: dict[int, str], times: dict[int, int]) -> list[Said]:
    """Eight people about thirty items, each with their own words and times but for those given by person."""
    return [
        Said(
            item, who, "A", f"{text.get(who, f'I am person {who}')} and item {item}", times.get(who, who * 1000 + item)
        )
        for item in range(30)
        for who in range(8)
    ]


def test_the_same_words_name_a_pair() -> None:
    [found] = alike(answered({2: "The first one is right", 5: "the FIRST one, is right!"}, {}), {})
    assert (found.people, found.kind, found.shared) == ((2, 5), "texts", 30)


def test_the_same_times_name_a_pair() -> None:
    [found] = alike(answered({}, {3: 4000, 4: 4000}), {})
    assert (found.people, found.kind, found.shared) == ((3, 4), "times", 30)


def test_words_and_times_that_all_share_name_nobody() -> None:
    everybody = dict.fromkeys(range(8), "This answer is the better one")
    assert alike(answered(everybody, dict.fromkeys(range(8), 5000)), {}) == []


def test_short_reasons_are_anybodys() -> None:
    rows = [Said(item, who, "A", f"better {item}") for item in range(30) for who in range(8)]
    assert alike(rows, {}) == []


# --- On the page ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_page_names_a_pair_and_nothing_follows(client: Client) -> None:
    quality = {"checks": {"first": 1.0, "then": 1.0}, "calibration": {"action": "none"}}
    campaign = checked_campaign(1, 40, quality=quality, overlap=8)
    users = [annotator_of(campaign, f"person-{number}") for number in range(8)]
    for number, user in enumerate(users):

        def said(task: Assignment, number: int = number) -> Submission:
            drawn = random.Random(f"{min(number, 6)} {task.item_id}").choice(["A", "A", "A", "B", "tie"])
            choice = Choice(Outcome(drawn))
            return Submission({"preference": choice.turned() if task.swapped else choice})

        work(user, campaign, said)
    [pair] = pairs_of(campaign)
    assert {pair.one.user, pair.other.user} == {users[6], users[7]}
    assert pair.p_value < 0.01
    researcher = make_user("researcher")
    Membership.objects.create(project=campaign.project, user=researcher, role="researcher")
    client.force_login(researcher)
    html = client.get(reverse("annotation:quality", args=[campaign.project.slug, campaign.pk])).content.decode()
    assert "make the same mistakes" in html
    assert {person(user, campaign).standing for user in users} == {"good"}


@pytest.mark.django_db
def test_right_answers_are_read_from_checks() -> None:
    campaign = checked_campaign(2, 3, quality={"checks": {"first": 1.0}})
    user = annotator_of(campaign)
    work(user, campaign, lambda task: Submission({"preference": Choice(Outcome.TIE)}))
    rows, known = answers_of(campaign)
    rights: set[Hashable] = set(known.values())
    assert (len(rows), len(known), rights) == (5, 3, {"A"})
