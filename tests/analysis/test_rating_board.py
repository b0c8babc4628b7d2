"""Boards from ratings: means clustered by prompt, leads paired by prompt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.commandline import run
from analysis.comparison.paired import mean_estimate
from analysis.data import Ratings
from analysis.errors import Undefined
from analysis.rating_board import rating_board
from analysis.rating_plots import rating_plot
from analysis.rating_report import render_means
from analysis.ratings.options import RatingOptions
from tests.analysis.builders import coded
from tests.analysis.ratings.make import rated


def made(rows: list[tuple[str, str, float]], **columns) -> Ratings:
    """``rows`` are (prompt, system, value)."""
    prompts, systems, values = zip(*rows, strict=True)
    item = coded([f"{prompt} / {system}" for prompt, system in zip(prompts, systems, strict=True)])
    return Ratings(item, np.array(values), system=coded(systems), prompt=coded(prompts), **columns)


def test_a_lead_is_the_paired_difference_to_the_others():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(3, 20)) + np.array([[2.0], [0.0], [0.0]])
    board = rating_board(made([(f"p{p}", name, values[s, p]) for s, name in enumerate("xyz") for p in range(20)]))
    x = board.rows[0]
    expected = stats.ttest_rel(values[0], (values[1] + values[2]) / 2)
    assert (x.system, x.rank, x.verdict) == ("x", 1, "strength")
    assert x.p_value == pytest.approx(expected.pvalue)
    assert x.lead.value == pytest.approx((values[0] - (values[1] + values[2]) / 2).mean())
    assert [row.adjusted_p >= row.p_value for row in board.rows if row.adjusted_p and row.p_value] == [True] * 3


def test_on_a_scale_of_faults_the_lowest_mean_is_first_and_a_low_lead_is_a_strength():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(2, 20)) + np.array([[5.0], [0.0]])
    rows = [(f"p{p}", name, values[s, p]) for s, name in enumerate("xy") for p in range(20)]
    ratings = made(rows, criterion=coded(["faults"] * len(rows)))
    high, low = (rating_board(ratings, RatingOptions(lower_is_better=names)).rows for names in ((), ("faults",)))
    assert [(row.system, row.rank, row.verdict) for row in high] == [("x", 1, "strength"), ("y", 2, "weakness")]
    assert [(row.system, row.rank, row.verdict) for row in low] == [("y", 1, "strength"), ("x", 2, "weakness")]


def test_several_ratings_of_a_prompt_are_one_cluster():
    rows = [(f"p{p}", "x", float(v)) for p, v in enumerate((1, 4, 2, 5))] * 3
    mean = rating_board(made(rows)).rows[0].mean
    expected = mean_estimate(np.array([1.0, 4.0, 2.0, 5.0]))
    assert (mean.value, mean.lower, mean.upper) == pytest.approx((3.0, expected.lower, expected.upper))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("xyz"), st.integers(1, 5)), min_size=2), st.integers(-5, 5)
)
def test_shifting_the_scale_shifts_means_and_keeps_ranks_and_leads(rows, shift):
    one, other = (rating_board(made([(f"p{p}", s, float(v + by)) for p, s, v in rows])) for by in (0, shift))
    assert [(row.system, row.rank) for row in one.rows] == [(row.system, row.rank) for row in other.rows]
    for row, moved in zip(one.rows, other.rows, strict=True):
        assert (moved.mean.value or 0.0) - (row.mean.value or 0.0) == pytest.approx(shift)
        assert row.lead.value == pytest.approx(moved.lead.value, abs=1e-9)


def test_criteria_stay_apart_and_distributions_count():
    ratings = made([("p", "x", 1.0), ("q", "x", 1.0), ("p", "x", 9.0)], criterion=coded(["clear", "clear", "true"]))
    rows = rating_board(ratings).rows
    assert [(row.criterion, row.mean.value, [(b.lower, b.count) for b in row.distribution.bins]) for row in rows] == [
        ("clear", 1.0, [(1.0, 2)]),
        ("true", 9.0, [(9.0, 1)]),
    ]
    assert {row.verdict for row in rows} == {None}


def test_what_has_no_mean_says_why():
    plain = Ratings(coded(["i"]), np.array([1.0]))
    for ratings, code in (
        (plain, "not_recorded"),
        (made([("p", "x", 0.0)], labels=("bad",)), "not_numeric"),
        (Ratings(coded([]), np.array([])), "empty"),
    ):
        with pytest.raises(Undefined) as refused:
            rating_board(ratings)
        assert refused.value.code == code


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html", "json"])
def test_a_file_of_ratings_is_ranked(tmp_path: Path, format_name, capsys):
    path = tmp_path / "r.csv"
    rows = [f"{p}{s},r,{1 + (p + (s == 'x')) % 3},{s},{p}" for p in range(6) for s in "xy"]
    path.write_text("\n".join(["item,rater,value,system,prompt", *rows]) + "\n")
    assert run("leaderboard", [str(path), "--method", "mean", "--format", format_name]) == 0
    out = capsys.readouterr().out
    assert "x" in out
    if format_name == "json":
        assert [row["rank"] for row in json.loads(out)["rows"]] == [1, 1]
    capsys.readouterr()
    for option, value in (("--baseline", "x"), ("--ties", "drop"), ("--cluster", "prompt"), ("--ci", "none")):
        assert run("leaderboard", [str(path), "--method", "mean", option, value]) == 2
        assert f"{option} belongs to battles" in capsys.readouterr().err


RATED = [
    (f"p{p}", system, f"r{(p + r) % 4}", float(1 + (p + 2 * (system == "x") + r) % 5))
    for p in range(12)
    for system in "xy"
    for r in range(3)
]


def test_a_row_carries_its_distribution_median_and_boxes():
    board = rating_board(rated(RATED, categories={"": (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)}))
    row = board.rows[0]
    assert [one.count for one in row.distribution.bins][-1] == 0  # nobody gave a 6
    assert row.ordinal.top_box.value == 0.0
    assert row.ordinal.median.n_items == 12
    assert (board.severity, board.pairs, row.adjusted) == ((), (), None)


def test_severity_pairs_and_z_scores_come_when_asked_for():
    board = rating_board(rated(RATED), RatingOptions(severity="item", pairs=True, standardise="rater"))
    assert [fit.criterion for fit in board.severity] == [None]
    assert all(row.adjusted and row.adjusted.value is not None for row in board.rows)
    assert [(pair.system_a, pair.system_b) for pair in board.pairs] == [("x", "y")]
    assert {row.distribution.kind for row in board.rows} <= {"categories", "histogram"}
    assert abs(np.average([row.mean.value for row in board.rows], weights=[row.n_ratings for row in board.rows])) < 1e-9
    json.loads(render_means(board, "json"))


def test_a_severity_that_cannot_be_told_is_a_warning_and_the_means_stay():
    rows = [("p", "x", "a", 1), ("q", "x", "b", 2), ("p", "y", "a", 3)]
    board = rating_board(rated(rows), RatingOptions(severity="item"))
    assert [note.code for note in board.warnings] == ["disconnected"]
    assert [row.mean.value for row in board.rows] == [3.0, 1.5]


@pytest.mark.parametrize(
    "wrong", [{"standardise": "item"}, {"severity": "rater"}, {"ridge": 1.0}, {"boxes": 0}, {"confidence": 1.0}]
)
def test_options_that_do_not_exist_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must|belongs"):
        RatingOptions(**wrong)


@pytest.mark.parametrize(("kind", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_equal_boards_give_equal_pictures(kind, start, theme):
    board = rating_board(rated(RATED, criterion=coded(["clear", "true"] * (len(RATED) // 2))))
    one, other = (rating_plot(board, kind=kind, theme=theme) for _ in range(2))
    assert one == other
    assert one.startswith(start)


def test_the_picture_names_criteria_systems_and_bins():
    rng = np.random.default_rng(1)
    rows = [(f"p{i}", system, "r", rng.uniform(0, 100)) for i in range(30) for system in ("<b>", "y")]
    drawn = rating_plot(rating_board(rated(rows, criterion=coded(["length"] * len(rows))))).decode()
    assert all(word in drawn for word in ("length", "&lt;b&gt;", ">0<", ">60<", "95% interval"))


def test_tables_hold_systems_spread_raters_and_pairs():
    board = rating_board(rated(RATED), RatingOptions(severity="item", pairs=True))
    text = render_means(board, "table")
    assert all(word in text for word in ("Mean ratings", "Distribution", "What each rater adds", "Rated above"))
    assert render_means(board, "csv").count("\n") == 3


def saved(tmp_path: Path, rows, header="item,rater,value,system,prompt") -> str:
    path = tmp_path / "r.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


ROWS = [f"{p}{s},{r},{1 + (p + 2 * (s == 'x') + (r == 'a')) % 4},{s},{p}" for p in range(8) for s in "xy" for r in "ab"]


def test_ratings_make_a_board_of_the_battles_they_imply(tmp_path: Path, capsys):
    path = saved(tmp_path, ROWS)
    assert run("leaderboard", [path, "--from", "ratings", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    assert (board["n_battles"], board["cluster"], board["warnings"][0]["code"]) == (16, "prompt", "implied")
    assert "one rater rated on a prompt" in board["conventions"]["implied"]
    assert run("leaderboard", [path, "--from", "ratings", "--cluster", "both", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cluster"] == "both"
    for method in ("win-rate", "elo"):
        assert run("leaderboard", [path, "--from", "ratings", "--method", method, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["n_battles"] == 16


def test_on_a_file_the_caller_says_that_less_is_better(tmp_path: Path, capsys):
    path = saved(tmp_path, [f"{p}{s},a,{(s == 'x') + p % 3},{s},{p}" for p in range(9) for s in "xy"])
    for options in (["--method", "mean"], ["--from", "ratings", "--prior", "1"]):
        firsts = []
        for low in ([], ["--lower-is-better"]):
            assert run("leaderboard", [path, *options, *low, "--json"]) == 0
            firsts.append(json.loads(capsys.readouterr().out)["rows"][0]["system"])
        assert firsts == ["x", "y"]


def test_a_mean_board_is_drawn(tmp_path: Path, capsys):
    picture = tmp_path / "r.svg"
    assert run("leaderboard", [saved(tmp_path, ROWS), "--method", "mean", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--method", "mean", "--from", "ratings"], "--from belongs to battles"),
        (["--from", "ratings", "--severity", "item"], "--severity belongs to --method mean"),
        (["--from", "ratings", "--by", "prompt"], "--by reads the tags of battles"),
        (["--method", "mean", "--severity", "item", "--ridge", "x"], "--ridge takes a number"),
        (["--method", "mean", "--ridge", "1"], "a ridge belongs to severity"),
        (["--method", "mean", "--boxes", "0"], "boxes must be at least 1"),
        (["--method", "mean", "--lower-is-better", "errors"], "no criterion errors"),
        (["--method", "mean", "--plot", "r.pdf"], "writes .svg or .png"),
        (["--pass-at", "2"], "--pass-at belongs to --method mean"),
        (["--method", "mean", "--pass-at", "0"], "must be at least 1"),
        (["--method", "mean", "--pass-at", "x"], "takes whole numbers"),
        (["--lower-is-better"], "--lower-is-better belongs to ratings"),
    ],
)
def test_options_that_do_not_go_together_are_named(tmp_path: Path, capsys, options, words):
    assert run("leaderboard", [saved(tmp_path, ROWS), *options]) == 2
    assert words in capsys.readouterr().err


def test_one_criterion_at_a_time_implies_battles(tmp_path: Path, capsys):
    rows = [f"{row},{criterion}" for row in ROWS for criterion in ("clear", "true")]
    path = saved(tmp_path, rows, "item,rater,value,system,prompt,criterion")
    assert run("leaderboard", [path, "--from", "ratings"]) == 2
    assert "choose a --criterion out of clear, true" in capsys.readouterr().err
    assert run("leaderboard", [path, "--from", "ratings", "--criterion", "true"]) == 0


def test_yes_no_ratings_of_several_answers_give_pass_at_k(tmp_path: Path, capsys):
    rows = [
        f"{p}{s}{n},tests,{int((n + p) % 3 == 0 and s == 'x')},{s},{p}"
        for p in range(4)
        for s in "xy"
        for n in range(3)
    ]
    path = saved(tmp_path, rows)
    assert run("leaderboard", [path, "--method", "mean", "--pass-at", "1,2,4", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    x = board["rows"][0]
    assert [one["chance"]["value"] for one in x["pass_at"]] == pytest.approx([1 / 3, 2 / 3, None])
    assert x["pass_at"][2]["chance"]["reason"] == "too_few"
    assert run("leaderboard", [path, "--method", "mean", "--pass-at", "2,4"]) == 0
    shown = capsys.readouterr().out
    assert "pass@2" in shown
    assert "pass@k, too_few" in shown


def test_a_picture_shows_the_first_of_many_systems_and_not_too_many_criteria():
    many = rated([(f"p{p}", f"s{s:02}", "r", float(s + p)) for s in range(45) for p in range(2)])
    assert "the first 40 of 45 systems" in rating_plot(rating_board(many)).decode()
    rows = [("p", "x", "r", 1.0)] * 21
    board = rating_board(rated(rows, criterion=coded([f"c{place}" for place in range(21)])))
    with pytest.raises(Undefined, match="choose one"):
        rating_plot(board)
