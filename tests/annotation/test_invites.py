"""Links by which people come in: once, for a while, and never by guessing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotation.models import AnnotatorGroup, Invite, Participant
from annotation.services import claim
from annotation.services.invites import (
    MayNotJoin,
    NameTaken,
    NoSuchInvite,
    create_invites,
    join,
    register,
    revoke_invite,
)
from domain.models import Event, Membership
from tests.annotation.make import annotator_of, held, pairwise_campaign
from tests.factories import make_user

PASSWORD = "a long enough sentence"
pytestmark = pytest.mark.django_db


def invite_to(campaign, **fields):
    owner = campaign.created_by or make_user()
    fields.setdefault("expires_at", timezone.now() + timedelta(days=1))
    (made,) = create_invites(campaign, by=owner, **fields)
    return made


def address(secret):
    return reverse("annotation:join", args=[secret])


def send(client, secret, name="wilma", **changes):
    sent = {"username": name, "password1": PASSWORD, "password2": PASSWORD, "agree": "on"} | changes
    return client.post(address(secret), sent)


def test_a_link_makes_an_account_that_may_rate_in_its_campaign_and_nothing_else(client):
    campaign = pairwise_campaign()
    group = AnnotatorGroup.objects.create(project=campaign.project, name="Nurses")
    link = invite_to(campaign, group=group)
    assert "What is kept about you" in client.get(address(link.secret)).content.decode()
    answer = send(client, link.secret)
    assert answer.url == reverse("annotation:campaign", args=[campaign.pk])
    user = User.objects.get(username="wilma")
    assert Membership.objects.get(user=user).role == "annotator"
    assert Participant.objects.get(user=user).group == group
    assert list(group.members.all()) == [user]
    assert held(claim(user, campaign))
    assert client.get(reverse("domain:project", args=[campaign.project.slug])).status_code == 404


def test_only_a_hash_of_the_secret_is_kept():
    campaign = pairwise_campaign()
    link = invite_to(campaign)
    row = Invite.objects.values().get()
    assert link.secret not in str(row)
    assert len(link.secret) == 32  # 192 bits
    assert link.secret not in str(list(Event.objects.values_list("details", flat=True)))


def test_every_link_that_does_not_work_gives_the_same_answer(client):
    campaign = pairwise_campaign()
    used, expired, revoked, study = (invite_to(campaign) for _ in range(4))
    register(used.secret, username="first", password=PASSWORD)
    Invite.objects.filter(pk=expired.invite.pk).update(expires_at=timezone.now())
    revoke_invite(revoked.invite, by=make_user())
    Invite.objects.filter(pk=study.invite.pk).update(is_study_link=True)
    secrets = [used.secret, expired.secret, revoked.secret, study.secret, "unknown", "x" * 500, "é"]
    for method in ("get", "post"):
        answers = [getattr(client, method)(address(secret)) for secret in secrets]
        assert {answer.status_code for answer in answers} == {404}
        assert len({_without_token(answer) for answer in answers}) == 1
    assert User.objects.filter(username="wilma").count() == 0


def _without_token(answer):
    """The page but for what differs between any two pages: the form token, and the address it was asked by."""
    lines = answer.content.decode().splitlines()
    return "\n".join(line for line in lines if "csrf" not in line.lower() and 'name="next"' not in line)


def test_a_single_use_is_used_once(client):
    link = invite_to(pairwise_campaign())
    assert send(client, link.secret).status_code == 302
    assert send(Client(), link.secret, "second").status_code == 404
    assert not User.objects.filter(username="second").exists()


def test_a_link_for_three_lets_three_in():
    link = invite_to(pairwise_campaign(), max_uses=3)
    for number in range(3):
        register(link.secret, username=f"user-{number}", password=PASSWORD)
    with pytest.raises(NoSuchInvite):
        register(link.secret, username="fourth", password=PASSWORD)


def test_the_database_refuses_a_use_too_many():
    link = invite_to(pairwise_campaign())
    with pytest.raises(IntegrityError, match="invite_within_its_uses"), transaction.atomic():
        Invite.objects.filter(pk=link.invite.pk).update(uses=2)


def test_a_name_that_is_taken_uses_nothing_up(client):
    link = invite_to(pairwise_campaign())
    make_user("wilma")
    with pytest.raises(NameTaken):
        register(link.secret, username="wilma", password=PASSWORD)
    assert send(client, link.secret).status_code == 422
    assert send(client, link.secret, "other").status_code == 302


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"password1": "short", "password2": "short"}, "at least 12 characters"),
        ({"password2": "another sentence"}, "match"),
        ({"agree": ""}, "required"),
        ({"username": "with space"}, "valid username"),
    ],
)
def test_a_bad_form_says_why_and_uses_nothing_up(client, changes, says):
    link = invite_to(pairwise_campaign())
    answer = send(client, link.secret, **changes)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Invite.objects.get().uses == 0


def test_who_has_an_account_takes_part_with_it_and_may_open_the_link_again(client):
    campaign = pairwise_campaign()
    link = invite_to(campaign)
    client.force_login(user := make_user("vera"))
    assert "Take part as vera" in client.get(address(link.secret)).content.decode()
    for _ in range(2):
        assert client.post(address(link.secret)).url == reverse("annotation:campaign", args=[campaign.pk])
    assert Invite.objects.get().uses == 1
    assert client.get(address(link.secret)).status_code == 200
    assert campaign.participants.get().user == user


def test_a_researcher_who_opens_a_link_keeps_the_role():
    campaign = pairwise_campaign()
    user = annotator_of(campaign, role="researcher")
    join(invite_to(campaign).secret, user)
    assert Membership.objects.get(user=user).role == "researcher"


@pytest.mark.parametrize("why", ["viewer", "taken off"])
def test_who_may_not_rate_is_told_so_and_uses_nothing_up(client, why):
    campaign = pairwise_campaign()
    link = invite_to(campaign)
    user = annotator_of(campaign, role="viewer" if why == "viewer" else "annotator")
    if why == "taken off":
        Participant.objects.create(campaign=campaign, user=user, is_active=False)
    with pytest.raises(MayNotJoin):
        join(link.secret, user)
    client.force_login(user)
    assert client.post(address(link.secret)).status_code == 422
    assert Invite.objects.get().uses == 0


def test_a_link_into_a_draft_leads_to_the_list(client):
    campaign = pairwise_campaign(is_open=False)
    assert send(client, invite_to(campaign).secret).url == reverse("annotation:home")


def test_every_step_of_a_link_is_on_record():
    campaign = pairwise_campaign()
    link = invite_to(campaign, max_uses=2)
    register(link.secret, username="wilma", password=PASSWORD)
    revoke_invite(link.invite, by=make_user())
    revoke_invite(link.invite, by=make_user())
    said = Event.objects.filter(action__startswith="invite").order_by("pk").values_list("action", flat=True)
    assert list(said) == ["invite created", "invite used", "invite revoked"]


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_account_of_a_single_use_link():
    link = invite_to(pairwise_campaign())

    def attempt(number: int) -> bool:
        try:
            register(link.secret, username=f"user-{number}", password=PASSWORD)
        except NoSuchInvite:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        let_in = list(pool.map(attempt, range(20)))
    assert sum(let_in) == 1
    assert User.objects.filter(username__startswith="user-").count() == 1
    assert Participant.objects.count() == 1


# --- The researchers' page -----------------------------------------------------------------------------------------


@pytest.fixture
def researcher(client):
    campaign = pairwise_campaign()
    client.force_login(annotator_of(campaign, role="researcher"))
    return campaign


def page_of(campaign, name="people", *more):
    return reverse(f"annotation:{name}", args=[campaign.project.slug, campaign.pk, *more])


def test_new_links_are_shown_once_and_work(client, researcher):
    sent = {"links": 3, "max_uses": 1, "days": 7, "note": "for Vera"}
    page = client.post(page_of(researcher, "new_invites"), sent)
    shown = [line.strip() for line in page.content.decode().splitlines() if "/join/" in line]
    assert len(shown) == 3
    assert "no-store" in page.headers["Cache-Control"]
    later = client.get(page_of(researcher)).content.decode()
    assert "for Vera" in later
    assert "/join/" not in later
    where = shown[0].split("http://testserver")[1].split("<")[0]
    assert Client().get(where).status_code == 200


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"links": 0}, "greater than"), ({"links": 201}, "less than"), ({"max_uses": 0}, "greater"), ({"days": 0}, "gr")],
)
def test_bad_numbers_make_no_links(client, researcher, changes, says):
    answer = client.post(page_of(researcher, "new_invites"), {"links": 1, "max_uses": 1, "days": 7} | changes)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Invite.objects.exists()


def test_a_link_is_revoked_on_the_page(client, researcher):
    link = invite_to(researcher)
    client.post(page_of(researcher, "revoke_invite", link.invite.pk))
    assert Client().get(address(link.secret)).status_code == 404
    assert "revoked" in client.get(page_of(researcher)).content.decode()


def test_a_link_of_another_campaign_is_not_revoked_here(client, researcher):
    link = invite_to(pairwise_campaign())
    assert client.post(page_of(researcher, "revoke_invite", link.invite.pk)).status_code == 404
