"""Workers of a recruiter: one account each, known here by the recruiter's number alone, and a code at the end.

What the recruiter's link says about a worker is kept in ``Participant.external`` and nowhere else: not in the log, not
in a name, not on a page that annotators see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from annotation.models import Campaign, Invite, Participant
from annotation.services.invites import LONGEST_SECRET, NoSuchInvite, enter, hash_of, use
from annotation.services.people import in_transaction
from annotation.services.ready import holds_task
from domain.models import Project

Recruiter = Campaign.Recruiter
Standing = Participant.Standing
# What each recruiter's links say: our word for it, and theirs.
SAYS: Mapping[str, Mapping[str, str]] = {
    Recruiter.PROLIFIC: {"worker": "PROLIFIC_PID", "study": "STUDY_ID", "session": "SESSION_ID"},
    Recruiter.MTURK: {"worker": "workerId", "assignment": "assignmentId", "hit": "hitId"},
}
NOT_ACCEPTED = "ASSIGNMENT_ID_NOT_AVAILABLE"  # what Mechanical Turk says to who only looks at a HIT
PROLIFIC_DONE = "https://app.prolific.com/submissions/complete?"
AN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
SCREENED_OUT = (Standing.STOPPED, Standing.EXCLUDED)
THROUGH = ("cap", "complete", "finished", "closed")  # codes of services.status.Empty


class BadArrival(Exception):
    """A link without a number that we can read; the message names the parameter."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes, by the recruiter's numbers. ``is_preview``: they look at the task and have not accepted it."""

    recruiter: str
    external: Mapping[str, str]
    is_preview: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """How a worker goes back. Nothing is ``shown`` before they have asked for it; no code is set for some ends."""

    code: str
    url: str
    screened_out: bool
    shown: bool


def read_arrival(recruiter: str, query: Mapping[str, str]) -> Arrival:
    """Read the parameters of a recruiter's link. Raises BadArrival where one is missing or no number."""
    said = {name: query.get(parameter, "") for name, parameter in SAYS[recruiter].items()}
    if said.get("assignment") == NOT_ACCEPTED:
        return Arrival(recruiter, {}, is_preview=True)
    for name, parameter in SAYS[recruiter].items():
        if not AN_ID.fullmatch(said[name]):
            raise BadArrival(parameter)
    return Arrival(recruiter, {"recruiter": recruiter, **said})


def study_invite(secret: str) -> Invite:
    """Return the study link with this secret, used up or not: who started may come back. Raises NoSuchInvite."""
    found: Invite | None = (
        Invite.objects.filter(secret_hash=hash_of(secret[:LONGEST_SECRET]), is_study_link=True, revoked_at=None)
        .exclude(campaign__recruiter=Recruiter.NONE)
        .select_related("campaign__project", "group")
        .first()
    )
    if found is None:
        raise NoSuchInvite
    return found


@in_transaction
def arrive(invite: Invite, arrival: Arrival) -> User:
    """Return the account of a worker, made when they come for the first time; coming again changes nothing.

    Raises NoSuchInvite where the link lets nobody new in, MayNotJoin where the worker was taken off.
    """
    campaign = invite.campaign
    user = _account_of(campaign.project, arrival)
    if user is not None and campaign.participants.filter(user=user).exists():
        return user
    use(invite)
    if user is None:
        user = User.objects.create_user(_name_for(campaign.project, arrival))  # without a password: by this link alone
    participant = enter(invite, user)
    Participant.objects.filter(pk=participant.pk).update(external=dict(arrival.external))
    return user


def _account_of(project: Project, arrival: Arrival) -> User | None:
    """Find a worker by their number, in any campaign of the project."""
    known: QuerySet[Participant] = Participant.objects.filter(
        campaign__project=project,
        external__recruiter=arrival.recruiter,
        external__worker=arrival.external["worker"],
    )
    found = known.select_related("user").first()
    if found is not None:
        return found.user
    return User.objects.filter(username=_name_for(project, arrival)).first()


def _name_for(project: Project, arrival: Arrival) -> str:
    """Return a name that says nothing and is the same for the same worker, so that two requests make one account."""
    digest = salted_hmac("annotation.workers", f"{project.pk}:{arrival.recruiter}:{arrival.external['worker']}")
    return f"worker-{digest.hexdigest()[:16]}"


def is_worker(participant: Participant) -> bool:
    """Return whether somebody came by a recruiter's link."""
    return bool(participant.external.get("recruiter"))


def completion_of(user: User, campaign: Campaign, code: str) -> Completion | None:
    """Return how a worker goes back from a campaign that has no task for them; None for everybody else.

    ``code`` is that of services.status.Empty. Who has done nothing and was not stopped gets no code: they return it.
    """
    if not campaign.recruiter:
        return None
    participant = Participant.objects.filter(campaign=campaign, user=user.pk).first()
    if participant is None or not is_worker(participant):
        return None
    screened_out = participant.standing in SCREENED_OUT
    is_through = code in THROUGH and (code == "closed" or not holds_task(user, campaign))
    if not screened_out and (not is_through or participant.done == 0):
        return None
    if participant.completed_at is None:
        return Completion("", "", screened_out, shown=False)
    word = campaign.screened_code if screened_out else campaign.completion_code
    url = PROLIFIC_DONE + urlencode({"cc": word}) if word and campaign.recruiter == Recruiter.PROLIFIC else ""
    return Completion(word, url, screened_out, shown=True)


def finish(user: User, campaign: Campaign) -> None:
    """Note that a worker asked for their code; the first time counts."""
    Participant.objects.filter(campaign=campaign, user=user, completed_at=None).update(completed_at=timezone.now())
