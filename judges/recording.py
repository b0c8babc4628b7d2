"""Writing down how calls ended: in groups, each in one transaction with its verdicts, its ledger and its counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from domain.choices import Choice, Unscored, Value
from domain.models import Verdict
from domain.services import Draft, record_verdict, record_verdicts
from judges import ledger, queue
from judges.bench import Bench
from judges.costs import usage_counts
from judges.endings import Advanced, Ended, PutOff, detail_of, said
from judges.leases import Lease, hold
from judges.ledger import Settlement
from judges.listed_verdicts import gives_ties, record_listed
from judges.models import Exchange, JudgeVersion, LedgerEntry, Run
from judges.providers.base import InvalidResponse
from judges.rankings import in_short
from judges.replies import Reading
from judges.rows import put_rows
from judges.texts import storable, storable_document

COUNTERS = {"verdict": "verdicts", "refused": "refused", "unreadable": "unreadable", "transport": "transport"}
CLOSED = ("outcome", "said", "detail", "latency_ms", "cost_nusd", "verdict_id", "flags", "finished_at")
KEPT = (
    "purpose", "member_id", "outcome", "detail", "system", "prompt", "reply", "raw", "reading", "chances", "settings",
    "usage", "model", "request_id", "prompt_hash", "reused",
)  # fmt: skip


@transaction.atomic(savepoint=False)
def record(run: Run, bench: Bench, endings: Sequence[Ended | Advanced | PutOff]) -> None:
    """Write down a group of calls. What came too late for its cell is booked and otherwise dropped."""
    hold(run)
    settlements = {ending.result.question.lease.key: _settlement(ending, bench) for ending in endings}
    held = queue.still_held(ending.result.question.lease for ending in endings)
    changed = ledger.settle(list(settlements.values()), held)
    current = [ending for ending in endings if ending.result.question.lease.key in held]
    _put_off(ending for ending in current if isinstance(ending, PutOff))
    _advance(bench, [ending for ending in current if isinstance(ending, Advanced)])
    changed.update(_close(bench, [ending for ending in current if isinstance(ending, Ended)], settlements))
    ledger.move(run, changed)


@transaction.atomic
def record_reused(run: Run, bench: Bench, endings: Sequence[Ended]) -> None:
    """Write down answers of earlier runs: no call was made, so the ledger has nothing to say."""
    hold(run)
    held = queue.still_held(ending.result.question.lease for ending in endings)
    current = [ending for ending in endings if ending.result.question.lease.key in held]
    leases = [ending.result.question.lease for ending in current]
    free = {lease.key: Settlement(lease=lease, known=True, cost_nusd=0) for lease in leases}
    ledger.move(run, _close(bench, current, free, reused=True))


def _settlement(ending: Ended | Advanced | PutOff, bench: Bench) -> Settlement:
    result = ending.result
    tariff = bench.tariffs[result.question.ask.place]
    if result.reply is not None:
        return tariff.settlement_of_reply(result.question.lease, result.reply)
    assert result.error is not None  # noqa: S101 - a result is a reply or an error
    return tariff.settlement_of_error(result.question.lease, result.error, result.latency_s)


def _put_off(endings: Iterable[PutOff]) -> None:
    by_charge: dict[bool, list[tuple[Lease, float, str]]] = {True: [], False: []}
    for ending in endings:
        row = (ending.result.question.lease, ending.delay_s, storable(ending.detail))
        by_charge[ending.charged].append(row)
    for charged, rows in by_charge.items():
        queue.reopen(rows, charged=charged)


def _advance(bench: Bench, advanced: Sequence[Advanced]) -> None:
    """Keep what a step brought, and open its cell for the next one."""
    if advanced:
        _keep(_exchange(ending, bench) for ending in advanced)
        queue.advance(ending.result.question.lease for ending in advanced)


def _keep(exchanges: Iterable[Sequence[Any]]) -> None:
    put_rows(Exchange, ("cell_id", "step"), KEPT, exchanges)


def _close(
    bench: Bench,
    ended: Sequence[Ended],
    settlements: dict[tuple[int, int], Settlement],
    *,
    reused: bool = False,
) -> Counter[str]:
    """Record the verdicts and close the cells; return by how much the counters of the run are to move."""
    if not ended:
        return Counter()
    verdicts, costs = _record_verdicts(bench, ended), _costs(ended, settlements)
    now = timezone.now()
    rows = []
    for ending in ended:
        lease = ending.result.question.lease
        latency = settlements[lease.key].latency_ms
        answer, detail = _said(ending, bench), storable(ending.detail, 400)
        flags = ",".join(ending.result.question.flags)
        row = [ending.outcome, answer, detail, latency, costs[lease.cell_id], verdicts[lease.cell_id], flags, now]
        rows.append((lease, row))
    queue.close(CLOSED, rows)
    _keep(_exchange(ending, bench, reused=reused) for ending in ended)
    return Counter(COUNTERS[ending.outcome] for ending in ended)


def _said(ending: Ended, bench: Bench) -> str:
    if ending.reading.ranking:
        return in_short(ending.reading.ranking, ties=gives_ties(bench))
    return said(ending.reading, bench.rubric)


def _costs(ended: Sequence[Ended], settlements: dict[tuple[int, int], Settlement]) -> dict[int, int | None]:
    """Return what the answers cost, all steps of a cell together; None where a part is unknown."""
    leases = [ending.result.question.lease for ending in ended]
    costs = {lease.cell_id: settlements[lease.key].cost_nusd for lease in leases}
    several = [lease.cell_id for lease in leases if lease.step]
    for cell_id in several:
        costs[cell_id] = 0
    if not several:
        return costs
    for cell_id, cost in LedgerEntry.objects.filter(cell__in=several).values_list("cell_id", "cost_nusd"):
        so_far = costs[cell_id]
        costs[cell_id] = None if cost is None or so_far is None else so_far + cost
    return costs


def _record_verdicts(bench: Bench, ended: Sequence[Ended]) -> dict[int, int | None]:
    """Record one verdict per cell, scored or not, and return their ids. A retry replaces the unscored one.

    Answers to probes are about texts that no system gave: they are no verdicts, so no number can count them.

    The cell of a list has several verdicts, which name it by their occasion, and none of its own.
    """
    version = bench.version
    if bench.probes:
        return {ending.result.question.lease.cell_id: None for ending in ended}
    if version.protocol == JudgeVersion.Protocol.LISTWISE:
        record_listed(bench, ended)
        return {ending.result.question.lease.cell_id: None for ending in ended}
    first = [ending for ending in ended if ending.result.question.lease.verdict_id is None]
    drafts = [_draft(ending, version.rater_id) for ending in first]
    # A cell that we hold is not done, and its verdict is written with its end: no earlier one need be looked for.
    ids = record_verdicts(project=version.project, rubric=version.rubric, drafts=drafts, supersedes={})
    found: dict[int, int | None] = {
        ending.result.question.lease.cell_id: pk for ending, pk in zip(first, ids, strict=True) if pk is not None
    }
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


def _exchange(ending: Ended | Advanced, bench: Bench, *, reused: bool = False) -> list[Any]:
    """Return cell and step, and the values of the columns ``KEPT``."""
    question, reply, error = ending.result.question, ending.result.reply, ending.result.error
    broken = error.raw if isinstance(error, InvalidResponse) else ""
    reading, member = ending.step_reading, bench.member_of(question)
    return [
        question.lease.cell_id,
        question.lease.step,
        (Exchange.Purpose.REPAIR if question.ask.is_repair else Exchange.Purpose.ASK).value,
        member.pk if member else None,
        ending.step_outcome,
        storable(detail_of(reading), 400),
        question.request.system,
        question.prompt,
        storable(reply.text if reply else broken),
        storable_document(reply.raw) if reply else {},
        as_read(reading, question.labels),
        reading.chances or None,
        bench.seats[question.ask.place].settings_sent(reply),
        usage_counts(reply.usage) or {} if reply else {},
        storable(reply.model, 150) if reply else "",
        storable(reply.request_id, 150) if reply else "",
        question.prompt_hash,
        reused,
    ]


def as_read(reading: Reading, labels: Mapping[str, int]) -> dict[str, Any]:
    """Return what was understood, by criterion, in the frame that the judge saw; of a list, whom its labels meant."""
    answers, reasons = reading.answers, reading.reasons
    if isinstance(answers, Unscored):
        return {}
    if reading.ranking:
        said = {"groups": reading.ranking, "labels": dict(labels), "reasons": storable(reading.rationale)}
        return {"ranking": said}
    return {
        key: {
            **({"value": answer.number} if isinstance(answer, Value) else _chosen(answer)),
            "reasons": storable(reasons.get(key, "")),
        }
        for key, answer in answers.items()
    }


def _chosen(answer: Choice) -> dict[str, Any]:
    said = asdict(answer)
    return said if answer.chance is not None else {key: said[key] for key in ("outcome", "strength")}
