"""The page of a campaign while it runs: how far, how fast, how alike, and who."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from analysis.agreement import AgreementOptions, agreement
from analysis.selectors import choices_of, ratings_of
from annotation.answers import Submission
from annotation.dashboard import live_of, people_of
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.flags import quality_flags
from annotation.services import claim, submit
from domain.choices import Value
from domain.specs import CriterionSpec, Kind, Level
from jurybox.campaign_agreement import campaign_agreement
from tests.annotation.make import annotator_of, direct_campaign, held, left, pairwise_campaign, right, value
from tests.factories import LIKERT, make_project, make_rubric, make_user

pytestmark = pytest.mark.django_db
YES_NO = CriterionSpec(key="right", name="Right", kind=Kind.SCORE, level=Level.NOMINAL, values=(0.0, 1.0))


def answer_all(campaign, *patterns):
    """Each person answers everything, in turn as their pattern says."""
    for pattern in patterns:
        user = annotator_of(campaign)
        task: Any = claim(user, campaign)
        at = 0
        while task:
            given = pattern[at % len(pattern)]
            task, at = submit(user, task.token, given, key=str(task.pk)).next, at + 1


def page_of(campaign):
    return reverse("annotation:manage", args=[campaign.project.slug, campaign.pk])


@pytest.fixture
def owner(client):
    user = make_user("olga")
    client.force_login(user)
    return user


def look(client, campaign, owner, **headers):
    campaign.project.memberships.get_or_create(user=owner, defaults={"role": "owner"})
    return client.get(page_of(campaign), headers=headers).content.decode()


# --- Agreement is that of the analysis ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["choices", "ratings"])
def test_agreement_is_what_the_agreement_page_has(kind):
    if kind == "choices":
        campaign = pairwise_campaign(12, overlap=3)
        answer_all(campaign, [left(), left(2), right()], [left(), right()], [left()])
        ratings, level = choices_of(campaign.project), "nominal"
    else:
        campaign = direct_campaign(12, overlap=3)
        answer_all(campaign, [value(1), value(4), value(5)], [value(2), value(4), value(4)], [value(1), value(3)])
        ratings, level = ratings_of(campaign.project), "ordinal"
    expected = {one.name: one for one in agreement(ratings, AgreementOptions(level=level, ci="jackknife")).statistics}
    found = {figure.name: figure for figure in campaign_agreement(campaign)}
    assert set(found) == {"percent_agreement", "krippendorff_alpha"}
    for name, figure in found.items():
        assert figure.value == pytest.approx(expected[name].value)
        assert figure.lower == pytest.approx(expected[name].lower)
        assert figure.upper == pytest.approx(expected[name].upper)
        assert figure.n == expected[name].n == 12


def test_each_question_has_figures_of_its_own():
    project = make_project()
    campaign = direct_campaign(4, project=project, overlap=2, name="Two", rubric=make_rubric(project, LIKERT, YES_NO))
    for mark in (0.0, 1.0):
        user = annotator_of(campaign)
        task: Any = claim(user, campaign)
        while task:
            given = Submission({"helpfulness": Value(4), "right": Value(mark)})
            task = submit(user, task.token, given, key=str(task.pk)).next
    found = {(figure.criterion, figure.name): figure for figure in campaign_agreement(campaign)}
    assert found["Helpfulness", "percent_agreement"].value == 1
    assert found["Right", "percent_agreement"].value == 0
    assert found["Helpfulness", "krippendorff_alpha"].value is None
    assert found["Helpfulness", "krippendorff_alpha"].reason


def test_other_campaigns_checks_and_single_answers_do_not_enter():
    campaign = direct_campaign(6, overlap=2)
    other = direct_campaign(6, project=campaign.project, name="Other", rubric=campaign.rubric)
    answer_all(other, [value(1), value(5)])
    assert campaign_agreement(campaign) == []
    answer_all(campaign, [value(4)])
    assert all(figure.value is None and figure.reason for figure in campaign_agreement(campaign))


def test_nothing_is_answered_and_the_page_says_what_comes(client, owner):
    page = look(client, pairwise_campaign(3), owner)
    assert "Nobody has started" in page
    assert "0 of 3 answers" in page
    assert "no pace yet" in page
    assert "<svg" not in page


# --- Pace and times -------------------------------------------------------------------------------------------------


def test_the_end_is_expected_at_the_pace_of_the_last_day():
    campaign = direct_campaign(30)
    Campaign.objects.filter(pk=campaign.pk).update(opened_at=timezone.now() - timedelta(hours=5))
    campaign.refresh_from_db()
    user = annotator_of(campaign)
    task = held(claim(user, campaign))
    for _ in range(10):
        task = held(submit(user, task.token, value(), key=str(task.pk)).next)
    live = live_of(campaign)
    assert live.per_hour == pytest.approx(2, rel=1e-3)
    assert live.ends_at is not None
    assert (live.ends_at - live.at).total_seconds() / 3600 == pytest.approx(10, rel=1e-3)
    assert sum(bar.n for bar in live.bars) == 10
    Campaign.objects.filter(pk=campaign.pk).update(state="paused")
    campaign.refresh_from_db()
    assert live_of(campaign).ends_at is None


def test_quartiles_of_the_time_are_numpys_and_idle_time_is_apart():
    campaign = direct_campaign(7)
    answer_all(campaign, [value()])
    seen = [20_000, 31_000, 44_000, 52_000, 65_000, 71_000, 300_000]
    for turn, visible in zip(campaign.assignments.all(), seen, strict=True):
        Assignment.objects.filter(pk=turn.pk).update(visible_ms=visible, idle_ms=visible // 10)
    times = live_of(campaign).times
    assert times is not None
    expected = np.percentile([visible * 0.9 / 1000 for visible in seen], [25, 50, 75])
    assert (times.lower, times.median, times.upper) == pytest.approx(tuple(expected))
    assert times.idle == pytest.approx(0.1)


def test_only_what_changes_is_sent_again(client, owner):
    campaign = direct_campaign(4)
    answer_all(campaign, [value()])
    whole = look(client, campaign, owner)
    part = look(client, campaign, owner, HX_Request="true")
    assert 'hx-trigger="every 20s"' in whole
    assert "<html" in whole
    assert "<html" not in part
    assert "4 of 4 answers" in part
    assert "One person answers each item" in part
    Campaign.objects.filter(pk=campaign.pk).update(state="closed")
    assert "hx-trigger" not in look(client, campaign, owner)


# --- People ---------------------------------------------------------------------------------------------------------


def test_who_stopped_coming_is_told_apart_from_who_is_through():
    campaign = direct_campaign(2, overlap=3)
    names = ("through", "gone", "new")
    users = {name: annotator_of(campaign, name) for name in names}
    for name in names:
        task: Any = claim(users[name], campaign)
        while task:
            task = submit(users[name], task.token, value(), key=str(task.pk)).next if name != "gone" else None
            if name == "new":
                break
    first = held(claim(users["gone"], campaign))
    submit(users["gone"], first.token, value(), key="1")
    old = timezone.now() - timedelta(days=2)
    Assignment.objects.filter(annotator__username__in=["gone", "through"], answered_at__isnull=False).update(
        answered_at=old
    )
    found = {person.name: person for person in people_of(campaign, [])}
    assert [name for name in names if found[name].gone] == ["gone"]
    assert found["through"].answers == 2


def test_the_table_names_standing_group_and_alarms(client, owner):
    campaign = direct_campaign(2)
    user = annotator_of(campaign, "anna")
    submit(user, held(claim(user, campaign)).token, value(), key="1")
    Participant.objects.update(standing="warned", quality={"alarms": {"speed": 2}})
    page = look(client, campaign, owner)
    assert "warned" in page
    assert reverse("annotation:rater", args=[campaign.project.slug, campaign.pk, Participant.objects.get().pk]) in page
    alarms = quality_flags(campaign)
    assert ("Who needs a look" in page) is bool(alarms)


def test_two_hundred_people_take_as_many_statements_as_two(client, owner):
    campaign = direct_campaign(2, overlap=2)
    answer_all(campaign, [value()], [value()])

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert look(client, campaign, owner)
        return len(seen)

    look(client, campaign, owner)
    before = statements()
    users = [make_user() for _ in range(200)]
    Participant.objects.bulk_create(Participant(campaign=campaign, user=user) for user in users)
    assert statements() == before
    assert "202 take part" in look(client, campaign, owner)
