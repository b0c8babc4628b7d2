"""Setting answers aside so that their items are asked again, carrying over what holds of the others, and undoing both.

Callers hold the campaign's row and those of everybody who takes part, so nobody answers meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from annotation.models import Assignment, Campaign, GuidelineVersion, Participant, RevisedAnswer
from annotation.revision.scope import COUNTED, Scope, Sorted, batches, of_turns
from annotation.services.items import load_places
from annotation.services.ordering import PRIORITY
from annotation.services.queue import end_of_queue, open_place
from annotation.services.quotas import give_share, take_share
from annotation.services.shelving import turn_of
from domain.choices import Answer, Choice, Outcome, Value
from domain.models import Rubric, Verdict
from domain.services import Draft, erase_verdicts, record_verdicts, set_counted

State = Assignment.State
Standing = Participant.Standing
People = Mapping[int | None, Participant]  # by user
KEPT = (
    "state", "slot", "draft", "answer", "key", "body_hash", "claimed_at", "shown_at", "answered_at", "visible_ms",
    "idle_ms", "guidelines",
)  # fmt: skip
MOMENTS = ("claimed_at", "shown_at", "answered_at")


@dataclass(frozen=True, slots=True)
class Restored:
    """What undoing a revision brought back; ``surplus`` answers found their places taken by others."""

    answers: int
    surplus: int


# --- Doing it ---------------------------------------------------------------------------------------------------------


def apply(version: GuidelineVersion, people: People, scope: Scope, answers: Sorted, now: datetime) -> None:
    """Do to the answers what a revision says. The campaign has its new rubric already."""
    if answers.set_aside:
        _set_aside(version, people, answers.set_aside, now)
    if answers.carried:
        _carry(version, answers.carried, scope)


def _set_aside(version: GuidelineVersion, people: People, turns: Sequence[Any], now: datetime) -> None:
    _keep(version, turns, is_set_aside=True)
    set_counted(heads(version.campaign, turns), counted=False)
    for rows in of_turns(turns):
        rows.update(state=State.SURPLUS, slot=None, draft=None)
    end = end_of_queue(now)
    load_places(  # in the order in which they were asked the first time
        (turn.item_id, turn.campaign_id, turn.lane, turn.slot, end + at - turn.item.priority * PRIORITY)
        for at, turn in enumerate(turns)
    )
    for user, n in Counter(turn.annotator_id for turn in turns).items():
        person = people[user]
        person.done = max(0, person.done - n)
        person.save(update_fields=["done"])
        give_share(version.campaign_id, person.group_id, n)


def _keep(version: GuidelineVersion, turns: Sequence[Any], *, is_set_aside: bool) -> None:
    RevisedAnswer.objects.bulk_create(
        [
            RevisedAnswer(
                version=version,
                assignment=turn,
                is_set_aside=is_set_aside,
                before_id=turn.verdict_id,
                guidelines=turn.guidelines,
                worked_ms=turn.worked,
                turn={name: _plain(getattr(turn, name)) for name in KEPT},
            )
            for turn in turns
        ],
        batch_size=200,
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value  # to the microsecond, by which pairs are told


def _carry(version: GuidelineVersion, turns: Sequence[Any], scope: Scope) -> None:
    """Record what holds of each answer in its place; what it replaces stays on record."""
    _keep(version, turns, is_set_aside=False)
    rubric = scope.rubric or version.campaign.rubric
    instead: dict[int, int] = {}
    for some in batches(turns):
        instead |= _record_again(version.campaign, rubric, heads(version.campaign, some), scope.lost)
    for turn in turns:
        turn.verdict_id = instead.get(turn.verdict_id, turn.verdict_id)
        turn.answer = _without(turn.answer, scope.lost)
    Assignment.objects.bulk_update(turns, ["verdict", "answer"], batch_size=200)
    rows = list(version.revised.filter(is_set_aside=False))
    for row in rows:
        row.after_id = instead.get(row.before_id or 0)
    RevisedAnswer.objects.bulk_update(rows, ["after"], batch_size=200)


def _without(answer: dict[str, Any] | None, lost: Iterable[str]) -> dict[str, Any] | None:
    if not answer or not answer.get("answers"):
        return answer
    return answer | {"answers": {key: said for key, said in answer["answers"].items() if key not in lost}}


def _record_again(campaign: Campaign, rubric: Rubric, verdicts: Sequence[int], lost: Iterable[str]) -> dict[int, int]:
    """Record verdicts without the lost criteria; return what each is replaced by."""
    rows = Verdict.objects.filter(pk__in=verdicts).order_by("pk").select_related("rationale")
    earlier = list(rows.prefetch_related("scores__criterion", "remarks__field"))
    offered = {field.key: field.spec() for field in rubric.remark_fields.all()}
    drafts = [_again(verdict, set(lost), offered) for verdict in earlier]
    replaced = {verdict.occasion: verdict.pk for verdict in earlier}
    made = record_verdicts(project=campaign.project, rubric=rubric, drafts=drafts, supersedes=replaced)
    return {verdict.pk: pk for verdict, pk in zip(earlier, made, strict=True) if pk is not None}


def _again(verdict: Verdict, lost: set[str], offered: Mapping[str, Any]) -> Draft:
    rationale = getattr(verdict, "rationale", None)
    return Draft(
        rater_id=verdict.rater_id,
        answers={
            score.criterion.key: _as_seen(score, verdict)
            for score in verdict.scores.all()
            if score.criterion.key not in lost
        },
        occasion=verdict.occasion,
        battle_id=verdict.battle_id,
        response_id=verdict.response_id,
        shown_swapped=verdict.swapped,
        role=verdict.role,
        confidence=verdict.confidence,
        rationale=rationale.text if rationale else "",
        remarks={
            remark.field.key: remark.data
            for remark in verdict.remarks.all()
            if offered.get(remark.field.key) == remark.field.spec()
        },
        active_ms=verdict.active_ms,
        given_at=verdict.given_at,
    )


def _as_seen(score: Any, verdict: Verdict) -> Answer:
    if score.outcome is None:
        return Value(score.value)
    choice = Choice(Outcome(score.outcome), score.strength)
    return choice.turned() if verdict.swapped else choice


def heads(campaign: Campaign, turns: Sequence[Assignment]) -> list[int]:
    """Return the last verdicts of turns: one each, of a list one for each pair that the last answer decided."""
    if not campaign.is_listwise:
        return [turn.verdict_id for turn in turns if turn.verdict_id is not None]
    given = {turn.pk: turn.answered_at for turn in turns}
    raters = Participant.objects.filter(campaign=campaign, user__in={turn.annotator_id for turn in turns})
    said = Verdict.objects.filter(
        rater__in=raters.values("rater"), occasion__startswith="assignment:", superseded_by__isnull=True
    )
    rows = said.values_list("pk", "occasion", "given_at")
    return [pk for pk, occasion, at in rows if at is not None and given.get(turn_of(occasion)) == at]


# --- Undoing it -------------------------------------------------------------------------------------------------------


def restore(version: GuidelineVersion, people: People) -> Restored:
    """Count answers again as they counted before, where others have not answered in their place since."""
    rows = list(version.revised.select_related("assignment__item").order_by("pk"))
    back, surplus = [], 0
    for row in rows:
        turn = row.assignment
        if row.before_id is None or turn.verdict_id != (row.before_id if row.is_set_aside else row.after_id):
            continue  # answered anew since, or erased
        if not row.is_set_aside or _finds_place(row, people[turn.annotator_id]):
            back.append(row)
        elif people[turn.annotator_id].standing == Standing.EXCLUDED:
            turn.set_aside = True
            turn.save(update_fields=["set_aside"])
            row.delete()
        else:
            surplus += 1
    _uncarry(version.campaign, [row for row in back if not row.is_set_aside])
    _count_again(version.campaign, [row for row in back if row.is_set_aside], people)
    RevisedAnswer.objects.filter(pk__in=[row.pk for row in back]).delete()
    return Restored(len(back), surplus)


def _finds_place(row: RevisedAnswer, person: Participant) -> bool:
    """Give a turn its place back, or another one of its item that is open; False when others have them all."""
    turn = row.assignment
    if person.standing == Standing.EXCLUDED:
        return False
    if turn.slot is not None:  # its person is just being asked again
        return True
    places = list(open_place(turn.item_id).select_for_update(skip_locked=True))
    if not places or not take_share(person, turn):
        return False
    place = next((one for one in places if one.slot == row.turn["slot"]), places[0])
    turn.slot = place.slot
    place.delete()
    return True


def _count_again(campaign: Campaign, rows: Sequence[RevisedAnswer], people: People) -> None:
    for row in rows:
        turn = row.assignment
        for name in KEPT:
            said = row.turn[name]
            if name != "slot":
                setattr(turn, name, datetime.fromisoformat(said) if said and name in MOMENTS else said)
        turn.lease_expires = None
        turn.save(update_fields=[*KEPT, "lease_expires"])
        people[turn.annotator_id].done += 1
    set_counted(heads(campaign, [row.assignment for row in rows]), counted=True)
    for user in {row.assignment.annotator_id for row in rows}:
        people[user].save(update_fields=["done"])


def _uncarry(campaign: Campaign, rows: Sequence[RevisedAnswer]) -> None:
    """Delete what was recorded in place of answers, and let these count themselves; nothing that was said is lost."""
    for counts in (True, False):
        some = [row for row in rows if (row.assignment.state in COUNTED) == counts]
        made = heads(campaign, [row.assignment for row in some])
        pairs = [pair for keys in batches(made) for pair in _replaced(keys)]
        for row in some:
            row.assignment.verdict_id, row.assignment.answer = row.before_id, row.turn["answer"]
        turns = [row.assignment for row in some]
        Assignment.objects.bulk_update(turns, ["verdict", "answer"], batch_size=200)
        erase_verdicts([pk for pk, _ in pairs])
        if counts:
            set_counted([before for _, before in pairs], counted=True)


def _replaced(verdicts: Sequence[int]) -> list[tuple[int, int]]:
    """Return (verdict, what it replaced) where it says the same, given at the same time."""
    rows = Verdict.objects.filter(pk__in=verdicts, supersedes__given_at=F("given_at"))
    return list(rows.values_list("pk", "supersedes"))
