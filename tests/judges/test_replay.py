"""Recorded judgements, replayed word for word: the run says what the record says, and agrees with people as often."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.models import Project, Prompt, Response, Score, Verdict
from domain.services import create_rubric, get_or_create_system
from judges import presets, runner
from judges.figures import swaps
from judges.models import Cell, Exchange, Run
from judges.planning import Selection
from tests.factories import make_project
from tests.judges.making import make_run, make_version
from tests.known import known

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "vicuna80"
# GPT-4 ended with a number on a line of its own, and this protocol ends with a mark: nothing else is translated.
LAST_LINE = re.compile(r"^([123])\s*\Z", re.MULTILINE)
MARKS = {"1": "[[A]]", "2": "[[B]]", "3": "[[C]]"}
SOME = 12  # questions, of those with unreadable judgements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DATA.is_dir(), reason="the recorded judgements are not on this machine"),
]

Key = tuple[int, str, str]  # question, system shown first, system shown second


def lines(name: str) -> Iterator[dict[str, Any]]:
    path = DATA / name
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def recorded(wanted: set[int] | None) -> dict[Key, dict[str, Any]]:
    """Return the recorded judgements by what was judged, in the order in which it was shown."""
    rows = (row for row in lines("gpt4_pairwise.jsonl.gz") if wanted is None or row["question_id"] in wanted)
    return {(row["question_id"], row["model_a"], row["model_b"]): row for row in rows}


def make_answers(project: Project, wanted: set[int] | None) -> dict[tuple[str, str], tuple[int, str, str]]:
    """Put questions and answers on record; return what two texts stand for."""
    prompts = {
        row["question_id"]: Prompt(
            project=project, external_id=str(row["question_id"]), turns=[{"role": "user", "content": row["text"]}]
        )
        for row in lines("questions.jsonl")
        if wanted is None or row["question_id"] in wanted
    }
    Prompt.objects.bulk_create(prompts.values())
    answers = [row for row in lines("answers.jsonl.gz") if row["question_id"] in prompts]
    systems = {row["model"]: get_or_create_system(project, row["model"]) for row in answers}
    Response.objects.bulk_create(
        Response(project=project, prompt=prompts[row["question_id"]], system=systems[row["model"]], content=row["text"])
        for row in answers
    )
    texts = {(row["question_id"], row["model"]): row["text"] for row in answers}
    return {
        (one, other): (question, first, second)
        for (question, first), one in texts.items()
        for (again, second), other in texts.items()
        if question == again and first != second
    }


def replayed(fake, wanted: set[int] | None) -> tuple[Run, dict[Key, dict[str, Any]]]:
    record = recorded(wanted)
    project = make_project()
    meant = make_answers(project, wanted)

    def says(question, rng):
        first, second = question.candidates()
        said = record[meant[first, second]]["text"]
        return LAST_LINE.sub(lambda last: MARKS[last[1]], said)

    fake.configure(judge=says)
    rubric = create_rubric(project=project, spec=presets.rubric_for("mt-bench-pairwise"))
    version = make_version(project, rubric=rubric, preset="mt-bench-pairwise", base_url=fake.openai_url)
    run = make_run(version, Selection(pairs="all"), concurrency=32)
    runner.drain(run)
    run.refresh_from_db()
    return run, record


def verdicts_of(run: Run) -> dict[Key, str | None]:
    """Return what is on record after a run, in the words of the file; None without a verdict."""
    found: dict[Key, str | None] = {}
    given = Verdict.objects.filter(cell__run=run).select_related(
        "battle__prompt", "battle__response_a__system", "battle__response_b__system"
    )
    outcomes: dict[Any, Any] = dict(Score.objects.filter(verdict__cell__run=run).values_list("verdict", "outcome"))
    for verdict in given:
        names = (verdict.battle.response_a.system.name, verdict.battle.response_b.system.name)
        outcome = outcomes.get(verdict.pk)
        first, second = names[::-1] if verdict.swapped else names
        key = (int(verdict.battle.prompt.external_id), first, second)
        if outcome in ("A", "B"):
            found[key] = "model_a" if names["AB".index(outcome)] == first else "model_b"
        else:
            found[key] = outcome
    return found


def agreement(said: dict[Key, str | None], *, ties: bool) -> list[float]:
    """Return [same, votes, share]: the votes of people on a battle against the judge's verdict in the same order."""
    counted: Counter[bool] = Counter()
    with (DATA / "human_votes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            verdict = said.get((int(row["question_id"]), row["model_a"], row["model_b"]))
            if verdict is not None and (ties or "tie" not in (verdict, row["winner"])):
                counted[verdict == row["winner"]] += 1
    return [counted[True], counted.total(), round(counted[True] / counted.total(), 4)]


def consistency(run: Run) -> list[float]:
    found = swaps(run).consistent
    share = known(found.value)
    return [round(share * found.n), found.n, round(share, 4)]


def same_as_recorded(run: Run, record: dict[Key, dict[str, Any]]) -> None:
    unreadable = sum(row["verdict"] is None for row in record.values())
    assert (run.state, run.planned, run.unreadable) == ("done", len(record), unreadable)
    assert run.verdicts == len(record) - unreadable
    assert verdicts_of(run) == {key: row["verdict"] for key, row in record.items()}
    assert not Score.objects.filter(verdict__cell__run=run, verdict__cell__outcome="unreadable").exists()


def test_a_replay_gives_exactly_the_recorded_verdicts_and_what_was_unreadable_stays_so(fake):
    judged = list(lines("gpt4_pairwise.jsonl.gz"))
    wanted = set(sorted({row["question_id"] for row in judged if row["verdict"] is None})[:SOME])
    run, record = replayed(fake, wanted)
    assert run.unreadable == 13
    same_as_recorded(run, record)
    cell = Cell.objects.filter(run=run, outcome="unreadable").first()
    reply = Exchange.objects.get(cell=cell).reply
    assert any(row["verdict"] is None and row["text"] == reply for row in record.values())


@pytest.mark.slow
def test_all_recorded_judgements_agree_with_people_as_often_as_published(fake):
    run, record = replayed(fake, None)
    same_as_recorded(run, record)
    said, expected = verdicts_of(run), json.loads((DATA / "expected.json").read_text())
    assert Counter(str(verdict) for verdict in said.values()) == expected["gpt4_verdict_counts"]
    assert agreement(said, ties=True) == expected["gpt4_vs_human_votes_same_order"]
    assert agreement(said, ties=False) == expected["gpt4_vs_human_votes_same_order_no_ties"]
    assert consistency(run) == expected["gpt4_order_swap_consistency"]
    first = sum(verdict == "model_a" for verdict in said.values())
    readable = sum(verdict is not None for verdict in said.values())
    assert [first, readable, round(first / readable, 4)] == expected["gpt4_first_position_win_share"]
