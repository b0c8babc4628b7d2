"""What a revision does to the answers that are there: which of them it touches, and how many that are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from annotation.models import Assignment, Campaign
from annotation.pay import owed
from annotation.working_time import WORKED_MS
from domain.models import Rubric, Score

Lane, State = Assignment.Lane, Assignment.State
COUNTED = (State.DONE, State.REOPENED)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Scope:
    """Which ratings hold no longer: those on ``lost`` criteria, by key, of these ``items`` (None: of all).

    ``wanted`` are the keys that a whole answer has. Where ``ask_again`` is set, an answer that lacks one of them is set
    aside, so that its item is asked again; else it stays with what holds of it. A revision of the rubric carries what
    stays over to ``rubric``.
    """

    lost: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()
    items: frozenset[int] | None = None
    ask_again: bool = True
    rubric: Rubric | None = None


@dataclass(frozen=True, slots=True)
class Sorted:
    """Counted live answers by what a revision does to them; ``lacking`` of those carried do not say everything."""

    set_aside: list[Assignment]
    carried: list[Assignment]
    lacking: int
    held: int


@dataclass(frozen=True, slots=True)
class Effect:
    """How much a revision takes back. Hours and pay are of the answers set aside; None where they are unknown.

    ``carried`` answers go on counting for what holds of them, ``held`` ones are not touched.
    """

    set_aside: int
    people: int
    items: int
    hours: float | None
    pay: float | None
    currency: str
    carried: int
    lacking: int
    held: int

    @property
    def answers(self) -> int:
        """How many answers lose something, or everything."""
        return self.set_aside + self.lacking


def sort_answers(campaign: Campaign, scope: Scope, *, whole: bool = True) -> Sorted:
    """Return which of a campaign's answers are set aside, and which go on; in the order in which they were asked.

    Where they are only counted they need not be ``whole``.
    """
    counted = Assignment.objects.filter(campaign=campaign, lane=Lane.WORK, state__in=COUNTED)
    if not scope.lost and scope.rubric is None:
        return Sorted([], [], lacking=0, held=counted.count())
    rows = counted.annotate(worked=WORKED_MS, priority=F("item__priority")).order_by("turn", "pk")
    turns = list(rows if whole else rows.only("item_id", "annotator_id", "verdict_id"))
    said = _criteria_of(turns)
    set_aside, carried, lacking = [], [], 0
    for turn in turns:
        keys = said[turn.verdict_id or 0]
        stays = keys - scope.lost
        is_whole = scope.wanted <= stays
        if not _is_touched(turn, keys, scope):
            continue
        if not stays or (scope.ask_again and not is_whole):
            set_aside.append(turn)
        else:
            carried.append(turn)
            lacking += not is_whole
    return Sorted(set_aside, carried, lacking, held=len(turns) - len(set_aside) - len(carried))


def _is_touched(turn: Assignment, keys: frozenset[str], scope: Scope) -> bool:
    if scope.rubric is not None:
        return True
    return bool(keys & scope.lost) and (scope.items is None or turn.item_id in scope.items)


def _criteria_of(turns: Sequence[Assignment]) -> dict[int, frozenset[str]]:
    """Return the keys that each verdict answers; of a list, the first pair's stand for all."""
    found: dict[int, set[str]] = defaultdict(set)
    for some in batches([turn.verdict_id for turn in turns if turn.verdict_id]):
        for verdict, key in Score.objects.filter(verdict__in=some).values_list("verdict", "criterion__key"):
            found[verdict].add(key)
    return defaultdict(frozenset, {verdict: frozenset(keys) for verdict, keys in found.items()})


def effect_of(campaign: Campaign, scope: Scope) -> Effect:
    """Count what a revision would take back now."""
    return effect_on(campaign, sort_answers(campaign, scope, whole=False))


def effect_on(campaign: Campaign, answers: Sorted) -> Effect:
    """Count what is set aside and carried."""
    turns = answers.set_aside
    hours = _hours(turns)
    return Effect(
        set_aside=len(turns),
        people=len({turn.annotator_id for turn in turns}),
        items=len({turn.item_id for turn in turns}),
        hours=hours,
        pay=owed(campaign, len(turns), hours) if turns else None,
        currency=campaign.currency,
        carried=len(answers.carried),
        lacking=answers.lacking,
        held=answers.held,
    )


def _hours(turns: Sequence[Any]) -> float | None:
    """Return how long these answers took, scaled up to those whose time is not known."""
    timed = [turn.worked for turn in turns if turn.worked is not None]
    return sum(timed) / 3_600_000 * len(turns) / len(timed) if timed else None


def batches(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield keys a few hundred at a time, as many as one statement takes on every database."""
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def of_turns(turns: Sequence[Assignment]) -> Iterator[QuerySet[Assignment]]:
    """Yield the rows of these turns, for updates, a few hundred at a time."""
    return (Assignment.objects.filter(pk__in=[turn.pk for turn in some]) for some in batches(turns))
