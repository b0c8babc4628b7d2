"""Reading what the raw export writes: turns in blocks, with all that their rows take from other tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from annotation.models import Assignment, Campaign, RevisedAnswer
from domain.listings import battles_of
from domain.models import Battle, Rater, Response, Verdict

BLOCK = 500  # turns, or battles, read at once
Answers = dict[int, dict[datetime, list[Verdict]]]  # by turn, then by when they were given


@dataclass(frozen=True, slots=True)
class Said:
    """A block of turns with what their rows take from other tables, by id."""

    turns: list[Assignment]
    battles: dict[int, tuple[int, int]]
    responses: dict[int, tuple[str, str]]  # (system, prompt)
    verdicts: dict[int, Verdict]
    revised: dict[int, list[RevisedAnswer]]  # by turn
    pairs: Answers  # of lists: what does not count
    fought: dict[int, tuple[int, int]]  # and their battles, as the ids of two responses


def blocks(campaign: Campaign) -> Iterator[Said]:
    """Yield the answered turns of a campaign; memory does not grow with their number."""
    turns = Assignment.objects.filter(campaign=campaign, answered_at__isnull=False).select_related("item")
    turns = turns.defer("draft")
    last = 0
    while block := list(turns.filter(pk__gt=last).order_by("pk")[:BLOCK]):
        last = block[-1].pk
        yield with_material(block)


def with_material(turns: list[Assignment]) -> Said:
    """Return turns with what is said about them elsewhere."""
    compared = Battle.objects.filter(pk__in=[turn.item.battle_id for turn in turns if turn.item.battle_id])
    battles = {pk: (a, b) for pk, a, b in compared.values_list("pk", "response_a_id", "response_b_id")}
    wanted = {turn.item.response_id for turn in turns if turn.item.response_id} | {
        pk for pair in battles.values() for pk in pair
    }
    wanted |= {pk for turn in turns for pk in turn.item.listed or ()}
    shown = Response.objects.filter(pk__in=wanted).values_list("pk", "system__name", "prompt__external_id")
    revised: dict[int, list[RevisedAnswer]] = defaultdict(list)
    ids = [turn.pk for turn in turns if turn.pk]
    for one in RevisedAnswer.objects.filter(assignment__in=ids).select_related("version").order_by("version__number"):
        revised[one.assignment_id].append(one)
    responses = {pk: (system, prompt) for pk, system, prompt in shown}
    fought = {pk: pair for pair, pk in battles_of([turn.item.listed or () for turn in turns if turn.pk]).items()}
    return Said(turns, battles, responses, _verdicts(turns), revised, _pairs(turns, sorted(fought)), fought)


def _verdicts(turns: Sequence[Assignment]) -> dict[int, Verdict]:
    """Return the verdicts of turns and all that these replaced: a statement per change of mind, not per answer."""
    found: dict[int, Verdict] = {}
    wanted = [turn.verdict_id for turn in turns if turn.verdict_id]
    of_lists = {turn.verdict_id for turn in turns if turn.item.listed}  # see _pairs
    while wanted:
        some = _readable(Verdict.objects.filter(pk__in=wanted))
        found |= {verdict.pk: verdict for verdict in some}
        wanted = [verdict.supersedes_id for verdict in some if verdict.supersedes_id and verdict.pk not in of_lists]
    return found


def _pairs(turns: Sequence[Assignment], battles: Sequence[int]) -> Answers:
    """Return what people said of pairs in their lists and does not count.

    A pair that a later choice leaves open is replaced by none, so these are found by their battles.
    """
    listed = {turn.occasion: turn.pk for turn in turns if turn.pk and turn.item.listed}
    found: Answers = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(battles), BLOCK):
        uncounted = Verdict.objects.filter(
            battle__in=battles[start : start + BLOCK], counted=False, rater__kind=Rater.Kind.PERSON
        )
        for verdict in _readable(uncounted.filter(occasion__startswith="assignment:")):
            turn = listed.get(verdict.occasion.rpartition(":")[0])
            if turn is not None:
                found[turn][verdict.given_at].append(verdict)
    return found


def _readable(verdicts: QuerySet[Verdict]) -> list[Verdict]:
    rows = verdicts.select_related("rationale").prefetch_related("scores__criterion", "remarks__field")
    return list(rows.order_by("pk"))
