"""Every route of the program, for every kind of visitor and every method."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from domain.access import roles_that
from tests.walls.policy import ANYBODY, FOUNDER, HOLDER, POLICY, PUBLIC
from tests.walls.world import ROLES, VISITORS, World, make_world, routes

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """One world for all tests: each of them takes back what it changes, and here at last the world itself goes."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def test_every_route_has_a_policy():
    assert set(routes()) == set(POLICY)


@pytest.mark.parametrize("name", POLICY)
def test_who_may_not_finds_nothing(world, name):
    for visitor in VISITORS:
        client = client_of(world, visitor)
        for method in METHODS:
            answer = ask(client, method, world.address(name), **_body(name, method))
            assert_as_policy_says(answer, name, visitor, method)


def _body(name: str, method: str) -> dict[str, Any]:
    """Return what the API wants to see before it looks at who asks."""
    if not name.startswith("api:") or method in ("get", "head"):
        return {}
    return {"data": "{}", "content_type": "application/json", "headers": {"Idempotency-Key": "walls"}}


def client_of(world: World, visitor: str) -> Client:
    client = Client()
    if visitor in world.people:
        client.force_login(world.people[visitor])
    return client


def ask(client: Client, method: str, address: str, **kwargs: Any) -> HttpResponse | StreamingHttpResponse:
    """Ask, and take back whatever it changed."""
    with transaction.atomic():
        answer: HttpResponse | StreamingHttpResponse = getattr(client, method)(address, **kwargs)
        if isinstance(answer, StreamingHttpResponse):
            list(answer)
        transaction.set_rollback(True)
    return answer


def assert_as_policy_says(answer: HttpResponse | StreamingHttpResponse, name: str, visitor: str, method: str) -> None:
    seen = (name, visitor, method, answer.status_code)
    need = POLICY[name].read if method in ("get", "head") else POLICY[name].write if method == "post" else None
    assert answer.status_code < 500, seen
    if need == PUBLIC:
        assert answer.status_code not in (401, 403, 404), seen
    elif need is None and PUBLIC in (POLICY[name].read, POLICY[name].write):
        return  # there is nothing behind it to protect
    elif visitor == "nobody":
        if name.startswith("api:"):
            assert answer.status_code in (401, 405), seen
        else:
            assert answer.status_code == 405 or "/login/" in answer.headers.get("Location", ""), seen
    elif need is None:
        assert answer.status_code in (404, 405), seen
    elif may(visitor, need):
        assert answer.status_code not in (401, 403, 404, 405), seen
    else:
        assert answer.status_code == (403 if need == FOUNDER else 404), seen


def may(visitor: str, need: str) -> bool:
    if need == ANYBODY:
        return True
    if need == FOUNDER:
        return visitor in roles_that("edit") or visitor == "neighbour"
    if need == HOLDER:
        return visitor == "holder"
    role = "annotator" if visitor == "holder" else visitor
    return role in ROLES and role in roles_that(need)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name, access in POLICY.items() if access.read])
def test_no_get_changes_anything(world, name):
    client = client_of(world, "holder" if POLICY[name].read in (HOLDER, "annotate") else "owner")
    address = world.address(name)
    client.get(address)  # renderings of texts are kept from the first time on
    before = fingerprint()
    assert client.get(address).status_code < 400
    assert fingerprint() == before


def fingerprint() -> dict[str, str]:
    """Return a hash of every table but those of sessions."""
    models = [model for model in apps.get_models() if model._meta.app_label not in ("sessions", "axes")]
    return {model._meta.label: _hash(model._default_manager.order_by("pk").values_list()) for model in models}


def _hash(rows: Iterable[object]) -> str:
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


# Routes whose other arguments name a form, a part or a picture and no object.
OF_EVERY_PROJECT = {name for name, takes in routes().items() if set(takes) <= {"slug", "kind", "part", "picture"}}
LOOKUPS = (
    "rater__user__password__startswith=pbkdf2",
    "project__memberships__user__email__contains=@",
    "battle__response_a__system__name=Ash",
    "order=rater__user__password",
    "ordering=-user__password",
    "sort=rubric__project__name&filter=system__metadata",
)


@pytest.mark.parametrize("name", [name for name, access in POLICY.items() if access.read])
def test_names_of_hidden_columns_filter_nothing(world, name):
    visitor = "holder" if POLICY[name].read in (HOLDER, "annotate") else "owner"
    client, address = client_of(world, visitor), world.address(name)
    plain = ask(client, "get", address)
    for lookup in LOOKUPS:
        answer = ask(client, "get", f"{address}{'&' if '?' in address else '?'}{lookup}")
        assert answer.status_code in (plain.status_code, 400, 422), (name, lookup)


@pytest.mark.parametrize("name", [name for name, access in POLICY.items() if access.write])
def test_every_post_of_a_page_needs_its_csrf_token(world, name):
    visitor = "holder" if POLICY[name].write in (HOLDER, "annotate") else "owner"
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people[visitor])
    assert ask(client, "post", world.address(name)).status_code == 403, name


@pytest.mark.parametrize("name", [name for name, takes in routes().items() if "slug" in takes and len(takes) > 1])
def test_nothing_of_another_project_is_found_under_ones_own(world, name):
    neighbour = world.people["neighbour"]
    own = neighbour.memberships.get().project
    address = world.address(name).replace(f"/p/{world.project.slug}/", f"/p/{own.slug}/")
    client = client_of(world, "neighbour")
    for method in ("get", "post"):
        need = POLICY[name].read if method == "get" else POLICY[name].write
        answer = ask(client, method, address)
        assert answer.status_code in ((404,) if need else (404, 405)) or name in OF_EVERY_PROJECT, (name, method)


@pytest.mark.parametrize("name", [name for name, access in POLICY.items() if access.read])
def test_what_answers_get_answers_head(world, name):
    client = client_of(world, "holder" if POLICY[name].read in (HOLDER, "annotate") else "owner")
    asked = [ask(client, method, world.address(name)).status_code for method in ("get", "head")]
    assert asked[0] == asked[1]
