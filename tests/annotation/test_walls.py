"""Every route of annotation for every kind of visitor."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from annotation import urls
from annotation.models import AnnotatorGroup
from annotation.services import claim
from annotation.services.invites import create_invites
from domain.models import Membership
from tests.annotation.make import annotator_of, held, pairwise_campaign
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db

RATE = ("owner", "researcher", "reviewer", "annotator")
LOOK = ("owner", "researcher", "reviewer", "viewer")
EDIT = ("owner", "researcher")
ROLES = ("owner", "researcher", "reviewer", "annotator", "viewer")
# Who is not told 404; a route that is missing here fails test_every_route_has_a_policy.
POLICY = {
    "home": ROLES,
    "campaign": RATE,
    "start": RATE,
    "undo_last": RATE,
    "rest": RATE,
    "leave": RATE,
    "guidelines": RATE,
    "task": ("holder",),
    "draft": ("holder",),
    "heartbeat": ("holder",),
    "skip": ("holder",),
    "flag": ("holder",),
    "undo": ("holder",),
    "change": ("holder",),
    "feedback": ("holder",),
    "keep": ("holder",),
    "campaigns": LOOK,
    "new_campaign": EDIT,
    "plan_campaign": EDIT,
    "manage": LOOK,
    "change_state": EDIT,
    "annotators": EDIT,
    "finish": RATE,
    "answers": RATE,
    "quality": LOOK,
    "policy": EDIT,
    "calibrate": EDIT,
    "rater": LOOK,
    "decide": EDIT,
    "groups": LOOK,
    "new_group": EDIT,
    "group": EDIT,
    "people": LOOK,
    "campaign_groups": EDIT,
    "new_invites": EDIT,
    "revoke_invite": EDIT,
    "recruiter": EDIT,
    "study_link": EDIT,
    "settings": EDIT,
    "raise_overlap": EDIT,
    "priority": EDIT,
    "go_on": EDIT,
    "pay": EDIT,
    "pay_file": EDIT,
    "answers_file": EDIT,
}
# Who has the secret may come in: see test_invites and test_workers. Previews: see test_running.
PUBLIC = ("join", "study", "preview", "preview_step")
BY_CAMPAIGN = ("campaign", "start", "undo_last", "rest", "leave", "guidelines", "finish", "answers")
BY_PROJECT = ("campaigns", "new_campaign", "plan_campaign", "groups", "new_group")
BY_BOTH = (
    "manage", "change_state", "annotators", "people", "campaign_groups", "new_invites", "recruiter", "study_link",
    "quality", "policy", "calibrate", "pay", "pay_file", "answers_file", "settings",
    "raise_overlap", "priority", "go_on",
)  # fmt: skip


@pytest.fixture
def scene():
    campaign = pairwise_campaign(3, overlap=3)
    holder = annotator_of(campaign)
    AnnotatorGroup.objects.create(project=campaign.project, name="Nurses")
    create_invites(campaign, by=holder, expires_at=timezone.now() + timedelta(days=1))
    return campaign, holder, held(claim(holder, campaign))


def address(name, campaign, task):
    if name == "home":
        return reverse("annotation:home")
    if name in BY_CAMPAIGN:
        return reverse(f"annotation:{name}", args=[campaign.pk])
    if name in BY_PROJECT:
        return reverse(f"annotation:{name}", args=[campaign.project.slug])
    if name == "group":
        return reverse("annotation:group", args=[campaign.project.slug, campaign.project.annotator_groups.get().pk])
    if name in ("rater", "decide"):
        args = [campaign.project.slug, campaign.pk, campaign.participants.get(user=task.annotator).pk]
        return reverse(f"annotation:{name}", args=args)
    if name == "revoke_invite":
        args = [campaign.project.slug, campaign.pk, campaign.invites.get().pk]
        return reverse("annotation:revoke_invite", args=args)
    if name in BY_BOTH:
        return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk])
    return reverse(f"annotation:{name}", args=[task.token])


def test_every_route_has_a_policy():
    assert {pattern.name for pattern in urls.urlpatterns} == {*POLICY, *PUBLIC}
    assert "annotation" in get_resolver().namespace_dict


@pytest.mark.parametrize("name", POLICY)
@pytest.mark.parametrize("role", [*ROLES, "holder", "neighbour", "stranger", "nobody"])
def test_who_may_not_finds_nothing(scene, name, role):
    campaign, holder, task = scene
    client, allowed = Client(), role in POLICY[name]
    if role == "holder":
        client.force_login(holder)
        allowed = allowed or "annotator" in POLICY[name]
    elif role == "neighbour":  # an owner, of another project
        client.force_login(neighbour := make_user())
        make_project(owner=neighbour)
    elif role == "stranger":
        client.force_login(make_user())
    elif role != "nobody":
        client.force_login(member := make_user())
        Membership.objects.create(project=campaign.project, user=member, role=role)
    for method in ("get", "post", "put", "patch", "delete"):
        answer = getattr(client, method)(address(name, campaign, task))
        if role == "nobody":
            assert answer.status_code == 302
            assert answer.url.startswith("/login/")
        elif name == "home":
            assert answer.status_code in (200, 405)
        elif allowed:
            assert answer.status_code not in (404, 500), (method, answer.status_code)
        else:
            assert answer.status_code in (404, 405), (method, answer.status_code)


def test_no_get_changes_anything(scene):
    campaign, holder, task = scene
    client = Client()
    client.force_login(holder)

    def recorded():  # but for the moment when a task was first seen
        rows = campaign.assignments.order_by("pk").values()
        return [row | {"shown_at": None} for row in rows]

    before = recorded()
    for name in POLICY:
        client.get(address(name, campaign, task))
    assert recorded() == before


def test_what_answers_get_answers_head(scene):
    campaign, holder, task = scene
    client = Client()
    client.force_login(holder)
    for name in POLICY:
        where = address(name, campaign, task)
        assert client.head(where).status_code == client.get(where).status_code, name


def test_every_post_needs_a_csrf_token(scene):
    campaign, holder, task = scene
    client = Client(enforce_csrf_checks=True)
    client.force_login(holder)
    for name in POLICY:
        assert client.post(address(name, campaign, task)).status_code in (403, 405), name


def test_the_campaign_of_another_project_is_not_found_under_mine(scene):
    owner = make_user()
    mine = make_project(owner=owner)
    client = Client()
    client.force_login(owner)
    for name in BY_BOTH:
        answer = client.post(reverse(f"annotation:{name}", args=[mine.slug, scene[0].pk]))
        assert answer.status_code in (404, 405)
