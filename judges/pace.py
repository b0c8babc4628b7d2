"""How fast one stretch of work may call: asks the throttle of its key, and keeps books of what it was granted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from judges import throttle
from judges.asking import Question
from judges.clock import database_now
from judges.costs import BYTES_PER_TOKEN_USUALLY, request_bytes
from judges.endings import LONGEST_RETRY_AFTER_S, Result
from judges.models import Throttle
from judges.providers.base import Transient


@dataclass
class Pace:
    """The pace of one key in one process. Without a limit or a pause it asks nobody."""

    who: str
    limited: bool = True
    _granted: dict[tuple[int, int], int] = field(default_factory=dict)
    _not_before: float = 0.0

    def look(self) -> None:
        """Find out whether anything holds this key back."""
        held = Q(requests_per_minute__isnull=False) | Q(tokens_per_minute__isnull=False)
        parked = Q(parked_until__gt=database_now())
        self.limited = Throttle.objects.filter(held | parked, identity=self.who).exists()

    @property
    def is_open(self) -> bool:
        """Return whether it is worth asking for a call now."""
        return not self.limited or time.monotonic() >= self._not_before

    def allow(self, questions: Sequence[Question]) -> int:
        """Return how many of these may be asked now, in order."""
        if not self.limited:
            return len(questions)
        sizes = [_tokens(question) for question in questions]
        granted = throttle.grant(self.who, sizes)
        self._not_before = time.monotonic() + granted.wait_s
        for question, size in zip(questions[: granted.calls], sizes, strict=False):
            self._granted[question.lease.key] = size
        return granted.calls

    def unused(self, questions: Iterable[Question]) -> None:
        """Put back what was granted for questions that are not asked after all."""
        sizes = [size for question in questions if (size := self._granted.pop(question.lease.key, None)) is not None]
        throttle.give_back(self.who, requests=len(sizes), tokens=sum(sizes))

    def settle(self, results: Sequence[Result]) -> None:
        """Set what was used against what was granted, and park the key where a provider asks for it."""
        back = 0
        for result in results:
            size = self._granted.pop(result.question.lease.key, None)
            if size is not None:
                back += size - _used(result, size)
        throttle.give_back(self.who, tokens=back)
        pauses = [wait for result in results if (wait := _pause(result)) is not None]
        if pauses:
            throttle.park(self.who, max(pauses), "the provider asked for a pause")
            self.limited = True


def _tokens(question: Question) -> int:
    """Return what a call may use, as providers count it beforehand: its prompt, and all that it may answer."""
    return request_bytes(question.request) // BYTES_PER_TOKEN_USUALLY + question.request.max_tokens


def _used(result: Result, granted: int) -> int:
    if result.reply is None:
        return 0
    usage = result.reply.usage
    return granted if usage is None else usage.prompt + usage.output


def _pause(result: Result) -> float | None:
    """Return how long a provider asks to be left alone; what is longer than a run can wait pauses the run instead."""
    error = result.error
    asked = error.retry_after if isinstance(error, Transient) else None
    return asked if asked is not None and 0 < asked <= LONGEST_RETRY_AFTER_S else None
