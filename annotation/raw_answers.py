"""What people said, as they said it: one row per answer and criterion, of every role, counted or not.

Battles are in the order in which they were shown: ``system_a`` was first, and an outcome of A means that it won. A
ranking, or best and worst, is one row whose ``ranking`` has the places. An answer that was changed later has a row
with ``superseded`` for each earlier one (of rankings, the last alone). Reviewers' own answers follow in the role
``review``. People go by pseudonyms unless names are asked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from annotation.models import ROLES, Assignment, Campaign, Participant, Review, RevisedAnswer
from domain.choices import Choice, Outcome
from domain.models import Battle, Project, Response, Score, Verdict

State = Assignment.State
REPLACED, EXCLUDED, LATE = "replaced by its person", "person excluded", "too late"
REVIEWED_AGAIN = "replaced by a later review"
BLOCK = 500  # turns read at once
COLUMNS: dict[str, type] = {
    "campaign": str, "answer": int, "item": int, "role": str, "slot": int, "person": str, "group": str,
    "prompt_id": str, "system": str, "system_a": str, "system_b": str, "swapped": bool, "criterion": str,
    "value": float, "outcome": str, "strength": int, "ranking": str, "confidence": int, "rationale": str,
    "remarks": str, "counted": bool, "why_uncounted": str, "superseded": bool, "late": bool,
    "check_passed": bool, "flag": str, "guidelines": int, "claimed_at": str, "shown_at": str, "answered_at": str,
    "held_ms": int, "active_ms": int, "visible_ms": int, "idle_ms": int,
    "names": str, "names_hidden": int,
}  # fmt: skip
NameOf = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Said:
    """A block of turns with what their rows take from other tables, by id."""

    turns: list[Assignment]
    battles: dict[int, tuple[int, int]]
    responses: dict[int, tuple[str, str]]  # (system, prompt)
    verdicts: dict[int, Verdict]
    revised: dict[int, list[RevisedAnswer]]  # by turn


def raw_answers(campaigns: Iterable[Campaign], *, names: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the rows of campaigns, a block of turns at a time; memory does not grow with their number."""
    for campaign in campaigns:
        groups = dict(
            Participant.objects.filter(campaign=campaign, group__isnull=False).values_list("user_id", "group__name")
        )
        person = _real_names(campaign) if names else pseudonyms(campaign.project)
        for said in _blocks(campaign):
            for turn in said.turns:
                yield from _rows(campaign, turn, said, person(turn.annotator_id or 0), groups)
        yield from _of_reviews(campaign, person)


def pseudonyms(project: Project) -> NameOf:
    """Return what people are called in exports: the same person alike in all of a project, and nowhere else."""

    def name_of(user: int) -> str:
        return f"person-{salted_hmac('annotation.raw_answers', f'{project.pk}:{user}').hexdigest()[:10]}"

    return name_of


def _real_names(campaign: Campaign) -> NameOf:
    known = dict(campaign.participants.values_list("user_id", "user__username"))
    reviews = Review.objects.filter(item__campaign=campaign, reviewer__isnull=False)
    known |= dict(reviews.order_by().values_list("reviewer_id", "reviewer__username").distinct())
    return lambda user: known.get(user, "")


def _blocks(campaign: Campaign) -> Iterator[Said]:
    turns = Assignment.objects.filter(campaign=campaign, answered_at__isnull=False).select_related("item")
    turns = turns.defer("draft")
    last = 0
    while block := list(turns.filter(pk__gt=last).order_by("pk")[:BLOCK]):
        last = block[-1].pk
        yield _with_material(block)


def _with_material(turns: list[Assignment]) -> Said:
    fought = Battle.objects.filter(pk__in=[turn.item.battle_id for turn in turns if turn.item.battle_id])
    battles = {pk: (a, b) for pk, a, b in fought.values_list("pk", "response_a_id", "response_b_id")}
    wanted = {turn.item.response_id for turn in turns if turn.item.response_id} | {
        pk for pair in battles.values() for pk in pair
    }
    wanted |= {pk for turn in turns for pk in turn.item.listed or ()}
    shown = Response.objects.filter(pk__in=wanted).values_list("pk", "system__name", "prompt__external_id")
    revised: dict[int, list[RevisedAnswer]] = defaultdict(list)
    ids = [turn.pk for turn in turns if turn.pk]
    for one in RevisedAnswer.objects.filter(assignment__in=ids).select_related("version").order_by("version__number"):
        revised[one.assignment_id].append(one)
    return Said(turns, battles, {pk: (system, prompt) for pk, system, prompt in shown}, _verdicts(turns), revised)


def _verdicts(turns: list[Assignment]) -> dict[int, Verdict]:
    """Return the verdicts of turns and all that these replaced: a statement per change of mind, not per answer."""
    found: dict[int, Verdict] = {}
    wanted = [turn.verdict_id for turn in turns if turn.verdict_id]
    while wanted:
        some = _readable(Verdict.objects.filter(pk__in=wanted))
        found |= {verdict.pk: verdict for verdict in some}
        wanted = [verdict.supersedes_id for verdict in some if verdict.supersedes_id]
    return found


def _readable(verdicts: QuerySet[Verdict]) -> list[Verdict]:
    return list(verdicts.select_related("rationale").prefetch_related("scores__criterion", "remarks__field"))


def _rows(
    campaign: Campaign, turn: Assignment, said: Said, person: str, groups: dict[int, str]
) -> Iterator[dict[str, Any]]:
    base = _of_turn(campaign, turn, person, groups.get(turn.annotator_id or 0)) | _about(turn, said)
    if turn.item.listed is not None:
        yield from _of_list(turn, said, base)
        return
    revised = {one.before_id: one for one in said.revised[turn.pk]}
    pk, superseded = turn.verdict_id, False
    while pk is not None and (verdict := said.verdicts.get(pk)):
        row = base | _of_verdict(turn, verdict, revised.get(pk), superseded=superseded)
        for score in verdict.scores.all():
            yield row | _of_score(score, verdict)
        pk, superseded = verdict.supersedes_id, True


def _of_list(turn: Assignment, said: Said, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what was said last, and before that what a revision set aside and the same person then gave again."""
    verdict, earlier = said.verdicts.get(turn.verdict_id or 0), said.revised[turn.pk]
    last = next((one for one in earlier if one.before_id == turn.verdict_id), None)
    yield base | _of_verdict(turn, verdict, last, superseded=False) | {"ranking": _ranking(turn.answer)}
    for one in earlier:
        if one.is_set_aside and one.before_id != turn.verdict_id and one.turn:
            row = base | {
                "counted": False,
                "why_uncounted": _words(one),
                "superseded": True,
                "guidelines": one.guidelines,
            }
            yield row | {"answered_at": one.turn["answered_at"], "ranking": _ranking(one.turn["answer"])}


def _of_reviews(campaign: Campaign, person: NameOf) -> Iterator[dict[str, Any]]:
    """Yield what reviewers answered themselves: to settle an item, or in place of the ``answer`` that a row names."""
    reviews = Review.objects.filter(item__campaign=campaign, state=Review.State.DONE, verdict__isnull=False)
    last = 0
    while block := list(reviews.select_related("item", "assignment").filter(pk__gt=last).order_by("pk")[:BLOCK]):
        last = block[-1].pk
        turns = [_as_turn(campaign, review) for review in block]
        said = _with_material(turns)
        for review, turn in zip(block, turns, strict=True):
            verdict = said.verdicts[turn.verdict_id or 0]
            base = _of_turn(campaign, turn, person(review.reviewer_id or 0), None) | _about(turn, said)
            base |= _of_verdict(turn, verdict, None, superseded=not verdict.counted)
            base |= {"role": ROLES.REVIEW.value, "answer": review.assignment_id}
            if not verdict.counted:
                base["why_uncounted"] = REVIEWED_AGAIN
            if turn.item.listed is not None:
                yield base | {"ranking": _ranking(review.answer)}
            else:
                yield from (base | _of_score(score, verdict) for score in verdict.scores.all())


def _as_turn(campaign: Campaign, review: Review) -> Assignment:
    """Return a review in the form of a turn; who looks at one answer sees the sides as its person did."""
    seen = review.assignment or review
    return Assignment(
        campaign=campaign,
        item=review.item,
        swapped=seen.swapped,
        claimed_at=review.created_at,
        verdict_id=review.verdict_id,
    )


def _of_turn(campaign: Campaign, turn: Assignment, person: str, group: str | None) -> dict[str, Any]:
    return {
        "campaign": campaign.name,
        "answer": turn.pk,
        "item": turn.item_id,
        "role": turn.item.role,
        "slot": turn.slot,
        "person": person,
        "group": group,
        "swapped": turn.swapped,
        "late": False,
        "check_passed": turn.passed,
        "flag": turn.flag or None,
        "guidelines": turn.guidelines,
        "claimed_at": _iso(turn.claimed_at),
        "shown_at": _iso(turn.shown_at),
    } | _names(turn)


def _names(turn: Assignment) -> dict[str, Any]:
    """Return what tells who wrote the texts (annotation.services.naming), and how much of it the person did not see."""
    found = turn.item.identifies
    hidden = sum(name["hidden"] for name in found)
    return {"names": json.dumps(found, ensure_ascii=False), "names_hidden": hidden} if found else {}


def _about(turn: Assignment, said: Said) -> dict[str, Any]:
    """Return the prompt and the systems, in the order in which they were shown."""
    nothing = ("", "")
    if turn.item.response_id:
        system, prompt = said.responses.get(turn.item.response_id, nothing)
        return {"system": system, "prompt_id": prompt}
    if turn.item.battle_id:
        pair = said.battles.get(turn.item.battle_id, (0, 0))
        first, second = (said.responses.get(pk, nothing) for pk in (reversed(pair) if turn.swapped else pair))
        return {"system_a": first[0], "system_b": second[0], "prompt_id": first[1]}
    listed = [said.responses.get(pk, nothing) for pk in turn.item.listed or ()]
    return {"system": json.dumps([system for system, _ in listed]), "prompt_id": listed[0][1] if listed else None}


def _of_verdict(
    turn: Assignment, verdict: Verdict | None, revised: RevisedAnswer | None, *, superseded: bool
) -> dict[str, Any]:
    if verdict is None:
        return {"counted": False, "superseded": superseded}
    why = None if verdict.counted else _why(turn, revised, superseded=superseded)
    rationale = getattr(verdict, "rationale", None)
    remarks = {remark.field.key: remark.data for remark in verdict.remarks.all()}
    held = verdict.given_at - turn.claimed_at if turn.claimed_at else None
    return {
        "confidence": verdict.confidence,
        "rationale": rationale.text if rationale else None,
        "remarks": json.dumps(remarks, ensure_ascii=False) if remarks else None,
        "counted": verdict.counted,
        "why_uncounted": why,
        "superseded": superseded,
        "late": why == LATE,
        "guidelines": revised.guidelines if revised else turn.guidelines,
        "answered_at": _iso(verdict.given_at),
        "held_ms": round(held.total_seconds() * 1000) if held else None,
        "active_ms": verdict.active_ms,
        "visible_ms": None if superseded else turn.visible_ms,
        "idle_ms": None if superseded else turn.idle_ms,
    }


def _why(turn: Assignment, revised: RevisedAnswer | None, *, superseded: bool) -> str | None:
    """Say why a verdict does not count; None where nothing says so, as for what was only ever imported so."""
    if revised is not None:
        return _words(revised)
    if superseded:
        return REPLACED
    if turn.set_aside:
        return EXCLUDED
    return LATE if turn.state == State.SURPLUS else None


def _words(revised: RevisedAnswer) -> str:
    return f"revision {revised.version.number}"


def _of_score(score: Score, verdict: Verdict) -> dict[str, Any]:
    if score.outcome is None:
        return {"criterion": score.criterion.name, "value": score.value}
    choice = Choice(Outcome(score.outcome), score.strength)
    seen = choice.turned() if verdict.swapped else choice
    return {"criterion": score.criterion.name, "outcome": seen.outcome.value, "strength": seen.strength}


def _ranking(answer: dict[str, Any] | None) -> str:
    """Return what was sent about a list, by the letters under which its responses were shown."""
    said = {name: (answer or {}).get(name) for name in ("ranks", "best", "worst")}
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
