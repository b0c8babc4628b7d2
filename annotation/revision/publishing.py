"""Publishing a new version of what people go by, and taking back what it did to earlier answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotation.errors import NotOpen, TaskError
from annotation.models import Assignment, Campaign, GuidelineVersion, Participant
from annotation.revision.applying import Restored, apply, restore
from annotation.revision.checks import forget, remember
from annotation.revision.comparing import Comparison
from annotation.revision.scope import COUNTED, Effect, Scope, effect_on, sort_answers
from annotation.services.people import lock
from annotation.services.waiting import in_line
from domain.models import Rubric
from domain.services import freeze, log

State = Campaign.State


class Changed(TaskError):
    """More answers came, or some went, since somebody was shown what a revision takes back."""

    code = "changed"


@dataclass(frozen=True, slots=True)
class Revised:
    """A published version, and what it did to earlier answers."""

    version: GuidelineVersion
    effect: Effect


@in_line()
@transaction.atomic
def publish_guidelines(
    campaign: Campaign, *, text: str, note: str, scope: Scope, by: User | None, expected: int | None = None
) -> Revised:
    """Put guidelines in force, and set aside the earlier answers that they call into question.

    Raises NotOpen in a draft (nobody has read them) and once the campaign is closed, Changed where not the ``expected``
    number of answers loses something.
    """
    current = _locked(campaign)
    if current.state in (State.DRAFT, State.CLOSED):
        raise NotOpen(f"The campaign is {current.get_state_display()}, so its guidelines are not revised.")
    _keep_first(current)
    current.guidelines = text
    current.save(update_fields=["guidelines"])
    return _publish(current, note, scope, by, expected, {"criteria": sorted(scope.lost)})


@in_line()
@transaction.atomic
def move_to_rubric(
    campaign: Campaign, *, to: Rubric, note: str, scope: Scope, by: User | None, expected: int | None = None
) -> Revised:
    """Go on with another version of the rubric; what of earlier answers holds under it is carried over.

    It is a new version of the guidelines too: people are told, and each answer says under which rubric it was given.
    Raises NotOpen where the campaign is closed or has this version already, Changed as above.
    """
    current = _locked(campaign)
    before = current.rubric
    if current.state == State.CLOSED:
        raise NotOpen("The campaign is closed; its answers stay with the rubric under which they were given.")
    if before.pk == to.pk or (before.name, before.kind) != (to.name, to.kind):
        raise NotOpen(f"The campaign goes by {before}; choose another version of that rubric, not {to}.")
    _keep_first(current)
    if current.state != State.DRAFT:
        freeze(to)
    current.rubric = to
    current.save(update_fields=["rubric"])
    details = {"rubric": {"from": before.pk, "to": to.pk}, "criteria": sorted(scope.lost)}
    return _publish(current, note, scope, by, expected, details)


def _publish(
    campaign: Campaign, note: str, scope: Scope, by: User | None, expected: int | None, details: dict[str, Any]
) -> Revised:
    people, now = _everybody(campaign), timezone.now()
    answers = sort_answers(campaign, scope)
    effect = effect_on(campaign, answers)
    if expected is not None and effect.answers != expected:
        raise Changed(
            f"It would take back {effect.answers} answers now, not {expected}: people went on meanwhile. "
            "Look at what it does and publish it again."
        )
    details |= {"ask_again": scope.ask_again, "items": None if scope.items is None else len(scope.items)}
    version = GuidelineVersion.objects.create(
        campaign=campaign,
        number=_latest(campaign) + 1,
        text=campaign.guidelines,
        note=note.strip()[:1000],
        scope=details | forget(campaign, scope, answers, people.values()),
        reopened=effect.set_aside,
        created_by=by,
    )
    apply(version, people, scope, answers, now)
    what = "rubric revised" if scope.rubric else "guidelines revised"
    log(campaign.project, what, by, campaign=campaign.pk, version=version.number, **details, effect=asdict(effect))
    return Revised(version, effect)


@in_line()
@transaction.atomic
def undo_revision(version: GuidelineVersion, *, by: User | None) -> Restored:
    """Take back what a revision did to earlier answers; a revised rubric gives way to the one before it.

    The words of guidelines stay as they are. Raises NotOpen where that cannot be (``problem_with_undo``).
    """
    campaign = _locked(version.campaign)
    people = _everybody(campaign)
    version = GuidelineVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
    version.campaign = campaign
    if problem := problem_with_undo(version):
        raise NotOpen(problem)
    restored = restore(version, people)
    remember(version, people.values())
    rubric = version.scope.get("rubric")
    if rubric:
        campaign.rubric = Rubric.objects.get(pk=rubric["from"])
        campaign.save(update_fields=["rubric"])
        _tell(campaign, f"Version {version.number} was taken back: the earlier questions are asked again.", by)
    version.scope = version.scope | {"undone": timezone.now().isoformat()}
    version.save(update_fields=["scope"])
    log(
        campaign.project,
        "revision undone",
        by,
        campaign=campaign.pk,
        version=version.number,
        answers=restored.answers,
        surplus=restored.surplus,
    )
    return restored


def problem_with_undo(version: GuidelineVersion) -> str:
    """Say why a revision cannot be undone, or nothing where it can."""
    later = GuidelineVersion.objects.filter(campaign=version.campaign_id, number__gt=version.number)
    rubric = version.scope.get("rubric")
    if version.scope.get("undone"):
        return "This revision was undone already."
    if not rubric and not version.revised.exists():
        return "This revision took back no answer."
    if version.campaign.state == State.CLOSED:
        return "The campaign is closed."
    if later.filter(revised__isnull=False).exists():
        return "A later revision took back answers too; undo that one first."
    if rubric and version.campaign.rubric_id != rubric["to"]:
        return "The campaign went on to another rubric since."
    if rubric and (n := _given_under(version, rubric["to"])):
        return f"{n} answers were given under this version already. Go on to the earlier version instead."
    return ""


def _given_under(version: GuidelineVersion, rubric: int) -> int:
    """Count the answers that people gave to a rubric since a revision brought it."""
    given = Assignment.objects.filter(campaign=version.campaign_id, verdict__rubric=rubric, state__in=COUNTED)
    return given.exclude(pk__in=version.revised.values("assignment")).count() + (
        version.revised.filter(assignment__answered_at__gt=version.created_at).count()
    )


def _locked(campaign: Campaign) -> Campaign:
    rows = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("project", "rubric")
    current: Campaign = rows.get(pk=campaign.pk)
    return current


def _everybody(campaign: Campaign) -> Mapping[int | None, Participant]:
    """Lock everybody who takes part, always in the same order, so that nobody answers meanwhile."""
    return {row.user_id: lock(row) for row in campaign.participants.order_by("pk")}


def _latest(campaign: Campaign) -> int:
    latest = GuidelineVersion.objects.filter(campaign=campaign).order_by("-number").first()
    return latest.number if latest else 0


def _keep_first(campaign: Campaign) -> None:
    """Put the guidelines that the campaign began with on record, before they are changed for the first time."""
    if GuidelineVersion.objects.filter(campaign=campaign).exists():
        return
    first = GuidelineVersion.objects.create(
        campaign=campaign,
        number=0,
        text=campaign.guidelines,
        note="As the campaign began.",
        created_by_id=campaign.created_by_id,
    )
    began: datetime = campaign.opened_at or campaign.created_at
    GuidelineVersion.objects.filter(pk=first.pk).update(created_at=began)


def _tell(campaign: Campaign, note: str, by: User | None) -> None:
    GuidelineVersion.objects.create(
        campaign=campaign, number=_latest(campaign) + 1, text=campaign.guidelines, note=note, created_by=by
    )


def scope_of_move(comparison: Comparison, to: Rubric, *, dropped: frozenset[str], ask_again: bool) -> Scope:
    """Return what going on to another rubric does: ratings on the same scales carry, but for the ``dropped`` ones."""
    return Scope(
        lost=comparison.lost | dropped,
        wanted=frozenset(comparison.asked),
        ask_again=ask_again,
        rubric=to,
    )
