from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken

from tests.factories import make_user

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/campaigns/"


def status(client, token):
    return client.get(ADDRESS, headers={"Authorization": f"Token {token}"}).status_code


def test_a_token_is_looked_up_by_one_statement(client, django_assert_num_queries):
    row, token = AuthToken.objects.create(make_user("ann"))
    AuthToken.objects.create(row.user)
    assert status(client, token) == 200
    with django_assert_num_queries(1):
        client.get("/api/v1/nothing/", headers={"Authorization": f"Token {token}"})
        client.options(ADDRESS, headers={"Authorization": f"Token {token}"})


@pytest.mark.parametrize("spoil", [str.upper, lambda token: token[:-1], lambda token: token + "0", lambda token: "é"])
def test_what_is_almost_a_token_is_none(client, spoil):
    _, token = AuthToken.objects.create(make_user("ann"))
    assert status(client, spoil(token)) == 401


def test_a_token_ends_when_its_time_is_over_and_with_its_person(client):
    row, token = AuthToken.objects.create(make_user("ann"))
    for ends, expected in ((timedelta(minutes=1), 200), (-timedelta(minutes=1), 401), (None, 200)):
        row.expiry = None if ends is None else timezone.now() + ends
        row.save()
        assert status(client, token) == expected
    row.user.is_active = False
    row.user.save()
    assert status(client, token) == 401


def test_tokens_that_begin_alike_are_told_apart(client):
    first, token = AuthToken.objects.create(make_user("ann"))
    second, other = AuthToken.objects.create(make_user("bob"))
    AuthToken.objects.filter(pk=second.pk).update(token_key=first.token_key)
    assert status(client, token) == 200
    assert status(client, token[:15] + other[15:]) == 401


def test_the_description_of_the_api_knows_the_tokens(client):
    client.force_login(make_user("ann"))
    said = client.get("/api/v1/schema/", {"format": "json"}).content.decode()
    assert "knoxApiToken" in said
