"""What can go wrong with a task, in words for the person who rates. ``code`` is for programs."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class TaskError(Exception):
    """A request about a task that cannot be done. The message says why and what to do."""

    code = "refused"
    status = 409


class NoSuchTask(TaskError):
    """Nobody's task, somebody else's, or one behind a wall: the same answer for all three."""

    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such task.")


class Incomplete(TaskError):
    """Some criteria are not answered."""

    code = "incomplete"
    status = 422

    def __init__(self, missing: dict[str, str]) -> None:
        self.missing = missing
        super().__init__(_("Not answered yet: %(names)s.") % {"names": ", ".join(map(str, missing.values()))})


class BadAnswer(TaskError):
    """An answer that cannot be read or that its scale does not have."""

    code = "bad_answer"
    status = 422


class Revised(BadAnswer):
    """The guidelines or the questions changed while somebody was answering; nothing was recorded yet."""

    code = "revised"

    def __init__(self) -> None:
        super().__init__(
            _(
                "The guidelines changed while you were at this task. What you entered is kept: "
                "read what changed, look at your answer once more and send it."
            )
        )


class BadItem(TaskError):
    """Something that cannot be asked about."""

    code = "bad_item"
    status = 422


class KeyReused(TaskError):
    """An idempotency key came back with another answer."""

    code = "idempotency_key_reused"
    status = 422

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was already used with another answer. Send a new answer with a new key.")


class AlreadyAnswered(TaskError):
    """The task has an answer that says something else."""

    code = "already_answered"

    def __init__(self) -> None:
        super().__init__(_("This task is already answered. Undo the answer to change it."))


class NotHeld(TaskError):
    """The task is not this person's to answer, skip or change any more."""

    code = "not_held"


class NotOpen(TaskError):
    """The campaign does not allow this in its present state."""

    code = "not_open"


class TooFast(TaskError):
    """More came than a person can send; ``retry_after`` seconds later it may be sent again."""

    code = "too_fast"
    status = 429

    def __init__(self, seconds: float) -> None:
        self.retry_after = math.ceil(seconds)
        says = ngettext(
            "That was very fast. Nothing is lost: send it again in %(n)s second.",
            "That was very fast. Nothing is lost: send it again in %(n)s seconds.",
            self.retry_after,
        )
        super().__init__(says % {"n": self.retry_after})


class NothingToUndo(TaskError):
    """There is no earlier answer of this person to change."""

    code = "nothing_to_undo"

    def __init__(self) -> None:
        super().__init__(_("There is no earlier answer of yours to change."))
