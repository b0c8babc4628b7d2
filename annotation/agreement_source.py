"""How far people agree in a campaign: worked out elsewhere, because annotation knows no statistics of agreement.

The project registers the source when it starts (``jurybox.apps``), as it does for the figures of a project's home.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.cache import cache

from annotation.models import Campaign

KEPT_SECONDS = 600


@dataclass(frozen=True, slots=True)
class AgreementFigure:
    """One statistic on one criterion. ``n`` counts the items with two answers or more; no value has a ``reason``."""

    criterion: str
    name: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    reason: str = ""


Source = Callable[[Campaign], Sequence[AgreementFigure]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Say who works agreement out; registering twice counts once."""
    if source not in _sources:
        _sources.append(source)


def agreement_in(campaign: Campaign, *, answered: int) -> list[AgreementFigure]:
    """Return the figures, worked out again once there are more answers (or others: a change of mind waits for one)."""
    key = f"campaign-agreement:{campaign.pk}:{campaign.rubric_id}:{campaign.created_at.timestamp()}:{answered}"
    found: list[AgreementFigure] | None = cache.get(key)
    if found is None:
        found = [figure for source in _sources for figure in source(campaign)]
        cache.set(key, found, KEPT_SECONDS)
    return found
