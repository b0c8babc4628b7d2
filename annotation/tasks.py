"""What an annotator's browser or program is given: an allow-list, and nothing else reaches a template or the API.

No system, family, id, role, expected answer, other person's answer or judge's result is in it. A new field belongs
here only if it cannot tell one system, or a calibration item, from another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from annotation.models import Assignment, Campaign, Participant
from annotation.questions import Question, criterion_json, questions
from annotation.rubrics import spec_of
from annotation.services.status import Progress, progress_of
from domain.models import Prompt
from domain.rendering import rendered

SHORT_CONVERSATION = 700  # characters that are shown without asking


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation that led to the responses."""

    role: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Card:
    """One task as a page shows it. ``texts`` is (left, right), or the one response to rate."""

    token: str
    is_pairwise: bool
    earlier: tuple[Turn, ...]
    earlier_open: bool
    prompt: SafeString | None
    reference: SafeString | None
    texts: tuple[SafeString, ...]
    questions: tuple[Question, ...]
    confidence: int | None
    rationale: str
    active_ms: int
    is_reopened: bool
    is_late: bool
    is_flagged: bool
    can_undo: bool
    key: str
    progress: Progress
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays while tasks change: whose job it is, and what the rules are."""

    campaign_id: int
    name: str
    instructions: SafeString | None
    guidelines: SafeString | None
    questions: tuple[Question, ...]


def card_for(
    task: Assignment,
    participant: Participant,
    *,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Iterable[str] = (),
) -> Card:
    """Build the card of a task: as it was sent when that could not be taken, else as drafted, else as answered."""
    spec = spec_of(participant.campaign)
    prompt, texts = _material(task)
    html = rendered([turn["content"] for turn in prompt.turns] + [prompt.reference, *texts])
    turns = tuple(Turn(turn["role"], html[turn["content"]]) for turn in prompt.turns)
    given = sent or task.draft or task.answer or {}
    return Card(
        token=str(task.token),
        is_pairwise=len(texts) == 2,
        earlier=turns[:-1],
        earlier_open=sum(len(turn["content"]) for turn in prompt.turns[:-1]) <= SHORT_CONVERSATION,
        prompt=turns[-1].html if turns else None,
        reference=html[prompt.reference] if prompt.reference else None,
        texts=tuple(html[text] for text in texts),
        questions=questions(spec, given.get("answers") or {}, set(missing)),
        confidence=given.get("confidence"),
        rationale=given.get("rationale") or "",
        active_ms=given.get("active_ms") or 0,
        is_reopened=task.state == Assignment.State.REOPENED,
        is_late=task.state == Assignment.State.LAPSED,
        is_flagged=bool(task.flag),
        can_undo=participant.done > (task.state == Assignment.State.REOPENED),
        key=secrets.token_urlsafe(12),
        progress=progress_of(participant),
        problem=problem,
    )


def frame_for(campaign: Campaign) -> Frame:
    """Build what surrounds the tasks of a campaign."""
    spec = spec_of(campaign)
    instructions = spec.instructions
    html = rendered([instructions, campaign.guidelines])
    return Frame(
        campaign_id=campaign.pk,
        name=campaign.name,
        instructions=html[instructions] if instructions else None,
        guidelines=html[campaign.guidelines] if campaign.guidelines else None,
        questions=questions(spec, {}, set()),
    )


def payload_for(task: Assignment, participant: Participant) -> dict[str, Any]:
    """Build the same as JSON, for who works through the API; texts are as written, not HTML."""
    spec = spec_of(participant.campaign)
    prompt, texts = _material(task)
    sides = {"left": texts[0], "right": texts[1]} if len(texts) == 2 else {"response": texts[0]}
    progress = progress_of(participant)
    return {
        "token": task.token,
        "state": "changing" if task.state == Assignment.State.REOPENED else "answering",
        "lease_expires": _iso(task.lease_expires),
        "prompt": {
            "turns": [{"role": turn["role"], "content": turn["content"]} for turn in prompt.turns],
            "reference": prompt.reference or None,
        },
        "left": None,
        "right": None,
        "response": None,
        **sides,
        "rubric": {
            "instructions": spec.instructions,
            "criteria": [criterion_json(criterion) for criterion in spec.criteria],
        },
        "guidelines": participant.campaign.guidelines,
        "draft": task.draft or task.answer,
        "progress": {"done": progress.done, "total": progress.total},
    }


def _material(task: Assignment) -> tuple[Prompt, list[str]]:
    """Return the prompt, and the texts in the order in which this person sees them."""
    item = task.item
    if item.response is not None:
        return item.response.prompt, [item.response.content or ""]
    battle = item.battle
    assert battle is not None  # noqa: S101 - item_has_one_target
    texts = [battle.response_a.content or "", battle.response_b.content or ""]
    return battle.prompt, texts[::-1] if task.swapped else texts


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
