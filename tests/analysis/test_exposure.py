"""Who met whom how often."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import exposure as module
from analysis.commandline import run
from analysis.counts import tally
from analysis.data import take
from analysis.options import Options
from tests.analysis.builders import coded, connected_battles, make_battles, ranked


def exposure(counts, battles=None):
    return module.exposure(counts, battles)


@st.composite
def described(draw):
    """Battles with a prompt, a rater and a side each."""
    battles = draw(connected_battles(most_systems=4))
    size = len(battles)
    names = [draw(st.lists(st.sampled_from("pqr"), min_size=size, max_size=size)) for _ in range(2)]
    first = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return replace(battles, prompt=coded(names[0]), rater=coded(names[1]), shown_b_first=np.array(first))


@given(described())
def test_every_number_is_what_counting_battle_by_battle_gives(battles):
    found = exposure(tally(battles), battles)
    for one in found.systems:
        place = battles.systems.index(one.system)
        mine = take(battles, (battles.system_a == place) | (battles.system_b == place))
        assert one.battles == len(mine)
        assert one.prompts == len(set(mine.prompt.codes.tolist()))
        assert one.raters == len(set(mine.rater.codes.tolist()))
        assert one.share == pytest.approx(len(mine) / len(battles))
        assert one.shown_first == pytest.approx(np.mean((mine.system_a == place) != mine.shown_b_first))
        assert one.provisional == (len(mine) < 10)
    for pair in found.pairs:
        two = [battles.systems.index(name) for name in (pair.first, pair.second)]
        ours = take(battles, np.isin(battles.system_a, two) & np.isin(battles.system_b, two))
        assert (pair.battles, pair.prompts, pair.raters) == (
            len(ours),
            len(set(ours.prompt.codes.tolist())),
            len(set(ours.rater.codes.tolist())),
        )
        assert pair.shown_first == pytest.approx(np.mean((ours.system_a == two[0]) != ours.shown_b_first))


@given(described())
def test_pairs_and_systems_add_up_to_the_battles(battles):
    found = exposure(tally(battles), battles)
    assert sum(pair.battles for pair in found.pairs) == len(battles)
    assert sum(one.share for one in found.systems) == pytest.approx(2.0)
    assert found.pairs_met == len(found.pairs) <= found.pairs_possible
    assert (found.fewest, found.most) == (min(p.battles for p in found.pairs), max(p.battles for p in found.pairs))


def test_what_was_not_recorded_is_unknown_and_counts_alone_know_no_pairs():
    battles = make_battles([("x", "y", "A")])
    found = exposure(tally(battles), battles)
    assert {(one.prompts, one.raters, one.shown_first) for one in found.systems} == {(None, None, None)}
    assert [(pair.prompts, pair.raters, pair.shown_first) for pair in found.pairs or ()] == [(None, None, None)]
    assert exposure(tally(battles)).pairs is None


def test_an_idle_system_has_no_battle_and_no_side():
    battles = replace(make_battles([("x", "y", "A")], shown_b_first=np.array([True])), systems=("x", "y", "idle"))
    idle = exposure(tally(battles), battles).systems[2]
    assert (idle.battles, idle.share, idle.opponents, idle.shown_first, idle.provisional) == (0, 0.0, 0, None, True)


def test_nothing_at_all_is_exposed_to_nothing():
    battles = take(make_battles([("x", "y", "A")]), np.array([False]))
    found = exposure(tally(battles), battles)
    assert (found.pairs_met, found.fewest, found.most, found.pairs) == (0, None, None, ())


def test_the_board_always_knows_its_systems_and_on_request_its_pairs(tmp_path, capsys):
    assert ranked(make_battles([("x", "y", "A")] * 9)).exposure.systems[0].provisional
    assert ranked(make_battles([("x", "y", "A")]), Options(exposure=True)).exposure.pairs[0].battles == 1
    path = tmp_path / "b.csv"
    rows = ["x,y,A,p1,r1,A,k", "y,x,A,p1,r2,A,k", "x,y,B,p2,r1,B,m", "y,x,B,p2,r1,B,m"]
    path.write_text("\n".join(["system_a,system_b,outcome,prompt,rater,shown_first,kind", *rows]) + "\n")
    assert run("leaderboard", [str(path), "--exposure", "--json"]) == 0
    [pair] = json.loads(capsys.readouterr().out)["exposure"]["pairs"]
    assert (pair["battles"], pair["prompts"], pair["raters"], pair["shown_first"]) == (4, 2, 2, 0.5)
    assert run("leaderboard", [str(path), "--exposure", "--by", "kind", "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)["boards"]
    assert [one["board"]["exposure"]["pairs"][0]["battles"] for one in boards] == [2, 2]
