"""Writing down how calls ended: in groups, each in one transaction with its verdicts, its ledger and its counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from domain.choices import Unscored, Value
from domain.models import Verdict
from domain.services import Draft, record_verdict, record_verdicts
from judges import queue
from judges.asking import Asker
from judges.costs import Tariff, usage_counts
from judges.endings import Ended, PutOff, said
from judges.models import Exchange, Run
from judges.providers.base import InvalidResponse
from judges.texts import storable, storable_document

COUNTERS = {"verdict": "verdicts", "refused": "refused", "unreadable": "unreadable", "transport": "transport"}
CLOSED = ("outcome", "said", "detail", "latency_ms", "cost_nusd", "verdict_id", "finished_at")
KEPT = [
    "outcome", "detail", "system", "prompt", "reply", "raw", "reading", "settings", "usage", "model", "request_id",
    "prompt_hash", "reused",
]  # fmt: skip


@transaction.atomic
def record(run: Run, asker: Asker, endings: Sequence[Ended | PutOff], tariff: Tariff) -> None:
    """Write down a group of calls. What came too late for its cell is booked and otherwise dropped."""
    queue.lock(run)
    settlements = {ending.result.question.lease.key: _settlement(ending, tariff) for ending in endings}
    held = queue.still_held(ending.result.question.lease for ending in endings)
    queue.settle(run, list(settlements.values()), held)
    current = [ending for ending in endings if ending.result.question.lease.key in held]
    _put_off(ending for ending in current if isinstance(ending, PutOff))
    ended = [ending for ending in current if isinstance(ending, Ended)]
    _close(run, asker, ended, settlements)


@transaction.atomic
def record_reused(run: Run, asker: Asker, endings: Sequence[Ended]) -> None:
    """Write down answers of earlier runs: no call was made, so the ledger has nothing to say."""
    queue.lock(run)
    held = queue.still_held(ending.result.question.lease for ending in endings)
    current = [ending for ending in endings if ending.result.question.lease.key in held]
    leases = [ending.result.question.lease for ending in current]
    free = {lease.key: queue.Settlement(lease=lease, known=True, cost_nusd=0) for lease in leases}
    _close(run, asker, current, free, reused=True)


def _settlement(ending: Ended | PutOff, tariff: Tariff) -> queue.Settlement:
    result = ending.result
    if result.reply is not None:
        return tariff.settlement_of_reply(result.question.lease, result.reply)
    assert result.error is not None  # noqa: S101 - a result is a reply or an error
    return tariff.settlement_of_error(result.question.lease, result.error, result.latency_s)


def _put_off(endings: Iterable[PutOff]) -> None:
    by_charge: dict[bool, list[tuple[queue.Lease, float, str]]] = {True: [], False: []}
    for ending in endings:
        row = (ending.result.question.lease, ending.delay_s, storable(ending.detail))
        by_charge[ending.charged].append(row)
    for charged, rows in by_charge.items():
        queue.reopen(rows, charged=charged)


def _close(
    run: Run,
    asker: Asker,
    ended: Sequence[Ended],
    settlements: dict[tuple[int, int], queue.Settlement],
    *,
    reused: bool = False,
) -> None:
    """Record the verdicts, close the cells and move the counters: all of it or nothing."""
    if not ended:
        return
    verdicts = _record_verdicts(asker, ended)
    now = timezone.now()
    rows = []
    for ending in ended:
        lease = ending.result.question.lease
        cost = settlements[lease.key].cost_nusd
        latency = settlements[lease.key].latency_ms
        detail = storable(ending.detail, 400)
        row = [ending.outcome, said(ending.reading, asker.rubric), detail, latency, cost, verdicts[lease.cell_id], now]
        rows.append((lease, row))
    queue.close(CLOSED, rows)
    Exchange.objects.bulk_create(
        [_exchange(ending, asker, reused=reused) for ending in ended],
        update_conflicts=True,
        unique_fields=["cell", "step"],
        update_fields=KEPT,
    )
    counts = Counter(COUNTERS[ending.outcome] for ending in ended)
    Run.objects.filter(pk=run.pk).update(**{name: F(name) + count for name, count in counts.items()})


def _record_verdicts(asker: Asker, ended: Sequence[Ended]) -> dict[int, int]:
    """Record one verdict per cell, scored or not, and return their ids. A retry replaces the unscored one."""
    version = asker.version
    first = [ending for ending in ended if ending.result.question.lease.verdict_id is None]
    drafts = [_draft(ending, version.rater_id) for ending in first]
    ids = record_verdicts(project=version.project, rubric=version.rubric, drafts=drafts)
    found = {ending.result.question.lease.cell_id: pk for ending, pk in zip(first, ids, strict=True) if pk is not None}
    for ending in ended:
        lease = ending.result.question.lease
        if lease.verdict_id is not None:
            earlier = Verdict.objects.get(pk=lease.verdict_id)
            recorded = record_verdict(
                project=version.project,
                rubric=version.rubric,
                draft=_draft(ending, version.rater_id),
                supersedes=earlier,
            )
            found[lease.cell_id] = recorded.verdict.pk
    return found


def _draft(ending: Ended, rater_id: int) -> Draft:
    lease = ending.result.question.lease
    answers = ending.reading.answers
    if isinstance(answers, Unscored):
        answers = Unscored(answers.reason, storable(answers.detail, 400))
    return Draft(
        rater_id=rater_id,
        answers=answers,
        occasion=f"cell:{lease.cell_id}",
        battle_id=lease.battle_id,
        response_id=lease.response_id,
        shown_swapped=lease.order == 1,
        rationale=storable(ending.reading.rationale),
    )


def _exchange(ending: Ended, asker: Asker, *, reused: bool) -> Exchange:
    question, reply, error = ending.result.question, ending.result.reply, ending.result.error
    broken = error.raw if isinstance(error, InvalidResponse) else ""
    return Exchange(
        cell_id=question.lease.cell_id,
        outcome=ending.outcome,
        detail=storable(ending.detail, 400),
        system=question.request.system,
        prompt=question.prompt,
        reply=storable(reply.text if reply else broken),
        raw=storable_document(reply.raw) if reply else {},
        reading=_as_read(ending, asker),
        settings=asker.settings_sent(reply),
        usage=usage_counts(reply.usage) or {} if reply else {},
        model=storable(reply.model, 150) if reply else "",
        request_id=storable(reply.request_id, 150) if reply else "",
        prompt_hash=question.prompt_hash,
        reused=reused,
    )


def _as_read(ending: Ended, asker: Asker) -> dict[str, Any]:
    """Return what was understood, by criterion, in the frame that the judge saw."""
    answers, reasons = ending.reading.answers, ending.reading.reasons
    if isinstance(answers, Unscored):
        return {}
    return {
        key: {
            **({"value": answer.number} if isinstance(answer, Value) else asdict(answer)),
            "reasons": storable(reasons.get(key, "")),
        }
        for key, answer in answers.items()
    }
