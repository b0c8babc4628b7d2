"""Taking in what a batch has brought: in groups, in any order, each call once, whoever did a part of it before."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.db import transaction

from judges.asking import Question
from judges.batches import store
from judges.bench import Bench
from judges.endings import Ended, Result
from judges.leases import Lease, lock
from judges.models import Batch, Run
from judges.providers.base import ProviderError, Terminal, Transient
from judges.providers.batching import LONGEST_LINE, Answer, BatchApi, GivenBack, Job, attempt_of
from judges.recording import record

GROUP = 100  # calls per transaction

Waiter = Callable[[Coroutine[Any, Any, None]], None]


@dataclass
class Taken:
    """What was taken in. ``stops``: why the whole run should stop, in words for people."""

    calls: int = 0
    closed: int = 0
    stops: str = ""


def collect(
    run: Run, bench: Bench, api: BatchApi, batch: Batch, job: Job, wait_for: Waiter, rng: random.Random
) -> Taken:
    """Fetch the results of a batch that is over and write them down. Raises ProviderErrors of the download."""
    left = {lease.key: lease for lease in store.leases_of(batch)}
    took = Taken()
    if not job.failed:
        with TemporaryFile() as file:
            wait_for(api.fetch(job, file.write))
            file.seek(0)
            answers = _answers(file, api, store.mark_of(batch), left)
            while group := list(islice(answers, GROUP)):
                _take_in(run, bench, api, group, took, rng)
    without = iter(list(left.values()))
    while some := list(islice(without, GROUP)):
        error = _error_of_missing(job)
        _take_in(run, bench, api, [(lease, Answer("", error=error)) for lease in some], took, rng)
    return took


def _answers(
    file: BinaryIO, api: BatchApi, mark: str, left: dict[tuple[int, int], Lease]
) -> Iterator[tuple[Lease, Answer]]:
    """Read the answers to calls that are still without one; take each of those out of ``left``."""
    while line := file.readline(LONGEST_LINE):
        answer = api.read(line) if line.strip() else None
        key = attempt_of(answer.custom_id, mark) if answer else None
        lease = left.pop(key, None) if key else None
        if answer and lease:
            yield lease, answer


def _error_of_missing(job: Job) -> ProviderError:
    """Return what became of calls about which the results say nothing."""
    if job.failed:
        return GivenBack(f"The provider refused the batch: {job.failed}")
    if job.cancelled:
        return GivenBack("The batch was cancelled before this call.")
    return Transient("The results of the batch say nothing about this call.", may_be_billed=True)


def _take_in(
    run: Run, bench: Bench, api: BatchApi, group: Sequence[tuple[Lease, Answer]], took: Taken, rng: random.Random
) -> None:
    answers = {lease.key: answer for lease, answer in group}
    questions = bench.questions(run.pk, [lease for lease, _ in group])
    results = [_result(question, api, answers[question.lease.key]) for question in questions]
    with transaction.atomic():
        lock(run)
        keys = store.unsettled([result.question.lease for result in results])  # of two processes, one takes it in
        endings = [bench.ending(result, rng) for result in results if result.question.lease.key in keys]
        record(run, bench, endings)
    took.calls += len(endings)
    took.closed += sum(isinstance(ending, Ended) for ending in endings)
    for result in results:
        if isinstance(result.error, Terminal) and result.error.stops_judge:
            took.stops = took.stops or str(result.error)


def _result(question: Question, api: BatchApi, answer: Answer) -> Result:
    if answer.reply is None:
        return Result(question, error=answer.error)
    return Result(question, reply=replace(answer.reply, withheld=api.body(question.request)[1]))
