"""The leaderboard command with --hybrid: what it says, in every format, and which calls are wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from analysis.commandline import run
from analysis.hybrid.board import hybrid_board
from tests.analysis.hybrid.builders import voted
from tests.known import known


@pytest.fixture
def battles_file(tmp_path: Path) -> Path:
    battles, path = voted(), tmp_path / "votes.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["system_a", "system_b", "outcome", "prompt", "rater", "half"])
        for row in range(len(battles)):
            a, b = battles.systems[battles.system_a[row]], battles.systems[battles.system_b[row]]
            prompt = known(battles.prompt).names[known(battles.prompt).codes[row]]
            rater = known(battles.rater).names[known(battles.rater).codes[row]]
            out.writerow([a, b, "AB"[battles.outcome[row]], prompt, rater, int(prompt[1:]) % 2])
    return path


def test_the_command_says_what_the_library_says(battles_file, capsys):
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    board = hybrid_board(voted(), "judge")
    assert {"method", "judge", "people", "power", "effective_n", "selection", "warnings", "rows"} <= set(made)
    assert made["rows"][0]["estimate"]["value"] == pytest.approx(board.rows[0].estimate.value)
    assert {"human_only", "judge_only", "power", "effective_n", "rank_lower", "rank_all_upper"} <= set(made["rows"][0])


def test_strata_named_in_the_file_are_used(battles_file, capsys):
    call = [str(battles_file), "--hybrid", "judge", "--method", "win-rate", "--json"]
    assert run("leaderboard", [*call, "--strata", "half"]) == 0
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert row["estimate"]["conventions"]["weights"] == "shares of the items"


@pytest.mark.parametrize("form", ["table", "csv", "md", "html"])
def test_every_format_names_each_system(battles_file, capsys, form):
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--format", form]) == 0
    said = capsys.readouterr().out
    assert ("human_only" if form == "csv" else "People") in said
    assert all(name in said for name in "abc")


def test_the_picture_is_saved(battles_file, tmp_path, capsys):
    path = tmp_path / "board.svg"
    assert run("leaderboard", [str(battles_file), "--hybrid", "judge", "--plot", str(path)]) == 0
    assert "people and judge" in path.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--hybrid", "gpt"], "no answer is by a rater 'gpt'"),
        (["--hybrid", "judge", "--ties", "drop", "--prior", "1"], "leave --ties, --prior out"),
        (["--hybrid", "judge", "--method", "elo"], "not by elo"),
        (["--hybrid", "judge", "--raters", "zoe"], "no rater zoe"),
        (["--hybrid", "judge", "--strata", "half"], "strata and probabilities are for win rates"),
        (["--hybrid", "judge", "--method", "win-rate", "--strata", "nothing"], "nothing"),
        (["--hybrid", "judge", "--cluster", "rater"], "not by rater"),
        (["--hybrid", "judge", "--plot", "board.gif"], ".svg or .png"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(battles_file, capsys, options, said):
    assert run("leaderboard", [str(battles_file), *options]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert heard.out == ""
