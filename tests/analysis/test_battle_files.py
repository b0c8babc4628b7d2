"""Files of battles that name their criterion, and exports of a project as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.commandline import run

HEADER = "prompt_id,system_a,system_b,criterion,outcome,rater,kind"
CLEAR = ["p1,x,y,clear,A,r1,k", "p2,y,x,clear,B,r1,k", "p3,x,y,clear,B,r2,m"]
TRUE = ["p1,x,y,true,B,r1,k", "p2,y,x,true,A,r1,k", "p3,x,y,true,A,r2,m"]


@pytest.fixture
def write(tmp_path: Path):
    def written(*rows: str, header: str = HEADER) -> str:
        path = tmp_path / "b.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return str(path)

    return written


def board(argv, capsys):
    assert run("leaderboard", [*argv, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_one_criterion_is_ranked_and_its_prompts_are_clusters(write, capsys):
    made = board([write(*CLEAR), "--cluster", "prompt"], capsys)
    assert (made["n_battles"], made["rows"][0]["system"]) == (3, "x")


def test_several_criteria_are_never_pooled_without_a_word(write, capsys):
    path = write(*CLEAR, *TRUE)
    for more in ([], ["--by", "kind"]):
        assert run("leaderboard", [path, *more]) == 2
        assert "several criteria, clear, true: choose one" in capsys.readouterr().err
    assert run("compare", [path, "x", "y"]) == 2


def test_the_criterion_asked_for_decides(write, capsys):
    path = write(*CLEAR, *TRUE)
    assert board([path, "--criterion", "clear"], capsys)["rows"][0]["system"] == "x"
    assert board([path, "--criterion", "true"], capsys)["rows"][0]["system"] == "y"
    assert run("leaderboard", [path, "--criterion", "kind"]) == 2
    assert "no criterion kind in the file; it has clear, true" in capsys.readouterr().err
    assert run("leaderboard", [path, "--criterion", "true", "--by", "kind"]) == 2
    assert "do not go together" in capsys.readouterr().err


def test_each_criterion_can_have_its_board(write, capsys):
    made = board([write(*CLEAR, *TRUE), "--by", "criterion"], capsys)
    assert [(one["tag"], one["board"]["rows"][0]["system"]) for one in made["boards"]] == [
        ("clear", "x"),
        ("true", "y"),
    ]
    assert run("compare", [write(*CLEAR, *TRUE), "x", "y", "--criterion", "clear", "--json"]) == 0


def test_an_export_of_verdicts_says_what_to_export_instead(write, capsys):
    header = "prompt_id,system_a,system_b,system,criterion,outcome,value,unscored_reason,rater"
    assert run("leaderboard", [write("p1,,,x,clear,,5,,r1", "p1,x,y,,better,A,,,r1", header=header)]) == 2
    assert "--what preferences writes the battles alone" in capsys.readouterr().err


def test_an_export_of_verdicts_on_battles_alone_is_ranked_with_its_missing_ones_counted(write, capsys):
    header = "prompt_id,system_a,system_b,criterion,outcome,unscored_reason,rater"
    path = write("p1,x,y,better,A,,r1", "p2,x,y,better,,refused,r1", header=header)
    made = board([path, "--missing", "drop"], capsys)
    assert made["coverage"] == {"scored": 1, "planned": 2, "share": 0.5}
