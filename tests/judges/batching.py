"""Runs in batches against the fake provider, and processes that die on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from judges.models import Run
from judges.money import nano
from judges.prices import cost_of
from judges.providers import Vendor
from judges.providers.base import Usage
from judges.worker import drain_any
from tests.fakes.provider import Running
from tests.judges.making import make_run, make_version

JUDGES: dict[str, dict[str, Any]] = {
    "anthropic": {"vendor": Vendor.ANTHROPIC, "model": "claude-haiku-5-5"},
    "chat": {"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna"},
    "responses": {"vendor": Vendor.OPENAI_RESPONSES, "model": "gpt-6-luna"},
}
ALL = pytest.mark.parametrize("judge", JUDGES)


def hasten(settings, monkeypatch) -> None:
    """Let a run in batches look again at once."""
    settings.JUDGE_BATCH_POLL_SECONDS = 0
    monkeypatch.setattr("judges.batches.drain.TICK_S", 0.01)
    monkeypatch.setattr("judges.batches.drain.BEAT_S", 0.01)
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)


def batch_run(project, fake: Running, judge: str = "anthropic", **fields: Any) -> Run:
    named = JUDGES[judge]
    url = fake.base_url if named["vendor"] is Vendor.ANTHROPIC else fake.openai_url
    version = make_version(project, base_url=url, **named, **fields.pop("version", {}))
    fields = {"engine": Run.Engine.COMMAND, **fields}
    return make_run(version, fields.pop("selection", None), mode=Run.Mode.BATCH, **fields)


def drain(run: Run, **options: Any) -> Run:
    drain_any(run, **options)
    run.refresh_from_db()
    return run


def billed(fake: Running) -> int:
    """Return what the provider's call log costs, at the prices of batches."""
    total = 0
    for call in fake.log.records():
        cost = cost_of(call.model, Usage(**call.usage), datetime.now(UTC), batch=True) if call.usage else Decimal(0)
        assert cost is not None
        total += nano(cost)
    return total


class Killed(Exception):
    pass


def die(*given: Any) -> None:
    raise Killed
