"""Taking one person's answers out of a campaign so that others give them, and putting them back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import QuerySet

from annotation.models import Assignment, Comment, Participant, RevisedAnswer
from annotation.services.items import load_places
from annotation.services.ordering import PRIORITY
from annotation.services.queue import end_of_queue
from annotation.services.quotas import give_share, take_shares
from domain.models import Verdict
from domain.services import erase_verdicts, set_counted

Lane = Assignment.Lane
State = Assignment.State
BATCH = 500  # turns
BLANK = {"answer": None, "draft": None, "note": "", "flag": "", "body_hash": "", "key": ""}


def set_aside(participant: Participant, now: datetime) -> int:
    """Count none of this person's answers and open their places of work; return how many answers that were.

    The caller saves the participant.
    """
    turns = list(_turns(participant).filter(state__in=[State.DONE, State.REOPENED]).select_related("item"))
    set_counted(_verdicts(participant, turns), counted=False)
    _turns(participant).filter(pk__in=[turn.pk for turn in turns]).update(
        state=State.SURPLUS, slot=None, set_aside=True, draft=None
    )
    _open_again(participant, turns, now)
    participant.done = participant.checked = 0
    return len(turns)


def erase(participant: Participant, now: datetime) -> int:
    """Delete all that this person has said, and open their places of work; return how many answers counted.

    The caller saves the participant.
    """
    counted = set_aside(participant, now)
    turns = list(_turns(participant))
    erase_verdicts(_verdicts(participant, turns))
    _turns(participant).update(verdict=None, set_aside=False, **BLANK)
    RevisedAnswer.objects.filter(assignment__in=_turns(participant)).update(turn={})
    Comment.objects.filter(assignment__in=_turns(participant), author=participant.user_id).delete()
    participant.quality = {}
    participant.save(update_fields=["quality"])
    return counted


def count_again(participant: Participant) -> tuple[int, int]:
    """Count answers again that were set aside, each where its item still lacks one; return how many, and how many not.

    The caller saves the participant.
    """
    turns = list(_turns(participant).filter(set_aside=True).select_related("item"))
    back = [
        turn for start in range(0, len(turns), BATCH) for turn in _placed(participant, turns[start : start + BATCH])
    ]
    answered_at = {turn.pk: turn.answered_at for turn in back}
    last = Verdict.objects.filter(pk__in=_verdicts(participant, back), superseded_by__isnull=True)
    said = last.values_list("pk", "occasion", "given_at")
    # What an answer replaced was given earlier, unless a revision replaced it by what still holds of it.
    set_counted([pk for pk, occasion, at in said if answered_at[turn_of(occasion)] == at], counted=True)
    _turns(participant).filter(set_aside=True).update(set_aside=False)
    participant.done += len(back)
    participant.checked += sum(turn.lane != Lane.WORK for turn in back)
    return len(back), len(turns) - len(back)


def turn_of(occasion: str) -> int:
    """Return the turn on which a verdict was given: ``assignment:<id>``, with more behind it for a pair of a list."""
    return int(occasion.split(":")[1])


def _turns(participant: Participant) -> QuerySet[Assignment]:
    return Assignment.objects.filter(campaign=participant.campaign_id, annotator=participant.user_id)


def _verdicts(participant: Participant, turns: Sequence[Assignment]) -> list[int]:
    """Return all verdicts that were given on these turns, also those that were replaced."""
    wanted = {turn.pk for turn in turns}
    given = Verdict.objects.filter(rater=participant.rater_id, occasion__startswith="assignment:")
    return [pk for pk, occasion in given.values_list("pk", "occasion") if turn_of(occasion) in wanted]


def _is_their_own(turn: Assignment) -> bool:
    """Return whether a turn makes no sense to anybody else: a repeat of one's own answer."""
    return turn.reserved_for_id is not None and turn.reserved_until is None


def _placed(participant: Participant, turns: Sequence[Assignment]) -> list[Assignment]:
    """Give turns an open place of their items, as far as there are any; return those that have one and are done again.

    A number of statements that does not grow with the turns.
    """
    own = [turn for turn in turns if _is_their_own(turn)]
    others = [turn for turn in turns if not _is_their_own(turn)]
    free = Assignment.objects.filter(item__in=[turn.item_id for turn in others], state=State.OPEN)
    first: dict[int, Assignment] = {}
    for place in free.select_for_update(skip_locked=True).order_by("-slot"):
        first[place.item_id] = place
    back = _within_quota(participant, [turn for turn in others if turn.item_id in first])
    Assignment.objects.filter(pk__in=[first[turn.item_id].pk for turn in back]).delete()
    for turn in back:
        turn.slot, turn.state = first[turn.item_id].slot, State.DONE
    for turn in own:
        turn.slot, turn.state = 1, State.DONE
    Assignment.objects.bulk_update([*own, *back], ["slot", "state"])
    return [*own, *back]


def _within_quota(participant: Participant, turns: Sequence[Assignment]) -> list[Assignment]:
    """Return the turns that this person's group may still count, and count them."""
    work = [turn for turn in turns if turn.lane == Lane.WORK]
    counted = {turn.pk for turn in work[: take_shares(participant, len(work))]}
    return [turn for turn in turns if turn.lane != Lane.WORK or turn.pk in counted]


def _open_again(participant: Participant, turns: Iterable[Assignment], now: datetime) -> None:
    end = end_of_queue(now)
    places = [
        (turn.item_id, turn.campaign_id, turn.lane, turn.slot, end - turn.item.priority * PRIORITY)
        for turn in turns
        if turn.slot is not None and not _is_their_own(turn)
    ]
    load_places(places)
    work = sum(lane == Lane.WORK for _, _, lane, _, _ in places)
    give_share(participant.campaign_id, participant.group_id, work)
