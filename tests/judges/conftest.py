"""A fake provider that every test of the judges may call, a key for it, and something to judge."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from domain.models import Project
from tests.factories import make_project
from tests.fakes.provider import Running, running_provider
from tests.judges.browsing import as_member
from tests.judges.making import make_battles

KEY = "sk-canary-7f3a9c51d2e84b06"


@pytest.fixture
def fake(settings, monkeypatch) -> Iterator[Running]:
    """A provider on loopback, which the administrator has opened; its key is in PORTIA_API_KEY."""
    monkeypatch.setenv("PORTIA_API_KEY", KEY)
    with running_provider(seed=1, api_key=KEY, published=True) as running:
        settings.JUDGE_PRIVATE_HOSTS = [f"127.0.0.1:{running.port}"]
        yield running


@pytest.fixture
def project() -> Project:
    """Six battles; a module that needs other material makes a project of its own."""
    project = make_project()
    make_battles(project, 6)
    return project


@pytest.fixture
def ada(project) -> Client:
    """The owner of the project, signed in."""
    return as_member(project, "owner")
