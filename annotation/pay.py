"""What each person of a campaign worked and is owed. Every answer that was given is paid, also late ones and checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from annotation.models import Assignment, Campaign, RevisedAnswer
from annotation.services.again import TOO_LATE
from annotation.working_time import WORKED_MS

COLUMNS: dict[str, type] = {
    "person": str, "answers": int, "checks": int, "late": int, "timed_answers": int, "hours": float, "pay": float,
    "currency": str, "hourly": float, "below_minimum": bool,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PayLine:
    """One person. ``hours`` are of work seen in the browser, scaled up to answers without a time; None without any."""

    person: str
    answers: int
    checks: int
    late: int
    timed: int
    hours: float | None
    pay: float | None
    hourly: float | None
    below_minimum: bool | None  # None where the wage is unknown, or nobody said what the least is


@dataclass(frozen=True, slots=True)
class PayReport:
    """All people, and their sums. ``reason`` says why nothing is owed that can be worked out."""

    lines: tuple[PayLine, ...]
    answers: int
    hours: float | None
    pay: float | None
    reason: str = ""


def pay_report(campaign: Campaign, *, minimum: float | None = None) -> PayReport:
    """Return who worked how long and is owed what; ``minimum`` is the hourly wage below which a line is marked."""
    lines = tuple(_line(campaign, row, minimum) for row in _worked(campaign))
    reason = "" if campaign.pay_per_answer is not None or campaign.pay_per_hour is not None else "No pay is set."
    return PayReport(
        lines=lines,
        answers=sum(line.answers for line in lines),
        hours=_sum(line.hours for line in lines),
        pay=_sum(line.pay for line in lines),
        reason=reason,
    )


def _worked(campaign: Campaign) -> list[dict[str, Any]]:
    """Return the sums of each person; an answer that they gave again after a revision is two pieces of work."""
    given = Assignment.objects.filter(campaign=campaign, answered_at__isnull=False)
    rows = (
        given.values("annotator", "annotator__username")
        .annotate(
            answers=Count("pk"),
            checks=Count("pk", filter=~Q(lane=Assignment.Lane.WORK)),
            late=Count("pk", filter=TOO_LATE),
            timed=Count(WORKED_MS),
            worked=Sum(WORKED_MS),
        )
        .order_by("annotator__username")
    )
    again = _given_again(campaign)
    return [row | {name: (row[name] or 0) + n for name, n in again.get(row["annotator"], {}).items()} for row in rows]


def _given_again(campaign: Campaign) -> dict[int | None, dict[str, int]]:
    """Return what each person had answered before a revision and has answered once more since."""
    before = RevisedAnswer.objects.filter(version__campaign=campaign, is_set_aside=True)
    before = before.filter(assignment__answered_at__gt=F("version__created_at")).order_by()
    sums = before.values("assignment__annotator").annotate(
        n=Count("pk"), timed=Count("worked_ms"), worked=Coalesce(Sum("worked_ms"), 0)
    )
    rows = sums.values_list("assignment__annotator", "n", "timed", "worked")
    return {user: {"answers": n, "timed": timed, "worked": worked} for user, n, timed, worked in rows}


def _line(campaign: Campaign, row: dict[str, Any], minimum: float | None) -> PayLine:
    hours = row["worked"] / 3_600_000 * row["answers"] / row["timed"] if row["timed"] else None
    pay = owed(campaign, row["answers"], hours)
    hourly = pay / hours if pay is not None and hours else None
    return PayLine(
        person=row["annotator__username"],
        answers=row["answers"],
        checks=row["checks"],
        late=row["late"],
        timed=row["timed"],
        hours=hours,
        pay=pay,
        hourly=hourly,
        below_minimum=None if hourly is None or minimum is None else hourly < minimum,
    )


def owed(campaign: Campaign, answers: int, hours: float | None) -> float | None:
    """Return what so many answers, or so many hours of work, are paid; None where that cannot be worked out."""
    if campaign.pay_per_answer is not None:
        return answers * float(campaign.pay_per_answer)
    if campaign.pay_per_hour is not None and hours is not None:
        return hours * float(campaign.pay_per_hour)
    return None


def _sum(values: Iterator[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def rows_of(report: PayReport, currency: str) -> Iterator[dict[str, Any]]:
    """Yield the lines as they are exported."""
    for line in report.lines:
        yield {
            "person": line.person,
            "answers": line.answers,
            "checks": line.checks,
            "late": line.late,
            "timed_answers": line.timed,
            "hours": line.hours,
            "pay": line.pay,
            "currency": currency,
            "hourly": line.hourly,
            "below_minimum": line.below_minimum,
        }
