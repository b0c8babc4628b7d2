"""The rubric of a campaign, kept in memory once it is frozen: from then on the database refuses every change to it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from annotation.models import Campaign
from domain.models import Rubric
from domain.specs import RubricSpec


def rubric_of(campaign: Campaign) -> Rubric:
    """Return the campaign's rubric with its criteria, without a query after the first time."""
    frozen_at = campaign.rubric.frozen_at
    if frozen_at is None:
        return _read(campaign.rubric_id)
    return _frozen(campaign.rubric_id, frozen_at)


def spec_of(campaign: Campaign) -> RubricSpec:
    """Return the same as plain Python."""
    return rubric_of(campaign).spec()


@lru_cache(maxsize=200)
def _frozen(rubric_id: int, frozen_at: datetime) -> Rubric:
    return _read(rubric_id)


def _read(rubric_id: int) -> Rubric:
    rubric: Rubric = Rubric.objects.prefetch_related("criteria", "remark_fields").get(pk=rubric_id)
    return rubric
