"""Reads for looking through a project's material: a page of rows and the few numbers beside them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db.models import Avg, CharField, Count, Model, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Cast

from domain.models import Battle, Project, Prompt, Response, Score, System, Verdict

VERDICTS_SHOWN = 200
Row = TypeVar("Row", bound=Model)


def sizes(project: Project) -> dict[str, int]:
    """Count the rows of each table that can be browsed, and the imports."""
    return {
        "prompts": Prompt.objects.of(project).count(),
        "systems": System.objects.of(project).count(),
        "responses": Response.objects.of(project).count(),
        "battles": Battle.objects.of(project).count(),
        "imports": project.imports.count(),
    }


def filtered(project: Project, part: str, typed: str) -> QuerySet[Any]:
    """Return a table's rows that contain every typed word somewhere in what the table shows."""
    rows, columns = _TABLES[part](project)
    for word in typed.split()[:8]:
        rows = rows.filter(_contains(word, columns))
    return rows


def _prompts(project: Project) -> tuple[QuerySet[Any], list[str]]:
    rows = Prompt.objects.of(project).annotate(
        turns_text=Cast("turns", CharField()), tags_text=Cast("tags", CharField())
    )
    return rows, ["external_id", "turns_text", "tags_text"]


def _systems(project: Project) -> tuple[QuerySet[Any], list[str]]:
    return System.objects.of(project), ["name", "family"]


def _responses(project: Project) -> tuple[QuerySet[Any], list[str]]:
    rows = Response.objects.of(project).select_related("system", "prompt")
    return rows, ["system__name", "prompt__external_id", "content"]


def _battles(project: Project) -> tuple[QuerySet[Any], list[str]]:
    rows = Battle.objects.of(project).with_material()
    return rows, ["prompt__external_id", "response_a__system__name", "response_b__system__name"]


_TABLES = {"prompts": _prompts, "systems": _systems, "responses": _responses, "battles": _battles}


def _contains(word: str, columns: Iterable[str]) -> Q:
    # SQLite folds the case of ASCII alone, and keeps JSON with quotes and all beyond ASCII escaped.
    cases = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    spellings = cases | {json.dumps(case)[1:-1] for case in cases}
    wanted = Q()
    for column in columns:
        for spelling in spellings:
            wanted |= Q(**{f"{column}__icontains": spelling})
    return wanted


def add_counts(part: str, rows: Sequence[Any]) -> None:
    """Give each row of a page the numbers that its table shows: one query per number, for these rows alone."""
    if part == "prompts":
        _count_into(rows, "n_responses", Response.objects.visible(), "prompt")
        _count_into(rows, "n_battles", Battle.objects.visible(), "prompt")
    elif part == "systems":
        _describe_systems(rows)
    elif part == "responses":
        _count_into(rows, "n_verdicts", Verdict.objects.counting(), "response")
    elif part == "battles":
        _count_into(rows, "n_people", Verdict.objects.counting().by_humans(), "battle")
        _count_into(rows, "n_judges", Verdict.objects.counting().by_judges(), "battle")


def _count_into(rows: Sequence[Any], name: str, counted: QuerySet[Any], by: str) -> None:
    found = counted.filter(**{f"{by}__in": [row.pk for row in rows]}).order_by().values_list(by).annotate(n=Count("pk"))
    numbers: dict[int, int] = dict(found)
    for row in rows:
        setattr(row, name, numbers.get(row.pk, 0))


def _describe_systems(rows: Sequence[System]) -> None:
    found = (
        Response.objects.visible()
        .filter(system__in=[row.pk for row in rows])
        .order_by()
        .values("system")
        .annotate(n=Count("pk"), words=Avg("words"), latency=Avg("latency_ms"), cost=Sum("cost_usd"))
    )
    by_system = {row["system"]: row for row in found}
    for system in rows:
        system.described = by_system.get(system.pk, {"n": 0})  # type: ignore[attr-defined]  # for the template


def neighbours(rows: QuerySet[Row, Any], row: Row) -> dict[str, Row | None]:
    """Return the rows before and after one, in the order of the tables."""
    return {
        "previous": rows.filter(pk__lt=row.pk).order_by("-pk").first(),
        "next": rows.filter(pk__gt=row.pk).order_by("pk").first(),
    }


def battles_of_prompt(prompt: Prompt) -> list[Battle]:
    """Return a prompt's battles with how often people and judges answered each."""
    battles = list(Battle.objects.visible().filter(prompt=prompt).with_material()[:VERDICTS_SHOWN])
    add_counts("battles", battles)
    return battles


def verdicts_on_responses(responses: Sequence[Response]) -> dict[int, list[Verdict]]:
    """Return the answers about each response, the first 200 in all."""
    by_response: dict[int, list[Verdict]] = defaultdict(list)
    for verdict in _readable(Verdict.objects.planned().filter(response__in=responses)):
        if verdict.response_id is not None:
            by_response[verdict.response_id].append(verdict)
    return by_response


def verdicts_on_battle(battle: Battle) -> list[Verdict]:
    """Return the answers about a battle, the first 200."""
    return _readable(Verdict.objects.planned().filter(battle=battle))


def _readable(verdicts: QuerySet[Verdict, Verdict]) -> list[Verdict]:
    scores = Score.objects.select_related("criterion").order_by("criterion__position", "criterion")
    return list(
        verdicts.select_related("rater", "rubric", "rationale")
        .prefetch_related(Prefetch("scores", queryset=scores), "remarks__field")
        .order_by("rubric", "rater__kind", "rater__name", "pk")[:VERDICTS_SHOWN]
    )
