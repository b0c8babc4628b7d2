"""What vendors say about the models of judges, asked once a day when a run starts, and kept."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

from judges.clock import database_now
from judges.models import JudgeVersion, ModelFact
from judges.providers import ProviderSettings, Vendor, tell
from judges.providers.base import ProviderError
from judges.providers.catalogue import Told

FRESH = timedelta(days=1)
DEADLINE_S = 5.0
SOON = timedelta(days=90)


def told_about(version: JudgeVersion) -> Told | None:
    """Return what the vendor of a judge's model said last, or None if it was never asked or said nothing."""
    fact = ModelFact.objects.filter(**_key(version)).first()
    return Told.from_json(fact.told) if fact and fact.told else None


def ask_again(version: JudgeVersion, settings: ProviderSettings) -> None:
    """Ask the vendor about a judge's model, unless it was asked lately. What goes wrong is noted and harms nothing."""
    if settings.vendor is Vendor.COMPATIBLE:
        return
    if ModelFact.objects.filter(**_key(version), checked_at__gt=database_now() - FRESH).exists():
        return
    found: dict[str, object] = {"checked_at": database_now(), "problem": ""}
    try:
        found["told"] = asyncio.run(tell(settings, DEADLINE_S)).as_json()
    except ProviderError as error:
        found["problem"] = str(error)[:300]
    key: dict[str, Any] = {**_key(version)}
    ModelFact.objects.update_or_create(defaults=found, **key)


def warning_about(version: JudgeVersion, today: date | None = None) -> str:
    """Say what the end of a judge's model means for it, or "" while there is none in sight."""
    told = told_about(version)
    if told is None:
        return ""
    day = today or database_now().date()
    if told.lifecycle == "retired":
        return f"{version.model} has been retired: the provider does not answer for it any more."
    if told.retires:
        retires = date.fromisoformat(told.retires)
        if retires < day:
            return f"{version.model} was to retire on {retires.isoformat()}: it may stop answering at any time."
        soon = " Certify its successor in time." if retires - day < SOON else ""
        return f"{version.model} retires on {retires.isoformat()}.{soon}"
    if told.lifecycle == "deprecated":
        return f"{version.model} is deprecated: the provider will retire it, and has not said when."
    return ""


def _key(version: JudgeVersion) -> dict[str, str]:
    return {"provider": version.provider, "base_url": version.base_url, "model": version.model}
