"""Links by which people come in: made once, used as often as they say, and never guessed.

A link's secret is shown when it is made and kept only as a hash. Whatever is wrong with a link (unknown, used up,
expired, revoked) is one and the same failure, so that trying links tells nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import AnnotatorGroup, Campaign, Invite, Participant
from annotation.services.items import make_room
from domain.access import roles_that
from domain.models import Membership
from domain.models.projects import Role
from domain.services import log

SECRET_BYTES = 24
LONGEST_SECRET = 60
HINT = 6


class NoSuchInvite(Exception):
    """The link lets nobody in; why is not said."""


class MayNotJoin(Exception):
    """The link is good, but not for this person; the message says why."""


class NameTaken(Exception):
    """Somebody else has this name."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link with its secret, which nobody sees again."""

    invite: Invite
    secret: str


@transaction.atomic
def create_invites(
    campaign: Campaign,
    *,
    by: User,
    expires_at: datetime,
    links: int = 1,
    max_uses: int = 1,
    group: AnnotatorGroup | None = None,
    note: str = "",
    is_study_link: bool = False,
) -> Sequence[NewLink]:
    """Make links to a campaign, each with a secret of its own."""
    made = []
    for _number in range(links):
        secret = secrets.token_urlsafe(SECRET_BYTES)
        invite = Invite(
            campaign=campaign,
            secret_hash=hash_of(secret),
            hint=secret[:HINT],
            group=group,
            note=note,
            is_study_link=is_study_link,
            max_uses=max_uses,
            expires_at=expires_at,
            created_by=by,
        )
        made.append(NewLink(invite, secret))
    Invite.objects.bulk_create(link.invite for link in made)
    log(
        campaign.project,
        "invite created",
        by,
        campaign=campaign.pk,
        links=[link.invite.hint for link in made],
        uses=max_uses,
        expires=expires_at.isoformat(timespec="minutes"),
        study=is_study_link,
    )
    return made


def hash_of(secret: str) -> str:
    """Return what is kept of a secret: with 192 random bits nobody tries them out, so a plain hash is enough."""
    return sha256(secret.encode()).hexdigest()


def usable(now: datetime) -> Q:
    """Return the condition under which a link still lets somebody in."""
    return Q(revoked_at__isnull=True, expires_at__gt=now, uses__lt=F("max_uses"))


def find(secret: str, *, is_study_link: bool = False) -> Invite:
    """Return the usable link with this secret; NoSuchInvite for everything else."""
    found: Invite | None = _with_secret(secret, is_study_link).filter(usable(timezone.now())).first()
    if found is None:
        raise NoSuchInvite
    return found


def find_for(secret: str, user: User) -> Invite:
    """Return the link with this secret as ``find`` does, and also one by which this person came in."""
    mine = Participant.objects.filter(user=user.pk, is_active=True).values("campaign")
    back = Q(campaign__in=mine, revoked_at__isnull=True)
    found: Invite | None = _with_secret(secret, False).filter(usable(timezone.now()) | back).first()
    if found is None:
        raise NoSuchInvite
    return found


def _with_secret(secret: str, is_study_link: bool) -> QuerySet[Invite]:
    return Invite.objects.filter(
        secret_hash=hash_of(secret[:LONGEST_SECRET]), is_study_link=is_study_link
    ).select_related("campaign__project", "group")


@transaction.atomic
def revoke_invite(invite: Invite, *, by: User) -> None:
    """Let nobody in by this link any more; who came in by it stays."""
    if Invite.objects.filter(pk=invite.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        log(invite.campaign.project, "invite revoked", by, campaign=invite.campaign_id, link=invite.hint)


@transaction.atomic
def register(secret: str, *, username: str, password: str) -> User:
    """Make an account by a link and let it in; the link is used first, so that only one of many tries succeeds.

    Raises NoSuchInvite, or NameTaken, which leaves the link as it was.
    """
    invite = find(secret)
    use(invite)
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, password=password)
    except IntegrityError as error:
        raise NameTaken(username) from error
    enter(invite, user)
    return user


@transaction.atomic
def join(secret: str, user: User) -> Campaign:
    """Let somebody in who has an account. Who is in already uses nothing up. Raises NoSuchInvite or MayNotJoin."""
    invite = find_for(secret, user)
    if not Participant.objects.filter(campaign=invite.campaign_id, user=user, is_active=True).exists():
        use(invite)
        enter(invite, user)
    return invite.campaign


def use(invite: Invite) -> None:
    """Count one use in the statement that checks the limit. Raises NoSuchInvite where another was faster."""
    if not Invite.objects.filter(usable(timezone.now()), pk=invite.pk).update(uses=F("uses") + 1):
        raise NoSuchInvite


def enter(invite: Invite, user: User) -> Participant:
    """Make somebody a member who may annotate, and put them into the link's campaign and group."""
    campaign = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=invite.campaign_id)
    member, _new = Membership.objects.get_or_create(
        project_id=campaign.project_id, user=user, defaults={"role": Role.ANNOTATOR}
    )
    if member.role not in roles_that("annotate"):
        raise MayNotJoin(_("Your role in this project is to look on, so you cannot rate in it."))
    participant, _new = Participant.objects.get_or_create(campaign=campaign, user=user)
    if not participant.is_active:
        raise MayNotJoin(_("You were taken off this campaign. Ask whoever sent you the link."))
    if invite.group is not None:
        invite.group.members.add(user)
        if participant.group_id is None:
            Participant.objects.filter(pk=participant.pk).update(group=invite.group)
    make_room(campaign)
    log(campaign.project, "invite used", user, campaign=campaign.pk, link=invite.hint)
    return participant
