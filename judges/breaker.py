"""When a run should stop by itself: trouble that its calls have in common, told in words for people."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from judges.calling import FIRST_CALLS
from judges.endings import LONGEST_RETRY_AFTER_S, Interrupted, Result
from judges.providers.base import ProviderError, Terminal, Transient

MOST_FAILURES_IN_A_ROW = 40
MOST_REFUSALS_IN_A_ROW = 100  # many: a prompt may be too long for a model in all of its pairs
MOST_UNREACHED_IN_A_ROW = 10
LONGEST_UNREACHED_S = 60.0  # a server may be starting at the same time as we


@dataclass
class Breaker:
    """Looks at how calls end, one after the other. ``trouble`` is why no more should be made, "" while they may."""

    trouble: str = ""
    clock: Callable[[], float] = time.monotonic
    _answered: bool = False
    _failures: int = 0
    _refusals: int = 0
    _unreached: list[float] = field(default_factory=list)  # when calls ended that reached nobody, none answered since

    def note(self, result: Result) -> None:
        """Learn from one call."""
        error = result.error
        if result.reply is not None:
            self._answered = True
            self._failures = self._refusals = 0
        elif isinstance(error, Terminal):
            self._note_refusal(error)
        elif isinstance(error, ProviderError) and not isinstance(error, Interrupted):
            self._note_failure(error)

    def _note_refusal(self, error: Terminal) -> None:
        self._refusals += 1
        if error.stops_judge or (not self._answered and self._refusals >= FIRST_CALLS):
            self._stop(str(error))
        elif self._refusals >= MOST_REFUSALS_IN_A_ROW:
            self._stop(f"{self._refusals} requests in a row were refused. The last: {error}")

    def _note_failure(self, error: ProviderError) -> None:
        self._failures += 1
        asked = error.retry_after if isinstance(error, Transient) else None
        if asked is not None and asked > LONGEST_RETRY_AFTER_S:
            self._stop(f"The provider asks to wait for {_duration(asked)}. Resume the run after that.")
        elif self._failures >= MOST_FAILURES_IN_A_ROW:
            self._stop(f"{self._failures} calls in a row have failed. The last: {error}")
        elif self._nobody_is_there(error):
            self._stop(f"Nobody has answered any of {len(self._unreached)} calls. The last: {error}")

    def _nobody_is_there(self, error: ProviderError) -> bool:
        """Say whether a call that reached nobody is one of many, over a while, and none was ever answered."""
        reached_nobody = isinstance(error, Transient) and error.status is None and not error.may_be_billed
        if self._answered or not reached_nobody:
            self._unreached.clear()
            return False
        self._unreached.append(self.clock())
        lasted = self._unreached[-1] - self._unreached[0]
        return len(self._unreached) >= MOST_UNREACHED_IN_A_ROW and lasted >= LONGEST_UNREACHED_S

    def _stop(self, why: str) -> None:
        self.trouble = self.trouble or why


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{minutes:,.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"
