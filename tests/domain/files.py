"""Files that are imported in tests, and what becomes of them."""

from __future__ import annotations

import io
import json
from typing import Any

from domain.choices import Outcome
from domain.formats import Source
from domain.imports import Options, plan, run_import
from domain.models import Battle, Import, Project, Prompt, Rater, Response, Rubric, Score, System, Verdict

# The first lines of files of prompts, of responses, of votes and of ratings.
P = "prompt_id,text\n"
R = "prompt_id,system,response\n"
V = "prompt_id,system_a,system_b,outcome,rater\n"
N = "item,system,rater,value\n"
VOTES = "prompt_id,system_a,system_b,outcome,rater\np1,Ash,Birch,A,ann\np1,Birch,Ash,B,bob\np2,Ash,Birch,tie,ann\n"


def source(text: str | bytes, name: str = "file.csv") -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(name=name, open=lambda: io.BytesIO(data), size=len(data))


def jsonl(*rows: dict[str, Any], name: str = "file.jsonl") -> Source:
    return source("\n".join(json.dumps(row) for row in rows), name)


def load(project: Project, *sources: Source, **options) -> Import:
    batch = run_import(project=project, sources=sources, options=Options(**options))
    assert batch.state == "done", batch.errors
    return batch


def errors_of(*sources: Source, project: Project | None = None, **options) -> list[tuple[str, int, str, str, str]]:
    made = plan(project, sources, Options(**options))
    assert made.error_count == len(made.errors)
    return [(error.file, error.line, error.column, error.value, error.reason) for error in made.errors]


def only_error(*sources: Source, **options) -> tuple[str, int, str, str, str]:
    [error] = errors_of(*sources, **options)
    return error


def nothing_is_there() -> bool:
    return not any(
        model.objects.exists() for model in (System, Prompt, Response, Battle, Rater, Verdict, Score, Rubric)
    )


def shown(verdict: Verdict) -> tuple[str, str, str]:
    """The system shown first, the one shown second, and the outcome with the first as A."""
    battle, score = verdict.battle, verdict.scores.get()
    assert battle
    assert score.outcome
    pair = [battle.response_a.system.name, battle.response_b.system.name]
    outcome = Outcome(score.outcome)
    first, second = reversed(pair) if verdict.swapped else pair
    return first, second, (outcome.turned() if verdict.swapped else outcome).value
