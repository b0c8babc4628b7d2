"""How far things are, and why a queue is empty: small reads whose cost does not grow with the items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import F, Min, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from annotation.models import Assignment, Campaign, Participant
from annotation.quality.expected import met_on_the_way
from annotation.quality.hooks import policy_of
from annotation.reads import answered_by_others
from annotation.services.ready import task_waits


@dataclass(frozen=True, slots=True)
class Progress:
    """One person's share of a campaign: answered, and how many there may be for them in all."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Empty:
    """Why there is no task for somebody now, in words for them, and when to look again (None: there will be none).

    The code "ready" says that there is one: the page of a campaign is also where people come in.
    """

    code: str
    title: str
    text: str
    until: datetime | None = None


def progress_of(participant: Participant, *, holds_task: bool = False) -> Progress:
    """Return how far one person is. The total shrinks when the others are faster."""
    progress = share(participant.campaign, participant, answered_by_others(participant))
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
    policy = policy_of(campaign)
    expected = round(met_on_the_way(policy.checks, live)) + policy.training.items + policy.qualification.items
    return min(expected, campaign.item_count - campaign.live_count)


def why_empty(user: User, campaign: Campaign) -> Empty:
    """Say why this person gets no task from this campaign now, or that one waits where nobody has looked for it."""
    mine = Participant.objects.filter(campaign=campaign, user=user).first()
    if mine is not None and mine.standing not in Participant.WORKING:
        return _standing(mine)
    if campaign.state == Campaign.State.PAUSED:
        return Empty("paused", _("This campaign is paused"), _("Whoever runs it has paused it. Your answers are kept."))
    if campaign.state != Campaign.State.OPEN:
        return Empty("closed", _("This campaign is closed"), _("Thank you. No more answers are needed."))
    if campaign.closes_at is not None and campaign.closes_at <= timezone.now():
        text = _("Its time was over on %(when)s. Your answers are kept. Thank you.")
        when = formats.date_format(timezone.localtime(campaign.closes_at), "DATETIME_FORMAT")
        return Empty("deadline", _("The time for this campaign is over"), text % {"when": when})
    done = mine.done if mine else 0
    if campaign.per_person_cap is not None and done >= campaign.per_person_cap:
        text = _("You have answered %(done)s, the most that one person may answer here. Thank you.")
        return Empty("cap", _("You have done your share"), text % {"done": done})
    return _of_group(mine, campaign) or _nothing_open(user, campaign, done)


def _standing(participant: Participant) -> Empty:
    """Say what a decision about somebody means for them, and what they can do."""
    said = participant.standing_reason
    words = {
        Participant.Standing.PAUSED: (
            _("Your work here is paused"),
            _("Somebody looks at it first. Your answers are kept, and you are paid for them as agreed."),
        ),
        Participant.Standing.STOPPED: (
            _("There are no more tasks for you here"),
            _("Your answers are kept. If you think that this is a mistake, ask whoever invited you."),
        ),
        Participant.Standing.EXCLUDED: (
            _("There are no more tasks for you here"),
            _("Your answers are on record, but are not counted. If you think that this is a mistake, ask whoever "
              "invited you: it can be undone."),
        ),
        Participant.Standing.WITHDRAWN: (
            _("You have left this campaign"),
            _("Nothing more is asked of you. If you want to come back, ask whoever invited you."),
        ),
    }  # fmt: skip
    title, text = words[Participant.Standing(participant.standing)]
    return Empty(participant.standing, title, f"{said} {text}" if said else text)


def _of_group(participant: Participant | None, campaign: Campaign) -> Empty | None:
    groups = {share.group_id: share for share in campaign.campaign_groups.all()}
    if not groups or participant is None:
        return None
    share = groups.get(participant.group_id or 0)
    if share is None:
        text = _("It is for certain groups of people now, and you are in none of them. Your answers are kept.")
        return Empty("group", _("This campaign is for others"), text)
    if share.quota is not None and share.taken >= share.quota:
        text = _("Your group has given all the answers that it was asked for. Thank you.")
        return Empty("quota", _("Your group has done its share"), text)
    return None


def _nothing_open(user: User, campaign: Campaign, done: int) -> Empty:
    """Tell apart what waits for this person, what others are answering, which may come back, and what is finished."""
    now = timezone.now()
    if task_waits(user, campaign, now):
        text = _("Start when you are ready, and stop whenever you like: what you have answered is kept.")
        return Empty("ready", _("There is a task for you"), text)
    theirs = Assignment.objects.filter(campaign=campaign, lane=Assignment.Lane.WORK)
    theirs = theirs.exclude(annotator=user.pk).exclude(item__assignments__annotator=user.pk)
    held = theirs.filter(state="leased").annotate(
        until=Greatest("lease_expires", Coalesce("reserved_until", "lease_expires"))
    )
    kept = theirs.filter(state="open", reserved_for__isnull=False, reserved_until__gt=now)
    ends = [
        held.filter(until__gt=now).aggregate(first=Min("until"))["first"],
        kept.aggregate(first=Min("reserved_until"))["first"],
    ]
    if known := [end for end in ends if end is not None]:
        text = _("Other people are answering the last tasks. If one of them stops, a task comes free and is yours.")
        return Empty("waiting", _("Nothing to answer right now"), text, min(known))
    answered = Participant.objects.filter(campaign=campaign).aggregate(n=Sum(F("done") - F("checked")))["n"] or 0
    if answered >= campaign.slot_count:
        return Empty("complete", _("This campaign is complete"), _("Every item has all its answers. Thank you."))
    text = _("You have seen every item that is open to you, and answered %(done)s. The rest needs other people.")
    return Empty("finished", _("You are through"), text % {"done": done})
