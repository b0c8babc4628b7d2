"""Boards by tag, and win rates against a baseline."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.boards_by import boards_by
from analysis.commandline import run
from analysis.comparison.paired import mean_estimate
from analysis.counts import tally, tally_by
from analysis.data import take
from analysis.errors import Undefined
from analysis.intervals import wilson
from analysis.leaderboard import leaderboard
from analysis.options import Options
from tests.analysis.builders import coded, connected_battles, make_battles

RNG = np.random.default_rng(5)


@given(connected_battles(), st.integers(1, 3))
def test_counts_by_tag_are_the_counts_of_each_tags_battles(battles, tags):
    tagged = make_tagged(battles, tags)
    for place, counts in enumerate(tally_by(tagged)):
        np.testing.assert_array_equal(counts.number, tally(take(tagged, tagged.tag.codes == place)).number)


def make_tagged(battles, tags: int):
    rows = [
        (battles.systems[a], battles.systems[b], ("A", "B", "tie", "both_bad")[o])
        for a, b, o in zip(battles.system_a, battles.system_b, battles.outcome, strict=True)
    ]
    return make_battles(rows, tag=coded([f"t{place % tags}" for place in range(len(rows))]))


@settings(max_examples=15, deadline=None)
@given(connected_battles(most_systems=3))
def test_each_tags_board_is_the_board_of_its_battles_at_the_shared_confidence(battles):
    tagged = make_tagged(battles, 2)
    made = boards_by(tagged, Options())
    assert made.confidence_each == pytest.approx(1 - 0.05 / len(made.boards))
    assert made.overall.confidence == 0.95
    for one in made.boards:
        rows = tagged.tag.codes == tagged.tag.names.index(one.tag)
        alone = leaderboard(take(tagged, rows), Options(confidence=made.confidence_each))
        played = [(row.system, row.rating, row.lower, row.upper) for row in alone.rows if row.battles]
        assert one.board is not None
        assert [(row.system, row.rating, row.lower, row.upper) for row in one.board.rows] == played


def test_only_the_tags_with_most_battles_are_made_where_so_many_are_wanted():
    tags = ["few"] * 2 + ["many"] * 6 + ["some"] * 4
    battles = make_battles([("x", "y", "A"), ("y", "x", "A")] * 6, tag=coded(tags))
    made = boards_by(battles, Options(), most=2)
    assert ([one.tag for one in made.boards], made.tags) == (["many", "some"], 3)
    assert made.confidence_each == pytest.approx(1 - 0.05 / 3)  # the statements of all tags still hold together


def test_battles_without_a_tag_have_no_boards():
    with pytest.raises(Undefined, match="boards by tag"):
        boards_by(make_battles([("x", "y", "A")]), Options())


def test_methods_that_read_rows_go_by_tag_too():
    battles = make_battles([("x", "y", "A"), ("x", "z", "B")], tag=coded(["p", "q"]))
    made = boards_by(battles, Options(method="elo"))
    assert [[row.system for row in one.board.rows] for one in made.boards if one.board] == [["x", "y"], ["z", "x"]]


def test_rates_against_a_baseline_count_only_battles_with_it():
    rows = [("x", "base", "A")] * 6 + [("base", "x", "A")] * 2 + [("x", "y", "B")] * 9 + [("y", "base", "tie")]
    board = leaderboard(make_battles([*rows, ("z", "x", "A")]), Options(method="win-rate", baseline="base"))
    rates = {row.system: (row.rating, row.reason) for row in board.rows}
    assert rates == {"x": (0.75, None), "y": (0.5, None), "base": (0.5, None), "z": (None, "no_pairs")}
    x = next(row for row in board.rows if row.system == "x")
    assert [x.lower, x.upper] == [float(end[0]) for end in wilson(np.array([0.75]), np.array([8]), 0.95)]
    assert len(board.components) == 1


def test_the_clustered_interval_is_that_of_a_clustered_mean():
    outcomes = [str(o) for o in RNG.choice(["A", "B", "tie"], 60)]
    prompts = [f"p{number}" for number in RNG.integers(0, 12, 60)]
    battles = make_battles([("x", "base", o) for o in outcomes], prompt=coded(prompts))
    board = leaderboard(battles, Options(method="win-rate", baseline="base", cluster="prompt"))
    x = next(row for row in board.rows if row.system == "x")
    points = np.array([{"A": 1.0, "B": 0.0, "tie": 0.5}[o] for o in outcomes])
    expected = mean_estimate(points, cluster=coded(prompts).codes)
    assert (x.rating, x.lower, x.upper) == pytest.approx((expected.value, expected.lower, expected.upper))
    assert board.ci == "clustered"


def test_doubling_every_battle_within_its_prompt_narrows_nothing():
    rows = [("x", "y", o) for o in ("A", "B", "A", "A", "tie", "B")]
    one = make_battles(rows, prompt=coded(list("abcdef")))
    two = make_battles(rows * 2, prompt=coded(list("abcdef") * 2))
    ends = [leaderboard(b, Options(method="win-rate", cluster="prompt")).rows[0] for b in (one, two)]
    assert (ends[0].lower, ends[0].upper) == pytest.approx((ends[1].lower, ends[1].upper))


def test_one_cluster_or_no_spread_gives_no_interval():
    rows = [("x", "y", "A"), ("x", "y", "B")]
    for prompts in (["p", "p"], ["p", "q"]):
        outcome = rows if prompts[0] == prompts[1] else [("x", "y", "A")] * 2
        board = leaderboard(make_battles(outcome, prompt=coded(prompts)), Options(method="win-rate", cluster="prompt"))
        assert {row.lower for row in board.rows} == {None}


def test_a_baseline_nobody_knows_and_one_for_ratings_are_refused():
    battles = make_battles([("x", "y", "A")])
    with pytest.raises(ValueError, match="no system 'z' as baseline"):
        leaderboard(battles, Options(method="win-rate", baseline="z"))
    with pytest.raises(ValueError, match="anchor instead"):
        Options(baseline="x")


@pytest.fixture
def tagged(tmp_path: Path) -> str:
    path = tmp_path / "b.csv"
    rows = ["x,y,A,code", "y,x,A,code", "x,y,A,text", "x,z,B,text", "z,x,B,text", "x,y,B,text", "z,x,A,text"]
    path.write_text("\n".join(["system_a,system_b,outcome,kind", *rows]) + "\n")
    return str(path)


def test_a_column_of_a_file_makes_boards(tagged, capsys):
    assert run("leaderboard", [tagged, "--by", "kind", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert [(one["tag"], one["n_battles"], one["board"]["n_systems"]) for one in made["boards"]] == [
        ("code", 2, 2),
        ("text", 5, 3),
    ]
    assert made["multiplicity"].startswith("Bonferroni over 2 boards")
    assert run("leaderboard", [tagged, "--by", "colour"]) == 2
    assert "no column colour" in capsys.readouterr().err


@pytest.mark.parametrize("format_name", ["table", "csv", "md", "html"])
def test_every_format_shows_every_tag(tagged, format_name, capsys):
    assert run("leaderboard", [tagged, "--by", "kind", "--format", format_name]) == 0
    out = capsys.readouterr().out
    assert "code" in out
    assert "text" in out


def test_elo_and_baselines_work_on_files(tagged, capsys):
    assert run("leaderboard", [tagged, "--method", "elo", "--k", "8", "--permutations", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "elo"
    assert run("leaderboard", [tagged, "--method", "win-rate", "--baseline", "y", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["rating"] == pytest.approx(0.5)
