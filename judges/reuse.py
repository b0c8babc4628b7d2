"""Answers of earlier runs to the very same question, for runs that ask for them: nothing is called, nothing is paid.

The same question is the same words, but for the random marker, to the same judge version, in the same order and
repeat. Only readable answers are taken: whatever failed before is worth asking again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from judges.asking import Question
from judges.bench import Bench
from judges.endings import Ended, Result
from judges.models import Exchange, Run
from judges.providers.base import Reply, Stop
from judges.recording import record_reused

Key = tuple[int, int]


def answered_before(run: Run, bench: Bench, questions: Sequence[Question], rng: random.Random) -> list[Question]:
    """Let questions take their answers from earlier runs, if the run wants that; return those that are to be asked."""
    replies = earlier_replies(run, questions) if run.reuse else {}
    known = [question for question in questions if question.lease.key in replies]
    read = [bench.ending(Result(question, reply=replies[question.lease.key]), rng) for question in known]
    taken = [ending for ending in read if isinstance(ending, Ended) and ending.outcome == "verdict"]
    if taken:
        record_reused(run, bench, taken)
    answered = {ending.result.question.lease.key for ending in taken}
    return [question for question in questions if question.lease.key not in answered]


def earlier_replies(run: Run, questions: Sequence[Question]) -> dict[Key, Reply]:
    """Return the replies on record for these questions, by lease; the latest where there are several."""
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
        .values_list("prompt_hash", "cell__repeat", "reply", "model", "request_id", "raw")
    )
    replies = {
        (prompt_hash, repeat): Reply(text, Stop.END, model, usage=None, request_id=request_id, raw=raw)
        for prompt_hash, repeat, text, model, request_id, raw in found
    }
    known = ((question.lease.key, replies.get((question.prompt_hash, question.lease.repeat))) for question in first)
    return {key: reply for key, reply in known if reply is not None}
