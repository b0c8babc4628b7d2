"""Runs against the fake provider, what they cost by its log, and what their cells say."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from judges.models import Run
from judges.money import nano
from judges.planning import Selection
from judges.prices import cost_of
from judges.providers import Vendor
from judges.providers.base import Usage
from tests.fakes.provider import Running
from tests.judges.making import make_run, make_version

PRICED: dict[str, Any] = {"vendor": Vendor.OPENAI_CHAT, "model": "gpt-6-luna"}
LOCAL: dict[str, Any] = {"vendor": Vendor.COMPATIBLE, "model": "fake-judge"}


def run_of(project, fake: Running, selection: Selection | None = None, judge=PRICED, **changes) -> Run:
    fields: dict[str, Any] = {"base_url": fake.openai_url, **judge}
    return make_run(make_version(project, **fields), selection, **changes)


def billed(fake: Running, model: str = "gpt-6-luna") -> int:
    """What the provider's own log says the run has cost, in billionths of a dollar."""
    usages = [Usage(**record.usage) for record in fake.log.records() if record.usage]
    costs = [cost_of(model, usage, timezone.now()) for usage in usages]
    return sum(nano(cost) for cost in costs if cost is not None)


def counted(run: Run) -> dict[str, int]:
    """The four outcomes, counted in the cells themselves."""
    return {name: run.cells.filter(outcome=name).count() for name in ("verdict", "refused", "unreadable", "transport")}
