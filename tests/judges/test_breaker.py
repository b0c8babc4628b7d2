"""What makes a run stop by itself, and what does not."""

from __future__ import annotations

import random
import re
import socket
from typing import Any

import pytest

from judges.breaker import (
    LONGEST_UNREACHED_S,
    MOST_FAILURES_IN_A_ROW,
    MOST_REFUSALS_IN_A_ROW,
    MOST_UNREACHED_IN_A_ROW,
    Breaker,
)
from judges.calling import FIRST_CALLS
from judges.endings import Interrupted, Result
from judges.models import Run
from judges.planning import Selection
from judges.providers.base import InvalidResponse, ProviderError, Reply, Stop, Terminal, Transient, Trouble
from judges.runner import drain
from tests.fakes.provider import Faults
from tests.judges.running import LOCAL, run_of

QUESTION: Any = None  # nobody looks at what was asked
ANSWER = Result(QUESTION, reply=Reply(text="A", stop=Stop.END, model="m", usage=None))
TOO_LONG = Terminal(Trouble.REQUEST, "HTTP 400: the prompt is too long", status=400)
UNREACHED = Transient("Nobody listens there.")
BUSY = Transient("HTTP 500", status=500)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(breaker: Breaker, *ends: ProviderError | Result) -> str:
    for end in ends:
        breaker.note(end if isinstance(end, Result) else Result(QUESTION, error=end))
    return breaker.trouble


def test_requests_that_are_refused_one_after_the_other_stop_a_run_that_went_well_before():
    breaker = Breaker()
    assert told(breaker, ANSWER, *[TOO_LONG] * (MOST_REFUSALS_IN_A_ROW - 1)) == ""
    assert told(breaker, TOO_LONG) == (
        f"{MOST_REFUSALS_IN_A_ROW} requests in a row were refused. The last: HTTP 400: the prompt is too long"
    )


def test_refusals_between_answers_stop_nothing():
    rng, breaker, two = random.Random(1), Breaker(), (ANSWER, TOO_LONG)
    ends: list[Any] = [rng.choice(two) for _ in range(500)]
    assert told(breaker, ANSWER, *ends) == ""


def test_the_first_requests_must_not_all_be_refused():
    breaker = Breaker()
    assert told(breaker, *[TOO_LONG] * (FIRST_CALLS - 1)) == ""
    assert told(breaker, TOO_LONG) == "HTTP 400: the prompt is too long"


@pytest.mark.parametrize("kind", [kind for kind in Trouble if kind is not Trouble.REQUEST])
def test_what_no_other_call_would_survive_stops_at_once(kind):
    assert told(Breaker(), ANSWER, Terminal(kind, "Put it right.")) == "Put it right."


def test_a_server_that_is_not_there_is_given_a_minute():
    clock = Clock()
    breaker = Breaker(clock=clock)
    assert told(breaker, *[UNREACHED] * (MOST_UNREACHED_IN_A_ROW - 1)) == ""
    clock.now = LONGEST_UNREACHED_S - 1
    assert told(breaker, UNREACHED) == ""
    clock.now = LONGEST_UNREACHED_S
    assert told(breaker, UNREACHED) == "Nobody has answered any of 11 calls. The last: Nobody listens there."


@pytest.mark.parametrize("reached", [ANSWER, BUSY, Transient("It broke off.", may_be_billed=True)])
def test_a_server_that_was_there_once_is_waited_for_longer(reached):
    clock = Clock()
    breaker = Breaker(clock=clock)
    told(breaker, UNREACHED, reached)
    clock.now = LONGEST_UNREACHED_S
    assert told(breaker, *[UNREACHED] * (MOST_UNREACHED_IN_A_ROW - 1)) == ""


@pytest.mark.parametrize("error", [BUSY, InvalidResponse("That is a login page.")])
def test_failures_without_end_stop_a_run(error):
    breaker = Breaker()
    assert told(breaker, ANSWER, *[error] * (MOST_FAILURES_IN_A_ROW - 1)) == ""
    assert told(breaker, error).startswith(f"{MOST_FAILURES_IN_A_ROW} calls in a row have failed. The last: ")


def test_what_we_ended_ourselves_says_nothing_about_the_provider():
    assert told(Breaker(), *[Interrupted("The run was stopped.")] * 200) == ""


@pytest.mark.parametrize(("asked", "said"), [(3600.0, "60 minutes"), (36_000.0, "10.0 hours")])
def test_a_long_pause_is_told_and_the_first_trouble_stands(asked, said):
    breaker = Breaker()
    assert f"wait for {said}" in told(breaker, Transient("429", retry_after=asked, status=429))
    assert f"wait for {said}" in told(breaker, Terminal(Trouble.KEY, "The key is wrong."))


@pytest.mark.django_db
def test_an_account_put_on_hold_in_the_middle_does_not_use_up_the_cells(project, fake, monkeypatch):
    monkeypatch.setattr("judges.breaker.MOST_REFUSALS_IN_A_ROW", 12)
    monkeypatch.setattr("judges.runner.BEAT_S", 0.0)
    run = run_of(project, fake, Selection(repeats=20), concurrency=4)

    def put_on_hold(run: Run) -> None:
        if run.verdicts:
            fake.configure(faults=Faults(rate=1.0, kinds=("400",)))

    drain(run, on_progress=put_on_hold)
    assert (run.state, run.planned) == ("paused", 240)
    assert "requests in a row were refused" in run.reason
    assert run.transport <= 12 + 2 * 4
    assert run.verdicts < 100


@pytest.mark.django_db
def test_a_run_whose_server_never_answers_says_so(project, fake, settings, monkeypatch):
    monkeypatch.setattr("judges.breaker.LONGEST_UNREACHED_S", 0.0)
    monkeypatch.setattr("judges.endings.FIRST_WAIT_S", 0.01)
    with socket.socket() as nobody:  # bound, and does not listen
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        settings.JUDGE_PRIVATE_HOSTS = [address]
        run = run_of(project, fake, judge=LOCAL | {"base_url": f"http://{address}/v1"})
        drain(run)
    assert (run.state, run.done, len(fake.log)) == ("paused", 0, 0)
    assert re.fullmatch(
        r"Nobody has answered any of 1\d calls\. The last: No answer came \(ConnectError\): .*", run.reason
    )
    assert (run.reserved_nusd, run.unsettled_nusd) == (0, 0)
