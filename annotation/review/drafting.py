"""What a reviewer has entered and not yet sent: kept with what they hold, and shown to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from annotation.errors import NotHeld
from annotation.models import Review
from annotation.review.choosing import HOLD


def keep_draft(user: User, reviews: QuerySet[Review], review: int, entered: Mapping[str, Any]) -> None:
    """Keep what a reviewer has entered about the one of ``reviews`` that they hold; it is also a sign of life.

    Raises NotHeld where it is decided, given back, taken over or another reviewer's.
    """
    held = reviews.filter(pk=review, reviewer=user, state=Review.State.OPEN)
    if not held.update(draft=dict(entered), held_until=timezone.now() + HOLD):
        raise NotHeld("You do not hold this; drafts of it are not kept.")
