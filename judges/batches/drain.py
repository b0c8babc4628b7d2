"""Draining a run in batches: hand in what is due, look at what is with the provider, fetch what has ended.

One process stays with a run of its own command. Workers leave a run whose batches are all with the provider, and come
back when one is due: ``Run.rest_until`` says when. Whatever dies, the rows of batches say where to go on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings

from judges import queue, services
from judges.asking import Question
from judges.batches import store
from judges.batches.collecting import collect
from judges.batches.loop import Loop
from judges.bench import Bench
from judges.clock import database_now
from judges.endings import Interrupted, wait_before
from judges.keys import make_batch_api
from judges.models import Batch, JudgeVersion, Run
from judges.probes.items import probes_of
from judges.providers.base import InvalidResponse, ProviderError, Terminal, Transient, Trouble
from judges.providers.batching import BatchApi, Call, Job, custom_id
from judges.queue import Booking
from judges.reuse import answered_before
from judges.runner import BEAT_S, GRACE_S, TICK_S, Progress, Stretch, new_owner
from judges.versions import judges_of

PREPARE_S = 600.0  # for building the questions of a batch
POLL_GROWTH, LONGEST_POLL_S = 0.1, 600.0  # a batch is looked at when a tenth of its age has passed again
FULL_QUEUE_S = 600.0
CLOCKS_DIFFER = timedelta(minutes=10)  # at most, between our database and a provider
WIND_DOWN_S = 30.0  # how long a process waits for the end of batches that it has cancelled
T = TypeVar("T")


def drain(
    run: Run,
    *,
    stop: threading.Event | None = None,
    seconds: float | None = None,
    on_progress: Progress | None = None,
) -> Stretch:
    """Work on a run in batches until it is over, is stopped, rests, or so many ``seconds`` have passed.

    Raises nothing for trouble with the provider: that pauses the run with a reason.
    """
    assert run.version is not None  # noqa: S101 - metrics have no batches
    version = run.version
    try:
        apis = [make_batch_api(judge) for judge in judges_of(version)]
    except Terminal as trouble:
        services.stop_with_reason(run, trouble.message)
        return Stretch()
    ends_at = None if seconds is None else time.monotonic() + seconds
    return _Drain(run, version, apis, stop or threading.Event(), ends_at, on_progress).work()


@dataclass
class _Drain:
    """One stretch of work on one run in one process."""

    run: Run
    version: JudgeVersion
    apis: Sequence[BatchApi]
    stop: threading.Event
    ends_at: float | None
    on_progress: Progress | None
    stretch: Stretch = field(default_factory=Stretch)
    random: random.Random = field(default_factory=random.Random)
    trouble: str = ""
    failures: int = 0
    not_before: float = 0.0  # by the monotonic clock: when the next batch may be handed in
    starved: bool = False
    next_beat: float = 0.0
    stopped_at: float | None = None

    def __post_init__(self) -> None:
        self.bench = Bench(self.version, batch=True, probes=probes_of(self.run))
        self.owner = new_owner()
        self.claim_s = float(settings.JUDGE_LEASE_SECONDS)  # how long a process that died keeps others from a batch

    def work(self) -> Stretch:
        """Work until there is nothing left to do now or a reason to stop."""
        started = time.monotonic()
        with Loop() as self.loop:
            try:
                self._rounds()
            except Exception as error:
                services.fail(self.run, f"The program failed: {type(error).__name__}. Its log says more.")
                raise
            finally:
                for api in self.apis:
                    self.loop.finish(api.aclose())
                self._leave()
        self.stretch.seconds = time.monotonic() - started
        return self.stretch

    def _rounds(self) -> None:
        while not self._is_called_off():
            self._beat()
            for batch in store.claim(self.run, self.claim_s):
                self._attend(batch)
                if self._is_called_off():
                    return
            self.run.refresh_from_db(fields=services.LIVE_FIELDS)  # nothing is handed in for a run that was stopped
            if self.run.state == Run.State.RUNNING:
                if self._hand_in_some():
                    continue
                if self._is_over():
                    return
            elif not self._winds_down():
                return
            if not self._rest():
                return

    def _is_called_off(self) -> bool:
        late = self.ends_at is not None and time.monotonic() >= self.ends_at
        return bool(self.stop.is_set() or self.trouble or late)

    # --- batches that are with the provider ---------------------------------------------------------------------

    def _attend(self, batch: Batch) -> None:
        """Find out how far a batch is, and take in what it has brought when it is over."""
        batch.run, api = self.run, self.apis[batch.place]
        try:
            if batch.state == Batch.State.SUBMITTING:
                self._find(batch, api)
                return
            ask = api.cancel if batch.state == Batch.State.CANCELLING else api.look
            job = self._wait_for(ask(batch.vendor_id), batch)
            if not job.over:
                store.looked_at(batch, self._pause_after(batch), job=job)
                return
            self._end(batch, api, job)
        except Terminal as refusal:
            self._refused(batch, refusal)
        except ProviderError as error:
            store.looked_at(batch, self._pause_after(batch), detail=f"Could not be looked at: {error}")

    def _refused(self, batch: Batch, refusal: Terminal) -> None:
        if refusal.kind is Trouble.NOT_FOUND:
            store.lost(batch, f"The provider does not know the batch any more. {refusal}")
            return
        store.looked_at(batch, 0.0, detail=f"Could not be looked at: {refusal}")
        self.trouble = str(refusal)

    def _find(self, batch: Batch, api: BatchApi) -> None:
        """Learn whether a batch arrived whose process died, or was left without an answer, while handing it in."""
        booked = batch.entries.order_by("pk").values_list("at", flat=True).first() or database_now()
        since = booked - CLOCKS_DIFFER
        job = self._wait_for(api.find(store.mark_of(batch), batch.size, since, store.known_jobs()), batch)
        if job is None:
            store.never_arrived(batch, "It did not reach the provider, and was taken back.")
        else:
            store.handed_in(batch, job, 0.0)

    def _end(self, batch: Batch, api: BatchApi, job: Job) -> None:
        took = collect(self.run, self.bench, api, batch, job, lambda work: self._wait_for(work, batch), self.random)
        answered = batch.entries.filter(status__isnull=False).count()
        store.ended(batch, answered=answered, failed=job.failed)
        self.stretch.calls += took.calls
        self.stretch.closed += took.closed
        self.starved = False  # what was reserved for it may allow others
        if took.stops:
            self.trouble = took.stops
        elif job.queue_is_full:
            self.not_before = time.monotonic() + FULL_QUEUE_S
        elif job.failed:
            self.trouble = f"The provider refused a batch: {job.failed}"
        elif job.cancelled and batch.state != Batch.State.CANCELLING:
            self.trouble = f"The batch {job.vendor_id} was cancelled at the provider, by nobody here."

    def _pause_after(self, batch: Batch) -> float:
        """Return after how many seconds to look again: soon at first, and seldom at a batch that takes long."""
        age = (database_now() - batch.submitted_at).total_seconds() if batch.submitted_at else 0.0
        return max(settings.JUDGE_BATCH_POLL_SECONDS, min(LONGEST_POLL_S, POLL_GROWTH * age))

    # --- batches to hand in -------------------------------------------------------------------------------------

    def _hand_in_some(self) -> bool:
        """Hand in one batch for each judge that has questions; return whether there was something to do."""
        if self.starved or time.monotonic() < self.not_before:
            return False
        leases = queue.take(self.run, self.owner, settings.JUDGE_BATCH_CALLS, PREPARE_S)
        if not leases:
            return False
        questions = self.bench.questions(self.run.pk, leases)
        left = answered_before(self.run, self.bench, questions, self.random)
        self.stretch.closed += len(questions) - len(left)
        for place, api in enumerate(self.apis):
            mine = [question for question in left if question.ask.place == place]
            if mine:
                self._hand_in(place, api, mine)
        return True

    def _hand_in(self, place: int, api: BatchApi, questions: Sequence[Question]) -> None:
        """Book and hand in as many questions as one batch and the budget hold; give the others back."""
        bodies = [api.body(question.request)[0] for question in questions]
        fitting = _how_many_fit(bodies, min(settings.JUDGE_BATCH_BYTES, api.limits.size), api.limits.calls)
        tariff = self.bench.tariffs[place]
        bookings = [Booking(one.lease, tariff.at_most(one.request) or 0) for one in questions[:fitting]]
        batch, accepted = store.open_batch(self.run, place, bookings, self.claim_s)
        queue.give_back(self.run, [question.lease for question in questions[accepted:]], booked=False)
        self.starved = accepted < fitting
        if batch is None:
            return
        mark = store.mark_of(batch)
        calls = [
            Call(custom_id(*question.lease.key, mark), body)
            for question, body in zip(questions[:accepted], bodies, strict=False)
        ]
        self._submit(batch, api, calls, mark)

    def _submit(self, batch: Batch, api: BatchApi, calls: Sequence[Call], mark: str) -> None:
        batch.run = self.run
        try:
            job = self._wait_for(api.submit(calls, mark), batch)
        except Terminal as refusal:
            store.never_arrived(batch, str(refusal))
            self.trouble = str(refusal)
        except ProviderError as error:
            self.failures += 1
            asked = error.retry_after if isinstance(error, Transient) else None
            pause = max(asked or 0.0, wait_before(self.failures, self.random))
            self.not_before = time.monotonic() + pause
            if _surely_refused(error):
                store.never_arrived(batch, str(error))
            else:
                store.looked_at(batch, pause, detail=f"It is not known whether it arrived. {error}")
        else:
            self.failures = 0
            store.handed_in(batch, job, settings.JUDGE_BATCH_POLL_SECONDS)

    # --- between the rounds -------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Say whether nothing is left to wait for: no cell, or no money for one and no batch that may free some."""
        return (self.starved and services.stop_for_budget(self.run)) or services.finish_if_done(self.run)

    def _winds_down(self) -> bool:
        """Say whether a run that was stopped has batches whose end is worth waiting for."""
        self.stopped_at = self.stopped_at or time.monotonic()
        in_time = time.monotonic() < self.stopped_at + WIND_DOWN_S
        return in_time and Batch.objects.filter(run=self.run, state=Batch.State.CANCELLING).exists()

    def _rest(self) -> bool:
        """Wait for what comes next, and return True; or say when that is, and leave the run to whoever is free."""
        until = self._next_moment()
        if self.run.engine != Run.Engine.COMMAND and self.run.state == Run.State.RUNNING:
            Run.objects.filter(pk=self.run.pk, state=Run.State.RUNNING).update(rest_until=until)
            return False
        state = self.run.state
        while not self._is_called_off() and self.run.state == state and database_now() < until:
            self._beat()
            self.stop.wait(TICK_S)
        return True

    def _next_moment(self) -> datetime:
        pause = max(TICK_S, self.not_before - time.monotonic())
        cell = None if self.starved else store.next_cell(self.run)
        moments = [moment for moment in (store.next_due(self.run), cell) if moment is not None]
        if pause > TICK_S:
            moments.append(store.later(pause))
        return min(moments, default=store.later(settings.JUDGE_BATCH_POLL_SECONDS))

    def _wait_for(self, work: Coroutine[Any, Any, T], batch: Batch) -> T:
        """Do something at the provider; keep the batch ours meanwhile, and give signs of life."""
        future, deadline = self.loop.start(work), None
        next_hold = time.monotonic() + self.claim_s / 3
        while not wait([future], timeout=TICK_S).done:
            now = time.monotonic()
            if now >= next_hold:
                store.hold(batch, self.claim_s)
                next_hold = now + self.claim_s / 3
            self._beat()
            if self.stop.is_set():
                deadline = deadline or now + GRACE_S
                if now >= deadline:
                    future.cancel()
                    raise Interrupted("The run was stopped meanwhile.")
        return future.result()

    def _beat(self) -> None:
        """Give a sign of life, and learn whether somebody has stopped the run."""
        now = time.monotonic()
        if now < self.next_beat:
            return
        self.next_beat = now + BEAT_S
        services.sign_of_life(self.run)
        self.run.refresh_from_db(fields=services.LIVE_FIELDS)
        if self.on_progress:
            self.on_progress(self.run)

    def _leave(self) -> None:
        self.stretch.stopped = self.stop.is_set()
        if self.trouble:
            services.stop_with_reason(self.run, self.trouble)
        services.sign_of_life(self.run)
        self.run.refresh_from_db(fields=services.LIVE_FIELDS)
        if self.on_progress:
            self.on_progress(self.run)


def _how_many_fit(bodies: Sequence[dict[str, Any]], most_bytes: int, most_calls: int) -> int:
    """Return how many bodies fit into one batch; at least one, for the provider to judge."""
    left = most_bytes
    for index, body in enumerate(bodies[:most_calls]):
        left -= len(str(body).encode("utf-8", "replace")) + 200
        if left < 0:
            return max(1, index)
    return min(len(bodies), most_calls)


def _surely_refused(error: ProviderError) -> bool:
    """Say whether a batch that was not taken cannot have arrived all the same."""
    if isinstance(error, InvalidResponse | Interrupted) or not isinstance(error, Transient):
        return False
    return error.status == 429 or (error.status is None and not error.may_be_billed)
