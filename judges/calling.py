"""Asking a provider from a thread with an event loop, while the thread that owns the database plans and writes.

A fixed set of workers pulls questions from one line; there is no task per question, and no ORM in a coroutine. The
gate is careful at first (three calls until one is answered) and whenever the provider is in trouble.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from judges.asking import Question
from judges.endings import LONGEST_RETRY_AFTER_S, Interrupted, Result, wait_before
from judges.providers.base import Provider, ProviderError, Reply, Terminal, Transient

FIRST_CALLS = 3  # a wrong key or model is found out by so many calls at most
STREAK_TO_SLOW_DOWN = 8
TIMER_SLACK_S = 0.005  # a timer of the event loop may ring a trifle early


class Gate:
    """When the next call may begin: how many at once, and not before when. Lives in the event loop's thread."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.window = min(FIRST_CALLS, most)
        self.held_until = 0.0
        self.failures = 0  # without an answer in between
        self.answered = False
        self.refused_requests = 0
        self.closed = False
        self._clock = clock
        self._random = random.Random()  # noqa: S311 - jitter is no secret

    @property
    def misconfigured(self) -> bool:
        """Return whether the first requests were all refused: then it is the settings, and not the items."""
        return not self.answered and self.refused_requests >= FIRST_CALLS

    def waits(self) -> float:
        """Return for how many seconds no call may begin."""
        return max(0.0, self.held_until - self._clock())

    def note(self, outcome: Reply | ProviderError) -> bool:
        """Learn from how a call ended; return whether more calls may be made at once than before."""
        if isinstance(outcome, Reply):
            widened = self.window < self.most
            self.window, self.failures, self.answered = self.most, 0, True
            return widened
        if isinstance(outcome, Terminal):
            self.refused_requests += 1
            if not self.answered:  # each of the first calls may fail but once
                self.window = min(self.most, max(1, FIRST_CALLS - self.refused_requests))
            self.closed = self.closed or outcome.stops_judge or self.misconfigured
            return False
        self.failures += 1
        asked = outcome.retry_after if isinstance(outcome, Transient) else None
        if asked is not None:
            self.hold(min(asked, LONGEST_RETRY_AFTER_S))
        if self.failures >= STREAK_TO_SLOW_DOWN:
            self.window = 1  # one call at a time finds out when the provider is back
            self.hold(wait_before(self.failures - STREAK_TO_SLOW_DOWN + 1, self._random))
        return False

    def hold(self, seconds: float) -> None:
        """Let no call begin for so long."""
        self.held_until = max(self.held_until, self._clock() + seconds)


class Caller:
    """Calls providers, ``concurrency`` questions at a time, in a thread of its own. A context manager.

    ``providers`` are those of a bench, one for each of its seats.
    """

    def __init__(self, providers: Sequence[Provider], concurrency: int) -> None:
        self._providers = providers
        self._concurrency = concurrency
        self._line: deque[Question] = deque()
        self._gate = Gate(concurrency)
        self._calling: set[asyncio.Task[None]] = set()
        self._unrecorded = 0
        self._out = 0  # submitted and not recorded, as the thread that owns the database sees it
        self._ending = False
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="judge-calls", daemon=True)

    # --- from the thread that owns the database -----------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def room(self, freed: int = 0) -> int:
        """Return how many more calls could begin at once, when ``freed`` results have been recorded."""
        if self._gate.closed or self._gate.waits():
            return 0
        return max(0, min(self._concurrency, self._gate.window) - self._out + freed)

    def waits(self) -> float:
        """Return for how many seconds no call may begin."""
        return self._gate.waits()

    def submit(self, questions: Sequence[Question]) -> None:
        """Let questions be asked: at once, unless the provider has got into trouble since room() was asked."""
        self._out += len(questions)
        self._loop.call_soon_threadsafe(self._enqueue, list(questions))

    def results(self, timeout: float, gather_s: float = 0.01) -> list[Result]:
        """Return calls that are over: wait for the first, and a moment more for those that come with it."""
        found: list[Result] = []
        with suppress(queue.Empty):
            found.append(self._results.get(timeout=timeout))
            deadline = time.monotonic() + gather_s
            while len(found) < 4 * self._concurrency:
                found.append(self._results.get(timeout=max(0.0, deadline - time.monotonic())))
        return found

    def recorded(self, how_many: int) -> None:
        """Say that so many results are safe in the database.

        Until then they hold their places: what can be lost when the process dies, and would be paid for again, is
        never more than the calls at once.
        """
        self._out -= how_many
        self._loop.call_soon_threadsafe(self._free, how_many)

    def take_back(self) -> list[Question]:
        """Return the questions that nobody has begun to ask; they will not be asked."""
        left = asyncio.run_coroutine_threadsafe(self._take_back(), self._loop).result()
        self._out -= len(left)
        return left

    def interrupt(self) -> None:
        """End the calls under way; each gives a result all the same."""
        self._loop.call_soon_threadsafe(self._cancel_calls)

    # --- in the event loop --------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._turn = asyncio.Condition()
        workers = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]
        self._ready.set()
        await self._end.wait()
        self._ending = True
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        for provider in self._providers:
            await provider.aclose()

    def _enqueue(self, batch: list[Question]) -> None:
        self._line.extend(batch)
        self._wake()

    def _free(self, how_many: int) -> None:
        self._unrecorded -= how_many
        self._wake()

    def _wake(self) -> None:
        self._waking = self._loop.create_task(self._notify())

    async def _notify(self) -> None:
        async with self._turn:
            self._turn.notify_all()

    async def _take_back(self) -> list[Question]:
        left = list(self._line)
        self._line.clear()
        return left

    def _cancel_calls(self) -> None:
        for worker in self._calling:
            worker.cancel()

    def _may_begin(self) -> bool:
        gate, busy = self._gate, len(self._calling)
        free = busy < gate.window and busy + self._unrecorded < self._concurrency
        return free and bool(self._line) and not gate.closed and not gate.waits()

    async def _work(self) -> None:
        worker = asyncio.current_task()
        assert worker is not None  # noqa: S101 - a coroutine runs in a task
        while True:
            async with self._turn:
                await self._turn.wait_for(self._may_begin)
                question = self._line.popleft()
                self._calling.add(worker)
            try:
                result = await self._ask(question)
            except asyncio.CancelledError:
                if self._ending:
                    raise
                worker.uncancel()
                result = Result(question, error=Interrupted("The run was stopped during the call."))
            finally:
                self._calling.discard(worker)
            self._note(result)
            self._unrecorded += 1
            self._results.put(result)

    async def _ask(self, question: Question) -> Result:
        started = time.monotonic()
        try:
            reply = await self._providers[question.ask.place].complete(question.request)
        except ProviderError as error:
            return Result(question, error=error, latency_s=time.monotonic() - started)
        except Exception as crash:  # a mistake in the program: the thread that waits for us raises it
            return Result(question, error=Interrupted("The program failed during the call."), crash=crash)
        return Result(question, reply=reply, latency_s=time.monotonic() - started)

    def _note(self, result: Result) -> None:
        outcome = result.reply or result.error
        if outcome is None or isinstance(outcome, Interrupted):
            return
        if self._gate.note(outcome):
            self._wake()
        if wait := self._gate.waits():
            self._loop.call_later(wait + TIMER_SLACK_S, self._wake)
