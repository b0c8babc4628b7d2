"""Every route of judges for every kind of visitor and every method."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from domain.models import Membership, Project
from judges import tariffs, urls, vault
from judges.models import Run, TrialCall
from judges.runner import drain
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db

LOOK = ("owner", "researcher", "reviewer", "viewer")
EDIT = ("owner", "researcher")
OWN = ("owner",)
ROLES = ("owner", "researcher", "reviewer", "annotator", "viewer")
# Who may read (GET, HEAD) and who may write (POST); others find nothing. None: there is no such method.
POLICY: dict[str, tuple[tuple[str, ...] | None, tuple[str, ...] | None]] = {
    "judges": (LOOK, None),
    "new_judge": (EDIT, EDIT),
    "new_panel": (EDIT, EDIT),
    "trials": (LOOK, None),
    "trial": (LOOK, None),
    "compare": (LOOK, None),
    "access": (EDIT, None),
    "keep_key": (None, OWN),
    "forget_key": (None, OWN),
    "limit_key": (None, EDIT),
    "set_price": (None, EDIT),
    "drop_price": (None, EDIT),
    "judge": (LOOK, None),
    "new_probes": (EDIT, EDIT),
    "runs": (LOOK, None),
    "new_run": (EDIT, EDIT),
    "new_metric_run": (EDIT, EDIT),
    "run": (LOOK, None),
    "act": (None, EDIT),
    "retry_cells": (None, EDIT),
    "cell": (LOOK, None),
    "retry_cell": (None, EDIT),
}
ACTIONS = ("pause", "resume", "cancel", "retry")


@pytest.fixture
def scene(fake) -> dict[str, Any]:
    """A project with one of everything that a route can name, by the route's name."""
    project = make_project()
    make_battles(project, 2)
    version = make_version(project, base_url=fake.openai_url)
    run = make_run(version)
    drain(run)
    cell = run.cells.earliest("pk")
    key = vault.keep(project, "LOCAL_API_KEY", "sk-0123456789abcdef")
    price = tariffs.set_price(project, model="m", since=date(2026, 1, 1), input_usd=Decimal(1), output_usd=Decimal(1))
    trial = TrialCall.objects.create(project=project, name="x", content_hash="h", sent={}, reserved_nusd=1)
    return {
        "project": project,
        "run_object": run,
        "judge": [version.pk],
        "new_probes": [version.pk],
        "run": [run.pk],
        "act": [run.pk, "pause"],
        "retry_cells": [run.pk],
        "cell": [run.pk, cell.pk],
        "retry_cell": [run.pk, cell.pk],
        "forget_key": [key.pk],
        "drop_price": [price.pk],
        "trial": [trial.pk],
    }


def address(scene: dict[str, Any], name: str, project: Project | None = None) -> str:
    return reverse(f"judges:{name}", args=[(project or scene["project"]).slug, *scene.get(name, [])])


def client_of(project: Project, role: str, **options: Any) -> Client:
    client = Client(**options)
    if role == "nobody":
        return client
    client.force_login(user := make_user())
    if role in ROLES:
        Membership.objects.create(project=project, user=user, role=role)
    elif role == "neighbour":  # an owner, of another project
        make_project(owner=user)
    return client


def everything() -> dict[str, list[Any]]:
    """Return all rows of our tables, but for what looking at a page may keep: renderings of texts."""
    ours = [model for label in ("domain", "judges", "annotation") for model in apps.get_app_config(label).get_models()]
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in ours
        if model._meta.model_name != "rendering"
    }


def test_every_route_has_a_policy():
    assert {pattern.name for pattern in urls.urlpatterns} == set(POLICY)


@pytest.mark.parametrize("role", [*ROLES, "neighbour", "stranger", "nobody"])
def test_who_may_not_finds_nothing(scene, role):
    client = client_of(scene["project"], role)
    for name, (readers, writers) in POLICY.items():
        where = address(scene, name)
        for method in ("get", "head", "options", "post", "put", "patch", "delete"):
            allowed = {"get": readers, "head": readers, "post": writers}.get(method)
            status = getattr(client, method)(where).status_code
            if allowed is None:
                assert status == 405 or (role == "nobody" and status == 302), (name, method, status)
            elif role == "nobody":
                assert status == 302, (name, method, status)
            elif role in allowed:
                assert status in (200, 302, 422), (name, method, status)
            else:
                assert status == 404, (name, method, status)


@pytest.mark.parametrize("role", ["researcher", "viewer"])
def test_no_get_changes_anything(scene, role):
    client = client_of(scene["project"], role)
    for name in POLICY:
        client.get(address(scene, name))
    before = everything()
    for name in POLICY:
        for method in (client.get, client.head):
            method(address(scene, name), {"look": "1", "try": "1", "agreed": "0", "action": "cancel", "pk": "1"})
    assert everything() == before


@pytest.mark.parametrize("role", ["viewer", "reviewer", "annotator", "neighbour", "stranger", "nobody"])
def test_who_may_not_write_changes_nothing(scene, role):
    client = client_of(scene["project"], role)
    before = everything()
    for action in ACTIONS:
        scene["act"] = [scene["run_object"].pk, action]
        client.post(address(scene, "act"))
    for name in POLICY:
        client.post(address(scene, name), {"name": "LOCAL_API_KEY", "key": "sk-of-somebody-else", "model": "m"})
    assert everything() == before


def test_what_belongs_to_another_project_is_not_found_under_mine(scene):
    client = Client()
    client.force_login(owner := make_user())
    mine = make_project(owner=owner)
    Membership.objects.create(project=scene["project"], user=owner, role="owner")  # and may see both
    before = everything()
    for name, (readers, writers) in POLICY.items():
        if name not in scene:
            continue
        where = address(scene, name, mine)
        for method, exists in ((client.get, readers), (client.post, writers)):
            assert method(where).status_code == (405 if exists is None else 404), name
    assert everything() == before


def test_a_cell_of_another_run_is_not_found_under_mine(scene):
    client = client_of(scene["project"], "owner")
    version = scene["run_object"].version
    other: Run = make_run(version)
    foreign = [other.pk, scene["cell"][1]]
    before = everything()
    for name, ask in (("cell", client.get), ("retry_cell", client.post)):
        where = reverse(f"judges:{name}", args=[scene["project"].slug, *foreign])
        assert ask(where).status_code == 404
    assert everything() == before


def test_every_post_needs_a_csrf_token(scene):
    client = client_of(scene["project"], "owner", enforce_csrf_checks=True)
    for name in POLICY:
        assert client.post(address(scene, name)).status_code == 403, name
