"""Setting answers aside so that their items are asked again, carrying over what holds of the others, and undoing both.

Callers hold the campaign's row and those of everybody who takes part, so nobody answers meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from annotation.models import Assignment, Campaign, GuidelineVersion, Participant, RevisedAnswer
from annotation.revision.placing import People, Shares, placed
from annotation.revision.scope import COUNTED, Scope, Sorted, batches, of_turns
from annotation.services.items import load_places
from annotation.services.ordering import PRIORITY
from annotation.services.queue import end_of_queue
from annotation.services.quotas import give_share
from annotation.services.shelving import turn_of
from domain.bulk import allocate_ids, bulk_change, bulk_load
from domain.choices import Answer, Choice, Outcome, Value
from domain.models import Rubric, Verdict
from domain.services import Draft, erase_verdicts, record_verdicts, set_counted

State = Assignment.State
CHUNK = 2000  # answers that are brought back at once
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
        (turn.item_id, turn.campaign_id, turn.lane, turn.slot, end + at - turn.priority * PRIORITY)
        for at, turn in enumerate(turns)
    )
    for user, n in Counter(turn.annotator_id for turn in turns).items():
        person = people[user]
        person.done = max(0, person.done - n)
        person.save(update_fields=["done"])
        give_share(version.campaign_id, person.group_id, n)


def _keep(version: GuidelineVersion, turns: Sequence[Any], *, is_set_aside: bool) -> None:
    fields = ("id", "version_id", "assignment_id", "is_set_aside", "before_id", "guidelines", "worked_ms", "turn")
    rows = (
        (pk, version.pk, turn.pk, is_set_aside, turn.verdict_id, turn.guidelines, turn.worked, _as_it_was(turn))
        for pk, turn in zip(allocate_ids(RevisedAnswer, len(turns)), turns, strict=True)
    )
    bulk_load(RevisedAnswer, fields, rows)


def _as_it_was(turn: Any) -> dict[str, Any]:
    return {name: _plain(getattr(turn, name)) for name in KEPT}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value  # to the microsecond, by which pairs are told


def _carry(version: GuidelineVersion, turns: Sequence[Any], scope: Scope) -> None:
    """Record what holds of each answer in its place; what it replaces stays on record."""
    _keep(version, turns, is_set_aside=False)
    rubric = scope.rubric or version.campaign.rubric
    instead: dict[int, int] = {}
    for some in batches(turns):
        instead |= _record_again(version.campaign, rubric, heads(version.campaign, some), scope.lost)
    answers = ((turn.pk, _instead(turn, instead), _without(turn.answer, scope.lost)) for turn in turns)
    bulk_change(Assignment, ["verdict_id", "answer"], answers)
    kept = list(version.revised.filter(is_set_aside=False).values_list("pk", "before_id"))
    bulk_change(RevisedAnswer, ["after_id"], ((pk, instead.get(before or 0)) for pk, before in kept))


def _instead(turn: Assignment, instead: Mapping[int, int]) -> int | None:
    return instead.get(turn.verdict_id or 0, turn.verdict_id)


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
    answers = surplus = 0
    shares, done = Shares(version.campaign_id), {user: person.done for user, person in people.items()}
    for rows in _chunks(version):
        found = placed(rows, people, shares)
        _stay_out(found.excluded)
        _uncarry(version.campaign, [row for row in found.back if not row.is_set_aside])
        _count_again(version.campaign, [row for row in found.back if row.is_set_aside], people)
        for keys in batches([row.pk for row in [*found.back, *found.excluded]]):
            RevisedAnswer.objects.filter(pk__in=keys).delete()
        answers += len(found.back)
        surplus += found.surplus
    shares.save()
    for user, person in people.items():
        if person.done != done[user]:
            person.save(update_fields=["done"])
    return Restored(answers, surplus)


def _chunks(version: GuidelineVersion) -> Iterator[list[RevisedAnswer]]:
    """Yield what a revision did to answers, some at a time; of lists all at once, for their pairs are read together."""
    rows = version.revised.select_related("assignment").order_by("pk")
    if version.campaign.is_listwise:
        yield list(rows)
        return
    last = 0
    while some := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = some[-1].pk
        yield some


def _stay_out(rows: Sequence[RevisedAnswer]) -> None:
    """Mark answers of people who were excluded meanwhile: they count again when these are reinstated."""
    for turns in of_turns([row.assignment for row in rows]):
        turns.update(set_aside=True)


def _count_again(campaign: Campaign, rows: Sequence[RevisedAnswer], people: People) -> None:
    turns = [row.assignment for row in rows]
    for row, turn in zip(rows, turns, strict=True):
        turn.answered_at = _moment(row.turn["answered_at"])
        people[turn.annotator_id].done += 1
    bulk_change(Assignment, [*KEPT, "lease_expires"], ([row.assignment.pk, *_as_before(row), None] for row in rows))
    set_counted(heads(campaign, turns), counted=True)


def _as_before(row: RevisedAnswer) -> Iterator[Any]:
    """Yield what a turn said, but for its place: that is the one it has found."""
    for name in KEPT:
        if name == "slot":
            yield row.assignment.slot
        else:
            yield _moment(row.turn[name]) if name in MOMENTS else row.turn[name]


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def _uncarry(campaign: Campaign, rows: Sequence[RevisedAnswer]) -> None:
    """Delete what was recorded in place of answers, and let these count themselves; nothing that was said is lost."""
    for counts in (True, False):
        some = [row for row in rows if (row.assignment.state in COUNTED) == counts]
        made = heads(campaign, [row.assignment for row in some])
        pairs = [pair for keys in batches(made) for pair in _replaced(keys)]
        bulk_change(
            Assignment,
            ["verdict_id", "answer"],
            ((row.assignment.pk, row.before_id, row.turn["answer"]) for row in some),
        )
        erase_verdicts([pk for pk, _ in pairs])
        if counts:
            set_counted([before for _, before in pairs], counted=True)


def _replaced(verdicts: Sequence[int]) -> list[tuple[int, int]]:
    """Return (verdict, what it replaced) where it says the same, given at the same time."""
    rows = Verdict.objects.filter(pk__in=verdicts, supersedes__given_at=F("given_at"))
    return list(rows.values_list("pk", "supersedes"))
