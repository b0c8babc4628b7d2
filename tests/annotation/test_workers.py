"""Workers of Prolific and Mechanical Turk: one account each, nothing of theirs on a page, and a code at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import Campaign, Participant
from annotation.services import claim, open_campaign, submit
from annotation.services.invites import create_invites
from domain.models import Event
from tests.annotation.make import held, left, pairwise_campaign
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PID, STUDY, SESSION = "5f1a2b3c4d5e6f7a8b9c0d1e", "60d0c1b2a3f4e5d6c7b8a990", "61aa0b1c2d3e4f5a6b7c8d9e"
PROLIFIC = {"PROLIFIC_PID": PID, "STUDY_ID": STUDY, "SESSION_ID": SESSION}
MTURK = {"workerId": "A1B2C3", "assignmentId": "3AAA", "hitId": "3HHH"}


def study(recruiter="prolific", items=1, max_uses=5):
    campaign = pairwise_campaign(items)
    Campaign.objects.filter(pk=campaign.pk).update(
        recruiter=recruiter, completion_code="DONE-1", screened_code="OUT-1", open_to_members=False
    )
    campaign.refresh_from_db()
    expires = timezone.now() + timedelta(days=1)
    (link,) = create_invites(campaign, by=make_user(), is_study_link=True, max_uses=max_uses, expires_at=expires)
    return campaign, reverse("annotation:study", args=[link.secret])


def come(where, said=PROLIFIC, client=None):
    client = client or Client()
    return client, client.post(where, query_params=said)


def test_a_worker_gets_an_account_whose_name_says_nothing():
    campaign, where = study()
    client, answer = come(where)
    assert answer.url == reverse("annotation:campaign", args=[campaign.pk])
    participant = Participant.objects.select_related("user").get()
    assert participant.external == {"recruiter": "prolific", "worker": PID, "study": STUDY, "session": SESSION}
    assert participant.user.username.startswith("worker-")
    assert not participant.user.has_usable_password()
    assert participant.user.email == ""
    assert client.post(reverse("annotation:start", args=[campaign.pk])).status_code == 302


def test_looking_at_the_link_makes_nothing(client):
    _campaign, where = study()
    page = client.get(where, query_params=PROLIFIC)
    assert "What is kept about you" in page.content.decode()
    assert not Participant.objects.exists()
    assert "_auth_user_id" not in client.session


def test_coming_again_is_the_same_account_however_often_the_link_was_used():
    campaign, where = study(max_uses=1)
    for _ in range(3):
        assert come(where)[1].status_code == 302
    assert campaign.participants.count() == 1
    other = PROLIFIC | {"PROLIFIC_PID": "0" * 24}
    assert come(where, other)[1].status_code == 404
    assert campaign.invites.get().uses == 1


def test_who_started_comes_back_after_the_link_has_run_out():
    campaign, where = study()
    come(where)
    campaign.invites.update(expires_at=timezone.now())
    assert come(where)[1].status_code == 302
    campaign.invites.update(revoked_at=timezone.now())
    assert come(where)[1].status_code == 404


def test_one_worker_has_one_account_in_all_campaigns_of_a_project():
    first, where = study()
    come(where)
    second = pairwise_campaign(project=first.project, name="Round 2")
    Campaign.objects.filter(pk=second.pk).update(recruiter="prolific", completion_code="X")
    expires = timezone.now() + timedelta(days=1)
    (link,) = create_invites(second, by=make_user(), is_study_link=True, expires_at=expires)
    come(reverse("annotation:study", args=[link.secret]))
    assert User.objects.filter(username__startswith="worker-").count() == 1
    assert Participant.objects.count() == 2


def test_two_workers_are_two_people():
    campaign, where = study()
    come(where)
    come(where, PROLIFIC | {"PROLIFIC_PID": "0" * 24})
    assert campaign.participants.values("user").distinct().count() == 2


def test_mechanical_turk_shows_a_preview_until_the_hit_is_accepted(client):
    campaign, where = study("mturk")
    preview = MTURK | {"assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}
    assert "This is a preview" in client.get(where, query_params=preview).content.decode()
    client.post(where, query_params=preview)
    assert not campaign.participants.exists()
    come(where, MTURK, client)
    said = campaign.participants.get().external
    assert said == {"recruiter": "mturk", "worker": "A1B2C3", "assignment": "3AAA", "hit": "3HHH"}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"PROLIFIC_PID": ""}, "PROLIFIC_PID"),
        ({"PROLIFIC_PID": "{{%PROLIFIC_PID%}}"}, "PROLIFIC_PID"),
        ({"STUDY_ID": "x" * 65}, "STUDY_ID"),
        ({"SESSION_ID": "<script>"}, "SESSION_ID"),
    ],
)
def test_a_link_without_its_numbers_says_which_is_missing(client, changes, names):
    _campaign, where = study()
    for method in ("get", "post"):
        answer = getattr(client, method)(where, query_params=PROLIFIC | changes)
        assert answer.status_code == 422
        assert f"The address lacks {names}" in answer.content.decode()
        assert "<script>" not in answer.content.decode().split("lede")[1]


def test_a_study_link_and_an_invitation_are_not_each_other(client):
    _campaign, where = study()
    secret = where.split("/")[2]
    assert client.get(reverse("annotation:join", args=[secret])).status_code == 404


def test_nothing_of_a_worker_is_on_a_page_or_in_the_log(client, caplog):
    campaign, where = study(items=2)
    pages = [client.get(where, query_params=PROLIFIC)]
    come(where, client=client)
    pages.append(client.get(reverse("annotation:home")))
    pages.append(client.post(reverse("annotation:start", args=[campaign.pk]), follow=True))
    seen = "".join(page.content.decode() for page in pages) + caplog.text
    seen += str(list(Event.objects.values_list("details", flat=True)))
    for number in (PID, STUDY, SESSION):
        assert number not in seen


def finish(client, campaign):
    here = reverse("annotation:campaign", args=[campaign.pk])
    before = client.get(here).content.decode()
    client.post(reverse("annotation:finish", args=[campaign.pk]))
    return before, client.get(here).content.decode()


def test_who_is_through_gets_the_completion_code_and_the_way_back():
    campaign, where = study()
    client, _ = come(where)
    user = campaign.participants.get().user
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    before, after = finish(client, campaign)
    assert "Finish and show my code" in before
    assert "DONE-1" not in before
    assert "DONE-1" in after
    assert "https://app.prolific.com/submissions/complete?cc=DONE-1" in after
    completed = campaign.participants.get().completed_at
    finish(client, campaign)
    assert campaign.participants.get().completed_at == completed


def test_who_was_stopped_gets_the_other_code():
    campaign, where = study(items=2)
    client, _ = come(where)
    Participant.objects.update(standing="stopped")
    _before, after = finish(client, campaign)
    assert "OUT-1" in after
    assert "DONE-1" not in after


def test_who_has_work_left_or_did_none_gets_no_code():
    campaign, where = study(items=2)
    client, _ = come(where)
    user = campaign.participants.get().user
    before, after = finish(client, campaign)
    assert "code" not in before.split("<main")[1] + after.split("<main")[1]
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    assert "DONE-1" not in finish(client, campaign)[1]
    assert campaign.participants.get().completed_at is None


def test_a_member_sees_no_code(client):
    campaign, _ = study()
    client.force_login(user := make_user())
    campaign.project.memberships.create(user=user, role="annotator")
    Participant.objects.create(campaign=campaign, user=user)
    submit(user, held(claim(user, campaign)).token, left(), key="1")
    assert "DONE-1" not in finish(client, campaign)[1]


def test_the_researcher_gets_the_address_to_paste_at_prolific(client):
    campaign = pairwise_campaign(is_open=False)
    client.force_login(user := make_user())
    campaign.project.memberships.create(user=user, role="owner")
    here = [campaign.project.slug, campaign.pk]
    bad = client.post(reverse("annotation:recruiter", args=here), {"recruiter": "prolific"})
    assert "Give the code" in bad.content.decode()
    client.post(reverse("annotation:recruiter", args=here), {"recruiter": "prolific", "completion_code": "C1"})
    page = client.post(reverse("annotation:study_link", args=here), {"max_uses": 30, "days": 14}).content.decode()
    for parameter in PROLIFIC:
        assert f"{parameter}={{{{%{parameter}%}}}}" in page
    assert Event.objects.filter(action="campaign changed").exists()
    open_campaign(campaign)


def test_without_a_recruiter_there_is_no_study_link(client):
    campaign = pairwise_campaign()
    client.force_login(user := make_user())
    campaign.project.memberships.create(user=user, role="owner")
    where = reverse("annotation:study_link", args=[campaign.project.slug, campaign.pk])
    assert client.post(where, {"max_uses": 30, "days": 14}).status_code == 422
    assert not campaign.invites.exists()
