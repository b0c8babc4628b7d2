"""Which models a provider says it has used: a run with two of them has the verdicts of two judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from judges.models import Exchange, Run

DATE = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2}|\d{4})$")  # of a snapshot: claude-opus-5-5 is none of claude-opus-5


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers of one judge that came from one model, as the provider named it."""

    judge: str
    asked: str
    model: str
    answers: int
    verdicts: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The models that answered in a run. ``switched``: one judge had answers of more than one."""

    rows: tuple[Answered, ...]

    @property
    def switched(self) -> bool:
        """Say whether a judge had answers of more than one model."""
        return len(self.rows) > len({row.judge for row in self.rows})

    @property
    def renamed(self) -> bool:
        """Say whether a provider named another model than the one asked for and its dated snapshots."""
        return any(row.asked not in (row.model, DATE.sub("", row.model)) for row in self.rows)


def models_seen(run: Run) -> Drift:
    """Return the models that answered in a run, by judge, with the answers that each gave."""
    version = run.version
    if version is None:
        return Drift(())
    found = (
        Exchange.objects.filter(cell__run=run, reused=False)
        .exclude(model="")
        .order_by()
        .values("member__name", "member__model", "model")
        .annotate(
            answers=Count("pk"),
            verdicts=Count("pk", filter=Q(outcome="verdict")),
            first=Min("cell__finished_at"),
            last=Max("cell__finished_at"),
        )
    )
    rows = (
        Answered(
            row["member__name"] or version.name,
            row["member__model"] or version.model,
            row["model"],
            row["answers"],
            row["verdicts"],
            row["first"],
            row["last"],
        )
        for row in found
    )
    return Drift(tuple(sorted(rows, key=lambda row: (row.judge, -row.answers, row.model))))
