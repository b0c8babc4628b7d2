"""Setting a campaign up on one page, with the plan beside it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.models import Assignment, Campaign
from annotation.services import claim, submit
from domain.models import Battle, Response
from domain.specs import CriterionSpec, Kind, Level
from tests.annotation.make import annotator_of, direct_campaign, held, value
from tests.factories import LIKERT, PREFERENCE, make_project, make_prompt, make_response, make_rubric, make_user

pytestmark = pytest.mark.django_db
SECOND = CriterionSpec(
    key="style", name="Style", kind=Kind.CHOICE, level=Level.NOMINAL, outcomes=PREFERENCE.outcomes, strengths=1
)


@pytest.fixture
def project(client):
    user = make_user()
    client.force_login(user)
    project = make_project(owner=user)
    for n in range(6):
        prompt = make_prompt(project, external_id=f"q{n}")
        for name in ("Ash", "Birch", "Cedar", "Dogwood"):
            make_response(prompt=prompt, system=name, content=f"{name} says what to do about question {n}.")
    return project


def send(client, project, rubric, route="new_campaign", **fields):
    sent = {"name": "Round 1", "rubric": rubric.pk, "overlap": 1, "seed": 1} | fields
    return client.post(reverse(f"annotation:{route}", args=[project.slug]), sent)


def test_a_fresh_page_plans_everything_once(client, project):
    make_rubric(project, PREFERENCE)
    page = client.get(reverse("annotation:new_campaign", args=[project.slug])).content.decode()
    assert "36 of 36 possible items" in page  # 6 pairs of systems, 6 prompts
    assert "on 18 screens" in page


def test_the_plan_follows_what_is_entered_and_makes_nothing(client, project):
    rubric = make_rubric(project, PREFERENCE)
    entered = {"name": "", "size": 12, "overlap": 3, "people": 4, "seconds": 100, "pay_per_hour": 18, "currency": "USD"}
    page = send(client, project, rubric, "plan_campaign", **entered).content.decode()
    for text in ('<b class="headline">36</b>', "9 answers", "1.00 h", "18.0 USD", "at 100 s per answer"):
        assert text in page.replace("\u202f", "")
    assert not Campaign.objects.exists()
    assert not Battle.objects.exists()


def test_without_a_script_the_plan_comes_with_everything_kept(client, project):
    rubric = make_rubric(project, PREFERENCE)
    answer = send(client, project, rubric, name="", show="plan", guidelines="Read twice.", size=10, overlap=2)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Read twice." in page
    assert "10 of 36 possible items × 2 people" in page
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"people": 1, "overlap": 3}, "Each item needs 3 different people, and there are 1"),
        ({}, "Say how many people will answer"),
        ({}, "No pay is given"),
        ({"size": 1}, "take more items"),
    ],
)
def test_what_cannot_be_planned_says_why(client, project, fields, says):
    page = send(client, project, make_rubric(project, PREFERENCE), "plan_campaign", **fields).content.decode()
    assert says in page


def test_a_plan_without_material_or_rubric_says_so(client, project):
    rubric = make_rubric(project, PREFERENCE)
    where = reverse("annotation:new_campaign", args=[project.slug])
    Response.objects.update(content=None)
    assert "No responses with a text" in send(client, project, rubric, "plan_campaign").content.decode()
    rubric.delete()
    assert "needs a rubric" in client.get(where).content.decode()
    plan = client.post(reverse("annotation:plan_campaign", args=[project.slug])).content.decode()
    assert "Choose a rubric" in plan


def test_ratings_are_planned_in_points_of_their_scale(client, project):
    page = send(client, project, make_rubric(project, LIKERT), "plan_campaign").content.decode()
    assert "24 of 24 possible items" in page
    assert "Spread of single ratings: 1.00 points" in page  # a quarter of 1 to 5
    assert "points apart" in page


def test_earlier_answers_set_time_and_spread(client):
    campaign = direct_campaign(20)
    user, owner = annotator_of(campaign), annotator_of(campaign, role="owner")
    task = held(claim(user, campaign))
    for number in range(20):
        sent = value(1 + number % 5)
        following = submit(user, task.token, sent, key=str(number)).next
        Assignment.objects.filter(pk=task.pk).update(visible_ms=41_000, idle_ms=1_000)
        task = following or task
    client.force_login(owner)
    page = send(client, campaign.project, campaign.rubric, "plan_campaign").content.decode()
    assert "median of 20 earlier answers" in page
    assert "at 40.0 s per answer" in page
    assert "Spread of single ratings: 1.41 points" in page


def test_rankings_take_whole_prompts(client, project):
    rubric = make_rubric(project, PREFERENCE)
    page = send(client, project, rubric, "plan_campaign", task="ranking").content.decode()
    assert "6 of 6 possible items" in page
    send(client, project, rubric, task="ranking")
    campaign = Campaign.objects.get()
    assert (campaign.task, campaign.live_count) == ("ranking", 6)


@pytest.mark.parametrize(
    ("fields", "criteria", "says"),
    [
        ({"task": "ranking"}, (PREFERENCE, SECOND), "A list is ordered by one question"),
        ({"task": "best_worst"}, (LIKERT,), "lists need a rubric that compares"),
        ({"closes_at": "2020-01-01T10:00"}, (PREFERENCE,), "has passed already"),
        ({"pay_per_answer": "0.1", "pay_per_hour": "12"}, (PREFERENCE,), "not both"),
        ({"pay_per_answer": "-1"}, (PREFERENCE,), "greater than or equal to 0"),
        ({"training_passing": 3}, (PREFERENCE,), "no training items"),
        ({"on_failure": "shoot"}, (PREFERENCE,), "Select a valid choice"),
        ({"agreement": "1.5"}, (PREFERENCE,), "less than or equal to 1"),
    ],
)
def test_what_does_not_fit_together_is_said_and_nothing_made(client, project, fields, criteria, says):
    answer = send(client, project, make_rubric(project, *criteria), **fields)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Campaign.objects.exists()


def test_everything_entered_is_in_the_campaign(client, project):
    line = '{"prompt": "q0", "system_a": "Ash", "system_b": "Birch", "outcome": "A", "why": "So."}'
    closes = timezone.now() + timedelta(days=9)
    send(
        client,
        project,
        make_rubric(project, PREFERENCE),
        size=10,
        overlap=2,
        training=line,
        training_passing=1,
        calibration=line,
        twins=2,
        attention=1,
        repeats=5,
        on_failure="pause",
        confidence="required",
        rationale="hidden",
        mask_identity="on",
        pay_per_hour="12.50",
        currency="EUR",
        closes_at=closes.strftime("%Y-%m-%dT%H:%M"),
        break_after_minutes=30,
        people=8,
    )
    campaign = Campaign.objects.get()
    roles = list(campaign.items.order_by("role").values_list("role", flat=True).distinct())
    assert roles == ["attention", "calibration", "live", "training", "twin"]
    assert (campaign.live_count, campaign.slot_count, campaign.state) == (10, 20, "draft")
    assert campaign.quality["calibration"]["action"] == campaign.quality["twin"]["action"] == "pause"
    assert campaign.quality["repeats"]["rate"] == 0.05
    assert campaign.quality["training"] == {"items": 1, "passing": 1, "below": "pause"}
    assert (campaign.confidence, campaign.rationale, campaign.mask_identity) == ("required", "hidden", True)
    assert (str(campaign.pay_per_hour), campaign.currency, campaign.break_after_minutes) == ("12.50", "EUR", 30)
    assert campaign.closes_at is not None
    assert campaign.closes_at.replace(tzinfo=None) == closes.replace(second=0, microsecond=0, tzinfo=None)
    assert campaign.selection["plan"] == {"people": 8}


def known(number, **more):
    row = {"prompt": f"q{number}", "system_a": "Ash", "system_b": "Birch", "outcome": "A"}
    return json.dumps(row | more)


def test_a_gate_needs_its_calibration_items_and_is_in_policy_and_plan(client, project):
    rubric = make_rubric(project, PREFERENCE)
    gate = {"qualification_items": 2, "qualification_threshold": 60, "qualification_below": "pause"}
    refused = send(client, project, rubric, **gate, calibration=known(0))
    assert "2 are asked for, and 1 calibration items are written" in refused.content.decode().replace("&#x27;", "'")
    lines = f"{known(0)}\n{known(1)}\n{known(2)}"
    entered = {"people": 4, "size": 12, "overlap": 1, "seconds": 100, "calibration": lines} | gate
    page = send(client, project, rubric, "plan_campaign", **entered).content.decode()
    assert "9 answers more" in page  # two for the gate each, and a tenth of all answers on the way: 4 x (2 + 3 / 9)
    send(client, project, rubric, **entered)
    assert Campaign.objects.get().quality["qualification"] == {"items": 2, "threshold": 0.6, "below": "pause"}


def test_the_page_says_who_may_rate_and_where_to_choose(client, project):
    make_rubric(project, PREFERENCE)
    page = client.get(reverse("annotation:new_campaign", args=[project.slug])).content.decode()
    assert "1 person may rate now" in page
    assert reverse("annotation:groups", args=[project.slug]) in page
