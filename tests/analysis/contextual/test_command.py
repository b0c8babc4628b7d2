"""``jurybox leaderboard`` with style, position, raters and length, on files."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.commandline import run
from analysis.contextual.board import contextual_bradley_terry
from analysis.contextual.context import Context
from analysis.data import OUTCOMES, STYLE
from analysis.files import STYLE_COLUMNS
from analysis.options import Options
from tests.analysis.contextual.builders import drawn_battles
from tests.known import known


@pytest.fixture
def path(tmp_path: Path) -> str:
    battles = drawn_battles()
    target = tmp_path / "battles.csv"
    with target.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["system_a", "system_b", "outcome", "prompt", "rater", "shown_first", *STYLE_COLUMNS])
        for row in range(len(battles)):
            a, b = battles.system_a[row], battles.system_b[row]
            shown = "B" if known(battles.shown_b_first)[row] else "A"
            writer.writerow([battles.systems[a], battles.systems[b], OUTCOMES[battles.outcome[row]].value,
                             known(battles.prompt).names[known(battles.prompt).codes[row]],
                             known(battles.rater).names[known(battles.rater).codes[row]], shown,
                             *known(battles.style_a)[row], *known(battles.style_b)[row]])  # fmt: skip
    return str(target)


def board_of(capsys, *arguments: str) -> Any:
    assert run("leaderboard", [*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_json_says_what_was_corrected_for(path, capsys):
    board = board_of(capsys, path, "--style", "--position", "--rater-model", "discrimination", "--cluster", "prompt")
    context = Context(style=True, position=True, rater_model="discrimination")
    direct = contextual_bradley_terry(drawn_battles(), Options(context=context, cluster="prompt"))
    assert [one["name"] for one in board["style"]["features"]] == list(STYLE)
    assert set(board["style"]["features"][0]) == {
        *("name", "scale", "coefficient", "error", "lower", "upper"),
        *("odds_ratio", "odds_ratio_lower", "odds_ratio_upper", "reason"),
    }
    for feature, expected in zip(board["style"]["features"], known(direct.style).features, strict=True):
        assert feature["coefficient"] == pytest.approx(expected.coefficient)
        assert feature["error"] == pytest.approx(expected.error)
    assert board["style"]["frozen"] is False
    assert {one["rater"] for one in board["position"]["raters"]} == {"r0", "r1", "r2", "r3"}
    assert {one["rater"] for one in board["discrimination"]["raters"]} == {"r0", "r1", "r2", "r3"}


def test_a_saved_style_is_kept_by_a_later_board(path, tmp_path, capsys):
    saved = str(tmp_path / "style.json")
    first = board_of(capsys, path, "--style", "--save-style", saved)
    second = board_of(capsys, path, "--style-from", saved)
    assert second["style"]["frozen"] is True
    assert "600 battles of battles.csv" in second["style"]["source"]
    np.testing.assert_allclose(
        [row["rating"] for row in second["rows"]], [row["rating"] for row in first["rows"]], atol=1e-6
    )


def test_length_controlled_rates_stand_beside_the_raw_ones(path, capsys):
    board = board_of(capsys, path, "--method", "length-controlled", "--baseline", "s0", "--cluster", "prompt")
    assert (board["method"], board["ci"], board["cluster"]) == ("length-controlled", "delta", "prompt")
    rates = {one["system"]: one for one in board["length_control"]["rates"]}
    for row in board["rows"]:
        if row["system"] == "s0":
            assert row["rating"] == 0.5
        else:
            assert row["rating"] == rates[row["system"]]["win_rate"]
            assert row["lower"] < row["rating"] < row["upper"]


@pytest.mark.parametrize("format_name", ["table", "md", "html"])
def test_the_coefficients_and_raters_stand_below_the_board(path, capsys, format_name):
    arguments = [path, "--style", "--position", "--rater-model", "discrimination", "--format", format_name]
    assert run("leaderboard", arguments) == 0
    text = capsys.readouterr().out
    for word in ("characters", "Odds ratio", "Position", "Discrimination", "r3"):
        assert word in text.replace("\\_", "_")


def test_a_csv_file_holds_the_corrected_board_alone(path, capsys):
    assert run("leaderboard", [path, "--style", "--format", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--style", "--style-from", "x.json"], "choose one"),
     (["--save-style", "x.json"], "give --style"),
     (["--penalty", "1"], "penalty belongs to style"),
     (["--shrink", "1"], "shrink belongs to raters"),
     (["--style", "--ties", "davidson"], "ties as half or drop"),
     (["--style-from", "absent.json"], "absent.json"),
     (["--method", "length-controlled"], "name it as the baseline"),
     (["--method", "mean-preference"], "name it as the baseline"),
     (["--method", "mean", "--style"], "--style belongs to battles")],
)  # fmt: skip
def test_what_does_not_go_together_is_refused(path, capsys, arguments, said):
    file = path
    if "mean" in arguments:
        file = str(Path(path).with_name("ratings.csv"))
        Path(file).write_text("item,rater,value,system\ni,a,3,x\nj,a,4,y\n")
    assert run("leaderboard", [file, *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_file_without_style_says_which_columns_it_lacks(tmp_path, capsys):
    path = tmp_path / "plain.csv"
    path.write_text("system_a,system_b,outcome\nx,y,A\ny,x,A\n")
    assert run("leaderboard", [str(path), "--style"]) == 2
    assert "no style is known" in capsys.readouterr().err
