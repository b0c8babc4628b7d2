"""The import command: what it says, with which status it ends, and published collections with their counts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from domain.choices import Outcome
from domain.models import Battle, Import, Project, Prompt, Rater, Response, System, Verdict
from tests.domain.files import VOTES, V, nothing_is_there

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the example data is not beside the checkout")


@pytest.mark.parametrize("options", [{}, {"dry_run": True}])
def test_the_command_says_what_it_did(tmp_path, capsys, options):
    path = tmp_path / "votes.csv"
    path.write_text(VOTES)
    call_command("import", "fresh", str(path), json=True, **options)
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["votes"] == 3
    assert document["files"][0]["columns"]["outcome"] == "outcome"
    assert Project.objects.filter(slug="fresh").exists() == (not options)
    assert nothing_is_there() == bool(options)


def test_the_command_shows_the_first_twenty_rejected_rows_and_ends_with_status_2(tmp_path, capsys):
    path = tmp_path / "votes.csv"
    path.write_text(V + "".join(f"p{number},Ash,Birch,what,ann\n" for number in range(30)))
    with pytest.raises(SystemExit) as stop:
        call_command("import", "fresh", str(path))
    told = capsys.readouterr().err
    assert stop.value.code == 2
    assert told.count("votes.csv") == 20
    assert "30 rows were rejected. The first 20 are shown. Nothing was imported." in told
    assert not Project.objects.exists()
    assert not Import.objects.exists()
    assert nothing_is_there()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fresh", "missing.csv"], "missing.csv is not a file"),
        (["a b", "votes.csv"], "cannot name a project"),
        (["fresh", "votes.csv", "--label", "x=maybe"], "'maybe' is not one of"),
        (["fresh", "votes.csv", "--map", "outcome"], "write it as NAME=VALUE"),
        (["fresh", "votes.csv", "--scale", "ten"], "scale 'ten' cannot be read"),
    ],
)
def test_a_wrong_call_ends_with_status_2(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("votes.csv").write_text(VOTES)
    with pytest.raises(CommandError, match=message) as stop:
        call_command("import", *arguments)
    assert stop.value.returncode == 2
    assert not Project.objects.exists()


@needs_data
def test_llmfao_comes_in_with_its_published_counts():
    folder = DATA / "llmfao"
    expected = json.loads((folder / "expected.json").read_text())
    names = ("models.jsonl", "prompts.jsonl", "results.jsonl.gz", "crowd-comparisons.csv")
    call_command("import", "llmfao", *(str(folder / name) for name in names), verbosity=0)
    call_command("import", "llmfao", str(folder / "gpt4-crowd-comparisons.csv"), rater="gpt-4", rater_kind="judge")
    people = Verdict.objects.counting().by_humans()
    assert people.count() == expected["votes"]
    assert Rater.objects.people().count() == expected["workers"]
    assert Battle.objects.count() == expected["pairs"]
    assert Battle.objects.values("prompt").distinct().count() == expected["prompts"]
    assert (System.objects.count(), Prompt.objects.count(), Response.objects.count()) == (70, 19, 1133)
    assert _shown_counts(people) == {"left": 2911, "right": 2549, "tie": 3471} == expected["winner_counts"]
    assert _shown_counts(Verdict.objects.counting().by_judges()) == expected["gpt4"]["verdicts"]
    with (folder / "expected_bt_crowd.csv").open() as file:
        ranked = {row["model"] for row in csv.DictReader(file)}
    fought = System.objects.filter(responses__battles_as_a__isnull=False) | System.objects.filter(
        responses__battles_as_b__isnull=False
    )
    assert set(fought.values_list("name", flat=True)) == ranked


@needs_data
def test_vicuna80_comes_in_with_its_published_counts():
    folder = DATA / "vicuna80"
    expected = json.loads((folder / "expected.json").read_text())
    people = ("questions.jsonl", "answers.jsonl.gz", "human_votes.csv")
    judge = ("gpt4_pairwise.jsonl.gz", "gpt4_scores.jsonl.gz")
    call_command("import", "vicuna80", *(str(folder / name) for name in people))
    call_command(
        "import",
        "vicuna80",
        *(str(folder / name) for name in judge),
        rater="gpt-4",
        rater_kind="judge",
        scale="1..10/0.5",
    )
    votes = Verdict.objects.filter(battle__isnull=False)
    assert votes.by_humans().counting().count() == expected["human_votes"]
    assert Battle.objects.count() == expected["human_items"]
    counts = _shown_counts(votes.by_humans())
    assert {"model_a": counts["left"], "model_b": counts["right"], "tie": counts["tie"]} == expected[
        "human_vote_counts"
    ]
    assert votes.by_judges().unscored().count() == expected["gpt4_unparsed"] == 13
    assert _shown_counts(votes.by_judges())["left"] == expected["gpt4_first_position_win_share"][0]
    ratings = Verdict.objects.filter(response__isnull=False)
    assert (ratings.count(), ratings.unscored().count()) == (2240, 12)


def _shown_counts(verdicts) -> dict[str, int]:
    counts = {"left": 0, "right": 0, "tie": 0}
    for outcome, swapped in verdicts.filter(unscored_reason="").values_list("scores__outcome", "swapped"):
        side = outcome if outcome == "tie" else Outcome(outcome).turned().value if swapped else outcome
        counts[{"A": "left", "B": "right", "tie": "tie"}[side]] += 1
    return counts
