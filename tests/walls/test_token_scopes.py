"""A token for one project: what it reaches there, and that it reaches nothing else by any route of the API."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken
from rest_framework.views import APIView

from annotation.models import Campaign
from annotation.services import claim
from domain.models import Membership, TokenScope
from domain.token_scopes import WithinTokensProject
from tests.annotation.make import held, pairwise_campaign
from tests.factories import make_project, make_user
from tests.walls.policy import POLICY
from tests.walls.world import arguments_of

pytestmark = pytest.mark.django_db
HELD_TO_IT = [name for name in POLICY if name.startswith("api:") and {"pk", "token"} & set(arguments_of(name))]


@pytest.fixture
def two():
    """One person who rates in two projects, with a task in the first."""
    person, campaign, other = make_user(), pairwise_campaign(), pairwise_campaign()
    for project in (campaign.project, other.project):
        Membership.objects.create(project=project, user=person, role="annotator")
    return person, campaign, other


def token_of(person, project=None):
    token, secret = AuthToken.objects.create(person)
    if project is not None:
        TokenScope.objects.create(token=token, project=project)
    return {"Authorization": f"Token {secret}", "Idempotency-Key": "1"}


def ask(name, headers, campaign, task):
    given = {"pk": campaign.pk, "token": task.token}
    address = reverse(name, kwargs={key: given[key] for key in arguments_of(name)})
    return Client().post(address, "{}", content_type="application/json", headers=headers)


@pytest.mark.parametrize("name", HELD_TO_IT)
def test_no_route_of_the_api_serves_a_token_of_another_project(two, name):
    person, campaign, other = two
    task = held(claim(person, campaign))
    assert ask(name, token_of(person, other.project), campaign, task).status_code == 404, name
    assert ask(name, token_of(person), campaign, task).status_code != 404, name


@pytest.mark.parametrize("name", HELD_TO_IT)
def test_in_its_own_project_it_does_what_its_owner_may(two, name):
    person, campaign, _ = two
    task = held(claim(person, campaign))
    assert ask(name, token_of(person, campaign.project), campaign, task).status_code not in (401, 403, 404), name


def test_lists_hold_that_project_alone(two):
    person, campaign, other = two
    address = reverse("api:campaigns")
    assert len(Client().get(address, headers=token_of(person)).json()) == 2
    [line] = Client().get(address, headers=token_of(person, campaign.project)).json()
    assert line["id"] == campaign.pk != other.pk


def test_a_token_opens_nothing_that_its_owner_may_not(two):
    _, campaign, _ = two
    stranger = make_user()
    answer = Client().post(reverse("api:claim", args=[campaign.pk]), headers=token_of(stranger, campaign.project))
    assert answer.status_code == 404


def test_a_token_of_a_project_that_is_gone_reaches_nothing(two):
    person, campaign, _ = two
    gone = make_project(owner=person)
    headers = token_of(person, gone)
    gone.delete()
    assert Client().get(reverse("api:campaigns"), headers=headers).json() == []
    assert Client().post(reverse("api:claim", args=[campaign.pk]), headers=headers).status_code == 404


def test_a_view_that_says_nothing_of_projects_is_closed_to_such_tokens(two, rf):
    person, campaign, _ = two
    request, token = rf.get("/"), AuthToken.objects.create(person)[0]
    request.auth = token
    assert WithinTokensProject().has_permission(request, APIView())
    TokenScope.objects.create(token=token, project=campaign.project)
    with pytest.raises(Http404):
        WithinTokensProject().has_permission(request, APIView())


def test_the_page_makes_and_shows_them(two):
    person, campaign, _ = two
    browser = Client()
    browser.force_login(person)
    page = browser.post(reverse("tokens"), {"project": campaign.project.slug}).content.decode()
    assert TokenScope.objects.get().project == campaign.project
    assert f"<td>{campaign.project.name}</td>" in page
    browser.post(reverse("tokens"), {"project": ""})
    assert (AuthToken.objects.count(), TokenScope.objects.count()) == (2, 1)
    assert browser.post(reverse("tokens"), {"project": make_project().slug}).status_code == 404
    assert AuthToken.objects.count() == 2


def test_tokens_of_a_campaign_that_does_not_exist_are_told_nothing(two):
    person, campaign, _ = two
    nowhere = Campaign.objects.order_by("-pk").values_list("pk", flat=True)[0] + 99
    answer = Client().post(reverse("api:claim", args=[nowhere]), headers=token_of(person, campaign.project))
    assert answer.status_code == 404
