"""How fast one person may send: a steady rate with room for a burst, far above what reading allows.

It is there against scripts, not against haste: who is merely fast is quality control's business (the speed floor of a
policy), which sees more when it is not announced by a refusal.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User

from annotation.errors import TooFast

PEOPLE = 10_000  # remembered at once by one process


@dataclass(frozen=True, slots=True)
class Pace:
    """So many a minute, and so many at once after a rest."""

    per_minute: int
    burst: int

    def wait(self, reserved: float, now: float) -> tuple[float, float]:
        """Return how many seconds too early this one is, 0 where it may pass, and the time reserved after it.

        ``reserved`` is what the last one returned, 0 before the first. This is the generic cell rate algorithm of
        ATM Forum TM-4.0 (1996): one number per person, and no clock that has to tick.
        """
        step = 60 / self.per_minute
        at = max(reserved, now)
        early = at - now - (self.burst - 1) * step
        return (early, reserved) if early > 1e-9 else (0.0, at + step)


def answers_pace() -> Pace | None:
    """Return the pace for answers; None where the installation sets no limit."""
    most = settings.ANSWERS_PER_MINUTE
    return Pace(most, burst=max(10, most // 6)) if most > 0 else None


def keep_pace(user: User) -> None:
    """Raise TooFast where this person sends more than anybody can: drafts, signs of life, skips, answers."""
    most = settings.ANSWERS_PER_MINUTE
    if most > 0 and (early := _METER.wait(user.pk, Pace(4 * most, burst=max(60, most)))):
        raise TooFast(early)


class Meter:
    """Paces of people in this process's memory: no statement, and a bound that is as many times higher as processes."""

    def __init__(self) -> None:
        self._reserved: OrderedDict[int, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, person: int, pace: Pace, now: float | None = None) -> float:
        """Return how long this person must wait; 0 counts as sent."""
        now = time.monotonic() if now is None else now
        with self._lock:
            early, reserved = pace.wait(self._reserved.pop(person, 0.0), now)
            self._reserved[person] = reserved
            while len(self._reserved) > PEOPLE:
                self._reserved.popitem(last=False)
        return early


_METER = Meter()
