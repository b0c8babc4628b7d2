"""Ada, who owns a project and is signed in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from domain.models import Project
from tests.factories import make_project, make_user


@pytest.fixture
def owner() -> User:
    return make_user("ada")


@pytest.fixture
def project(owner: User) -> Project:
    return make_project(owner=owner)


@pytest.fixture
def ada(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client
