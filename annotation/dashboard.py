"""A campaign while it runs: how far, how fast, how long answers take, who works, and what needs a look.

Nothing here reads more than the campaign's own turns once; the picture of the last hours is drawn from counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from annotation.agreement_source import AgreementFigure, agreement_in
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.flags import Flag
from annotation.report import Report, report_on
from annotation.services.again import TOO_LATE
from annotation.working_time import WORKED_MS, worked_ms

State, Lane = Assignment.State, Assignment.Lane
GIVEN = (State.DONE, State.REOPENED, State.SURPLUS)
NEWEST = 2_000  # answers whose times are looked at
HOURS = 48  # in the picture
AWAY = timedelta(hours=24)  # without an answer, while there is work, before somebody counts as gone
ENOUGH = 5  # answers before a pace is one


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of work on an answer: quartiles of the newest ``n``, and the share of time in view that was idle."""

    n: int
    lower: float
    median: float
    upper: float
    idle: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the picture, which is 480 wide and whose bars stand on 80."""

    hour: datetime
    n: int
    x: float
    height: float

    @property
    def top(self) -> float:
        """Where the bar begins."""
        return round(80 - self.height, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """One person's row. ``gone``: started, has work left, and has not answered for a day."""

    participant: int
    name: str
    group: str
    standing: str
    is_active: bool
    answers: int
    checks: int
    skipped: int
    late: int
    seconds: float | None
    last: datetime | None
    gone: bool
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """What changes by the minute. ``ends_at``: the last answer, if the pace of the last day holds; None without one."""

    report: Report
    per_hour: float | None
    ends_at: datetime | None
    bars: tuple[Bar, ...]
    most: int
    times: Times | None
    agreement: Sequence[AgreementFigure]
    at: datetime


def live_of(campaign: Campaign) -> Live:
    """Look at how far a campaign is, how fast it goes, how long answers take and how far people agree."""
    now = timezone.now()
    report, pace, bars = report_on(campaign), _pace(campaign, now), _bars(campaign, now)
    goes_on = pace and report.missing and campaign.state == Campaign.State.OPEN
    return Live(
        report=report,
        per_hour=pace,
        ends_at=now + timedelta(hours=report.missing / pace) if pace and goes_on else None,
        bars=bars,
        most=max((bar.n for bar in bars), default=0),
        times=_times(campaign),
        agreement=agreement_in(campaign, answered=report.answered),
        at=now,
    )


def _pace(campaign: Campaign, now: datetime) -> float | None:
    """Return live answers per hour over the last day, or since the first answer; None for fewer than five."""
    turns = Assignment.objects.filter(campaign=campaign, lane=Lane.WORK, state__in=[State.DONE, State.REOPENED])
    since = max(now - timedelta(days=1), campaign.opened_at or now)
    n = turns.filter(answered_at__gt=since).count()
    hours = (now - since).total_seconds() / 3600
    return n / hours if n >= ENOUGH and hours > 0 else None


def _bars(campaign: Campaign, now: datetime) -> tuple[Bar, ...]:
    """Count the answers of each of the last hours, quiet ones too, from the first hour with one."""
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    since = this_hour - timedelta(hours=HOURS - 1)
    given = Assignment.objects.filter(campaign=campaign, state__in=GIVEN, answered_at__gte=since)
    rows = given.annotate(hour=TruncHour("answered_at")).order_by().values("hour").annotate(n=Count("pk"))
    counts = {row["hour"]: row["n"] for row in rows}
    if not counts:
        return ()
    most, width = max(counts.values()), 480 / HOURS
    hours = [since + timedelta(hours=at) for at in range(HOURS)]
    return tuple(
        Bar(hour, counts.get(hour, 0), round(at * width, 1), round(78 * counts.get(hour, 0) / most, 1))
        for at, hour in enumerate(hours)
    )


def _times(campaign: Campaign) -> Times | None:
    turns = Assignment.objects.filter(campaign=campaign, state__in=GIVEN).order_by("-answered_at")
    rows = list(turns.values_list("visible_ms", "idle_ms", "verdict__active_ms")[:NEWEST])
    seconds = [spent / 1000 for row in rows if (spent := worked_ms(*row)) is not None]
    if len(seconds) < 2:
        return None
    lower, median, upper = quantiles(seconds, n=4, method="inclusive")
    seen = sum(visible for visible, _, _ in rows if visible)
    idle = sum(idle or 0 for visible, idle, _ in rows if visible)
    return Times(len(seconds), lower, median, upper, idle / seen if seen else None)


def people_of(campaign: Campaign, flags: Sequence[Flag]) -> list[Person]:
    """Return who takes part, who answered most first; two statements, however many people there are."""
    worked, now = _worked(campaign), timezone.now()
    raised: dict[int, list[str]] = {}
    for flag in flags:
        raised.setdefault(flag.participant_id, []).append(flag.words)
    taking_part = Participant.objects.filter(campaign=campaign).select_related("user", "group")
    people = [_person(row, worked.get(row.user_id, {}), raised.get(row.pk, []), campaign, now) for row in taking_part]
    return sorted(people, key=lambda person: (-person.answers, person.name))


def _worked(campaign: Campaign) -> dict[int, dict[str, Any]]:
    """Return what each person did, in one statement over the campaign's turns."""
    given = Q(state__in=GIVEN)
    rows = (
        Assignment.objects.filter(campaign=campaign, annotator__isnull=False)
        .order_by()
        .values("annotator")
        .annotate(
            skipped=Count("pk", filter=Q(state=State.SKIPPED)),
            late=Count("pk", filter=TOO_LATE),
            timed=Count(WORKED_MS, filter=given),
            worked=Sum(WORKED_MS, filter=given),
            last=Max("answered_at"),
        )
    )
    return {row["annotator"]: row for row in rows}


def _person(
    row: Participant, worked: dict[str, Any], flags: Sequence[str], campaign: Campaign, now: datetime
) -> Person:
    last, timed = worked.get("last"), worked.get("timed")
    waits = campaign.state == Campaign.State.OPEN and row.done - row.checked < campaign.live_count
    free = row.standing in Participant.WORKING and row.is_active and row.completed_at is None
    capped = campaign.per_person_cap is not None and row.done >= campaign.per_person_cap
    return Person(
        participant=row.pk,
        name=row.user.get_username(),
        group=row.group.name if row.group else "",
        standing=row.standing,
        is_active=row.is_active,
        answers=row.done - row.checked,
        checks=row.checked,
        skipped=worked.get("skipped", 0),
        late=worked.get("late", 0),
        seconds=worked["worked"] / timed / 1000 if timed else None,
        last=last,
        gone=bool(last and waits and free and not capped and now - last > AWAY),
        flags=tuple(flags),
    )
