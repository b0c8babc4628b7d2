"""The rubric of a campaign, kept in memory once it is frozen: from then on the database refuses every change to it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from annotation.models import Campaign
from domain.models import Project, Rater, Rubric, Verdict
from domain.specs import RubricSpec


def rubric_of(campaign: Campaign) -> Rubric:
    """Return the campaign's rubric with its criteria, without a query after the first time."""
    frozen_at = campaign.rubric.frozen_at
    if frozen_at is None:
        return _read(campaign.rubric_id)
    return _frozen(campaign.rubric_id, frozen_at)


def rubrics_for_people(project: Project) -> QuerySet[Rubric]:
    """Return the rubrics that people can rate by, which those of metrics are not: nobody counts a BLEU score.

    Of whose kind a rubric is, any one of its verdicts tells.
    """
    of_any = Verdict.objects.filter(rubric=OuterRef("pk")).order_by().values("rater__kind")[:1]
    told = Rubric.objects.of(project).annotate(rated_by=Coalesce(Subquery(of_any), Value("")))
    found: QuerySet[Rubric] = told.exclude(rated_by=Rater.Kind.METRIC)
    return found


def spec_of(campaign: Campaign) -> RubricSpec:
    """Return the same as plain Python."""
    return rubric_of(campaign).spec()


@lru_cache(maxsize=200)
def _frozen(rubric_id: int, frozen_at: datetime) -> Rubric:
    return _read(rubric_id)


def _read(rubric_id: int) -> Rubric:
    rubric: Rubric = Rubric.objects.prefetch_related("criteria", "remark_fields").get(pk=rubric_id)
    return rubric
