"""The bootstrap of a leaderboard beside its sandwich."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import Undefined
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.redraws import redrawn
from tests.analysis.builders import coded, make_battles, ranked


def plenty() -> list[tuple[str, str, str]]:
    rng = np.random.default_rng(21)
    true = {"w": 0.6, "x": 0.3, "y": 0.0, "z": -0.4}
    rows = []
    for _ in range(900):
        a, b = rng.choice(list(true), 2, replace=False)
        chance = 1 / (1 + np.exp(true[b] - true[a]))
        rows.append((str(a), str(b), "tie" if rng.random() < 0.2 else "A" if rng.random() < chance else "B"))
    return rows


@pytest.mark.parametrize("rule", ["half", "drop", "davidson"])
def test_bootstrap_and_sandwich_agree_on_plenty_of_battles(rule):
    battles = make_battles(plenty())
    boards = [leaderboard(battles, Options(ties=rule, ci=ci, rounds=500)) for ci in ("sandwich", "bootstrap")]
    for one, other in zip(boards[0].rows, boards[1].rows, strict=True):
        assert one.rating == other.rating
        assert one.lower == pytest.approx(other.lower, abs=5)
        assert one.upper == pytest.approx(other.upper, abs=5)
        assert (one.rank_lower, one.rank_upper) == (other.rank_lower, other.rank_upper)


def test_the_seed_decides_the_bootstrap():
    battles = make_battles(plenty())
    once, again, other = (leaderboard(battles, Options(ci="bootstrap", rounds=50, seed=seed)) for seed in (1, 1, 2))
    assert once == again
    assert once.rows[0].lower != other.rows[0].lower


def test_an_anchor_does_not_move_under_the_bootstrap():
    board = leaderboard(make_battles(plenty()), Options(ci="bootstrap", rounds=50, anchor=("w", 900.0)))
    held = next(row for row in board.rows if row.system == "w")
    assert (held.rating, held.lower, held.upper) == (900, 900, 900)


def test_a_system_that_often_loses_its_only_win_has_no_bootstrap_interval():
    rows = [("x", "y", "A"), ("y", "x", "A")] * 10 + [("x", "z", "A")] * 5 + [("z", "x", "A")]
    board = leaderboard(make_battles(rows), Options(ci="bootstrap", rounds=200))
    assert {(row.lower, row.upper) for row in board.rows} == {(None, None)}
    assert all((row.rank_lower, row.rank_upper) == (1, 3) for row in board.rows)
    assert "no_spread" in {note.code for note in board.warnings}


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_a_round_draws_as_many_battles_as_there_are(number, seed):
    drawn = redrawn(np.array(number), np.random.default_rng(seed))
    assert int(drawn.sum()) == sum(number)
    assert (drawn >= 0).all()


@pytest.mark.parametrize("number", [[1, 1], [1, 2, 6], [500, 300, 150, 50]])
def test_rounds_spread_as_a_multinomial_does(number):
    rounds, total = 20_000, sum(number)
    rng = np.random.default_rng(4)
    drawn = np.array([redrawn(np.array(number), rng) for _ in range(rounds)])
    share = np.array(number) / total
    covariance = total * (np.diag(share) - np.outer(share, share))
    error = np.sqrt(np.diag(covariance) / rounds)
    assert np.abs(drawn.mean(axis=0) - number).max() < 4 * error.max()
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=0.05 * covariance.max())


def test_two_battles_fall_together_as_often_as_apart():
    rng = np.random.default_rng(8)
    drawn = np.array([redrawn(np.array([1, 1]), rng)[0] for _ in range(20_000)])
    assert np.bincount(drawn) / len(drawn) == pytest.approx([0.25, 0.5, 0.25], abs=0.015)


def on_prompts(size: int = 60):
    """Votes on few prompts, each of which leans to one side: battles that hang together."""
    rng = np.random.default_rng(5)
    true, rows, prompts = {"w": 0.5, "x": 0.2, "y": -0.1, "z": -0.6}, [], []
    for prompt in range(size):
        lean = rng.normal(0, 0.6, 4)
        for _ in range(20):
            a, b = rng.choice(4, 2, replace=False)
            names = list(true)
            lead = true[names[a]] + lean[a] - true[names[b]] - lean[b]
            rows.append((names[a], names[b], "A" if rng.random() < 1 / (1 + np.exp(-lead)) else "B"))
            prompts.append(f"p{prompt}")
    return rows, prompts


@pytest.mark.parametrize("rule", ["half", "davidson"])
def test_drawing_whole_prompts_agrees_with_the_clustered_sandwich(rule):
    rows, prompts = on_prompts()
    battles = make_battles(rows, prompt=coded(prompts))
    clustered, drawn, plain = (
        ranked(battles, Options(ties=rule, ci=ci, cluster=cluster, rounds=600))
        for ci, cluster in [("sandwich", "prompt"), ("bootstrap", "prompt"), ("bootstrap", "none")]
    )
    for one, other, narrow in zip(clustered.rows, drawn.rows, plain.rows, strict=True):
        assert one.rating == other.rating
        assert other.upper - other.lower == pytest.approx(one.upper - one.lower, rel=0.12)
        assert narrow.upper - narrow.lower < other.upper - other.lower  # as if each vote were a prompt of its own
    assert drawn.conventions["interval"].startswith("bootstrap of prompts with all their battles, percentile")


def test_doubling_every_battle_within_its_prompt_leaves_the_bootstrap_where_it_is():
    rows, prompts = on_prompts(30)
    once = make_battles(rows, rater=coded(prompts))
    twice = make_battles(rows * 2, rater=coded(prompts * 2))
    options = Options(ci="bootstrap", cluster="rater", rounds=60)
    ends = [[(row.lower, row.upper) for row in ranked(b, options).rows] for b in (once, twice)]
    np.testing.assert_allclose(ends[0], ends[1])


def test_battles_that_are_their_own_clusters_are_drawn_like_battles():
    rows, _ = on_prompts(30)
    battles = make_battles(rows, prompt=coded([str(place) for place in range(len(rows))]))
    apart, plain = (ranked(battles, Options(ci="bootstrap", cluster=c, rounds=600)) for c in ("prompt", "none"))
    for one, other in zip(apart.rows, plain.rows, strict=True):
        assert one.upper - one.lower == pytest.approx(other.upper - other.lower, rel=0.12)


def test_weights_are_carried_by_their_cluster():
    rows, prompts = on_prompts(20)
    weight = np.random.default_rng(1).integers(1, 4, len(rows))
    weighed = make_battles(rows, prompt=coded(prompts), weight=weight.astype(float))
    repeated = [(row, prompt) for row, prompt, w in zip(rows, prompts, weight, strict=True) for _ in range(w)]
    written_out = make_battles([row for row, _ in repeated], prompt=coded([prompt for _, prompt in repeated]))
    options = Options(ci="bootstrap", cluster="prompt", rounds=40)
    ends = [[(row.lower, row.upper) for row in ranked(b, options).rows] for b in (weighed, written_out)]
    np.testing.assert_allclose(ends[0], ends[1])


def test_clusters_that_cannot_be_drawn_say_why():
    battles = make_battles(plenty()[:50], prompt=coded(["p"] * 50))
    with pytest.raises(Undefined) as one:
        ranked(battles, Options(ci="bootstrap", cluster="prompt"))
    assert one.value.code == "one_cluster"
    with pytest.raises(Undefined) as absent:
        ranked(battles, Options(ci="bootstrap", cluster="rater"))
    assert absent.value.code == "not_recorded"
    with pytest.raises(ValueError, match="draws prompts or raters, not both"):
        Options(ci="bootstrap", cluster="both")
