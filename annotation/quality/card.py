"""One rater in one campaign: what the checks and the record say, with intervals, and why where a number is missing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from statistics import median
from typing import Any, Generic, TypeVar

from annotation.models import ROLES, Assignment, Participant
from annotation.quality import consistency, degraded, patterns
from annotation.quality.errors import Undefined
from annotation.quality.intervals import Estimate, clopper_pearson
from annotation.quality.policy import Policy
from annotation.quality.reading import HAS_ANSWER, Same, live_answers, sameness
from annotation.rubrics import rubric_of
from domain.specs import CriterionSpec, Kind

T = TypeVar("T")
NO_SIDES = "the responses of a list come in another order each time"


@dataclass(frozen=True, slots=True)
class Stat(Generic[T]):
    """A number, or why there is none."""

    value: T | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One answered turn of the person, as the card needs it; times in ms."""

    item: int
    original: int | None
    role: str
    passed: bool | None
    said: Hashable
    swapped: bool
    active: int | None
    visible: int | None
    idle: int | None


@dataclass(frozen=True, slots=True)
class Times:
    """How long answers took, in ms: medians of active, visible and idle time, and the share under the floor."""

    active: Stat[float]
    visible: Stat[float]
    idle: Stat[float]
    under_floor: Stat[Estimate]
    floor_ms: int | None


@dataclass(frozen=True, slots=True)
class RaterCard:
    """All that is known of one rater. Nothing here enters a result by itself."""

    accuracy: Stat[Estimate]
    outcomes: tuple[bool, ...]  # of calibration items, in the order of answers
    consistency: Stat[consistency.Consistency]
    agreement: Stat[Estimate]
    severity: Stat[Estimate]
    twins: Stat[degraded.Degraded]
    attention: Stat[Estimate]
    times: Times
    side: Stat[patterns.SideBias]
    run: Stat[patterns.Run]
    live: int
    checks: int


def card_of(participant: Participant) -> RaterCard:
    """Compute a rater's card: two statements, whose cost grows with this person's items."""
    campaign = participant.campaign
    policy, criterion = Policy.from_json(campaign.quality), rubric_of(campaign).criteria.all()[0].spec()
    turns = turns_of(participant)
    live = [turn for turn in turns if turn.role == ROLES.LIVE]
    outcomes = tuple(turn.passed for turn in turns if turn.role == ROLES.CALIBRATION and turn.passed is not None)
    attention = [turn.passed for turn in turns if turn.role == ROLES.ATTENTION and turn.passed is not None]
    same = sameness(criterion, policy.tolerance)
    answers = live_answers(campaign, beside=participant.user_id)
    mine, others = [turn.said for turn in live], answers.beside(participant.user_id, [turn.item for turn in live])
    return RaterCard(
        accuracy=_try(lambda: clopper_pearson(sum(outcomes), len(outcomes)), "no calibration item was answered yet"),
        outcomes=outcomes,
        consistency=_try(
            lambda: _list_consistency(turns) if campaign.is_listwise else _consistency(turns, criterion),
            "nothing was asked twice yet",
        ),
        agreement=_try(lambda: consistency.agreement_with_others(*_as_agreement(mine, others, same))),
        severity=_severity(mine, others, criterion),
        twins=_try(lambda: _twins(turns, criterion), "no damaged copy was answered yet"),
        attention=_try(lambda: clopper_pearson(sum(attention), len(attention)), "no attention check was answered yet"),
        times=_times(turns, policy.speed.floor_ms),
        side=Stat(None, NO_SIDES) if campaign.is_listwise else _side(turns, criterion),
        run=Stat(None, NO_SIDES) if campaign.is_listwise else _try(lambda: _longest_run(live)),
        live=len(live),
        checks=len(turns) - len(live),
    )


def _try(number: Callable[[], T], why: str = "") -> Stat[T]:
    try:
        return Stat(number())
    except Undefined as error:
        return Stat(None, why or str(error))


def turns_of(participant: Participant) -> list[Turn]:
    """Read a person's answered turns in order, each with what they said to the first criterion."""
    criterion = rubric_of(participant.campaign).criteria.all()[0]
    rows = Assignment.objects.filter(
        HAS_ANSWER,
        campaign=participant.campaign_id,
        annotator=participant.user_id,
        verdict__scores__criterion=criterion.pk,
    ).order_by("answered_at", "pk")
    values = rows.values_list(
        "item_id",
        "item__original_id",
        "item__role",
        "passed",
        "swapped",
        "verdict__active_ms",
        "visible_ms",
        "idle_ms",
        "verdict__scores__outcome",
        "verdict__scores__value",
    )
    return [_turn(*row) for row in values]


def _turn(item: int, original: int | None, role: str, passed: bool | None, swapped: bool, *rest: Any) -> Turn:
    active, visible, idle, outcome, value = rest
    said: Hashable = value if outcome is None else outcome
    return Turn(item, original, role, passed, said, swapped, active, visible, idle)


def _consistency(turns: list[Turn], criterion: CriterionSpec) -> consistency.Consistency:
    first = {turn.item: turn.said for turn in turns if turn.role == ROLES.LIVE}
    pairs = [
        (first[turn.original], turn.said) for turn in turns if turn.role == ROLES.REPEAT and turn.original in first
    ]
    if criterion.kind is Kind.CHOICE:
        code = {outcome.value: float(at) for at, outcome in enumerate(criterion.outcomes)}
        return consistency.consistency([(code[str(a)], code[str(b)]) for a, b in pairs], list(code.values()))
    numbers = [(float(str(a)), float(str(b))) for a, b in pairs]
    categories = criterion.values or tuple(sorted({number for pair in numbers for number in pair}))
    return consistency.consistency(numbers, categories, ordered=True)


def _list_consistency(turns: list[Turn]) -> consistency.Consistency:
    """Orders that came again, within the tolerance; they have no categories, and so no kappa."""
    judged = [turn.passed for turn in turns if turn.role == ROLES.REPEAT and turn.passed is not None]
    return consistency.Consistency(clopper_pearson(sum(judged), len(judged)), None, "orders have no kappa")


def _longest_run(live: list[Turn]) -> patterns.Run:
    return patterns.longest_run([_as_seen(turn) for turn in live])


def _as_agreement(
    mine: list[Hashable], others: list[list[Hashable]], same: Same
) -> tuple[list[float], list[list[float]]]:
    """Write answers as 1 and 0 so that "equal" means what the campaign calls the same."""
    coded = [[float(same(said, other)) for other in rest] for said, rest in zip(mine, others, strict=True)]
    return [1.0] * len(mine), coded


def _severity(mine: list[Hashable], others: list[list[Hashable]], criterion: CriterionSpec) -> Stat[Estimate]:
    if criterion.kind is Kind.CHOICE:
        return Stat(None, "a choice between two responses is neither mild nor severe")
    scores, beside = [float(str(said)) for said in mine], [[float(str(one)) for one in rest] for rest in others]
    return _try(lambda: consistency.severity(scores, beside), "fewer than two answers shared with others")


def _twins(turns: list[Turn], criterion: CriterionSpec) -> degraded.Degraded:
    twins = [turn for turn in turns if turn.role == ROLES.TWIN]
    if criterion.kind is Kind.CHOICE:
        found = [turn.passed for turn in twins if turn.passed is not None]
        return degraded.pairwise(sum(found), len(found))
    live = {turn.item: float(str(turn.said)) for turn in turns if turn.role == ROLES.LIVE}
    damaged = [float(str(turn.said)) for turn in twins]
    originals = [live[turn.original] for turn in twins if turn.original in live] or list(live.values())
    if not criterion.higher_is_better:
        damaged, originals = [-score for score in damaged], [-score for score in originals]
    return degraded.direct(damaged, originals)


def _times(turns: list[Turn], floor_ms: int | None) -> Times:
    active = [turn.active for turn in turns if turn.active is not None]
    under: Stat[Estimate] = Stat(None, "no floor is set")
    if floor_ms is not None:
        under = _try(lambda: patterns.share_under(active, floor_ms), "no time was recorded")
    return Times(
        active=_median(active),
        visible=_median([turn.visible for turn in turns if turn.visible is not None]),
        idle=_median([turn.idle for turn in turns if turn.idle is not None]),
        under_floor=under,
        floor_ms=floor_ms,
    )


def _median(times: list[int]) -> Stat[float]:
    return Stat(float(median(times))) if times else Stat(None, "no time was recorded")


def _side(turns: list[Turn], criterion: CriterionSpec) -> Stat[patterns.SideBias]:
    if criterion.kind is not Kind.CHOICE:
        return Stat(None, "there is one response on the screen")
    judged = [turn for turn in turns if turn.role not in (ROLES.ATTENTION, ROLES.TRAINING) and turn.said in ("A", "B")]
    left = sum((turn.said == "A") != turn.swapped for turn in judged)
    return _try(lambda: patterns.side_bias(left, len(judged) - left))


def _as_seen(turn: Turn) -> Hashable:
    """Return what was said as the screen had it: which side, or the number."""
    if turn.said not in ("A", "B"):
        return turn.said
    return "left" if (turn.said == "A") != turn.swapped else "right"
