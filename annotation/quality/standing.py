"""What follows from a failed family of checks: a new standing, never a milder one, and a line in the project's log."""

from __future__ import annotations

from annotation.models import Participant
from annotation.quality.policy import Action
from annotation.quality.words import reason_for
from domain.services import log

Standing = Participant.Standing
STANDINGS = {
    Action.WARN: Standing.WARNED,
    Action.PAUSE: Standing.PAUSED,
    Action.STOP: Standing.STOPPED,
    Action.EXCLUDE: Standing.EXCLUDED,
}
ORDER = [Standing.GOOD, Standing.WARNED, Standing.PAUSED, Standing.STOPPED, Standing.EXCLUDED, Standing.WITHDRAWN]


def act(participant: Participant, action: Action, *, family: str, what: str, times: int) -> None:
    """Change the standing of a locked participant, whom the caller saves, and log why.

    The log says ``what`` was found; the person is told less (words.reason_for).
    """
    standing = STANDINGS.get(action)
    if standing is not None and ORDER.index(standing) > ORDER.index(Standing(participant.standing)):
        participant.standing, participant.standing_reason = standing, reason_for(family)
    log(
        participant.campaign.project,
        "quality check failed",
        campaign=participant.campaign_id,
        participant=participant.pk,
        family=family,
        what=what,
        times=times,
        follows=str(action),
        standing=participant.standing,
    )
