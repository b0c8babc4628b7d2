"""What adjudications leave alone, and what comes of them: agreement, expected answers, raw answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from analysis.leaderboard import leaderboard
from analysis.selectors import battles_of, coverage_of
from annotation.dashboard import live_of
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.reading import live_answers
from annotation.raw_answers import raw_answers
from annotation.review.calibrating import add_adjudicated_items, targets_of
from annotation.review.figures import figures_of
from annotation.services import create_campaign, open_campaign
from domain.models import Verdict
from jurybox.campaign_agreement import campaign_agreement as for_a_campaign
from tests.annotation.reviewing import disputed, reviewer_of, settle
from tests.factories import make_battle

pytestmark = pytest.mark.django_db


def test_no_number_of_the_campaign_changes_by_a_review():
    campaign, items = disputed(["ABA", "ABt"])
    before = _numbers(campaign)
    settle(reviewer_of(campaign), campaign, items[0], "x")
    assert _numbers(campaign) == before


def _numbers(campaign: Campaign) -> dict[str, Any]:
    campaign = Campaign.objects.get(pk=campaign.pk)
    places = Assignment.objects.filter(campaign=campaign).order_by("pk")
    people = Participant.objects.filter(campaign=campaign).order_by("pk")
    return {
        "places": list(places.values_list("state", "slot", "annotator_id", "verdict_id")),
        "quotas": list(people.values_list("user_id", "done", "checked", "quality")),
        "k": list(campaign.items.values_list("overlap", flat=True)),
        "report": live_of(campaign).report,
        "agreement": list(for_a_campaign(campaign)),
        "board": leaderboard(battles_of(campaign.project)).rows,
        "coverage": coverage_of(campaign.project),
        "counting": list(Verdict.objects.counting().order_by("pk").values_list("pk", flat=True)),
        "answers": live_answers(campaign).rows,
    }


def test_agreement_with_what_was_settled_comes_with_wilsons_interval():
    campaign, items = disputed(["ABA", "BBA"])
    ada = reviewer_of(campaign)
    assert figures_of(campaign).adjudicated.why == "none of the items is settled yet"
    settle(ada, campaign, items[0], "A")
    settle(ada, campaign, items[1], "B")
    figures = figures_of(campaign)
    assert figures.adjudicated.value is not None
    share = figures.adjudicated.value
    assert (share.n, share.method) == (6, "Wilson")
    assert share.value == pytest.approx(4 / 6)
    # (p + z2/2n -+ z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n) with p = 2/3, n = 6, z = 1.959964
    assert [share.lower, share.upper] == pytest.approx([0.29999, 0.90323], abs=1e-4)
    found = {one.person: one.adjudicated.value.value for one in figures.people if one.adjudicated.value}
    people = [User.objects.get(username=f"rater-{campaign.pk}-{at}").pk for at in range(3)]
    assert found == {people[0]: 0.5 + 0.5, people[1]: 0.5, people[2]: 0.5}


def test_what_is_settled_is_expected_in_another_campaign_and_not_in_its_own():
    campaign, items = disputed(["ABA", "ABt", "AAt"])
    ada = reviewer_of(campaign)
    for item, outcome in zip(items, "ABt", strict=True):
        settle(ada, campaign, item, outcome)
    other = open_campaign(
        create_campaign(
            project=campaign.project,
            rubric=campaign.rubric,
            name="Elsewhere",
            items=[items[2].battle or make_battle()],
            seed=1,
        )
    )
    assert list(targets_of(campaign)) == [other]
    assert add_adjudicated_items(campaign, other, items=[items[0].pk]) == 1
    assert add_adjudicated_items(campaign, other) == 1  # the third is asked there already, the first is there
    expected = dict(other.items.filter(role="calibration").values_list("battle_id", "expected"))
    assert expected == {
        items[0].battle_id: {"preference": {"choice": "A"}},
        items[1].battle_id: {"preference": {"choice": "B"}},
    }


def test_adjudications_are_in_the_raw_answers_with_the_role_of_review():
    campaign, items = disputed(["ABA"])
    ada, bea = reviewer_of(campaign), reviewer_of(campaign)
    settle(ada, campaign, items[0], "A")
    settle(bea, campaign, items[0], "B")
    rows = [row for row in raw_answers([campaign]) if row["role"] == "review"]
    assert [row["superseded"] for row in rows] == [True, False]
    assert [row["counted"] for row in rows] == [False, True]
    assert len({row["person"] for row in rows}) == 2
    winners = [row["system_a"] if row["outcome"] == "A" else row["system_b"] for row in rows]
    assert winners == ["Ash", "Birch"]
