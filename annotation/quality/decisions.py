"""What a researcher can decide about a rater, and what was decided and found before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from annotation.errors import TaskError
from annotation.models import Participant
from annotation.services import standing as services
from domain.models import Event

Standing = Participant.Standing


@dataclass(frozen=True, slots=True)
class Move:
    """One decision: its button, what it does, and the words once it is done."""

    label: str
    effect: str
    done: str
    act: Callable[..., Participant]
    from_standings: tuple[str, ...]


WORKING = (Standing.GOOD, Standing.WARNED)
AWAY = (Standing.PAUSED, Standing.STOPPED, Standing.EXCLUDED, Standing.WITHDRAWN)
MOVES = {
    "warn": Move("Warn", "They are told, and go on.", "warned.", services.warn, (Standing.GOOD,)),
    "pause": Move("Pause", "No further task until you reinstate them.", "paused.", services.pause, WORKING),
    "stop": Move("Stop", "No further task. Answers stay.", "stopped.", services.stop, (*WORKING, Standing.PAUSED)),
    "exclude": Move(
        "Exclude",
        "No further task, and no answer counts; others are asked instead.",
        "excluded. Their answers do not count, and others are asked.",
        services.exclude,
        (*WORKING, Standing.PAUSED, Standing.STOPPED),
    ),
    "reinstate": Move(
        "Reinstate",
        "They go on. Answers taken out count again where they are still wanted.",
        "in good standing again.",
        services.reinstate,
        (Standing.WARNED, *AWAY),
    ),
}


class NoReason(TaskError):
    """A decision about a person needs a reason, which stays on record."""


def moves_from(participant: Participant) -> list[tuple[str, Move]]:
    """Return what can be decided about somebody in their present standing."""
    return [(name, move) for name, move in MOVES.items() if participant.standing in move.from_standings]


def decide(participant: Participant, move: str, *, reason: str, by: User) -> Participant:
    """Carry a decision out; it is logged with its reason. Raises NoReason, or ValueError for what cannot be decided."""
    if move not in dict(moves_from(participant)):
        raise ValueError(f"{move[:20]!r} cannot be decided about somebody who is {participant.get_standing_display()}")
    if not reason:
        raise NoReason("Say why: the reason stays in the log, and the person is shown it.")
    return MOVES[move].act(participant, reason=reason, by=by)


def history(participant: Participant) -> QuerySet[Event]:
    """Return what the log says of somebody in this campaign, newest first."""
    mine = Event.objects.filter(
        project=participant.campaign.project_id,
        details__campaign=participant.campaign_id,
        details__participant=participant.pk,
    )
    return mine.select_related("user").order_by("-pk")
