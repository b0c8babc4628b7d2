"""Rankings and choices of best and worst in the raw export: one row per answer, with places by the letters shown.

What was sent stays with the turn for the last answer alone. An earlier one is read back from its verdicts, one for each
pair that it decided: they say the same, for a place is how many stand above it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from annotation.material import LABELS, shown_order
from annotation.models import Assignment, Campaign, RevisedAnswer
from annotation.rankings import Pair, extremes_of, ranks_of
from annotation.raw_reading import Said
from annotation.raw_rows import Row, of_verdict
from domain.choices import Choice, Outcome
from domain.models import Verdict


def list_rows(campaign: Campaign, turn: Assignment, said: Said, base: Row) -> Iterator[Row]:
    """Yield what was said last, then what it replaced: by its person, or asked again after a revision."""
    verdict, revised = said.verdicts.get(turn.verdict_id or 0), said.revised[turn.pk]
    yield base | of_verdict(turn, verdict, _revision_of([verdict], revised), superseded=False) | ranking(turn.answer)
    earlier = said.pairs.get(turn.pk, {})
    for given_at in sorted(earlier.keys() - {verdict.given_at if verdict else None}, reverse=True):
        pairs = sorted(earlier[given_at], key=lambda pair: pair.pk)
        revision = _revision_of(pairs, revised)
        answer = revision.turn.get("answer") if revision and revision.is_set_aside else None
        row = base | of_verdict(turn, pairs[0], revision, superseded=True)
        yield row | ranking(answer or answer_of(campaign.task, shown_order(turn), pairs, said.fought))


def ranking(answer: dict[str, Any] | None) -> Row:
    """Return what was sent about a list, by the letters under which its responses were shown."""
    said = {name: (answer or {}).get(name) for name in ("ranks", "best", "worst")}
    kept = {name: value for name, value in said.items() if value}
    return {"ranking": json.dumps(kept, ensure_ascii=False)}


def answer_of(
    task: str, order: Sequence[int], pairs: Iterable[Verdict], fought: dict[int, tuple[int, int]]
) -> dict[str, Any]:
    """Return the answer that decided these pairs: places by letter, or the letters of the best and the worst."""
    labels = LABELS[: len(order)]
    decided = list(_decided(order, pairs, fought))
    if task == Campaign.Task.RANKING:
        return {"ranks": ranks_of(decided, labels)}
    best, worst = extremes_of(decided, labels)
    return {"best": best, "worst": worst}


def _decided(order: Sequence[int], pairs: Iterable[Verdict], fought: dict[int, tuple[int, int]]) -> Iterator[Pair]:
    """Yield pairs by the places at which they were shown; of a pair that was recorded again, the last."""
    place = {pk: at for at, pk in enumerate(order)}
    last = {pair.battle_id: pair for pair in pairs}
    for battle, pair in last.items():
        low, high = fought[battle or 0]
        choice = Choice(Outcome(pair.scores.all()[0].outcome))
        if place[low] < place[high]:
            yield place[low], place[high], choice
        else:
            yield place[high], place[low], choice.turned()


def _revision_of(pairs: Iterable[Verdict | None], revised: Sequence[RevisedAnswer]) -> RevisedAnswer | None:
    """Return the last revision that took an answer back, or carried it on; it names the first of its pairs."""
    given = {pair.pk for pair in pairs if pair}
    return next((one for one in reversed(revised) if one.before_id in given), None)
