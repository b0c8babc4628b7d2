"""Expert review of a sample: answers drawn from everybody's, of each of which a reviewer says whether it stands."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotation.answers import Submission
from annotation.errors import AlreadyAnswered, NoSuchTask, NotHeld
from annotation.models import Assignment, Campaign, Review
from annotation.review.adjudicating import MATERIAL, NOTE, record_own, withdraw_own
from annotation.review.choosing import HOLD
from annotation.review.reading import counting
from annotation.services.people import in_transaction
from domain.services import log

Kind, State = Review.Kind, Review.State


class BadSample(ValueError):
    """A sample that cannot be drawn; the message says why and what to do."""


def allocate(sizes: Mapping[int, int], n: int) -> dict[int, int]:
    """Share n out over strata: one each at the least, the rest in proportion to their sizes.

    The fractions of the proportional shares are rounded by largest remainder, ties going to the lower key. Raises
    BadSample where n is smaller than the number of strata or larger than all of them together.
    """
    total = sum(sizes.values())
    if not sizes:
        raise BadSample("there is no counting answer left to draw from")
    if not len(sizes) <= n <= total:
        raise BadSample(
            f"{n} does not lie between {len(sizes)}, one answer of each person, and {total}, all that are left"
        )
    shares = {key: max(1.0, n * size / total) for key, size in sizes.items()}
    found = {key: max(1, min(sizes[key], int(share))) for key, share in shares.items()}
    by_fraction = sorted(sizes, key=lambda key: (int(shares[key]) - shares[key], key))
    while sum(found.values()) < n:
        for key in by_fraction:
            if found[key] < sizes[key] and sum(found.values()) < n:
                found[key] += 1
    while sum(found.values()) > n:  # the ones that were rounded up to one are paid for by the largest
        found[max(found, key=lambda key: (found[key], -key))] -= 1
    return found


@in_transaction
def draw_sample(campaign: Campaign, n: int, *, seed: int, by: User | None = None) -> int:
    """Draw n counting answers that no reviewer has looked at, of every person at least one; return how many.

    The same seed over the same answers draws the same ones. Raises BadSample.
    """
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)  # one draw after the other
    people: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for pk, item, person in _undrawn(campaign).values_list("pk", "item_id", "annotator_id"):
        people[person].append((pk, item))
    sizes = allocate({person: len(rows) for person, rows in people.items()}, n)
    rng = random.Random(seed)  # noqa: S311 - a draw that can be replayed
    drawn = [row for person in sorted(people) for row in rng.sample(people[person], sizes[person])]
    rng.shuffle(drawn)
    Review.objects.bulk_create(
        Review(assignment_id=pk, item_id=item, kind=Kind.SAMPLE, seed=seed % 2**31) for pk, item in drawn
    )
    log(campaign.project, "review sample drawn", by, campaign=campaign.pk, n=len(drawn), people=len(people), seed=seed)
    return len(drawn)


def left_to_draw(campaign: Campaign, answers: int | None = None) -> tuple[int, int]:
    """Return how many answers no reviewer has looked at, and of how many people they are.

    ``answers`` is how many count in all, where the caller knows.
    """
    total = counting(campaign).count() if answers is None else answers
    theirs = _undrawn(campaign).filter(annotator=OuterRef("user"))
    return total - counting(campaign).filter(pk__in=_drawn(campaign)).count(), campaign.participants.filter(
        Exists(theirs)
    ).count()


def _undrawn(campaign: Campaign) -> QuerySet[Assignment]:
    return counting(campaign).exclude(pk__in=_drawn(campaign))


def _drawn(campaign: Campaign) -> QuerySet[Any]:
    return samples(campaign).filter(state__in=[State.OPEN, State.DONE]).values("assignment")


def samples(campaign: Campaign) -> QuerySet[Review]:
    """Return the sample reviews of a campaign, the latest first."""
    return Review.objects.filter(item__campaign=campaign, kind=Kind.SAMPLE)


@in_transaction
def next_answer(user: User, campaign: Campaign) -> Review | None:
    """Hold and return the next drawn answer that nobody looks at; the one already held, where there is one."""
    now = timezone.now()
    waiting = samples(campaign).filter(state=State.OPEN)
    held = waiting.filter(reviewer=user).first()
    if held is not None:
        return held
    free = waiting.filter(Q(reviewer__isnull=True) | Q(held_until__lte=now)).exclude(assignment__annotator=user)
    for review in free.order_by("pk")[:50]:
        same = free.filter(pk=review.pk)
        if same.update(reviewer=user, held_until=now + HOLD, draft=None):
            return review
    return None


@in_transaction
def leave_answer(user: User, campaign: Campaign, review: int) -> None:
    """Leave a drawn answer to other reviewers; raises NotHeld where it is not held."""
    held = samples(campaign).filter(pk=review, reviewer=user, state=State.OPEN)
    if not held.update(reviewer=None, held_until=None, draft=None):
        raise NotHeld("You do not hold this answer any more.")
    log(campaign.project, "review given back", user, campaign=campaign.pk, review=review)


@in_transaction
def judge_answer(
    user: User,
    campaign: Campaign,
    review: int,
    *,
    agrees: bool,
    note: str = "",
    own: Submission | None = None,
    named: bool = False,
) -> Review:
    """Say whether an answer of the sample stands, and perhaps what the reviewer would have answered.

    Raises NoSuchTask, NotHeld (taken over), AlreadyAnswered (it says otherwise), and what submitting raises about
    ``own``.
    """
    held, now = own_answer(user, campaign, review), timezone.now()
    if held.state == State.DONE:
        if held.agrees is not agrees or held.note != note.strip()[:NOTE]:
            raise AlreadyAnswered
        return held
    if held.state == State.PASSED:
        raise NotHeld("Another reviewer looks at this answer now.")
    if own is not None:
        held.verdict_id = record_own(held, campaign, user, own, now)
        held.answer = own.as_json()
    else:
        withdraw_own(held, campaign)
    _close(held, now, agrees=agrees, note=note, named=named)
    details = {"campaign": campaign.pk, "item": held.item_id, "review": held.pk, "stands": agrees}
    log(campaign.project, "answer reviewed", user, own_answer=own is not None, named=named, **details)
    return held


def _close(review: Review, now: datetime, *, agrees: bool, note: str, named: bool) -> None:
    review.agrees, review.note, review.named = agrees, note.strip()[:NOTE], named
    review.state, review.decided_at = State.DONE, now
    review.held_until = review.draft = None
    review.save()


def own_answer(user: User, campaign: Campaign, review: int) -> Review:
    """Return a drawn answer that this reviewer holds or has judged, or raise NoSuchTask."""
    mine = samples(campaign).select_related("assignment__verdict", *MATERIAL).select_for_update(of=("self",))
    found = mine.filter(pk=review, reviewer=user).first()
    if found is None:
        raise NoSuchTask
    return found


@in_transaction
def judge_again(user: User, campaign: Campaign, review: int) -> Review:
    """Begin a new look at an answer that this reviewer has judged; the earlier one stays and counts until then."""
    before = own_answer(user, campaign, review)
    if before.state != State.DONE:
        return before
    again: Review | None = samples(campaign).filter(assignment=before.assignment_id, state=State.OPEN).first()
    if again is not None and again.reviewer_id not in (None, user.pk):
        raise NotHeld("Another reviewer looks at this answer now.")
    return again or Review.objects.create(
        item_id=before.item_id,
        assignment_id=before.assignment_id,
        kind=Kind.SAMPLE,
        reviewer=user,
        seed=before.seed,
        held_until=timezone.now() + HOLD,
    )
