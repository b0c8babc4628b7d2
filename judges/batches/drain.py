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

from judges import services
from judges.batches import store
from judges.batches.collecting import collect
from judges.batches.handing_in import Hander
from judges.batches.loop import Loop
from judges.bench import Bench
from judges.clock import database_now
from judges.endings import Interrupted
from judges.keys import make_batch_api
from judges.models import Batch, JudgeVersion, Run
from judges.probes.items import probes_of
from judges.providers.base import ProviderError, Terminal, Trouble
from judges.providers.batching import BatchApi, Job
from judges.runner import BEAT_S, GRACE_S, TICK_S, Progress, Stretch
from judges.versions import judges_of

PREPARE_S = 600.0  # for building the questions of a batch
POLL_GROWTH, LONGEST_POLL_S = 0.1, 600.0  # a batch is looked at when a tenth of its age has passed again
FULL_QUEUE_S = 600.0
CLOCKS_DIFFER = timedelta(minutes=10)  # at most, between our database and a provider
NOT_LISTED = "The provider does not list it."
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
    next_beat: float = 0.0
    stopped_at: float | None = None

    def __post_init__(self) -> None:
        self.bench = Bench(self.version, batch=True, probes=probes_of(self.run))
        self.hander = Hander(self.run, self.bench, self.apis, self._wait_for)

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
            for batch in store.claim(self.run, self.hander.claim_s):
                self._attend(batch)
                if self._is_called_off():
                    return
            self.run.refresh_from_db(fields=services.LIVE_FIELDS)  # nothing is handed in for a run that was stopped
            if self.run.state == Run.State.RUNNING:
                if self.hander.some():
                    continue
                if self._is_over():
                    return
            elif not self._winds_down():
                return
            if not self._rest():
                return

    def _is_called_off(self) -> bool:
        late = self.ends_at is not None and time.monotonic() >= self.ends_at
        self.trouble = self.trouble or self.hander.trouble
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
        if job is not None:
            store.handed_in(batch, job, 0.0)
        elif batch.detail == NOT_LISTED:
            store.never_arrived(batch, "It did not reach the provider, and was taken back.")
        else:  # a provider may list a batch a little after it took it; handed in again, it would be paid for twice
            store.looked_at(batch, settings.JUDGE_BATCH_POLL_SECONDS, detail=NOT_LISTED)

    def _end(self, batch: Batch, api: BatchApi, job: Job) -> None:
        took = collect(self.run, self.bench, api, batch, job, lambda work: self._wait_for(work, batch), self.random)
        answered = batch.entries.filter(status__isnull=False).count()
        store.ended(batch, answered=answered, failed=job.failed)
        self.stretch.calls += took.calls
        self.stretch.closed += took.closed
        self.hander.starved = False  # what was reserved for it may allow others
        if took.stops:
            self.trouble = took.stops
        elif job.queue_is_full:
            self.hander.not_before = time.monotonic() + FULL_QUEUE_S
        elif job.failed:
            self.trouble = f"The provider refused a batch: {job.failed}"
        elif job.cancelled and batch.state != Batch.State.CANCELLING:
            self.trouble = f"The batch {job.vendor_id} was cancelled at the provider, by nobody here."

    def _pause_after(self, batch: Batch) -> float:
        """Return after how many seconds to look again: soon at first, and seldom at a batch that takes long."""
        age = (database_now() - batch.submitted_at).total_seconds() if batch.submitted_at else 0.0
        return max(settings.JUDGE_BATCH_POLL_SECONDS, min(LONGEST_POLL_S, POLL_GROWTH * age))

    # --- between the rounds -------------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        """Say whether nothing is left to wait for: no cell, or no money for one and no batch that may free some."""
        return (self.hander.starved and services.stop_for_budget(self.run)) or services.finish_if_done(self.run)

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
        pause = max(TICK_S, self.hander.not_before - time.monotonic())
        cell = None if self.hander.starved else store.next_cell(self.run)
        moments = [moment for moment in (store.next_due(self.run), cell) if moment is not None]
        if pause > TICK_S:
            moments.append(store.later(pause))
        return min(moments, default=store.later(settings.JUDGE_BATCH_POLL_SECONDS))

    def _wait_for(self, work: Coroutine[Any, Any, T], batch: Batch) -> T:
        """Do something at the provider; keep the batch ours meanwhile, and give signs of life."""
        future, deadline = self.loop.start(work), None
        next_hold = time.monotonic() + self.hander.claim_s / 3
        while not wait([future], timeout=TICK_S).done:
            now = time.monotonic()
            if now >= next_hold:
                store.hold(batch, self.hander.claim_s)
                next_hold = now + self.hander.claim_s / 3
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
        self.stretch.closed += self.hander.closed
        if self.trouble:
            services.stop_with_reason(self.run, self.trouble)
        services.sign_of_life(self.run)
        self.run.refresh_from_db(fields=services.LIVE_FIELDS)
        if self.on_progress:
            self.on_progress(self.run)
