"""``jurybox leaderboard`` and ``jurybox agreement`` on files: what they print, and their exit status."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.commandline import run

BATTLES = "system_a,system_b,outcome,rater\n" + "x,y,A,r1\nx,y,A,r2\ny,x,A,r1\ny,z,A,r2\nz,y,tie,r1\nx,z,both_bad,r2\n"
RATINGS = "item,rater,value,criterion\ni,a,3,clear\ni,b,4,clear\nj,a,5,clear\nj,b,5,clear\ni,a,1,true\nj,a,1,true\n"

# DESIGN section 8: these keys are a contract.
BOARD_KEYS = {"method", "ties", "ci", "cluster", "n_battles", "n_systems", "seed", "components", "warnings", "rows"}
ROW_KEYS = {
    *("system", "rating", "lower", "upper", "rank", "rank_lower", "rank_upper"),
    *("battles", "wins", "losses", "ties", "win_rate"),
}
STATISTIC_KEYS = {"name", "options", "value", "lower", "upper", "n", "method", "reason"}


@pytest.fixture
def battles(tmp_path: Path) -> str:
    path = tmp_path / "battles.csv"
    path.write_text(BATTLES)
    return str(path)


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS)
    return str(path)


def test_the_json_of_a_leaderboard_has_the_agreed_keys(battles, capsys):
    assert run("leaderboard", [battles, "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert set(board) >= BOARD_KEYS
    assert all(set(row) >= ROW_KEYS for row in board["rows"])
    assert (board["method"], board["ties"], board["ci"], board["cluster"]) == (
        *("bradley-terry", "half"),
        *("sandwich", "none"),
    )
    assert sum(row["rating"] for row in board["rows"]) / 3 == pytest.approx(1000)
    x = next(row for row in board["rows"] if row["system"] == "x")
    assert (x["battles"], x["wins"], x["losses"], x["ties"], x["both_bad"]) == (4, 2, 1, 0, 1)
    assert x["win_rate"] == pytest.approx(2.5 / 4)


def test_the_json_of_agreement_has_the_agreed_keys(ratings, capsys):
    assert run("agreement", [ratings, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) >= {"level", "n_items", "n_raters", "n_ratings", "statistics"}
    assert (found["n_items"], found["n_raters"], found["n_ratings"]) == (2, 2, 6)
    assert all(set(one) >= STATISTIC_KEYS for one in found["statistics"])
    alone = [one for one in found["statistics"] if one["options"]["criterion"] == "true"]
    assert {(one["value"], one["reason"]) for one in alone} == {(None, "one_rater")}


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html"])
@pytest.mark.parametrize("command", ["leaderboard", "agreement"])
def test_every_format_shows_every_line(command, format_name, battles, ratings, capsys):
    assert run(command, [battles if command == "leaderboard" else ratings, "--format", format_name]) == 0
    out = capsys.readouterr().out
    expected = ("x", "y", "z") if command == "leaderboard" else ("clear", "true")
    assert all(name in out for name in expected)


def test_win_rates_rank_by_the_share_of_points(battles, capsys):
    assert run("leaderboard", [battles, "--method", "win-rate", "--both-bad", "drop", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert [(row["system"], row["rank"]) for row in board["rows"]] == [("x", 1), ("y", 2), ("z", 3)]
    assert board["rows"][0]["rating"] == pytest.approx(2 / 3)
    assert board["rows"][0]["lower"] == pytest.approx(0.20766, abs=1e-5)  # Wilson for 2 of 3: 0.2077 to 0.9385
    assert board["ci"] == "wilson"


def test_only_the_raters_asked_for_count(battles, capsys):
    assert run("leaderboard", [battles, "--raters", "r1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_battles"] == 3


def test_a_picture_is_saved_beside_the_report(battles, tmp_path, capsys):
    assert run("leaderboard", [battles, "--plot", str(tmp_path / "board.svg")]) == 0
    assert (tmp_path / "board.svg").read_text().startswith("<?xml")
    assert "x" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("leaderboard", ["absent.csv"], "absent.csv"),
        ("leaderboard", ["{ratings}"], "no column system_a or model_a"),
        ("leaderboard", ["{battles}", "--ci", "bootstrop"], "invalid choice"),
        ("leaderboard", ["{battles}", "--ci", "wilson"], "ci of bradley-terry"),
        ("leaderboard", ["{battles}", "--method", "win-rate", "--prior", "1"], "prior"),
        ("leaderboard", ["{battles}", "--prior", "nan"], "prior"),
        ("leaderboard", ["{battles}", "--confidence", "95"], "between 0 and 1"),
        ("leaderboard", ["{battles}", "--raters", "nobody"], "no rater nobody"),
        ("leaderboard", ["{battles}", "--plot", "board.gif"], ".svg or .png"),
        ("leaderboard", ["{battles}", "--criterion", "clear"], "--criterion needs a column criterion"),
        ("leaderboard", ["{battles}", "--json", "--format", "csv"], "not allowed with"),
        ("agreement", ["{battles}"], "column prompt"),
        ("agreement", ["{ratings}", "--criterion", "kind"], "no criterion kind"),
        ("agreement", ["{ratings}", "--rounds", "0"], "rounds"),
        ("certify", ["{battles}", "--judge", "r1"], "column prompt"),
        ("certify", ["{ratings}"], "required: --judge"),
        ("certify", ["{ratings}", "--judge", "nobody"], "no answer is by a rater 'nobody'"),
        ("certify", ["{ratings}", "--judge", "a", "--epsilon", "2"], "epsilon"),
        ("compare", ["{battles}"], "required: A, B"),
        ("compare", ["{battles}", "x", "nobody"], "no system 'nobody'; there is x, y, z"),
        ("compare", ["{battles}", "x", "x"], "needs two systems"),
        ("compare", ["{ratings}", "x", "y"], "column system"),
        ("compare", ["{battles}", "x", "y", "--criterion", "c"], "--criterion needs a column criterion"),
    ],
)
def test_a_wrong_call_ends_with_status_2_and_says_why_on_stderr(command, arguments, said, battles, ratings, capsys):
    filled = [word.format(battles=battles, ratings=ratings) for word in arguments]
    assert run(command, filled) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_an_unknown_label_ends_with_status_2_and_its_line(tmp_path, capsys):
    path = tmp_path / "b.csv"
    path.write_text("system_a,system_b,outcome\nx,y,A\nx,y,Tie\n")
    assert run("leaderboard", [str(path), "--json"]) == 2
    assert "line 3, column outcome, value 'Tie'" in capsys.readouterr().err


def test_an_empty_file_of_battles_has_nothing_to_rank(tmp_path, capsys):
    path = tmp_path / "b.csv"
    path.write_text("system_a,system_b,outcome\n")
    assert run("leaderboard", [str(path)]) == 2
    assert "no scored battles" in capsys.readouterr().err


def test_help_is_no_error(capsys):
    assert run("leaderboard", ["--help"]) == 0
    assert "PROJECT|FILE" in capsys.readouterr().out


def test_a_name_cannot_be_a_formula_a_tag_or_a_command_to_the_terminal(tmp_path, capsys):
    path = tmp_path / "b.csv"
    names = ["=HYPERLINK(1)", "<script>x</script>", "\x1b[31mred\u202e", "a|b*c_d", "[link](http://x)"]
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["system_a", "system_b", "outcome"])
        out.writerows([a, b, "A"] for a in names for b in names if a != b)
    shown = {}
    for format_name in ("table", "csv", "md", "html", "json"):
        assert run("leaderboard", [str(path), "--format", format_name]) == 0
        shown[format_name] = capsys.readouterr().out
    assert "\x1b" not in shown["table"] + shown["md"] + shown["html"]
    assert "\u202e" not in shown["table"] + shown["md"] + shown["html"]
    assert "<script" not in shown["html"] + shown["md"]
    assert "'=HYPERLINK(1)" in shown["csv"]
    assert "](http" not in shown["md"]
    assert {row["system"] for row in json.loads(shown["json"])["rows"]} == set(names)


def test_a_file_is_ranked_without_starting_django(battles):
    code = (
        "import sys; from analysis.commandline import run; status = run('leaderboard', sys.argv[1:]);"
        "heavy = {'django', 'scipy', 'matplotlib', 'pandas', 'pyarrow'} & set(sys.modules);"
        "sys.exit(status or bool(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code, battles, "--json"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
