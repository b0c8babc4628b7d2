"""From an answer to the record: what must be there before it counts, and the verdicts it becomes.

An answer about one response or one pair is one verdict. A ranking, or a choice of the best and the worst, is one
verdict for each pair that it decides, all in the caller's transaction and in a number of statements that does not grow
with the list. How sure the person was stands on each of these; reasons, remarks and time were given once and stand on
the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from annotation.answers import Submission
from annotation.errors import BadAnswer, Incomplete
from annotation.material import LABELS, shown_order, texts_of
from annotation.models import Assignment, Campaign
from annotation.rankings import Pair, pairs_of_extremes, pairs_of_ranks
from annotation.rubrics import rubric_of, spec_of
from domain.choices import Outcome
from domain.listings import battles_of, record_battles
from domain.models import Verdict
from domain.remarks import misplaced, text_of
from domain.rendering import rendered
from domain.services import Draft, OffScale, record_verdict, record_verdicts
from domain.specs import RemarkForm, RubricSpec

Ask, Task = Campaign.Ask, Campaign.Task


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that is about to be recorded: by whom, when, and whether it counts.

    A reviewer's has an ``occasion`` and a ``role`` of its own; otherwise they are those of the task.
    """

    submission: Submission
    rater_id: int
    counted: bool
    now: datetime
    occasion: str = ""
    role: str = ""


# --- Before it is taken -----------------------------------------------------------------------------------------------


def refuse_gaps(task: Assignment, campaign: Campaign, submission: Submission) -> None:
    """Raise Incomplete where something is missing, BadAnswer where something is not asked for or does not fit.

    Names of what is missing: the keys of criteria, ``remark:<key>``, ``:ranks``, ``:best``, ``:worst``,
    ``:confidence`` and ``:rationale``.
    """
    spec = spec_of(campaign)
    missing = _missing_answers(task, campaign, submission, spec)
    missing |= {f"remark:{r.key}": r.name for r in spec.remarks if r.required and r.key not in submission.remarks}
    missing |= _missing_extras(campaign, submission)
    if missing:
        raise Incomplete(missing)
    if campaign.task == Task.RANKING:
        _refuse_ties(submission, spec)
    _refuse_misplaced(task, submission, spec)


def _missing_answers(task: Assignment, campaign: Campaign, submission: Submission, spec: RubricSpec) -> dict[str, str]:
    if not campaign.is_listwise:
        return {c.key: c.name for c in spec.criteria if c.key not in submission.answers}
    labels = labels_of(task)
    said = {*submission.ranks, submission.best, submission.worst} - {None}
    if beyond := said - set(labels):
        raise BadAnswer(f"there is no response {min(map(str, beyond))}; there are {', '.join(labels)}")
    if campaign.task == Task.RANKING:
        without = [label for label in labels if label not in submission.ranks]
        return {":ranks": _("a place for %(labels)s") % {"labels": ", ".join(without)}} if without else {}
    if submission.best is not None and submission.best == submission.worst:
        says = _("%(label)s cannot be the best and the worst; choose two responses.")
        raise BadAnswer(says % {"label": submission.best})
    extremes = {":best": (submission.best, _("the best")), ":worst": (submission.worst, _("the worst"))}
    return {name: words for name, (label, words) in extremes.items() if label is None}


def _missing_extras(campaign: Campaign, submission: Submission) -> dict[str, str]:
    given = {"confidence": submission.confidence is not None, "rationale": bool(submission.rationale)}
    asks = {"confidence": campaign.confidence, "rationale": campaign.rationale}
    for name, is_given in given.items():
        if is_given and asks[name] == Ask.HIDDEN:
            raise BadAnswer(f"{name}: this campaign does not ask for it; leave it out")
    words = {"confidence": _("how sure you are"), "rationale": _("why")}
    return {f":{name}": words[name] for name, ask in asks.items() if ask == Ask.REQUIRED and not given[name]}


def _refuse_ties(submission: Submission, spec: RubricSpec) -> None:
    if Outcome.TIE in spec.criteria[0].outcomes or len(set(submission.ranks.values())) == len(submission.ranks):
        return
    raise BadAnswer(_("Two responses have the same place, and this question knows no ties. Give each its own place."))


def _refuse_misplaced(task: Assignment, submission: Submission, spec: RubricSpec) -> None:
    marked = [r for r in spec.remarks if r.form is RemarkForm.SPANS and r.key in submission.remarks]
    if not marked:
        return
    text = markable_text(task)
    for remark in marked:
        if problem := misplaced(remark, submission.remarks[remark.key], text):
            raise BadAnswer(problem)


def markable_text(task: Assignment) -> str:
    """Return the text in which marks of this task lie: that of its one rendered response."""
    if task.item.response_id is None:
        raise BadAnswer("places can be marked where one response is rated, not where several are compared")
    [text] = texts_of(task)
    return text_of(rendered([text])[text])


def labels_of(task: Assignment) -> str:
    """Return the letters under which a listed task shows its responses."""
    return LABELS[: len(task.item.listed or [])]


# --- Onto the record --------------------------------------------------------------------------------------------------


def record(task: Assignment, campaign: Campaign, given: Given, earlier: Verdict | None) -> int | None:
    """Record an answer in place of an ``earlier`` one; return its verdict's id, of several the first's.

    Raises BadAnswer where an answer is off its scale.
    """
    try:
        if campaign.is_listwise:
            return _record_pairs(task, campaign, given)
        draft = _draft(task, given)
        draft = replace(draft, answers=given.submission.answers, shown_swapped=task.swapped)
        draft = replace(draft, battle_id=task.item.battle_id, response_id=task.item.response_id)
        rubric = rubric_of(campaign)
        return record_verdict(project=campaign.project, rubric=rubric, draft=draft, supersedes=earlier).verdict.pk
    except OffScale as error:
        raise BadAnswer(str(error)) from error


def _draft(task: Assignment, given: Given) -> Draft:
    active = given.submission.active_ms
    if active is not None and task.claimed_at is not None:  # nobody was active longer than they had the task
        active = max(0, min(active, int((given.now - task.claimed_at).total_seconds() * 1000)))
    return Draft(
        rater_id=given.rater_id,
        answers={},
        occasion=given.occasion or task.occasion,
        role=given.role or task.item.role,
        counted=given.counted,
        confidence=given.submission.confidence,
        rationale=given.submission.rationale,
        remarks=given.submission.remarks,
        active_ms=active,
        given_at=given.now,
    )


def _record_pairs(task: Assignment, campaign: Campaign, given: Given) -> int | None:
    rubric, drafts = rubric_of(campaign), _pair_drafts(task, campaign, given)
    occasion = given.occasion or task.occasion
    standing = Verdict.objects.filter(project=campaign.project_id, counted=True, occasion__startswith=f"{occasion}:")
    earlier = dict(standing.values_list("occasion", "pk")) if task.verdict_id else {}
    return record_verdicts(project=campaign.project, rubric=rubric, drafts=drafts, supersedes=earlier)[0]


def _pair_drafts(task: Assignment, campaign: Campaign, given: Given) -> list[Draft]:
    order, common = shown_order(task), _draft(task, given)
    battles = _battles(task, campaign, order)
    key = spec_of(campaign).criteria[0].key
    drafts = []
    for number, (first, second, choice) in enumerate(_pairs(task, campaign, given.submission)):
        low, high = sorted((order[first], order[second]))
        draft = replace(common, answers={key: choice}, battle_id=battles[low, high], shown_swapped=order[first] == high)
        draft = replace(draft, occasion=f"{common.occasion}:{battles[low, high]}")
        drafts.append(replace(draft, rationale="", remarks={}, active_ms=None) if number else draft)
    return drafts


def _pairs(task: Assignment, campaign: Campaign, submission: Submission) -> Iterator[Pair]:
    labels = labels_of(task)
    if campaign.task == Task.RANKING:
        return pairs_of_ranks(submission.ranks, labels)
    assert submission.best is not None  # noqa: S101 - refuse_gaps has looked
    assert submission.worst is not None  # noqa: S101
    return pairs_of_extremes(submission.best, submission.worst, labels)


def _battles(task: Assignment, campaign: Campaign, order: tuple[int, ...]) -> dict[tuple[int, int], int]:
    """Return the battles of a list; they were made with the item, and are made again where one is missing."""
    found = battles_of([order])
    if len(found) < len(order) * (len(order) - 1) // 2 and task.item.prompt_id is not None:
        record_battles(campaign.project, [(task.item.prompt_id, order)])
        found = battles_of([order])
    return found
