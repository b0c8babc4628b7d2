"""What claiming and submitting ask of quality control. No function here reads the database for checks alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.crypto import salted_hmac

from annotation.answers import Submission
from annotation.models import Assignment, Campaign, Participant
from annotation.quality.flow import judge
from annotation.quality.policy import Policy
from annotation.quality.record import tally
from annotation.rubrics import spec_of


def policy_of(campaign: Campaign) -> Policy:
    """Return the policy of a campaign, read once for each content."""
    return _read(_frozen(campaign.quality))


def wants_training(participant: Participant) -> bool:
    """Return whether this person's next task should come from the TRAINING lane. No query."""
    wanted = policy_of(participant.campaign).training.items
    return participant.trained_at is None and tally(participant.quality, "training").n < wanted


def wants_check(participant: Participant) -> bool:
    """Return whether this person's next task should come from the CHECK lane. No query.

    Until the qualification is decided it should; later at the policy's rate, drawn by a keyed hash of the person and
    their answers so far: the same however often it is asked, and nobody can predict it. Who has answered all live items
    is through, and meets no check any more.
    """
    policy = policy_of(participant.campaign)
    gate = policy.qualification.items
    if participant.qualified_at is None and tally(participant.quality, "qualification").n < gate:
        return True
    if participant.done - participant.checked >= participant.campaign.live_count > 0:
        return False
    digest = salted_hmac("annotation.quality.check", f"{participant.pk}:{participant.done}").digest()
    return int.from_bytes(digest[:8]) < policy.checks.at(participant.done) * 2**64


def after_answer(participant: Participant, task: Assignment, submission: Submission, now: datetime) -> None:
    """Judge an answer and draw the policy's consequences; the caller saves ``participant`` and ``task.passed``.

    Call it after the verdict is recorded and while ``task.answered_at`` is still that of the answer it replaces (None
    for a first answer), in the transaction that holds the participant's row. It changes ``task.passed`` and of the
    participant quality, standing, standing_reason, trained_at and qualified_at. A first answer counts in
    ``participant.done`` already.
    """
    judge(
        participant, task, submission, now, policy=policy_of(participant.campaign), spec=spec_of(participant.campaign)
    )


def _frozen(data: Any) -> Any:
    """Return JSON as something that can be a key of a cache."""
    if isinstance(data, dict):
        return tuple(sorted((key, _frozen(value)) for key, value in data.items()))
    return data


def _thawed(data: Any) -> Any:
    return {key: _thawed(value) for key, value in data} if isinstance(data, tuple) else data


@lru_cache(maxsize=256)
def _read(data: Any) -> Policy:
    return Policy.from_json(_thawed(data))
