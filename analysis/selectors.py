"""Verdicts in, arrays out: the one place where the ORM and numpy meet.

Narrow columns are read table by table and matched here: on a million verdicts that is several times faster than a
join in SQL (docs/data.md). Only live, counted, scored verdicts of finished imports enter; the rest is coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from analysis.data import OUTCOMES, SEEN_FROM_B, STYLE, Battles, Coded, Ratings, chance_of
from analysis.notes import Coverage
from domain.models import Battle, Criterion, Project, Prompt, Rater, Response, Rubric, Score, System, Verdict
from domain.specs import Kind

BLOCK = 10_000  # rows fetched at once
RATER_KINDS = {"human": "person", "judge": "judge", "metric": "metric"}

Raters = str | Sequence[str]
Rows = NDArray[Any]  # a structured array: one field per column


def battles_of(
    project: Project,
    *,
    rubric: Rubric | None = None,
    criterion: str | None = None,
    raters: Raters = "all",
    details: bool = False,
    orders: bool = False,
) -> Battles:
    """Return the outcomes of a project's battles on one choice criterion.

    ``criterion`` is a criterion's key, or its label of ``criteria_of`` where two rubrics share a key; without it the
    project must have used only one. ``raters`` is "all", "human", "judge", "metric" or names. Rows come in the order
    in which the verdicts were given. ``orders`` adds item and display, which tell the two orders of a judge apart;
    ``details`` style, confidence and the raters' own probabilities too, which few statistics read.

    Raises
    ------
    ValueError
        Several criteria fit, or no such criterion or rater exists; the message lists what there is.
    """
    labels = criteria_of(project, Kind.CHOICE, rubric=rubric, criterion=criterion)
    if len(set(labels.values())) > 1:
        raise ValueError(f"several criteria rank systems: {', '.join(sorted(set(labels.values())))}; choose one")
    answers = _answers(project, labels, raters, "outcome", "U8", details=details)
    battle = _match(_battle_rows(project), answers.verdicts["battle"])
    response = _response_rows(project)
    systems = [_match(response, battle[side])["system"] for side in ("response_a", "response_b")]
    coded = _coded(np.concatenate(systems), _names(System, project, "name"))
    more = _displays(answers.verdicts, battle) if orders or details else {}
    if details:
        more |= _details(project, answers.verdicts, battle) | {"chance": _chances(labels, answers.scores)}
    return Battles(
        system_a=coded.codes[: len(battle)],
        system_b=coded.codes[len(battle) :],
        outcome=_outcome_codes(answers.scores["answer"]),
        systems=coded.names,
        prompt=_coded(battle["prompt"], _names(Prompt, project, "external_id")),
        rater=_coded(answers.verdicts["rater"], rater_names(project)),
        unscored=answers.unscored,
        **more,
    )


def ratings_of(
    project: Project,
    *,
    rubric: Rubric | None = None,
    criterion: str | None = None,
    raters: Raters = "all",
    details: bool = False,
) -> Ratings:
    """Return the ratings of single responses on the project's score criteria, or on one; ``details`` adds how sure."""
    labels = criteria_of(project, Kind.SCORE, rubric=rubric, criterion=criterion)
    answers = _answers(project, labels, raters, "value", "f8", details=details)
    response = _match(_response_rows(project), answers.verdicts["response"])
    system = _coded(response["system"], _names(System, project, "name"))
    return Ratings(
        item=_response_items(project, response, system),
        value=answers.scores["answer"],
        rater=_coded(answers.verdicts["rater"], rater_names(project)),
        criterion=_coded(answers.scores["criterion"], labels),
        system=system,
        prompt=_coded(response["prompt"], _names(Prompt, project, "external_id")),
        categories=_categories(labels),
        unscored=answers.unscored,
        confidence=chance_of(answers.verdicts["confidence"]) if details else None,
    )


def choices_of(
    project: Project, *, rubric: Rubric | None = None, criterion: str | None = None, raters: Raters = "all"
) -> Ratings:
    """Return choices in battles as nominal ratings of the battles, whose categories are the outcomes.

    "A" is the response that was shown first by the battle's first verdict: the frame in which raters met it, which
    decides what chance-corrected coefficients expect.
    """
    labels = criteria_of(project, Kind.CHOICE, rubric=rubric, criterion=criterion)
    answers = _answers(project, labels, raters, "outcome", "U8")
    battle = _match(_battle_rows(project), answers.verdicts["battle"])
    _, first, item = np.unique(answers.verdicts["battle"], return_index=True, return_inverse=True)
    turned = answers.verdicts["swapped"][first]
    outcome = _outcome_codes(answers.scores["answer"])
    return Ratings(
        item=Coded(item, _battle_names(project, battle[first], turned)),
        value=np.where(turned[item], SEEN_FROM_B[outcome], outcome).astype(np.float64),
        rater=_coded(answers.verdicts["rater"], rater_names(project)),
        criterion=_coded(answers.scores["criterion"], labels),
        prompt=_coded(battle["prompt"], _names(Prompt, project, "external_id")),
        labels=tuple(OUTCOMES),
        unscored=answers.unscored,
    )


def occasions_of(project: Project, kind: Kind, *, criterion: str | None = None, raters: Raters = "all") -> Rows:
    """Return when each answer was given (``at``, seconds since 1970) and with which import (``batch``, 0: with none).

    Rows are those of ``battles_of`` or ``ratings_of``, in their order.
    """
    column, dtype = ("outcome", "U8") if kind == Kind.CHOICE else ("value", "f8")
    labels = criteria_of(project, kind, criterion=criterion)
    answers = _answers(project, labels, raters, column, dtype)
    query = Verdict.objects.filter(project=project).order_by().values_list("pk", "given_at", "batch_id")
    given = ((pk, at.timestamp(), batch or 0) for pk, at, batch in query.iterator(chunk_size=BLOCK))
    rows = np.fromiter(given, dtype=np.dtype([("id", "i8"), ("at", "f8"), ("batch", "i8")]))
    return _match(rows, answers.scores["verdict"])


def tables_of(project: Project, *, criterion: str | None = None, raters: Raters = "all") -> list[Ratings]:
    """Return whatever of the project agreement can be measured on: ratings of responses, choices in battles, or both.

    Raises
    ------
    ValueError
        No answered criterion bears this label.
    """
    readers = {Kind.SCORE: ratings_of, Kind.CHOICE: choices_of}
    labels = {kind: set(criteria_of(project, kind).values()) for kind in readers}
    refuse_unknown(criterion, set.union(*labels.values()))
    wanted = [kind for kind in readers if (labels[kind] if criterion is None else criterion in labels[kind])]
    return [readers[kind](project, criterion=criterion, raters=raters) for kind in wanted]


def refuse_unknown(criterion: str | None, labels: set[str]) -> None:
    """Raise where a criterion is wanted that nobody was asked."""
    if criterion is not None and criterion not in labels:
        raise ValueError(f"no criterion {criterion!r}; there is {', '.join(sorted(labels)) or 'none'}")


def criteria_of(
    project: Project, kind: Kind, *, rubric: Rubric | None = None, criterion: str | None = None
) -> dict[int, str]:
    """Return the label of each criterion that has been answered, by id: its key where one scale bears that key.

    Criteria of several rubrics with the same key and scale are one criterion; with different scales, each carries
    its rubric's name.

    Raises
    ------
    ValueError
        ``criterion`` is none of them.
    """
    asked = Verdict.objects.planned().filter(project=project, rubric=OuterRef("rubric"))  # stops at the first
    found = Criterion.objects.filter(Exists(asked), rubric__project=project, kind=kind).select_related("rubric")
    if rubric is not None:
        found = found.filter(rubric=rubric)
    scales: dict[str, set[str]] = {}
    for one in found:
        scales.setdefault(one.key, set()).add(_scale(one))
    labels = {one.pk: one.key if len(scales[one.key]) == 1 else f"{one.key} ({one.rubric})" for one in found}
    if criterion is None:
        return labels
    chosen = {pk: label for pk, label in labels.items() if label == criterion}
    if not chosen:
        raise ValueError(
            f"no {kind} criterion {criterion!r}; there is {', '.join(sorted(set(labels.values()))) or 'none'}"
        )
    return chosen


def levels_of(project: Project) -> dict[str, str]:
    """Return the level of measurement of each answered criterion, by label."""
    labels = criteria_of(project, Kind.SCORE) | criteria_of(project, Kind.CHOICE)
    levels = dict(Criterion.objects.filter(pk__in=labels).values_list("pk", "level"))
    return {label: levels[pk] for pk, label in labels.items()}


def lower_is_better_of(project: Project) -> set[str]:
    """Return the labels of the score criteria on which a low number is a good one, such as a count of errors."""
    labels = criteria_of(project, Kind.SCORE)
    low = Criterion.objects.filter(pk__in=labels, higher_is_better=False).values_list("pk", flat=True)
    return {labels[pk] for pk in low}


def coverage_of(project: Project) -> Coverage:
    """Return how many verdicts of people and judges carry a score, of those that were asked for."""
    asked = Verdict.objects.planned().filter(project=project, rater__kind__in=["person", "judge"])
    return Coverage(asked.filter(unscored_reason="").count(), asked.count())


def rater_names(project: Project) -> dict[int, str]:
    """Return the names of a project's raters by id, told apart by their id where two share one."""
    names: dict[int, str] = dict(Rater.objects.of(project).order_by("pk").values_list("pk", "name"))
    shared = {name for name in names.values() if list(names.values()).count(name) > 1} if len(names) < 1000 else set()
    return {pk: f"{name} #{pk}" if name in shared else name for pk, name in names.items()}


def rater_kinds(project: Project) -> dict[str, str]:
    """Return "person", "judge" or "metric" for each rater's name."""
    kinds: dict[int, str] = dict(Rater.objects.of(project).values_list("pk", "kind"))
    return {name: kinds[pk] for pk, name in rater_names(project).items()}


@dataclass(frozen=True, slots=True)
class _Answers:
    """Scores and the verdicts they belong to, row by row; and how many verdicts have none."""

    scores: Rows
    verdicts: Rows
    unscored: int


def _answers(
    project: Project, labels: dict[int, str], raters: Raters, column: str, dtype: str, *, details: bool = False
) -> _Answers:
    rubrics = Criterion.objects.filter(pk__in=labels).order_by().values("rubric_id")
    asked = _by_raters(Verdict.objects.planned().filter(project=project, rubric_id__in=rubrics), project, raters)
    target = "battle" if column == "outcome" else "response"
    more = [("confidence", "f8")] if details else []
    verdicts = _rows(
        asked.filter(unscored_reason=""),
        ("pk", "rater_id", f"{target}_id", "swapped", *(name for name, _ in more)),
        [("id", "i8"), ("rater", "i8"), (target, "i8"), ("swapped", "?"), *more],
        missing=np.nan if details else None,
    )
    scores = _rows(
        Score.objects.filter(criterion_id__in=labels),
        ("verdict_id", "criterion_id", column),
        [("verdict", "i8"), ("criterion", "i8"), ("answer", dtype)],
    )
    scores = scores[np.isin(scores["verdict"], verdicts["id"])]
    scores = scores[np.argsort(scores["verdict"], kind="stable")]
    unscored = asked.exclude(unscored_reason="").count()
    return _Answers(scores, _match(verdicts, scores["verdict"]), unscored)


def _by_raters(verdicts: QuerySet[Any], project: Project, raters: Raters) -> QuerySet[Any]:
    if raters == "all":
        return verdicts
    if isinstance(raters, str) and raters in RATER_KINDS:
        return verdicts.filter(rater__in=Rater.objects.filter(project=project, kind=RATER_KINDS[raters]))
    wanted = [raters] if isinstance(raters, str) else list(raters)
    by_name = {name: pk for pk, name in rater_names(project).items()}
    unknown = [name for name in wanted if name not in by_name]
    if unknown:
        raise ValueError(f"no rater {', '.join(unknown)}; use all, {', '.join(RATER_KINDS)}, or raters' names")
    return verdicts.filter(rater_id__in=[by_name[name] for name in wanted])


def _rows(
    query: QuerySet[Any], fields: Sequence[str], dtype: list[tuple[str, str]], *, missing: float | None = None
) -> Rows:
    """Read narrow columns into one array, a block at a time; ``missing`` stands for null where that can be."""
    rows = query.order_by().values_list(*fields).iterator(chunk_size=BLOCK)
    if missing is not None:
        rows = (tuple(missing if cell is None else cell for cell in row) for row in rows)
    return np.fromiter(rows, dtype=np.dtype(dtype))


def _match(rows: Rows, ids: NDArray[Any]) -> Rows:
    """Return for each id the row that bears it; every id must be there."""
    ordered = rows[np.argsort(rows["id"])]
    found: Rows = ordered[np.searchsorted(ordered["id"], ids)]
    return found


def _battle_rows(project: Project) -> Rows:
    return _rows(
        Battle.objects.filter(project=project),
        ("pk", "prompt_id", "response_a_id", "response_b_id"),
        [("id", "i8"), ("prompt", "i8"), ("response_a", "i8"), ("response_b", "i8")],
    )


def _response_rows(project: Project) -> Rows:
    return _rows(
        Response.objects.filter(project=project),
        ("pk", "prompt_id", "system_id"),
        [("id", "i8"), ("prompt", "i8"), ("system", "i8")],
    )


def _displays(verdicts: Rows, battle: Rows) -> dict[str, Any]:
    """Return the columns of battles that say which pair it was and how it was shown."""
    found, item = np.unique(battle["id"], return_inverse=True)
    return {"item": Coded(item, tuple(map(str, found.tolist()))), "shown_b_first": verdicts["swapped"]}


def _details(project: Project, verdicts: Rows, battle: Rows) -> dict[str, Any]:
    """Return the columns of battles that say how they were written and how surely answered."""
    responses = Response.objects.filter(project=project)
    style = _rows(responses, ("pk", *STYLE), [("id", "i8"), *((name, "f8") for name in STYLE)], missing=np.nan)
    counts = [_match(style, battle[side]) for side in ("response_a", "response_b")]
    return {
        "style_a": np.column_stack([counts[0][name] for name in STYLE]),
        "style_b": np.column_stack([counts[1][name] for name in STYLE]),
        "confidence": chance_of(verdicts["confidence"]),
    }


def _chances(labels: dict[int, str], scores: Rows) -> NDArray[np.float64]:
    """Return the probability that each answer gave to A, NaN where it gave none; a verdict answers one question."""
    given = _rows(
        Score.objects.filter(criterion_id__in=labels, chance__isnull=False),
        ("verdict_id", "chance"),
        [("id", "i8"), ("chance", "f8")],
    )
    made = np.full(len(scores), np.nan)
    known = np.isin(scores["verdict"], given["id"])
    made[known] = _match(given, scores["verdict"][known])["chance"]
    return made


def _names(model: type[System] | type[Prompt], project: Project, field: str) -> dict[int, str]:
    return dict(model.objects.filter(project=project).order_by().values_list("pk", field))


def _coded(ids: NDArray[Any], names: dict[int, str]) -> Coded:
    """Number ids by their names' alphabet; ids that share a name share its code."""
    found, place = np.unique(ids, return_inverse=True)
    known = sorted({names[int(pk)] for pk in found})
    order = {name: code for code, name in enumerate(known)}
    codes = np.array([order[names[int(pk)]] for pk in found], dtype=np.int64)
    return Coded(codes[place], tuple(known))


def _outcome_codes(outcomes: NDArray[Any]) -> NDArray[np.int8]:
    codes = np.zeros(len(outcomes), dtype=np.int8)
    for code, outcome in enumerate(OUTCOMES):
        codes[outcomes == outcome.value] = code
    return codes


def _response_items(project: Project, response: Rows, system: Coded) -> Coded:
    """Name each rated response by its prompt and system."""
    found, first, item = np.unique(response["id"], return_index=True, return_inverse=True)
    prompts = _names(Prompt, project, "external_id")
    names = tuple(f"{prompts[int(response['prompt'][row])]} / {system.names[int(system.codes[row])]}" for row in first)
    return Coded(item, _told_apart(names, found))


def _battle_names(project: Project, battle: Rows, turned: NDArray[Any]) -> tuple[str, ...]:
    """Name each battle by its prompt and its systems, the first shown first."""
    prompts, systems = _names(Prompt, project, "external_id"), _names(System, project, "name")
    response = _response_rows(project)
    sides = [_match(response, battle[side])["system"] for side in ("response_a", "response_b")]
    first, second = np.where(turned, sides[1], sides[0]), np.where(turned, sides[0], sides[1])
    names = tuple(
        f"{prompts[int(prompt)]}: {systems[int(one)]} / {systems[int(other)]}"
        for prompt, one, other in zip(battle["prompt"], first, second, strict=True)
    )
    return _told_apart(names, battle["id"])


def _told_apart(names: tuple[str, ...], ids: NDArray[Any]) -> tuple[str, ...]:
    """Add the id where several samples of one system make the names equal."""
    if len(set(names)) == len(names):
        return names
    return tuple(f"{name} #{pk}" for name, pk in zip(names, ids.tolist(), strict=True))


def _categories(labels: dict[int, str]) -> dict[str, tuple[float, ...]]:
    found = Criterion.objects.filter(pk__in=labels)
    return {labels[one.pk]: tuple(float(value) for value in one.categories) for one in found if one.categories}


def _scale(criterion: Criterion) -> str:
    return f"{criterion.level} {criterion.categories} {criterion.minimum} {criterion.maximum} {criterion.outcomes}"
