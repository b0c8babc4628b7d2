"""The one door for verdicts, and the other writes that every app shares.

``record_verdict`` and ``record_verdicts`` are the only writers of Verdict and Score. They turn the side a rater saw
back into the battle's frame, check every answer against its scale, and are idempotent per occasion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import BigIntegerField, CharField, QuerySet
from django.utils import timezone

from domain.bulk import allocate_ids, bulk_load
from domain.choices import Answer, Choice, Unscored
from domain.models import (
    Battle,
    Criterion,
    Event,
    Import,
    Project,
    Rater,
    Rationale,
    Remark,
    RemarkField,
    Response,
    Rubric,
    Score,
    System,
    Verdict,
)
from domain.names import name_key
from domain.prepared import Param, prepared
from domain.specs import CriterionSpec, RemarkSpec, RubricSpec

Answers = Mapping[str, Answer]
AT_ONCE = 500


class OffScale(ValueError):
    """An answer that its criterion does not allow; the message names the criterion, the value and the scale."""


class OccasionTaken(ValueError):
    """The occasion already has a counted verdict that says something else."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A verdict about to be recorded.

    ``answers`` is by criterion key and, for choices, in the frame that the rater saw (``A`` = shown first);
    ``shown_swapped`` says that ``response_b`` was shown first. An ``Unscored`` in its place is the reason for none.
    """

    rater_id: int
    answers: Answers | Unscored
    occasion: str
    battle_id: int | None = None
    response_id: int | None = None
    shown_swapped: bool = False
    role: str = Verdict.Role.LIVE
    counted: bool = True
    confidence: int | None = None
    rationale: str = ""
    remarks: Mapping[str, Any] = field(default_factory=dict)  # by key of the rubric's remark fields, checked already
    active_ms: int | None = None
    given_at: datetime = field(default_factory=timezone.now)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording: the verdict, and whether it is new."""

    verdict: Verdict
    is_new: bool


class ScaleBook:
    """A rubric's criteria, looked up once for any number of verdicts."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.ids = {criterion.key: criterion.pk for criterion in rubric.criteria.all()}
        self.specs = {criterion.key: criterion.spec() for criterion in rubric.criteria.all()}

    def framed(self, draft: Draft) -> list[tuple[int, Answer]]:
        """Return (criterion id, answer in the battle's frame), or raise OffScale."""
        if isinstance(draft.answers, Unscored):
            return []
        if not draft.answers:
            raise OffScale("no criterion is answered; say Unscored with a reason where there is no answer")
        framed = {key: self._framed(key, answer, draft) for key, answer in draft.answers.items()}
        return [(self.ids[key], answer) for key, answer in framed.items()]

    def _framed(self, key: str, answer: Answer, draft: Draft) -> Answer:
        spec = self.specs.get(key)
        if spec is None:
            raise OffScale(f"{self.rubric} has no criterion {key!r}; it has {', '.join(self.specs)}")
        if problem := spec.problem_with(answer):
            raise OffScale(problem)
        if isinstance(answer, Choice) and draft.shown_swapped:
            return answer.turned()
        return answer


@transaction.atomic
def record_verdict(*, project: Project, rubric: Rubric, draft: Draft, supersedes: Verdict | None = None) -> Recorded:
    """Save one rater's answer.

    The same answer on the same occasion is recorded once, however often it is sent. Another answer on an occasion
    that has one raises OccasionTaken, unless it ``supersedes`` that one, which then stays on record uncounted.
    """
    framed = ScaleBook(rubric).framed(draft)
    if supersedes is not None:
        Verdict.objects.filter(pk=supersedes.pk).update(counted=False)
    elif draft.counted and (earlier := _counted_on(project, draft.occasion)):
        return _same_or_refuse(earlier, draft, framed)
    freeze(rubric)
    verdict = Verdict(project=project, rubric=rubric, supersedes=supersedes, **_columns(draft))
    verdict.save(force_insert=True)
    Score.objects.bulk_create(
        Score(verdict=verdict, criterion_id=criterion_id, **_value_columns(answer)) for criterion_id, answer in framed
    )
    if draft.rationale:
        Rationale.objects.create(verdict=verdict, text=draft.rationale)
    if draft.remarks:
        _load_remarks(rubric, [(verdict.pk, draft.remarks)])
    return Recorded(verdict, is_new=True)


@transaction.atomic
def record_verdicts(
    *,
    project: Project,
    rubric: Rubric,
    drafts: Sequence[Draft],
    batch: Import | None = None,
    supersedes: Mapping[str, int] | None = None,
) -> list[int | None]:
    """Save many answers to one rubric at once; the bulk twin of ``record_verdict``.

    Returns the new verdicts' ids in the order of ``drafts``, None where the occasion already had a counted verdict
    (a retry after a crash): that one stays. Whoever gives ``supersedes`` (occasion: verdict) has looked for those
    already: all that it names stay on record uncounted, also where no draft takes their place. Raises OffScale before
    anything is written.
    """
    book = ScaleBook(rubric)
    framed = [book.framed(draft) for draft in drafts]
    earlier = dict(supersedes or {})
    if earlier:
        Verdict.objects.filter(pk__in=earlier.values()).update(counted=False)
    taken = _occasions_taken(project, drafts) if supersedes is None else set()
    fresh = [index for index, draft in enumerate(drafts) if not (draft.counted and draft.occasion in taken)]
    freeze(rubric)
    ids: list[int | None] = [None] * len(drafts)
    for index, pk in zip(fresh, allocate_ids(Verdict, len(fresh)), strict=True):
        ids[index] = pk
    _load_verdicts(project, rubric, batch, [(ids[index], drafts[index]) for index in fresh], earlier)
    _load_scores([(ids[index], framed[index]) for index in fresh])
    _load_rationales([(ids[index], drafts[index].rationale) for index in fresh])
    _load_remarks(rubric, [(ids[index], drafts[index].remarks) for index in fresh if drafts[index].remarks])
    return ids


@transaction.atomic
def set_counted(verdicts: Collection[int], *, counted: bool) -> None:
    """Take verdicts out of every number, or back in; they stay on record either way. At most one counts an occasion."""
    for batch in _batches(verdicts):
        Verdict.objects.filter(pk__in=batch).update(counted=counted)


@transaction.atomic
def erase_verdicts(verdicts: Collection[int]) -> None:
    """Delete verdicts with their scores, reasons and remarks, for a person who takes their answers back."""
    for batch in _batches(verdicts):
        Verdict.objects.filter(pk__in=batch).delete()


def _batches(ids: Collection[int]) -> Iterator[list[int]]:
    rows = sorted(ids, reverse=True)  # the later first: a verdict goes before the one it supersedes
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


def freeze(rubric: Rubric) -> None:
    """Close a rubric to edits: from its first use on, a change is a new version."""
    if rubric.frozen_at is None:
        rubric.frozen_at = timezone.now()
        Rubric.objects.filter(pk=rubric.pk, frozen_at__isnull=True).update(frozen_at=rubric.frozen_at)


def battle_between(first: Response, second: Response) -> Battle:
    """Return the battle of two responses to one prompt, in whichever order they are given; make it if it is new."""
    low, high = sorted((first, second), key=lambda response: response.pk)
    battle, _ = Battle.objects.get_or_create(
        response_a=low, response_b=high, defaults={"prompt_id": low.prompt_id, "project_id": low.project_id}
    )
    return battle


def person_rater(project: Project, user: User) -> Rater:
    """Return the rater that stands for a signed-in person in a project."""
    rater, _ = Rater.objects.get_or_create(
        project=project,
        person=f"user:{user.pk}",
        defaults={"kind": Rater.Kind.PERSON, "name": user.get_username(), "user": user},
    )
    return rater


def judge_rater(project: Project, version: str, name: str) -> Rater:
    """Return the rater that stands for a judge version (its content hash) in a project."""
    rater, _ = Rater.objects.get_or_create(
        project=project, judge=version, defaults={"kind": Rater.Kind.JUDGE, "name": name}
    )
    return rater


def metric_rater(project: Project, metric: str, name: str) -> Rater:
    """Return the rater that stands for a metric with its parameters in a project."""
    rater, _ = Rater.objects.get_or_create(
        project=project, metric=metric, defaults={"kind": Rater.Kind.METRIC, "name": name}
    )
    return rater


@transaction.atomic
def create_rubric(*, project: Project, spec: RubricSpec, version: int | None = None) -> Rubric:
    """Save a rubric from its plain-Python form as the next version of its name."""
    latest = Rubric.objects.filter(project=project, name=spec.name).order_by("-version").first()
    number = version or (latest.version + 1 if latest else 1)
    rubric = Rubric.objects.create(
        project=project, name=spec.name, version=number, kind=spec.kind, instructions=spec.instructions
    )
    for position, criterion in enumerate(spec.criteria):
        _create_criterion(rubric, position, criterion)
    for position, remark in enumerate(spec.remarks):
        _create_remark_field(rubric, position, remark)
    return rubric


def log(project: Project, action: str, user: User | None = None, **details: Any) -> Event:
    """Append one line to the project's log."""
    return Event.objects.create(project=project, user_id=user.pk if user else None, action=action, details=details)


def get_or_create_system(project: Project, name: str) -> System:
    """Return the project's system of this name, whatever its spelling."""
    system, _ = System.objects.get_or_create(project=project, name_key=name_key(name), defaults={"name": name})
    return system


def _create_criterion(rubric: Rubric, position: int, spec: CriterionSpec) -> Criterion:
    return Criterion.objects.create(
        rubric=rubric,
        position=position,
        key=spec.key,
        name=spec.name,
        meaning=spec.meaning,
        kind=spec.kind,
        level=spec.level,
        categories=list(spec.values),
        anchors={f"{value:g}": text for value, text in spec.anchors.items()},
        minimum=spec.minimum,
        maximum=spec.maximum,
        outcomes=[outcome.value for outcome in spec.outcomes],
        strengths=spec.strengths,
        weight=spec.weight,
        higher_is_better=spec.higher_is_better,
    )


def _create_remark_field(rubric: Rubric, position: int, spec: RemarkSpec) -> RemarkField:
    return RemarkField.objects.create(
        rubric=rubric,
        position=position,
        key=spec.key,
        name=spec.name,
        meaning=spec.meaning,
        form=spec.form,
        options=list(spec.options),
        severities=spec.severities,
        required=spec.required,
        asked_first=spec.asked_first,
    )


def _counted_on(project: Project, occasion: str) -> Verdict | None:
    return _counted().first(project=project.pk, occasion=occasion)


@prepared
def _counted() -> QuerySet[Verdict]:
    project, occasion = Param("project", BigIntegerField()), Param("occasion", CharField())
    return Verdict.objects.filter(project=project, occasion=occasion, counted=True)[:1]


def _same_or_refuse(earlier: Verdict, draft: Draft, framed: Iterable[tuple[int, Answer]]) -> Recorded:
    said = {
        score.criterion_id: (score.value, score.outcome, score.strength, score.chance) for score in earlier.scores.all()
    }
    says = {criterion_id: tuple(_value_columns(answer).values()) for criterion_id, answer in framed}
    if said != says or earlier.unscored_reason != _reason(draft):
        raise OccasionTaken(f"{draft.occasion} already has another counted answer: verdict {earlier.pk}")
    return Recorded(earlier, is_new=False)


def _occasions_taken(project: Project, drafts: Iterable[Draft]) -> set[str]:
    occasions = [draft.occasion for draft in drafts if draft.counted]
    return set(
        Verdict.objects.filter(project=project, counted=True, occasion__in=occasions).values_list("occasion", flat=True)
    )


def _reason(draft: Draft) -> str:
    return draft.answers.reason.value if isinstance(draft.answers, Unscored) else ""


def _columns(draft: Draft) -> dict[str, Any]:
    """Return a verdict's own columns; everything but project, rubric, batch and what it supersedes."""
    return {
        "rater_id": draft.rater_id,
        "battle_id": draft.battle_id,
        "response_id": draft.response_id,
        "swapped": draft.shown_swapped,
        "role": draft.role,
        "occasion": draft.occasion,
        "counted": draft.counted,
        "unscored_reason": _reason(draft),
        "unscored_detail": draft.answers.detail[:500] if isinstance(draft.answers, Unscored) else "",
        "confidence": draft.confidence,
        "active_ms": draft.active_ms,
        "given_at": draft.given_at,
    }


def _value_columns(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Choice):
        chosen = {"outcome": answer.outcome.value, "strength": answer.strength, "chance": answer.chance}
        return {"value": None, **chosen}
    return {"value": answer.number, "outcome": None, "strength": None, "chance": None}


def _load_verdicts(
    project: Project,
    rubric: Rubric,
    batch: Import | None,
    rows: Sequence[tuple[int | None, Draft]],
    supersedes: Mapping[str, int],
) -> None:
    if not rows:
        return
    names = list(_columns(rows[0][1]))
    bulk_load(
        Verdict,
        ["id", "project_id", "rubric_id", "batch_id", "supersedes_id", *names],
        (
            [pk, project.pk, rubric.pk, batch and batch.pk, supersedes.get(draft.occasion), *_columns(draft).values()]
            for pk, draft in rows
        ),
    )


def _load_scores(rows: Sequence[tuple[int | None, list[tuple[int, Answer]]]]) -> None:
    flat = [(pk, criterion_id, answer) for pk, framed in rows for criterion_id, answer in framed]
    ids = allocate_ids(Score, len(flat))
    bulk_load(
        Score,
        ["id", "verdict_id", "criterion_id", "value", "outcome", "strength", "chance"],
        (
            [own, pk, criterion_id, *_value_columns(answer).values()]
            for own, (pk, criterion_id, answer) in zip(ids, flat, strict=True)
        ),
    )


def _load_remarks(rubric: Rubric, rows: Sequence[tuple[int | None, Mapping[str, Any]]]) -> None:
    fields = {field.key: field.pk for field in rubric.remark_fields.all()} if rows else {}
    if unknown := {key for _, remarks in rows for key in remarks} - fields.keys():
        raise OffScale(f"{rubric} has no remark {min(unknown)!r}; it has {', '.join(fields) or 'none'}")
    Remark.objects.bulk_create(
        Remark(verdict_id=pk, field_id=fields[key], data=data)
        for pk, remarks in rows
        if pk is not None
        for key, data in remarks.items()
    )


def _load_rationales(rows: Sequence[tuple[int | None, str]]) -> None:
    bulk_load(Rationale, ["verdict_id", "text"], ([pk, text] for pk, text in rows if text))
