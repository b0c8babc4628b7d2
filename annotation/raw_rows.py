"""What a row of the raw export says of a turn, of what was shown, of an answer, and of one criterion."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from annotation.models import Assignment, Campaign, RevisedAnswer
from annotation.raw_reading import Said
from domain.choices import Choice, Outcome
from domain.models import Score, Verdict

REPLACED, EXCLUDED, LATE = "replaced by its person", "person excluded", "too late"
Row = dict[str, Any]
State = Assignment.State


def of_turn(campaign: Campaign, turn: Assignment, person: str, group: str | None) -> Row:
    """Return what a row says of the turn itself."""
    return {
        "campaign": campaign.name,
        "answer": turn.pk,
        "item": turn.item_id,
        "role": turn.item.role,
        "slot": turn.slot,
        "person": person,
        "group": group,
        "swapped": turn.swapped,
        "late": False,
        "check_passed": turn.passed,
        "flag": turn.flag or None,
        "guidelines": turn.guidelines,
        "claimed_at": _iso(turn.claimed_at),
        "shown_at": _iso(turn.shown_at),
    } | _names(turn)


def _names(turn: Assignment) -> Row:
    """Return what tells who wrote the texts (annotation.services.naming), and how much of it the person did not see."""
    found = turn.item.identifies
    hidden = sum(name["hidden"] for name in found)
    return {"names": json.dumps(found, ensure_ascii=False), "names_hidden": hidden} if found else {}


def about(turn: Assignment, said: Said) -> Row:
    """Return the prompt and the systems, in the order in which they were shown."""
    nothing = ("", "")
    if turn.item.response_id:
        system, prompt = said.responses.get(turn.item.response_id, nothing)
        return {"system": system, "prompt_id": prompt}
    if turn.item.battle_id:
        pair = said.battles.get(turn.item.battle_id, (0, 0))
        first, second = (said.responses.get(pk, nothing) for pk in (reversed(pair) if turn.swapped else pair))
        return {"system_a": first[0], "system_b": second[0], "prompt_id": first[1]}
    listed = [said.responses.get(pk, nothing) for pk in turn.item.listed or ()]
    return {"system": json.dumps([system for system, _ in listed]), "prompt_id": listed[0][1] if listed else None}


def of_verdict(turn: Assignment, verdict: Verdict | None, revised: RevisedAnswer | None, *, superseded: bool) -> Row:
    """Return what a row says of one answer; a later one has ``superseded`` it, or a revision took it back."""
    if verdict is None:
        return {"counted": False, "superseded": superseded}
    why = None if verdict.counted else _why(turn, revised, superseded=superseded)
    rationale = getattr(verdict, "rationale", None)
    remarks = {remark.field.key: remark.data for remark in verdict.remarks.all()}
    held = verdict.given_at - turn.claimed_at if turn.claimed_at else None
    return {
        "confidence": verdict.confidence,
        "rationale": rationale.text if rationale else None,
        "remarks": json.dumps(remarks, ensure_ascii=False) if remarks else None,
        "counted": verdict.counted,
        "why_uncounted": why,
        "superseded": superseded,
        "late": why == LATE,
        "guidelines": revised.guidelines if revised else turn.guidelines,
        "answered_at": _iso(verdict.given_at),
        "held_ms": round(held.total_seconds() * 1000) if held else None,
        "active_ms": verdict.active_ms,
        "visible_ms": None if superseded else turn.visible_ms,
        "idle_ms": None if superseded else turn.idle_ms,
    }


def _why(turn: Assignment, revised: RevisedAnswer | None, *, superseded: bool) -> str | None:
    """Say why a verdict does not count; None where nothing says so, as for what was only ever imported so."""
    if revised is not None:
        return _words(revised)
    if superseded:
        return REPLACED
    if turn.set_aside:
        return EXCLUDED
    return LATE if turn.state == State.SURPLUS else None


def _words(revised: RevisedAnswer) -> str:
    return f"revision {revised.version.number}"


def of_score(score: Score, verdict: Verdict) -> Row:
    """Return what a row says of one criterion, an outcome with the sides as they were seen."""
    if score.outcome is None:
        return {"criterion": score.criterion.name, "value": score.value}
    choice = Choice(Outcome(score.outcome), score.strength)
    seen = choice.turned() if verdict.swapped else choice
    return {"criterion": score.criterion.name, "outcome": seen.outcome.value, "strength": seen.strength}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
