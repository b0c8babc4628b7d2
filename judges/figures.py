"""Numbers about a run: how fast it is, and how its judge behaves when the two responses change places."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from django.db import connection
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from judges.clock import database_now
from judges.models import Cell, Run

Z = 1.959964  # two-sided 95 %
TURNED = {"A": "B", "B": "A", "tie": "tie", "both_bad": "both_bad"}
LEAST_DONE = 5  # answers before a rate means anything


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval over n battles; None and a reason where there is nothing to count."""

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Swaps:
    """What both orders of the same battles say about a judge.

    ``consistent``: battles with the same answer in both orders, whichever it is (Wilson interval). ``first``: how
    often the response shown first won, over the battles with a winner in both orders; 50 % has no preference for a
    place (interval over battles, whose two orders are not independent of each other). Of battles that are asked several
    times the first time counts: repeats are not independent either.
    """

    consistent: Share
    first: Share
    flips: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Cells whose last call failed and that will be asked again after a while; ``why`` is what one of them met."""

    n: int
    why: str


def waiting(run: Run) -> Waiting | None:
    """Return what keeps a running run waiting, None where nothing does. Its cost grows with what waits, not the run."""
    put_off = Cell.objects.filter(run=run, state=Cell.State.OPEN, due_at__gt=database_now()).exclude(detail="")
    found = put_off.aggregate(n=Count("pk"), why=Max("detail"))
    return Waiting(found["n"], found["why"]) if found["n"] else None


def swaps(run: Run) -> Swaps:
    """Count the answers to both orders, in one query."""
    pairs = _pairs(run)
    n = sum(pairs.values())
    same = sum(count for (first, second), count in pairs.items() if TURNED.get(first) == second)
    consistent = wilson(same, n, "no battle has a verdict in both orders yet")
    return Swaps(consistent=consistent, first=_first_share(pairs), flips=n - same)


def longer_wins(run: Run) -> Share:
    """Count how often the longer response of a battle won, where both orders named one and the same winner.

    Wilson interval over battles. 50 % is no preference; more may be one for length or for what comes with it. Both
    texts equally long, or of unknown length, say nothing.
    """
    decided = Cell.objects.filter(run=run, order=0, repeat=0, outcome="verdict", said__in=["A", "B"])
    twin = Cell.objects.filter(
        run=run, battle=OuterRef("battle"), criteria=OuterRef("criteria"), repeat=0, order=1, outcome="verdict"
    )
    same = decided.annotate(twin=Subquery(twin.values("said")[:1])).filter(
        Q(said="A", twin="B") | Q(said="B", twin="A")
    )
    a, b = F("battle__response_a__characters"), F("battle__response_b__characters")
    longer = Q(said="A", battle__response_a__characters__gt=b) | Q(said="B", battle__response_b__characters__gt=a)
    counted = same.exclude(battle__response_a__characters=b).filter(
        battle__response_a__characters__isnull=False, battle__response_b__characters__isnull=False
    )
    found = counted.aggregate(n=Count("pk"), hits=Count("pk", filter=longer))
    why = "no battle of a shorter and a longer response has the same winner in both orders yet"
    return wilson(found["hits"], found["n"], why)


def repeats(run: Run) -> Share:
    """Count the items that were asked several times in each order and answered the same each time in it.

    Wilson interval over items: the orders and repeats of one are not independent of each other.
    """
    target = ["battle_id", "response_id"]
    groups = Cell.objects.filter(run=run, outcome="verdict", prompt__isnull=True).order_by().values(*target, "order")
    several = groups.annotate(n=Count("pk"), answers=Count("said", distinct=True)).filter(n__gt=1)
    same: dict[tuple[int | None, int | None], bool] = {}
    for battle, response, answers in several.values_list(*target, "answers").iterator():
        same[battle, response] = same.get((battle, response), True) and answers == 1
    return wilson(sum(same.values()), len(same), "no item has verdicts of several repeats")


def flipped(cells: QuerySet[Cell]) -> QuerySet[Cell]:
    """Keep the cells whose twin, the other order of the same battle, was answered otherwise."""
    twins = Cell.objects.filter(
        run=OuterRef("run"), battle=OuterRef("battle"), criteria=OuterRef("criteria"), repeat=OuterRef("repeat")
    ).exclude(order=OuterRef("order"))
    both = cells.filter(outcome="verdict").annotate(twin=Subquery(twins.filter(outcome="verdict").values("said")[:1]))
    same = Q()
    for said, turned in TURNED.items():
        same |= Q(said=said, twin=turned)
    return both.filter(twin__isnull=False).exclude(same)


def rate_per_second(run: Run) -> float | None:
    """Return answers per second since this stretch of work began; None before there are enough of them."""
    done = run.done - run.started_with
    if run.state != Run.State.RUNNING or run.started_at is None or done < LEAST_DONE:
        return None
    seconds = (timezone.now() - run.started_at).total_seconds()
    return done / seconds if seconds > 0 else None


def ends_at(run: Run) -> datetime | None:
    """Return when a running run will be done if it goes on like this."""
    rate = rate_per_second(run)
    if not rate:
        return None
    return timezone.now() + timedelta(seconds=(run.planned - run.done) / rate)


def _pairs(run: Run) -> dict[tuple[str, str], int]:
    """Count battles by what was said in the first and in the second order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.said, b.said, count(*) FROM judges_cell a JOIN judges_cell b ON b.run_id = a.run_id "
            'AND b.battle_id = a.battle_id AND b.criteria = a.criteria AND b.repeat = a.repeat AND b."order" = 1 '
            'WHERE a.run_id = %s AND a.repeat = 0 AND a."order" = 0 '
            "AND a.outcome = 'verdict' AND b.outcome = 'verdict' GROUP BY a.said, b.said",
            [run.pk],
        )
        return {(first, second): count for first, second, count in cursor.fetchall()}


def wilson(hits: int, n: int, reason: str) -> Share:
    """Return a share with the interval of Wilson (1927); without anything to count, ``reason``."""
    if not n:
        return Share(None, None, None, 0, reason)
    share = hits / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    lower, upper = 0.0 if not hits else centre - half, 1.0 if hits == n else centre + half  # exactly, at the ends
    return Share(share, lower, upper, n)


def _first_share(pairs: dict[tuple[str, str], int]) -> Share:
    """Return how often the first place won: 1/2 + (always first - always second) / 2n.

    The interval is that of Agresti and Min (2005) for paired shares, which adds half a battle to each of the four
    cells: it does not collapse where no battle was decided by its place.
    """
    always_first, always_second = pairs.get(("A", "A"), 0), pairs.get(("B", "B"), 0)
    n = always_first + always_second + pairs.get(("A", "B"), 0) + pairs.get(("B", "A"), 0)
    if not n:
        return Share(None, None, None, 0, "no battle has a winner in both orders yet")
    value = 0.5 + (always_first - always_second) / (2 * n)
    changed, difference = always_first + always_second + 1, always_first - always_second
    centre = difference / (n + 2)
    half = Z * sqrt(changed - difference**2 / (n + 2)) / (n + 2)
    return Share(value, max(0.0, 0.5 + (centre - half) / 2), min(1.0, 0.5 + (centre + half) / 2), n)
