"""Mean preferences: against their definition, against win rates, and data that hold no probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.contextual.length_control import length_controlled
from analysis.contextual.preference import mean_preferences
from analysis.data import BOTH_BAD, SEEN_FROM_B, TIE, A, B, Battles, Coded
from analysis.errors import Undefined, Why
from analysis.files import read_battles
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.tables import BadFileError
from tests.analysis.contextual.lengths import against_baseline, glm, of_s1
from tests.known import known

OPTIONS = Options(method="mean-preference", baseline="base")
CHANCES = [0.9, 0.2, 0.55, 0.5, 0.71, 0.05]


def battles_of(chances, *, outcome=None, prompts=None) -> Battles:
    """Battles of a system with the baseline, NaN where only an outcome is known."""
    chance = np.array(chances, dtype=np.float64)
    n = len(chance)
    told = np.where(chance > 0.5, A, np.where(chance < 0.5, B, TIE)) if outcome is None else np.array(outcome)
    return Battles(
        system_a=np.zeros(n, dtype=np.int64),
        system_b=np.ones(n, dtype=np.int64),
        outcome=told,
        systems=("ours", "base"),
        prompt=Coded(np.arange(n) if prompts is None else np.array(prompts), tuple(f"p{i}" for i in range(n))),
        chance=chance,
    )


def test_it_is_the_mean_with_the_error_that_alpaca_eval_gives():
    (found,) = mean_preferences(battles_of(CHANCES), OPTIONS)
    y = np.array(CHANCES)
    error = y.std(ddof=1) / np.sqrt(len(y))
    assert found.mean.value == pytest.approx(y.mean())
    assert found.mean.error == pytest.approx(error)
    interval = stats.t.interval(0.95, len(y) - 1, y.mean(), error)
    assert (found.mean.lower, found.mean.upper) == pytest.approx(interval)
    assert (found.n, found.certain) == (6, 0)


def test_clusters_are_summed_before_they_are_squared():
    prompts = np.array([0, 0, 1, 1, 2, 2])
    (found,) = mean_preferences(battles_of(CHANCES, prompts=prompts), replace(OPTIONS, cluster="prompt", ci="t"))
    residual = np.array(CHANCES) - np.mean(CHANCES)
    sums = np.array([residual[prompts == place].sum() for place in range(3)]) / 6
    assert known(found.mean.error) == pytest.approx(np.sqrt(sums @ sums * 3 / 2))


def test_where_nobody_gave_a_probability_it_is_the_win_rate():
    outcome = [A, A, B, TIE, BOTH_BAD, A]
    battles = battles_of([np.nan] * 6, outcome=outcome)
    for made in (battles, replace(battles, chance=None)):
        (found,) = mean_preferences(made, OPTIONS)
        assert found.mean.value == pytest.approx(4 / 6)
        assert found.certain == 6
    rows = {row.system: row for row in leaderboard(battles, Options(method="win-rate", baseline="base")).rows}
    assert rows["ours"].rating == pytest.approx(4 / 6)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_exchanging_the_columns_or_the_baseline_turns_it_round(chances):
    battles = battles_of(chances)
    (found,) = mean_preferences(battles, OPTIONS)
    other = replace(
        battles,
        system_a=battles.system_b,
        system_b=battles.system_a,
        outcome=SEEN_FROM_B[battles.outcome],
        chance=1 - known(battles.chance),
    )
    (same,) = mean_preferences(other, OPTIONS)
    (theirs,) = mean_preferences(battles, replace(OPTIONS, baseline="ours"))
    assert found.mean.value == pytest.approx(known(same.mean.value), abs=1e-12)
    assert known(found.mean.value) + known(theirs.mean.value) == pytest.approx(1, abs=1e-12)
    assert 0 <= known(found.mean.value) <= 1
    if found.mean.lower is not None and found.mean.upper is not None:
        assert 0 <= found.mean.lower <= known(found.mean.value) <= found.mean.upper <= 1


def test_the_board_puts_the_baseline_at_one_half_and_says_what_it_did():
    board = leaderboard(battles_of(CHANCES), OPTIONS)
    rows = {row.system: row for row in board.rows}
    assert (rows["base"].rating, rows["base"].lower, rows["base"].upper) == (0.5, 0.5, 0.5)
    assert rows["ours"].rating == pytest.approx(np.mean(CHANCES))
    assert [row.system for row in board.rows] == ["base", "ours"]
    assert board.conventions["rating"] == "mean preference over base, 0 to 1"
    assert [note.code for note in board.warnings if note.code == "no_probability"] == []


def test_one_battle_has_a_mean_and_no_interval():
    (row,) = [row for row in leaderboard(battles_of([0.7]), OPTIONS).rows if row.system == "ours"]
    assert (row.rating, row.lower, row.upper) == (0.7, None, None)


def test_who_never_met_the_baseline_has_a_reason():
    battles = replace(battles_of(CHANCES), systems=("ours", "base", "far", "farther"))
    extra = replace(battles, system_a=np.array([0, 0, 0, 0, 0, 2]), system_b=np.array([1, 1, 1, 1, 1, 3]))
    found = {one.system: one for one in mean_preferences(extra, OPTIONS)}
    assert found["far"].mean.reason is Why.NO_PAIRS
    rows = {row.system: row for row in leaderboard(extra, OPTIONS).rows}
    assert (rows["far"].rating, rows["far"].reason) == (None, "no_pairs")


def test_what_cannot_be_done_is_said():
    with pytest.raises(Undefined):
        mean_preferences(replace(battles_of(CHANCES), prompt=None), replace(OPTIONS, cluster="prompt", ci="t"))
    with pytest.raises(ValueError, match="no system 'none' as baseline"):
        mean_preferences(battles_of(CHANCES), replace(OPTIONS, baseline="none"))
    with pytest.raises(ValueError, match="chance must lie between 0 and 1"):
        battles_of([1.2, 0.3])


def test_length_control_takes_probabilities_as_soft_labels():
    battles = against_baseline()
    rng = np.random.default_rng(7)
    spread = rng.uniform(0.5, 1.0, len(battles))
    chance = np.where(battles.outcome == A, spread, np.where(battles.outcome == B, 1 - spread, 0.5))
    _, length = of_s1(battles)
    points = np.where(battles.system_a == 1, chance, 1 - chance)
    options = Options(method="length-controlled", baseline="s0")
    found = length_controlled(replace(battles, chance=chance), options).rates[0]
    theirs = glm(points, length)
    assert found.win_rate == pytest.approx(1 / (1 + np.exp(-theirs.params[0])), abs=1e-10)
    assert found.raw_win_rate == pytest.approx(points.mean())


def test_a_file_brings_its_probabilities(tmp_path):
    path = tmp_path / "battles.csv"
    path.write_text("system_a,system_b,outcome,chance\nx,base,A,0.9\nbase,x,A,0.8\nx,base,tie,\n")
    battles = read_battles(path, optional=("chance",))
    np.testing.assert_array_equal(battles.chance, [0.9, 0.8, np.nan])
    (found,) = mean_preferences(battles, OPTIONS)
    assert found.mean.value == pytest.approx((0.9 + 0.2 + 0.5) / 3)
    path.write_text("system_a,system_b,outcome,chance\nx,base,A,0.9\nbase,x,A,0.2\n")
    with pytest.raises(BadFileError, match="no probability that system_a is better"):
        read_battles(path, optional=("chance",))
