"""Who decides which item: taken by one reviewer at a time, given back by leaving, taken over when a hold is old."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import NoSuchTask, NotHeld
from annotation.models import ROLES, Assignment, Campaign, Item, Review
from annotation.quality.reading import ANSWERED
from annotation.review.queue import Standing, answered_by, left_by, queue_of
from annotation.services.people import in_transaction
from domain.services import log

HOLD = timedelta(hours=1)
Kind, State = Review.Kind, Review.State


def take_next(user: User, campaign: Campaign, *, criterion: str = "", only_disputed: bool = True) -> Review | None:
    """Return what this reviewer holds, else the most disputed item that is open, else None.

    What they have given back comes last, and what they have answered themselves not at all.
    """
    held = adjudications(campaign).filter(state=State.OPEN, reviewer=user).first()
    if held is not None:
        return held
    waiting = queue_of(campaign, user, criterion=criterion, standing=Standing.OPEN, only_disputed=only_disputed).items
    own = set(answered_by(campaign, user).values_list("item_id", flat=True))
    left = left_by(campaign, user)
    for one in sorted(waiting, key=lambda ranked: ranked.item in left):
        if one.item in own:
            continue
        try:
            return take(user, campaign, one.item)
        except NotHeld:  # another reviewer was faster
            continue
    return None


@in_transaction
def take(user: User, campaign: Campaign, item: int) -> Review:
    """Hold one item to decide it, also one that is settled; what this reviewer held before is given back.

    Raises NoSuchTask where the campaign has no such live item, NotHeld where somebody else decides it now or where
    the reviewer has answered it as an annotator. The database refuses a second open adjudication of an item.
    """
    now = timezone.now()
    found = Item.objects.filter(campaign=campaign, role=ROLES.LIVE, pk=item).first()
    if found is None:
        raise NoSuchTask
    if Assignment.objects.filter(item=found, annotator=user, state__in=ANSWERED).exists():
        raise NotHeld("You have answered this item yourself, so another reviewer has to decide it.")
    held = adjudications(campaign).select_for_update(of=("self",)).filter(item=found, state=State.OPEN).first()
    if held is not None and held.reviewer_id == user.pk:
        Review.objects.filter(pk=held.pk).update(held_until=now + HOLD)
        return held
    if held is not None and not _is_over(held, now):
        raise NotHeld("Another reviewer is deciding this item.")
    others = adjudications(campaign).filter(reviewer=user, state=State.OPEN)
    Review.objects.filter(pk__in=[*others.values_list("pk", flat=True), *([held.pk] if held else [])]).update(
        state=State.PASSED, draft=None
    )
    return _begin(user, campaign, found, now, taken_over=held is not None)


def _begin(user: User, campaign: Campaign, item: Item, now: datetime, *, taken_over: bool) -> Review:
    """Begin an adjudication. Who changes their own decision sees the sides as they saw them then.

    Whoever has decided the item before, or has opened its answers, has seen them: they are open from the start.
    """
    mine = adjudications(campaign).filter(item=item, reviewer=user)
    before = mine.filter(state=State.DONE).first()
    has_seen = before is not None or mine.filter(opened_at__isnull=False).exists()
    review = Review.objects.create(
        item=item,
        kind=Kind.ADJUDICATION,
        reviewer=user,
        swapped=before.swapped if before else item.battle_id is not None and secrets.randbelow(2) == 1,
        seed=before.seed if before else secrets.randbits(31),
        answer=before.answer if before else None,
        held_until=now + HOLD,
        opened_at=now if has_seen else None,
    )
    details = {"campaign": campaign.pk, "item": item.pk, "review": review.pk}
    log(campaign.project, "review taken over" if taken_over else "review taken", user, **details)
    return review


@in_transaction
def give_back(user: User, campaign: Campaign, review: int) -> None:
    """Leave an item to other reviewers; raises NotHeld where this reviewer does not hold it any more."""
    held = adjudications(campaign).filter(pk=review, reviewer=user, state=State.OPEN)
    item = held.values_list("item_id", flat=True).first()
    if not held.update(state=State.PASSED, draft=None):
        raise NotHeld("You do not hold this item any more.")
    log(campaign.project, "review given back", user, campaign=campaign.pk, item=item, review=review)


def adjudications(campaign: Campaign) -> QuerySet[Review]:
    """Return the adjudications of a campaign, the latest first."""
    return Review.objects.filter(item__campaign=campaign, kind=Kind.ADJUDICATION)


def _is_over(held: Review, now: datetime) -> bool:
    return held.reviewer_id is None or (held.held_until is not None and held.held_until <= now)
