"""What the page of one cell shows: who was shown as what, every step that was asked, and what it all came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.models import Response
from judges.models import Cell, Exchange, LedgerEntry, TrialCall

WORDS = {"tie": "a tie", "both_bad": "both bad"}
Sides = list[tuple[str, Response]]


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """One criterion as it was understood; ``system`` is whom a side stands for."""

    name: str
    answer: Any
    system: str = ""
    strength: int | None = None
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step: what was said, how it was read, and the call that brought it (None: not told, or reused)."""

    exchange: Exchange
    answers: list[ReadAnswer]
    call: LedgerEntry | None


def sides_of(cell: Cell) -> Sides:
    """Return the responses by the names that the judge knew them by."""
    if cell.battle is not None:
        shown = [cell.battle.response_a, cell.battle.response_b]
        return list(zip("AB", shown[::-1] if cell.order else shown, strict=True))
    if cell.response is not None:
        return [("", cell.response)]
    listed = Response.objects.select_related("system").in_bulk(cell.listed or [])
    last = cell.exchanges.last()
    labels = last.reading.get("ranking", {}).get("labels") if last else None
    named: list[tuple[str, int]] = list(labels.items()) if labels else [("", pk) for pk in cell.listed or []]
    return [(label, listed[pk]) for label, pk in named if pk in listed]


def steps_of(cell: Cell, sides: Sides) -> list[ShownStep]:
    """Return the steps in order, each with its call; two queries."""
    calls = {entry.request_id: entry for entry in cell.ledger.order_by("pk") if entry.request_id}
    names = _names(cell)
    return [
        ShownStep(
            exchange,
            [_answer(key, said, names, sides) for key, said in exchange.reading.items() if isinstance(said, dict)],
            None if exchange.reused else calls.get(exchange.request_id),
        )
        for exchange in cell.exchanges.select_related("member")
    ]


def result_of(cell: Cell, steps: Sequence[ShownStep], sides: Sides) -> list[ReadAnswer]:
    """Return what the cell says, by criterion: of one answer its reading, of several what they came to."""
    if len(steps) == 1:
        return steps[0].answers
    if cell.verdict is None:
        return []
    names, turn = _names(cell), {"A": "B", "B": "A"} if cell.order else {}
    return [
        _answer(
            score.criterion.key,
            {"value": score.value, "outcome": turn.get(score.outcome or "", score.outcome), "strength": score.strength},
            names,
            sides,
        )
        for score in cell.verdict.scores.select_related("criterion").order_by("criterion__position")
    ]


def read_answers(trial: TrialCall) -> list[ReadAnswer]:
    """Return what was understood in a trial, by the keys of its criteria."""
    return [_answer(key, said, {}, []) for key, said in trial.reading.items()]


def _names(cell: Cell) -> dict[str, str]:
    rubric = cell.run.version.rubric if cell.run.version else None
    return {criterion.key: criterion.name for criterion in rubric.criteria.all()} if rubric else {}


def _answer(key: str, said: dict[str, Any], names: dict[str, str], sides: Sides) -> ReadAnswer:
    if "groups" in said:
        return ReadAnswer("Best first", _in_words(said["groups"], sides), reasons=said.get("reasons", ""))
    outcome = said.get("outcome")
    answer = said.get("value") if outcome is None else outcome
    systems = {side: response.system.name for side, response in sides if side}
    return ReadAnswer(
        names.get(key, key),
        WORDS.get(str(answer), f"{answer:g}" if isinstance(answer, float) else answer),
        systems.get(str(outcome), ""),
        said.get("strength"),
        said.get("reasons", ""),
    )


def _in_words(groups: Sequence[Sequence[int]], sides: Sides) -> str:
    """Return a ranking by the names of its systems."""
    systems = {response.pk: response.system.name for _, response in sides}
    return "; then ".join(", ".join(systems.get(pk, f"response {pk}") for pk in group) for group in groups)
