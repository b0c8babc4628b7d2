"""A project's settings: its members, the last owner, its name."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from domain.models import Membership
from domain.projects import LastOwner, remove_member, set_role
from tests.domain.visiting import url
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_member_is_added_changed_and_taken_out(ada, project):
    bob = make_user("bob")
    ada.post(url("add_member", project), {"username": "bob", "role": "annotator"})
    assert Membership.objects.get(user=bob).role == "annotator"
    ada.post(url("change_member", project, bob.pk), {"role": "reviewer"})
    assert Membership.objects.get(user=bob).role == "reviewer"
    ada.post(url("change_member", project, bob.pk), {"role": "reviewer", "remove": "1"})
    assert not Membership.objects.filter(user=bob).exists()
    actions = list(project.events.order_by("pk").values_list("action", flat=True))
    assert actions == ["member.set", "member.set", "member.removed"]


def test_a_new_account_gets_a_password_that_works_and_is_shown_once(ada, project, client):
    sent = {"username": "nadia", "role": "annotator", "create": "on"}
    answer = ada.post(url("add_member", project), sent)
    password = answer.context["new_password"]
    assert password in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert User.objects.get(username="nadia").check_password(password)
    assert password not in ada.get(url("settings", project)).content.decode()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"username": "nobody", "role": "annotator"}, "Nobody is called nobody here"),
        ({"username": "no body!", "role": "annotator"}, "Enter a valid username"),
        ({"username": "ada", "role": "king"}, "not one of the available choices"),
        ({"username": "ada", "role": "viewer"}, "ada is the only owner"),
    ],
)
def test_a_member_who_cannot_be_added_is_an_error_that_says_why(ada, project, sent, says):
    answer = ada.post(url("add_member", project), sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Membership.objects.get(project=project).role == "owner"


def test_the_last_owner_can_neither_leave_nor_step_down(project, owner):
    with pytest.raises(LastOwner):
        remove_member(project=project, user=owner, by=owner)
    with pytest.raises(LastOwner):
        set_role(project=project, user=owner, role="viewer", by=owner)


@pytest.mark.parametrize("role", ["researcher", "reviewer", "viewer", "annotator"])
def test_only_an_owner_changes_settings(client, project, owner, role):
    member = make_user()
    Membership.objects.create(project=project, user=member, role=role)
    client.force_login(member)
    for address, sent in [
        (url("settings_details", project), {"name": "Mine now"}),
        (url("add_member", project), {"username": member.username, "role": "owner"}),
        (url("change_member", project, owner.pk), {"remove": "1"}),
    ]:
        assert client.post(address, sent).status_code == 404
    assert Membership.objects.get(user=member).role == role


def test_name_and_description_change_and_the_address_stays(ada, project):
    slug = project.slug
    ada.post(url("settings_details", project), {"name": "Help desk, round 3", "description": "d"})
    project.refresh_from_db()
    assert (project.name, project.slug) == ("Help desk, round 3", slug)
    assert ada.post(url("settings_details", project), {"name": ""}).status_code == 422
