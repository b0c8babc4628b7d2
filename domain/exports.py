"""Verdicts and preferences out: one consistent state of the project, in a file that is there whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from domain.choices import Choice, Outcome
from domain.formats.writing import WRITERS, file_hash, whole_file
from domain.models import Project, Remark, Score, Verdict

WHAT = ("verdicts", "preferences")
_ROWS_AT_ONCE = 1_000

_ABOUT_BATTLES: dict[str, type] = {"system_a": str, "sample_a": int, "system_b": str, "sample_b": int}
_ABOUT_RESPONSES: dict[str, type] = {"system": str, "sample": int}
_CHOSEN: dict[str, type] = {"outcome": str, "strength": int, "chance": float}
_WHO: dict[str, type] = {"rater": str, "rater_kind": str, "simulated": bool}
_ASIDE: dict[str, type] = {"confidence": int, "rationale": str, "active_ms": int, "given_at": str}
_UNSCORED: dict[str, type] = {"unscored_reason": str, "unscored_detail": str}
_TEXTS: dict[str, type] = {"prompt_text": str, "response_a": str, "response_b": str}


class NothingToExport(ValueError):
    """The project has nothing of what was asked for."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    path: Path
    rows: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"path": str(self.path), "rows": self.rows, "sha256": self.sha256}


def export(project: Project, what: str, path: Path) -> Exported:
    """Write a project's verdicts or preferences to a .jsonl, .csv or .parquet file.

    Live counted verdicts only, and none about a canary prompt. Battles are in the order in which they were shown:
    ``system_a`` was first, and an outcome of A means that it won.
    """
    write = WRITERS[path.suffix.lower()]
    with snapshot():
        columns = _columns(project, what)
        with whole_file(path) as temporary:
            rows = write(temporary, columns, _rows(project, what))
    return Exported(path, rows, file_hash(path))


@contextmanager
def snapshot() -> Iterator[None]:
    """Read one state of the database, whatever is written meanwhile, and keep no writer waiting."""
    if connection.in_atomic_block:  # the caller's transaction is the snapshot
        yield
    elif connection.vendor == "sqlite":
        # atomic() would take the write lock; a deferred transaction reads one state beside the writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _columns(project: Project, what: str) -> dict[str, type]:
    if what == "preferences":
        return {"prompt_id": str, **_TEXTS, **_ABOUT_BATTLES, "criterion": str, **_CHOSEN, **_WHO, "rationale": str}
    verdicts = Verdict.objects.planned().filter(project=project)
    battles = verdicts.filter(battle__isnull=False).exists()
    responses = verdicts.filter(response__isnull=False).exists()
    return {
        "prompt_id": str,
        **(_ABOUT_BATTLES if battles else {}),
        **(_ABOUT_RESPONSES if responses else {}),
        "rubric": str,
        "criterion": str,
        **(_CHOSEN if battles else {}),
        **({"value": float} if responses else {}),
        **_UNSCORED,
        **_WHO,
        **_ASIDE,
        **({"remarks": str} if Remark.objects.filter(verdict__in=verdicts).exists() else {}),
    }


def _rows(project: Project, what: str) -> Iterator[dict[str, Any]]:
    found = False
    for verdict in _verdicts(project, what).iterator(chunk_size=_ROWS_AT_ONCE):
        for score in list(verdict.scores.all()) or [None]:
            found = True
            yield _preference(verdict, score) if what == "preferences" and score else _verdict(verdict, score)
    if not found:
        raise NothingToExport(f"project {project.slug} has no {what} yet")


def _verdicts(project: Project, what: str) -> Any:
    related = ["rater", "rubric", "rationale"]
    battle = ["battle__prompt", "battle__response_a__system", "battle__response_b__system"]
    verdicts = Verdict.objects.planned().filter(project=project)
    if what == "preferences":
        verdicts = verdicts.filter(battle__isnull=False, unscored_reason="")
    else:
        related += ["response__prompt", "response__system"]
    hidden = {"battle__prompt__canary": True}, {"response__prompt__canary": True}
    for canary in hidden:
        verdicts = verdicts.exclude(**canary)
    return (
        verdicts.select_related(*related, *battle)
        .prefetch_related("scores__criterion", "remarks__field")
        .order_by("pk")
    )


def _verdict(verdict: Verdict, score: Score | None) -> dict[str, Any]:
    return {
        **_target(verdict),
        **_answer(verdict, score),
        "rubric": str(verdict.rubric),
        "unscored_reason": verdict.unscored_reason or None,
        "unscored_detail": verdict.unscored_detail or None,
        **_who(verdict),
        "confidence": verdict.confidence,
        "active_ms": verdict.active_ms,
        "given_at": verdict.given_at.isoformat(),
        "remarks": _remarks(verdict),
    }


def _remarks(verdict: Verdict) -> str | None:
    """Return what was ticked, written and marked, by key, as one JSON object."""
    said = {remark.field.key: remark.data for remark in verdict.remarks.all()}
    return json.dumps(said, ensure_ascii=False) if said else None


def _preference(verdict: Verdict, score: Score) -> dict[str, Any]:
    battle = verdict.battle
    if battle is None:
        raise RuntimeError(f"verdict {verdict.pk} is about no battle")
    texts = [battle.response_a.content, battle.response_b.content]
    first, second = reversed(texts) if verdict.swapped else texts
    turns = battle.prompt.turns
    text = (
        turns[0]["content"] if len(turns) == 1 else "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns)
    )
    said = {"prompt_text": text or None, "response_a": first, "response_b": second}
    return {**_target(verdict), **said, **_answer(verdict, score), **_who(verdict)}


def _target(verdict: Verdict) -> dict[str, Any]:
    """Return what a verdict is about, in the order in which it was shown."""
    if verdict.battle is None:
        response = verdict.response
        if response is None:
            raise RuntimeError(f"verdict {verdict.pk} is about nothing")
        return {"prompt_id": response.prompt.external_id, "system": response.system.name, "sample": response.sample}
    shown = [verdict.battle.response_a, verdict.battle.response_b]
    first, second = reversed(shown) if verdict.swapped else shown
    return {
        "prompt_id": verdict.battle.prompt.external_id,
        "system_a": first.system.name,
        "sample_a": first.sample,
        "system_b": second.system.name,
        "sample_b": second.sample,
    }


def _answer(verdict: Verdict, score: Score | None) -> dict[str, Any]:
    if score is None:
        return {}
    if score.outcome is None:
        return {"criterion": score.criterion.name, "value": score.value}
    choice = Choice(Outcome(score.outcome), score.strength, score.chance)
    choice = choice.turned() if verdict.swapped else choice
    chosen = {"outcome": choice.outcome.value, "strength": choice.strength, "chance": choice.chance}
    return {"criterion": score.criterion.name, **chosen}


def _who(verdict: Verdict) -> Mapping[str, Any]:
    rationale = getattr(verdict, "rationale", None)
    return {
        "rater": verdict.rater.name,
        "rater_kind": verdict.rater.kind,
        "simulated": verdict.rater.is_simulated,
        "rationale": rationale.text if rationale else None,
    }
