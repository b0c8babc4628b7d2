"""A fake provider that every test of the judges may call, and a key for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.provider import Running, running_provider

KEY = "sk-canary-7f3a9c51d2e84b06"


@pytest.fixture
def fake(settings, monkeypatch) -> Iterator[Running]:
    """A provider on loopback, which the administrator has opened; its key is in PORTIA_API_KEY."""
    monkeypatch.setenv("PORTIA_API_KEY", KEY)
    with running_provider(seed=1, api_key=KEY, published=True) as running:
        settings.JUDGE_PRIVATE_HOSTS = [f"127.0.0.1:{running.port}"]
        yield running
