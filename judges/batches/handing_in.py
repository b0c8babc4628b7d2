"""Handing in: from due cells to batches at the provider, booked before they leave."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from judges import queue
from judges.asking import Question
from judges.batches import store
from judges.bench import Bench
from judges.costs import Unbounded
from judges.endings import Interrupted, wait_before
from judges.models import Batch, Run
from judges.providers.base import InvalidResponse, ProviderError, Terminal, Transient
from judges.providers.batching import BatchApi, Call, Job, custom_id
from judges.reuse import answered_before
from judges.runner import new_owner

PREPARE_S = 600.0  # for building the questions of a batch


@dataclass
class Hander:
    """Hands in batches of one run. ``wait_for`` does something at the provider and keeps the batch ours meanwhile."""

    run: Run
    bench: Bench
    apis: Sequence[BatchApi]
    wait_for: Callable[[Coroutine[Any, Any, Job], Batch], Job]
    random: random.Random = field(default_factory=random.Random)
    owner: str = field(default_factory=new_owner)
    failures: int = 0
    not_before: float = 0.0  # by the monotonic clock: when the next batch may be handed in
    starved: bool = False  # the budget did not allow all of the last bookings
    closed: int = 0  # cells that took their answers from earlier runs
    trouble: str = ""

    def __post_init__(self) -> None:
        self.claim_s = float(settings.JUDGE_LEASE_SECONDS)  # how long a process that died keeps others from a batch

    def some(self) -> bool:
        """Hand in one batch for each judge that has questions; return whether there was something to do."""
        if self.starved or time.monotonic() < self.not_before:
            return False
        leases = queue.take(self.run, self.owner, settings.JUDGE_BATCH_CALLS, PREPARE_S)
        if not leases:
            return False
        questions = self.bench.questions(self.run.pk, leases)
        left = answered_before(self.run, self.bench, questions, self.random)
        self.closed += len(questions) - len(left)
        for place, api in enumerate(self.apis):
            mine = [question for question in left if question.ask.place == place]
            if mine:
                self._hand_in(place, api, mine)
        return True

    def _hand_in(self, place: int, api: BatchApi, questions: Sequence[Question]) -> None:
        """Book and hand in as many questions as one batch and the budget hold; give the others back."""
        bodies = [api.body(question.request)[0] for question in questions]
        fitting = _how_many_fit(bodies, min(settings.JUDGE_BATCH_BYTES, api.limits.size), api.limits.calls)
        batch, accepted = self._open(place, questions[:fitting])
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

    def _open(self, place: int, questions: Sequence[Question]) -> tuple[Batch | None, int]:
        """Book what the budget allows of these questions for one batch."""
        try:
            bookings = self.bench.bookings(questions, capped=self.run.budget_nusd is not None)
        except Unbounded as problem:
            self.trouble = str(problem)
            return None, 0
        return store.open_batch(self.run, place, bookings, self.claim_s)

    def _submit(self, batch: Batch, api: BatchApi, calls: Sequence[Call], mark: str) -> None:
        batch.run = self.run
        try:
            job = self.wait_for(api.submit(calls, mark), batch)
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
