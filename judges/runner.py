"""Draining a run: lease, ask, write, until nothing is due. The same function serves command, worker and queue engine.

The calling thread owns the database and does everything with it; a Caller asks the provider from another thread.
Whatever dies, the database knows what is left: a leased cell comes back when its lease ends.
"""

from __future__ import annotations

import math
import os
import random
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from judges import ledger, queue, services
from judges.asking import Question
from judges.bench import Bench
from judges.breaker import Breaker
from judges.calling import Caller
from judges.costs import Unbounded
from judges.endings import Ended, Result
from judges.keys import make_provider, secret_of
from judges.models import JudgeVersion, Run
from judges.pace import Pace
from judges.probes.items import probes_of
from judges.providers.base import Provider, Terminal
from judges.recording import record
from judges.reuse import answered_before
from judges.throttle import identity
from judges.versions import judges_of

GRACE_S = 20.0  # for calls under way when a process is asked to stop
GRACE_OF_CANCEL_S = 3.0
TICK_S = 0.25
BEAT_S = 1.0
GONE = (OperationalError, InterfaceError)  # what a database that is not there raises

Progress = Callable[[Run], None]


@dataclass
class Stretch:
    """What one stretch of work did, for whoever started it."""

    calls: int = 0
    closed: int = 0
    seconds: float = 0.0
    stopped: bool = False


def new_owner() -> str:
    """Return a name for a process that leases cells; never used again."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def drain(
    run: Run,
    *,
    stop: threading.Event | None = None,
    seconds: float | None = None,
    owner: str = "",
    on_progress: Progress | None = None,
) -> Stretch:
    """Work on a running judge run until it is over, until it is stopped by anybody, or until ``stop`` is set.

    After so many ``seconds`` no more calls are begun, and those under way may take the time that they need.

    How it ended stands in the run. Raises nothing for trouble with the provider: that pauses the run with a reason.
    """
    try:
        judges = judges_of(_version(run))
        providers = [make_provider(judge, deadline_s=float(settings.JUDGE_CALL_SECONDS)) for judge in judges]
    except Terminal as trouble:
        services.stop_with_reason(run, trouble.message)
        return Stretch()
    ends_at = math.inf if seconds is None else time.monotonic() + seconds
    return _Drain(run, providers, stop or threading.Event(), ends_at, owner or new_owner(), on_progress).work()


def _version(run: Run) -> JudgeVersion:
    if run.version is None:
        msg = f"{run} is a run of metrics: see judges.metric_runs"
        raise ValueError(msg)
    if run.mode == Run.Mode.BATCH:
        msg = f"{run} is a run in batches: see judges.batches"
        raise ValueError(msg)
    return run.version


@dataclass
class _Drain:
    """One stretch of work on one run in one process."""

    run: Run
    providers: Sequence[Provider]
    stop: threading.Event
    ends_at: float  # by the monotonic clock
    owner: str
    on_progress: Progress | None
    stretch: Stretch = field(default_factory=Stretch)
    random: random.Random = field(default_factory=random.Random)
    held: dict[tuple[int, int], Question] = field(default_factory=dict)
    booked: deque[Question] = field(default_factory=deque)  # of those held: not yet sent
    out: dict[tuple[int, int], Question] = field(default_factory=dict)  # of those held: with the caller
    unrecorded: list[Result] = field(default_factory=list)  # came back, and are not safe in the database yet
    breaker: Breaker = field(default_factory=Breaker)
    starved: bool = False  # the budget did not allow all of the last bookings
    next_renewal: float = 0.0

    def __post_init__(self) -> None:
        self.bench = Bench(_version(self.run), probes=probes_of(self.run))
        self.paces = [Pace(identity(seat.version, secret_of(seat.version))) for seat in self.bench.seats]
        self.lease_s = float(settings.JUDGE_LEASE_SECONDS)
        # What is booked but not begun waits for our lease to end if we die, so it is little more than keeps us busy.
        self.target = self.run.concurrency + max(2, self.run.concurrency // 2)

    def work(self) -> Stretch:
        """Work until there is nothing left to do or a reason to stop."""
        started = time.monotonic()
        with Caller(self.providers, self.run.concurrency) as caller:
            self.caller = caller
            try:
                self._loop()
            except GONE:
                _drop_dead_connection()  # what came back may be written down through a new one
                raise  # the run is as it was, for whoever comes back when the database answers
            except Exception as error:
                services.fail(self.run, f"The program failed: {type(error).__name__}. Its log says more.")
                raise
            finally:
                self._leave()
        self.stretch.seconds = time.monotonic() - started
        return self.stretch

    def _loop(self) -> None:
        next_beat = 0.0
        while True:
            now = time.monotonic()
            if now >= next_beat:
                self._beat()
                next_beat = now + BEAT_S
            self._renew(now)
            if self.stop.is_set() or now >= self.ends_at or self.breaker.trouble or self.run.state != Run.State.RUNNING:
                return
            self._top_up()
            if not self.held and self._is_over():
                return
            self._send(self._next())
            self._take_in(self.caller.results(timeout=min(TICK_S, self.caller.waits() or TICK_S)))

    def _renew(self, now: float) -> None:
        """Keep the leases of calls under way."""
        if now >= self.next_renewal:
            queue.renew((question.lease for question in self.held.values()), self.lease_s)
            self.next_renewal = now + self.lease_s / 3

    def _beat(self) -> None:
        """Give a sign of life, and learn whether somebody has stopped the run."""
        services.sign_of_life(self.run)
        for pace in self.paces:
            pace.look()
        self.run.refresh_from_db(fields=services.LIVE_FIELDS)
        if self.on_progress:
            self.on_progress(self.run)

    # --- out: from the database to the caller -------------------------------------------------------------------

    def _top_up(self) -> None:
        """Lease, book and submit as many cells as are missing."""
        room = self.target - len(self.held)
        if self.held and (self.starved or room < max(1, self.target // 4)):
            return  # nothing new to try, or too few to be worth a transaction
        if not any(pace.is_open for pace in self.paces):
            return
        leases = queue.take(self.run, self.owner, room, self.lease_s)
        if not leases:
            return
        questions = self.bench.questions(self.run.pk, leases)
        left = answered_before(self.run, self.bench, questions, self.random)
        self.stretch.closed += len(questions) - len(left)
        allowed, held_back = self._paced(left)
        accepted = self._book(allowed)
        unbooked = [*held_back, *allowed[accepted:]]
        if unbooked:
            queue.give_back(self.run, [question.lease for question in unbooked], booked=False)
        self._unused(allowed[accepted:])
        self.starved = accepted < len(allowed) and not self.breaker.trouble
        self.held.update((question.lease.key, question) for question in allowed[:accepted])
        self.booked.extend(allowed[:accepted])

    def _next(self, freed: int = 0) -> list[Question]:
        """Return the questions whose calls can begin now, when ``freed`` results have been recorded.

        They are no longer merely booked: the ledger says so before the call, and whoever recovers this run from our
        death can tell the calls that may have been made from those that were not.
        """
        ready = [self.booked.popleft() for _ in range(min(len(self.booked), self.caller.room(freed)))]
        begun = ledger.sending(question.lease for question in ready)
        late = [question for question in ready if question.lease.key not in begun]  # we stood still too long
        self._unused(late)
        for question in late:
            self.held.pop(question.lease.key, None)
        return [question for question in ready if question.lease.key in begun]

    def _send(self, ready: Sequence[Question]) -> None:
        if ready:
            self.out.update((question.lease.key, question) for question in ready)
            self.caller.submit(ready)

    def _paced(self, questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
        """Split questions into those that the limits of their keys allow now, and the others."""
        allowed: list[Question] = []
        held_back: list[Question] = []
        for place, pace in enumerate(self.paces):
            mine = [question for question in questions if question.ask.place == place]
            how_many = pace.allow(mine)
            allowed += mine[:how_many]
            held_back += mine[how_many:]
        return allowed, held_back

    def _unused(self, questions: Sequence[Question]) -> None:
        for place, pace in enumerate(self.paces):
            pace.unused(question for question in questions if question.ask.place == place)

    def _book(self, questions: Sequence[Question]) -> int:
        """Reserve what questions can cost; return how many of them the budget allows."""
        try:
            bookings = self.bench.bookings(questions, capped=self.run.budget_nusd is not None)
        except Unbounded as problem:
            self.breaker.trouble = str(problem)
            return 0
        return ledger.book(self.run, bookings)

    def _is_over(self) -> bool:
        """Say whether nothing is left to wait for: no cell, or no money for one."""
        return (self.starved and services.stop_for_budget(self.run)) or services.finish_if_done(self.run)

    # --- in: from the caller to the database --------------------------------------------------------------------

    def _take_in(self, fresh: Sequence[Result]) -> None:
        """Write down what came back. If the database goes away meanwhile, it waits for the next call of this."""
        results = [*self.unrecorded, *fresh]
        self.unrecorded = []
        for result in fresh:
            self.out.pop(result.question.lease.key, None)
        if results:
            try:
                self._record(results)
            except GONE:
                self.unrecorded = results
                raise
            except Exception:  # a mistake in the program: the calls were made, and count at their reservation
                for result in results:
                    self.held.pop(result.question.lease.key, None)
                raise

    def _record(self, results: Sequence[Result]) -> None:
        endings = [self.bench.ending(result, self.random) for result in results]
        with transaction.atomic():
            record(self.run, self.bench, endings)
            ready = self._next(freed=len(results))
        self.caller.recorded(len(results))
        self._send(ready)
        for place, pace in enumerate(self.paces):
            pace.settle([result for result in results if result.question.ask.place == place])
        self.starved = False  # what was reserved for these calls may allow others
        for result in results:
            self.held.pop(result.question.lease.key, None)
            self.breaker.note(result)
        self.stretch.calls += len(results)
        self.stretch.closed += sum(isinstance(item, Ended) for item in endings)
        crash = next((result.crash for result in results if result.crash), None)
        if crash is not None:
            raise crash

    # --- leaving ------------------------------------------------------------------------------------------------

    def _leave(self) -> None:
        """Give back what was not begun, let the calls under way end, and say why we stop."""
        self.stretch.stopped = self.stop.is_set()
        for question in self.caller.take_back():
            self.out.pop(question.lease.key, None)
        came_back = {result.question.lease.key for result in self.unrecorded}
        begun = self.out.keys() | came_back
        unbegun = [question for key, question in self.held.items() if key not in begun]
        self.booked.clear()
        queue.give_back(self.run, [question.lease for question in unbegun], booked=True)
        self._unused(unbegun)
        for question in unbegun:
            self.held.pop(question.lease.key, None)
        if self.breaker.trouble:  # at once, so that no other worker makes the same calls
            services.stop_with_reason(self.run, self.breaker.trouble)
        self._let_calls_end()
        services.sign_of_life(self.run)
        self.run.refresh_from_db(fields=services.LIVE_FIELDS)
        if self.on_progress:
            self.on_progress(self.run)

    def _let_calls_end(self) -> None:
        """Wait for paid answers, for a while; then end the calls and book them as of unknown cost."""
        began, interrupted = time.monotonic(), False
        while self.out or self.unrecorded:
            now = time.monotonic()
            self._renew(now)
            if not interrupted and now >= began + self._grace_s():
                self.caller.interrupt()
                interrupted = True
            self._take_in(self.caller.results(timeout=TICK_S))

    def _grace_s(self) -> float:
        """Return how long calls under way may take: where only our time is up, as long as a call can take."""
        if self.run.state == Run.State.CANCELLED:
            return GRACE_OF_CANCEL_S
        in_a_hurry = self.stop.is_set() or self.breaker.trouble or self.run.state != Run.State.RUNNING
        return GRACE_S if in_a_hurry or time.monotonic() < self.ends_at else float(settings.JUDGE_CALL_SECONDS)


def _drop_dead_connection() -> None:
    if connection.connection is not None and not connection.is_usable():
        connection.close()
