"""How a call ends: with one of the four outcomes of its cell, or with another try later. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from domain.choices import Answer, Choice, Reason, Unscored, Value
from domain.specs import RubricSpec
from judges.asking import Question
from judges.providers.base import InvalidResponse, ProviderError, Reply, Terminal, Transient
from judges.providers.batching import GivenBack
from judges.replies import Reading

MOST_ATTEMPTS = 8
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 60.0
LONGEST_RETRY_AFTER_S = 120.0


class Interrupted(ProviderError):
    """We ended the call ourselves, because the run was stopped: it may have been paid for."""


@dataclass(frozen=True, slots=True)
class Result:
    """A call that is over: its reply, or what went wrong. ``crash`` is a mistake in the program, to be raised."""

    question: Question
    reply: Reply | None = None
    error: ProviderError | None = None
    latency_s: float = 0.0
    crash: Exception | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The outcome of a cell and what it says; and what its last step brought, which a panel's members share in."""

    result: Result
    outcome: str
    reading: Reading
    step_outcome: str
    step_reading: Reading

    @property
    def detail(self) -> str:
        """Return why there is no verdict, or "" where there is one."""
        return detail_of(self.reading)


@dataclass(frozen=True, slots=True)
class Advanced:
    """A step that is over in a cell that has another one to go."""

    result: Result
    step_outcome: str
    step_reading: Reading


@dataclass(frozen=True, slots=True)
class PutOff:
    """A cell that is to be asked again, after a delay in seconds. ``charged``: it counts as an attempt."""

    result: Result
    delay_s: float
    detail: str
    charged: bool = True


def put_off(result: Result, rng: random.Random) -> PutOff | None:
    """Return the delay after which a call without a reply is worth another try, or None where it is not."""
    error = _error(result)
    if isinstance(error, Interrupted | GivenBack) or (isinstance(error, Terminal) and error.stops_judge):
        return PutOff(result, 0.0, str(error), charged=False)
    tries = result.question.lease.attempts + 1
    if isinstance(error, Transient | InvalidResponse) and tries < MOST_ATTEMPTS:
        return PutOff(result, _delay(error, tries, rng), str(error))
    return None


def reading_of_error(result: Result) -> Reading:
    """Return what a call says that brought no reply: nothing, and why."""
    return Reading(Unscored(Reason.TRANSPORT, str(_error(result))[:500]))


def outcome_of(reading: Reading) -> str:
    """Return the outcome of a reply."""
    if not isinstance(reading.answers, Unscored):
        return "verdict"
    return "refused" if reading.answers.reason is Reason.REFUSED else "unreadable"


def detail_of(reading: Reading) -> str:
    """Return why a reading has no answers, or ""."""
    return reading.answers.detail if isinstance(reading.answers, Unscored) else ""


def wait_before(tries: int, rng: random.Random) -> float:
    """Return a growing, capped wait in seconds, with jitter: what failed together must not return together."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1)) * rng.uniform(0.5, 1.0))


def said(reading: Reading, rubric: RubricSpec) -> str:
    """Return the first criterion's answer in short, as the judge saw it."""
    if isinstance(reading.answers, Unscored):
        return ""
    answer: Answer | None = reading.answers.get(rubric.criteria[0].key)
    if isinstance(answer, Value):
        return f"{answer.number:g}"[:20]
    return answer.outcome.value if isinstance(answer, Choice) else ""


def _error(result: Result) -> ProviderError:
    return result.error or ProviderError("the call ended without a reply or an error")


def _delay(error: Transient | InvalidResponse, tries: int, rng: random.Random) -> float:
    wait = wait_before(tries, rng)
    asked = error.retry_after if isinstance(error, Transient) else None
    return wait if asked is None else max(asked, wait) if asked > 0 else wait
