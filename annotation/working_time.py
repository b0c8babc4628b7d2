"""How long somebody worked on an answer: the time it was in view less idle time, else what the browser counted."""

from __future__ import annotations

from django.db.models import F, IntegerField
from django.db.models.functions import Coalesce

WORKED_MS = Coalesce(F("visible_ms") - Coalesce(F("idle_ms"), 0), F("verdict__active_ms"), output_field=IntegerField())


def worked_ms(visible: int | None, idle: int | None, active: int | None) -> int | None:
    """Return the same as WORKED_MS for one answer; None where no time was told."""
    return visible - (idle or 0) if visible is not None else active
