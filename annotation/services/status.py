"""How far things are, and why a queue is empty: small reads whose cost does not grow with the items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Min, Sum
from django.utils import timezone

from annotation.models import Assignment, Campaign, Participant
from annotation.quality.policy import Policy


@dataclass(frozen=True, slots=True)
class Progress:
    """One person's share of a campaign: answered, and how many there may be for them in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is no task for somebody now, in words for them, and when to look again (None: there will be none)."""

    code: str
    title: str
    text: str
    until: datetime | None = None


def progress_of(participant: Participant, *, holds_task: bool = False) -> Progress:
    """Return how far one person is. The total shrinks when the others are faster."""
    others = Participant.objects.filter(campaign=participant.campaign_id).exclude(pk=participant.pk)
    answered = others.aggregate(n=Sum(F("done") - F("checked")))["n"] or 0
    progress = share(participant.campaign, participant, answered)
    return Progress(done=progress.done, total=max(progress.total, progress.done + holds_task))


def share(campaign: Campaign, participant: Participant | None, others: int) -> Progress:
    """Return a person's progress, given how many live items the others have answered.

    The total counts what is left for this person and the checks to be expected on the way. It takes each of their
    answers for one like the others: no answer moves it in a way that tells a check from work.
    """
    done, checked = (participant.done, participant.checked) if participant else (0, 0)
    live = min(campaign.live_count, max(0, campaign.slot_count - others))
    if done - checked >= live:
        return Progress(done=done, total=done)
    total = max(done + 1, live + _expected_checks(campaign, live))
    return Progress(done=done, total=max(done, min(total, campaign.per_person_cap or total)))


def _expected_checks(campaign: Campaign, live: int) -> int:
    """Return how many checks somebody meets on the way through so many live items, on average."""
    policy = Policy.from_json(campaign.quality)
    begun = min(live, round(policy.checks.first_answers * (1 - policy.checks.first)))
    rates = ((begun, policy.checks.first), (live - begun, policy.checks.then))
    met = sum(n * rate / (1 - rate) for n, rate in rates if rate < 1)
    expected = round(met) + policy.training.items + policy.qualification.items
    return min(expected, campaign.item_count - campaign.live_count)


def why_empty(user: User, campaign: Campaign) -> Empty:
    """Say why this person gets no task from this campaign now."""
    if campaign.state == Campaign.State.PAUSED:
        return Empty("paused", "This campaign is paused", "Whoever runs it has paused it. Your answers are kept.")
    if campaign.state != Campaign.State.OPEN:
        return Empty("closed", "This campaign is closed", "Thank you. No more answers are needed.")
    mine = Participant.objects.filter(campaign=campaign, user=user).first()
    done = mine.done if mine else 0
    if campaign.per_person_cap is not None and done >= campaign.per_person_cap:
        text = f"You have answered {done}, the most that one person may answer here. Thank you."
        return Empty("cap", "You have done your share", text)
    return _nothing_open(user, campaign, done)


def _nothing_open(user: User, campaign: Campaign, done: int) -> Empty:
    """Tell apart what others are answering now, which may come back, from what is finished."""
    theirs = Assignment.objects.filter(
        campaign=campaign, state="leased", lane=Assignment.Lane.WORK, lease_expires__gt=timezone.now()
    )
    theirs = theirs.exclude(annotator=user.pk).exclude(item__assignments__annotator=user.pk)
    next_expiry = theirs.aggregate(first=Min("lease_expires"))["first"]
    if next_expiry is not None:
        text = "Other people are answering the last tasks. If one of them stops, a task comes free and is yours."
        return Empty("waiting", "Nothing to answer right now", text, next_expiry)
    answered = Participant.objects.filter(campaign=campaign).aggregate(n=Sum(F("done") - F("checked")))["n"] or 0
    if answered >= campaign.slot_count:
        return Empty("complete", "This campaign is complete", "Every item has all its answers. Thank you.")
    text = f"You have seen every item that is open to you, and answered {done}. The rest needs other people."
    return Empty("finished", "You are through", text)
