"""Boards of data that cannot be ranked: a reason, never a number."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from analysis.counts import tally
from analysis.data import Battles
from analysis.errors import Undefined, Why
from analysis.leaderboard import Leaderboard, board_from_counts, leaderboard
from analysis.options import Options
from analysis.ranks import rank_sets, ranks
from analysis.redraws import battles_redrawn, redrawn_strengths, with_covariance_of
from analysis.strengths import bradley_terry
from analysis.win_rates import win_rates
from tests.analysis.builders import NONE, RULES, coded, make_battles, rows_of

BRADLEY_TERRY = [Options(ties=rule) for rule in RULES] + [
    Options(ci="bootstrap", rounds=20),
    Options(ci="none"),
    Options(robustness=True),
]
EVERY = [*BRADLEY_TERRY, Options(method="win-rate"), Options(method="elo"), Options(method="elo", permutations=2)]


def said(options: Options) -> str:
    return f"{options.method}, {options.ties}, {options.ci}, {options.cluster}"


def codes(board: Leaderboard) -> set[str]:
    return {str(note.code) for note in board.warnings}


@pytest.mark.parametrize("options", EVERY, ids=said)
def test_no_battles_are_no_board(options):
    with pytest.raises(Undefined) as stopped:
        leaderboard(make_battles([]), options)
    assert stopped.value.code is Why.EMPTY


@pytest.mark.parametrize("systems", [(), ("x",), ("x", "y", "z")])
def test_systems_without_battles_are_each_by_themselves(systems):
    counts = tally(Battles(NONE, NONE, NONE, systems))
    size = len(systems)
    fit = bradley_terry(counts)
    assert fit.reasons == (Why.EMPTY,) * size
    assert np.isnan(fit.strengths).all()
    assert np.isnan(fit.covariance).all()
    assert fit.component.tolist() == fit.group.tolist() == list(range(size))
    assert ranks(fit).tolist() == [1] * size
    sets = rank_sets(fit, confidence=0.95, rng=np.random.default_rng(0))
    assert sets.lower.tolist() == sets.upper.tolist() == sets.all_upper.tolist() == [1] * size
    rates = win_rates(counts)
    for name in ("overall", "overall_lower", "overall_upper", "average", "matrix", "matrix_lower"):
        assert np.isnan(getattr(rates, name)).all()
    assert not counts.played().any()
    with pytest.raises(Undefined):
        board_from_counts(counts, Options())


@pytest.mark.parametrize("options", BRADLEY_TERRY, ids=said)
def test_one_battle_makes_a_place_but_no_rating(options):
    board = leaderboard(make_battles([("x", "y", "A")]), options)
    assert rows_of(board) == {"x": (None, None, "unbeaten"), "y": (None, None, "winless")}
    assert [row.rank for row in board.rows] == [1, 2]
    assert {"unbeaten", "winless", "few_battles"} <= codes(board)
    assert board.robustness is None
    for row in board.rows:
        assert (row.rank_lower, row.rank_upper) in {(1, 2), (None, None)}


@pytest.mark.parametrize("options", [Options(ties=rule, prior=1.0) for rule in RULES], ids=said)
def test_a_prior_rates_even_one_battle_at_the_odds_it_then_has(options):
    board = leaderboard(make_battles([("x", "y", "A")]), options)
    x, y = board.rows
    assert x.rating is not None
    assert y.rating is not None
    assert x.rating - y.rating == pytest.approx(400 * np.log10(2))  # two wins against one
    assert "few_battles" in codes(board)


@pytest.mark.parametrize("options", EVERY, ids=said)
@pytest.mark.parametrize("label", ["tie", "both_bad"])
def test_ties_only_say_nothing_about_who_is_better_and_pretend_no_certainty(options, label):
    board = leaderboard(make_battles([("x", "y", label), ("y", "z", label), ("z", "x", label)] * 5), options)
    assert len({row.rank for row in board.rows}) == 1
    assert len({row.rating for row in board.rows}) == 1
    if options.ties == "drop":
        assert {row.reason for row in board.rows} == {"empty"}
    elif options.method == "bradley-terry":
        assert {(row.rating, row.lower, row.upper) for row in board.rows} == {(1000.0, None, None)}
        assert ("no_spread" in codes(board)) == (options.ci != "none")


@pytest.mark.parametrize("options", EVERY, ids=said)
def test_battles_that_weigh_nothing_rate_nobody(options):
    board = leaderboard(make_battles([("x", "y", "A"), ("y", "x", "A")], weight=np.zeros(2)), options)
    assert rows_of(board) == {"x": (None, None, "empty"), "y": (None, None, "empty")}
    assert board.n_battles == 2


@pytest.mark.parametrize("options", EVERY, ids=said)
def test_a_battle_that_weighs_nothing_changes_nothing(options):
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "A"), ("y", "x", "tie")] * 3
    extra = make_battles([*rows, ("y", "x", "A"), ("x", "idle", "A")], weight=np.array([1.0] * len(rows) + [0.0, 0.0]))
    plain, more = leaderboard(make_battles(rows), options), leaderboard(extra, options)
    for row in plain.rows:
        same = next(other for other in more.rows if other.system == row.system)
        assert (row.rating, row.rank) == (
            pytest.approx(same.rating) if options.permutations == 0 else row.rating,
            same.rank,
        )
    assert rows_of(more)["idle"] == (None, None, "empty")


@pytest.mark.parametrize("options", EVERY, ids=said)
def test_components_are_ranked_apart(options):
    rows = [("a", "b", "A"), ("b", "a", "A"), ("a", "b", "A"), ("u", "v", "A"), ("v", "u", "A"), ("v", "u", "A")]
    board = leaderboard(make_battles(rows), options)
    assert board.components == (("a", "b"), ("u", "v"))
    assert "disconnected" in codes(board)
    if options.method != "elo":
        assert {row.system: row.rank for row in board.rows} == {"a": 1, "b": 2, "v": 1, "u": 2}


@pytest.mark.parametrize("rule", RULES)
def test_winless_unbeaten_and_separated_systems_leave_the_rest_as_it_is(rule):
    core = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "A"), ("y", "x", "tie")]
    around = [("top", "x", "A"), ("top", "y", "A"), ("x", "last", "A"), ("x", "mid", "A"), ("mid", "last", "A")]
    alone, among = (
        bradley_terry(tally(make_battles(core)), rule=rule),
        bradley_terry(tally(make_battles(core + around)), rule=rule),
    )
    np.testing.assert_allclose(among.strengths[:2], alone.strengths, atol=1e-12)
    np.testing.assert_allclose(among.covariance[:2, :2], alone.covariance, atol=1e-12)
    assert dict(zip(among.systems, among.reasons, strict=True)) == {
        "x": None,
        "y": None,
        "top": Why.UNBEATEN,
        "last": Why.WINLESS,
        "mid": Why.SEPARATED,
    }
    lower, upper = np.argmin(among.strengths[:2]), np.argmax(among.strengths[:2])
    expected = {"top": 1, among.systems[upper]: 2, among.systems[lower]: 3, "mid": 4, "last": 5}
    assert dict(zip(among.systems, ranks(among).tolist(), strict=True)) == expected


@pytest.mark.parametrize("cluster", ["prompt", "rater", "both"])
def test_one_cluster_has_no_interval_to_give(cluster):
    rows = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "tie")]
    battles = make_battles(rows, prompt=coded(["p"] * 3), rater=coded(["r"] * 3))
    with pytest.raises(Undefined) as stopped:
        leaderboard(battles, Options(cluster=cluster))
    assert stopped.value.code is Why.ONE_CLUSTER


@pytest.mark.parametrize("options", [Options(cluster="prompt"), Options(cluster="prompt", ci="bootstrap", rounds=20)])
def test_two_systems_that_met_on_one_prompt_do_not_take_the_intervals_of_the_rest(options):
    main = [("x", "y", "A"), ("y", "x", "A"), ("x", "y", "tie")] * 10
    prompts = [f"p{number // 3}" for number in range(30)] + ["side"] * 2
    battles = make_battles([*main, ("u", "v", "A"), ("v", "u", "A")], prompt=coded(prompts))
    board = leaderboard(battles, options)
    ends = {row.system: row.lower for row in board.rows}
    assert ends["u"] is ends["v"] is None
    alone = leaderboard(make_battles(main, prompt=coded(prompts[:30])), options)
    if options.ci == "sandwich":  # ten prompts that are alike have no spread, so only whether it was made counts
        assert {row.system: row.lower for row in alone.rows} == {name: ends[name] for name in ("x", "y")}
    assert all((row.rank_lower, row.rank_upper) == (1, 2) for row in board.rows)
    assert "no_spread" in codes(board)


@pytest.mark.parametrize(
    ("options", "column"),
    [
        (Options(cluster="prompt"), "prompt"),
        (Options(cluster="rater"), "rater"),
        (Options(cluster="both"), "prompt"),
        (Options(cluster="prompt", ci="bootstrap"), "prompt"),
        (Options(method="win-rate", cluster="rater"), "rater"),
    ],
)
def test_clusters_that_nobody_recorded_are_asked_for_by_name(options, column):
    with pytest.raises(Undefined, match=column) as stopped:
        leaderboard(make_battles([("x", "y", "A"), ("y", "x", "A")]), options)
    assert stopped.value.code is Why.NOT_RECORDED


def test_redraws_that_mostly_fail_leave_no_covariance():
    counts = tally(make_battles([("x", "y", "A")] * 8 + [("y", "x", "A")]))
    fit = bradley_terry(counts)
    drawn = redrawn_strengths(
        battles_redrawn(counts),
        fit,
        rule="half",
        both_bad="tie",
        prior=0.0,
        rounds=200,
        rng=np.random.default_rng(0),
    )
    failed = np.isnan(drawn[:, 0]).mean()
    assert failed == pytest.approx((8 / 9) ** 9, abs=0.1)  # the one loss is not drawn
    assert np.isnan(with_covariance_of(fit, drawn).covariance).all()
    assert np.isnan(with_covariance_of(fit, np.full((5, 2), np.nan)).covariance).all()


def test_a_reason_travels_between_processes():
    sent = pickle.loads(pickle.dumps(Undefined(Why.EMPTY, "nothing")))
    assert (type(sent), sent.code, sent.message, str(sent)) == (Undefined, Why.EMPTY, "nothing", "nothing")
