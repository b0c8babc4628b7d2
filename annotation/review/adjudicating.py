"""Deciding: what a reviewer says about an item goes on record beside the annotators' answers, never in their place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotation.answers import Submission
from annotation.errors import AlreadyAnswered, NoSuchTask, NotHeld
from annotation.models import ROLES, Assignment, Campaign, Review
from annotation.recording import Given, record, refuse_gaps
from annotation.review.choosing import adjudications
from annotation.services.people import in_transaction
from domain.models import Verdict
from domain.services import log, person_rater, set_counted

State = Review.State
NOTE = 2000
MATERIAL = (
    "item__battle__prompt", "item__battle__response_a", "item__battle__response_b", "item__response__prompt",
    "item__prompt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision: the same one sent twice is not new."""

    review: Review
    is_new: bool


def task_of(review: Review, campaign: Campaign) -> Assignment:
    """Return the item as a task of the reviewer's own, which is in no table.

    An adjudicator sees the sides in an order of their own; who looks at one answer sees them as its person did.
    """
    given = review.assignment
    return Assignment(
        campaign=campaign,
        item=review.item,
        state=Assignment.State.LEASED,
        token=f"review-{review.pk}",
        swapped=given.swapped if given else review.swapped,
        seed=given.seed if given else review.seed,
        claimed_at=review.created_at,
        draft=review.draft or review.answer,
    )


@in_transaction
def open_answers(user: User, campaign: Campaign, review: int) -> Review:
    """Show a reviewer the annotators' answers before they have decided, and keep that they were shown.

    Raises NotHeld where the item went back to the queue.
    """
    held = _own(user, campaign, review)
    if held.state == State.PASSED:
        raise NotHeld("This item went back to the queue meanwhile. Take it again to decide it.")
    if held.state == State.OPEN and held.opened_at is None:
        held.opened_at = timezone.now()
        held.save(update_fields=["opened_at"])
        details = {"campaign": campaign.pk, "item": held.item_id, "review": held.pk}
        log(campaign.project, "review answers opened", user, **details)
    return held


@in_transaction
def decide(user: User, campaign: Campaign, review: int, submission: Submission, *, named: bool = False) -> Decided:
    """Record a reviewer's answer as the one that settles an item.

    An earlier adjudication of the item stays on record, superseded. Raises NoSuchTask, Incomplete and BadAnswer as
    submitting does, NotHeld where another reviewer has taken the item over, AlreadyAnswered where this one was
    decided otherwise.
    """
    held, now = _own(user, campaign, review), timezone.now()
    if held.state == State.DONE:
        if not _is_same(held, submission):
            raise AlreadyAnswered
        return Decided(held, is_new=False)
    if held.state == State.PASSED:
        raise NotHeld("This item went back to the queue meanwhile. Take it again to decide it.")
    task = task_of(held, campaign)
    refuse_gaps(task, campaign, submission)
    occasion = f"adjudication:{held.item_id}"
    earlier = _standing(campaign, occasion)
    held.verdict_id = _record(task, campaign, user, submission, occasion, earlier, now)
    _close(held, submission, now, named=named)
    details: dict[str, Any] = {"campaign": campaign.pk, "item": held.item_id, "review": held.pk}
    details |= {"opened_before": held.opened_at is not None, "named": named}
    log(campaign.project, "adjudication changed" if earlier else "item adjudicated", user, **details)
    return Decided(held, is_new=True)


def _own(user: User, campaign: Campaign, review: int) -> Review:
    mine = adjudications(campaign).select_related(*MATERIAL).select_for_update(of=("self",))
    found = mine.filter(pk=review, reviewer=user).first()
    if found is None:
        raise NoSuchTask
    return found


def _is_same(review: Review, submission: Submission) -> bool:
    sent = replace(submission, active_ms=None, visible_ms=None, idle_ms=None).as_json()
    return bool(review.answer == sent)


def _standing(campaign: Campaign, occasion: str) -> Verdict | None:
    """Return the verdict that a new one replaces; of a list, one of several."""
    return _counted(campaign, occasion).order_by("pk").first()


def _counted(campaign: Campaign, occasion: str) -> QuerySet[Verdict]:
    """Return what counts of one occasion: one verdict, or those of the pairs of a list."""
    at = Q(occasion=occasion) | Q(occasion__startswith=f"{occasion}:")
    return Verdict.objects.filter(at, project=campaign.project_id, counted=True, role=ROLES.REVIEW)


def _record(
    task: Assignment,
    campaign: Campaign,
    user: User,
    submission: Submission,
    occasion: str,
    earlier: Verdict | None,
    now: datetime,
) -> int | None:
    rater = person_rater(campaign.project, user)
    given = Given(submission, rater.pk, True, now, occasion=occasion, role=ROLES.REVIEW)
    task.verdict_id = earlier.pk if earlier else None
    return record(task, campaign, given, earlier)


def record_own(review: Review, campaign: Campaign, user: User, submission: Submission, now: datetime) -> int | None:
    """Record what a reviewer would have answered in place of a sampled answer, instead of what they said before."""
    task, occasion = task_of(review, campaign), _of_sample(review)
    refuse_gaps(task, campaign, submission)
    return _record(task, campaign, user, submission, occasion, _standing(campaign, occasion), now)


def withdraw_own(review: Review, campaign: Campaign) -> None:
    """Let what a reviewer answered at an earlier look count no more: at this one they answer nothing."""
    set_counted(_counted(campaign, _of_sample(review)).values_list("pk", flat=True), counted=False)


def _of_sample(review: Review) -> str:
    return f"review:{review.assignment_id}"


def _close(review: Review, submission: Submission, now: datetime, *, named: bool) -> None:
    review.answer = replace(submission, active_ms=None, visible_ms=None, idle_ms=None).as_json()
    review.state, review.decided_at, review.named = State.DONE, now, named
    review.held_until = review.draft = None
    review.save()
