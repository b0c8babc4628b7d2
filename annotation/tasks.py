"""What an annotator's browser or program is given: an allow-list, and nothing else reaches a template or the API.

No system, family, id, role, expected answer, other person's answer or judge's result is in it. A new field belongs
here only if it cannot tell one system, or a calibration item, from another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.safestring import SafeString

from annotation.identity import MASK
from annotation.material import LABELS, Material, material_of
from annotation.models import Assignment, Campaign, Participant
from annotation.questions import (
    Question,
    RemarkQuestion,
    criterion_json,
    questions,
    remark_json,
    remark_questions,
)
from annotation.rubrics import spec_of
from annotation.services.status import Progress, progress_of
from domain.choices import Outcome
from domain.remarks import text_of
from domain.rendering import rendered
from domain.specs import RemarkForm, RubricSpec

SHORT_CONVERSATION = 700  # characters that are shown without asking


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation that led to the responses."""

    role: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Listed:
    """One of several responses in the order of this person, with what was said about it so far."""

    label: str
    html: SafeString
    place: int | None
    is_best: bool
    is_worst: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One task as a page shows it. ``texts`` is (left, right), or the one response; a list is ``listed``."""

    token: str
    kind: str
    is_pairwise: bool
    earlier: tuple[Turn, ...]
    earlier_open: bool
    prompt: SafeString | None
    reference: SafeString | None
    texts: tuple[SafeString, ...]
    listed: tuple[Listed, ...]
    ties: bool
    questions: tuple[Question, ...]
    remarks_first: tuple[RemarkQuestion, ...]
    remarks: tuple[RemarkQuestion, ...]
    asks_confidence: str
    asks_rationale: str
    missing: tuple[str, ...]
    confidence: int | None
    rationale: str
    active_ms: int
    visible_ms: int
    idle_ms: int
    is_reopened: bool
    is_late: bool
    is_flagged: bool
    can_undo: bool
    key: str
    progress: Progress
    problem: str = ""

    @property
    def is_alone(self) -> bool:
        """Whether one question about two answers has the whole bar to itself."""
        return self.is_pairwise and len(self.questions) == 1


@dataclass(frozen=True, slots=True)
class Frame:
    """What stays while tasks change: whose job it is, and what the rules are."""

    campaign_id: int
    name: str
    instructions: SafeString | None
    guidelines: SafeString | None
    questions: tuple[Question, ...]
    mask: str = ""  # what stands in place of names, where the campaign hides them


def card_for(
    task: Assignment,
    participant: Participant,
    *,
    sent: Mapping[str, Any] | None = None,
    problem: str = "",
    missing: Iterable[str] = (),
) -> Card:
    """Build the card of a task: as it was sent when that could not be taken, else as drafted, else as answered."""
    campaign, spec = participant.campaign, spec_of(participant.campaign)
    material = material_of(task)
    texts = material.texts
    html = rendered([text for _, text in material.turns] + [material.reference, *texts])
    turns = tuple(Turn(role, html[text]) for role, text in material.turns)
    given = sent or entered(task) or {}
    remarks = remark_questions(spec, given.get("remarks") or {}, set(missing))
    return Card(
        token=str(task.token),
        kind=campaign.task,
        is_pairwise=campaign.is_pairwise,
        earlier=turns[:-1],
        earlier_open=sum(len(text) for _, text in material.turns[:-1]) <= SHORT_CONVERSATION,
        prompt=turns[-1].html if turns else None,
        reference=html[material.reference] if material.reference else None,
        texts=() if campaign.is_listwise else tuple(html[text] for text in texts),
        listed=_listed([html[text] for text in texts], given) if campaign.is_listwise else (),
        ties=Outcome.TIE in spec.criteria[0].outcomes,
        questions=questions(spec, given.get("answers") or {}, set(missing)),
        remarks_first=tuple(remark for remark in remarks if remark.asked_first),
        remarks=tuple(remark for remark in remarks if not remark.asked_first),
        asks_confidence=campaign.confidence,
        asks_rationale=campaign.rationale,
        missing=tuple(missing),
        confidence=given.get("confidence"),
        rationale=given.get("rationale") or "",
        active_ms=given.get("active_ms") or 0,
        visible_ms=given.get("visible_ms") or 0,
        idle_ms=given.get("idle_ms") or 0,
        is_reopened=task.state == Assignment.State.REOPENED,
        is_late=task.state == Assignment.State.LAPSED,
        is_flagged=bool(task.flag),
        can_undo=participant.done > (task.state == Assignment.State.REOPENED),
        key=secrets.token_urlsafe(12),
        progress=progress_of(participant, holds_task=task.state == Assignment.State.LEASED),
        problem=problem,
    )


def entered(task: Assignment) -> Any:
    """Return the draft, or the answer that is being changed; who is asked again begins anew."""
    return task.draft or (task.answer if task.state == Assignment.State.REOPENED else None)


def _listed(texts: Sequence[SafeString], given: Mapping[str, Any]) -> tuple[Listed, ...]:
    ranks, best, worst = given.get("ranks") or {}, given.get("best"), given.get("worst")
    return tuple(
        Listed(label, html, ranks.get(label), label == best, label == worst)
        for label, html in zip(LABELS, texts, strict=False)
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
        mask=MASK if campaign.mask_identity else "",
    )


def payload_for(task: Assignment, participant: Participant) -> dict[str, Any]:
    """Build the same as JSON, for who works through the API; texts are as written, not HTML."""
    campaign, spec = participant.campaign, spec_of(participant.campaign)
    material = material_of(task)
    progress = progress_of(participant, holds_task=task.state == Assignment.State.LEASED)
    return {
        "token": task.token,
        "state": "changing" if task.state == Assignment.State.REOPENED else "answering",
        "lease_expires": _iso(task.lease_expires),
        "prompt": {
            "turns": [{"role": role, "content": text} for role, text in material.turns],
            "reference": material.reference or None,
        },
        "task": campaign.task,
        **_texts_json(campaign, spec, material),
        "rubric": {
            "instructions": spec.instructions,
            "criteria": [criterion_json(criterion) for criterion in spec.criteria],
            "remarks": [remark_json(remark) for remark in spec.remarks],
        },
        "asks": {"confidence": campaign.confidence, "rationale": campaign.rationale},
        "guidelines": campaign.guidelines,
        "guidelines_version": participant.guidelines_now or 0,
        "draft": entered(task),
        "progress": {"done": progress.done, "total": progress.total},
    }


def _texts_json(campaign: Campaign, spec: RubricSpec, material: Material) -> dict[str, Any]:
    """Return the responses by the names under which an answer speaks of them; marks count in ``marked_text``."""
    texts = material.texts
    named: dict[str, Any] = dict.fromkeys(("left", "right", "response", "responses", "marked_text"))
    if campaign.is_listwise:
        pairs = zip(LABELS, texts, strict=False)
        return named | {"responses": [{"letter": label, "text": text} for label, text in pairs]}
    if campaign.is_pairwise:
        return named | {"left": texts[0], "right": texts[1]}
    if any(remark.form is RemarkForm.SPANS for remark in spec.remarks):
        named["marked_text"] = text_of(rendered(texts)[texts[0]])
    return named | {"response": texts[0]}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
