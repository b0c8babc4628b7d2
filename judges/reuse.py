"""Answers of earlier runs to the very same question, for runs that ask for them: nothing is called, nothing is paid.

The same question is the same words, but for the random marker, to the same judge version, in the same order and
repeat. Only readable answers are taken: whatever failed before is worth asking again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from judges.asking import Question
from judges.bench import Bench, reading_of
from judges.endings import Advanced, Ended, PutOff, Result
from judges.models import Exchange, Run
from judges.providers.base import Reply, Stop
from judges.recording import record_reused

Key = tuple[int, int]
READ = ("prompt_hash", "outcome", "detail", "reply", "model", "request_id", "raw", "reading", "chances")


def answered_before(run: Run, bench: Bench, questions: Sequence[Question], rng: random.Random) -> list[Question]:
    """Let questions take their answers from earlier runs, if the run wants that; return those that are to be asked."""
    earlier = earlier_exchanges(run, questions) if run.reuse else {}
    known = [question for question in questions if question.lease.key in earlier]
    read = [_ending(bench, question, earlier[question.lease.key], rng) for question in known]
    taken = [ending for ending in read if isinstance(ending, Ended) and ending.outcome == "verdict"]
    if taken:
        record_reused(run, bench, taken)
    answered = {ending.result.question.lease.key for ending in taken}
    return [question for question in questions if question.lease.key not in answered]


def _ending(bench: Bench, question: Question, earlier: Exchange, rng: random.Random) -> Ended | Advanced | PutOff:
    """Read a reply on record again; one whose probabilities decided, as it was read then, for its tokens are gone."""
    reply = Reply(earlier.reply, Stop.END, earlier.model, usage=None, request_id=earlier.request_id, raw=earlier.raw)
    return bench.ending(Result(question, reply=reply), rng, known=reading_of(earlier) if earlier.chances else None)


def earlier_exchanges(run: Run, questions: Sequence[Question]) -> dict[Key, Exchange]:
    """Return what is on record for these questions, by lease; the latest where there are several."""
    first = [question for question in questions if question.lease.step == 0]
    found = (
        Exchange.objects.filter(
            prompt_hash__in={question.prompt_hash for question in first},
            step=0,
            outcome="verdict",
            cell__run__version=run.version,
            cell__outcome="verdict",
        )
        .exclude(cell__run=run)
        .exclude(cell__run__selection__has_key="probes")  # whose items were changed
        .order_by("pk")
        .select_related("cell")
        .only(*READ, "cell__repeat")
    )
    on_record = {(exchange.prompt_hash, exchange.cell.repeat): exchange for exchange in found}
    known = ((question.lease.key, on_record.get((question.prompt_hash, question.lease.repeat))) for question in first)
    return {key: exchange for key, exchange in known if exchange is not None}
