"""What must hold of every ranking, whatever the battles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.clusters import clustered_filling
from analysis.counts import tally, ties, wins
from analysis.data import Battles, Coded, take
from analysis.elo import averaged_elo, online_elo
from analysis.leaderboard import Row, leaderboard
from analysis.options import Options
from analysis.ranks import differences, rank_sets
from analysis.strengths import Strengths, bradley_terry
from analysis.win_rates import win_rates
from tests.analysis.builders import RULES, SEEDS, connected_battles, renamed, turned

LABELS = ("A", "B", "tie", "both_bad")
BOARDS = (Options(), Options(ties="davidson"), Options(ties="drop"), Options(method="win-rate"))


def joined(*parts: Battles) -> Battles:
    """All rows of tables about the same systems."""
    a, b, outcome = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("system_a", "system_b", "outcome")
    )
    return Battles(a, b, outcome, parts[0].systems)


def lead(fit: Strengths, first: int, second: int) -> float:
    return float(fit.strengths[first] - fit.strengths[second])


def shown(row: Row) -> tuple[object, ...]:
    return (row.rating, row.lower, row.upper, row.rank, row.battles, row.wins, row.losses, row.ties, row.both_bad)


def by_name(battles: Battles, options: Options) -> dict[str, tuple[object, ...]]:
    return {row.system: shown(row) for row in leaderboard(battles, options).rows}


@pytest.mark.parametrize("options", BOARDS)
@settings(max_examples=15)
@given(connected_battles(), SEEDS)
def test_a_board_does_not_see_names_sides_or_the_order_of_rows(options, battles, seed):
    rng = np.random.default_rng(seed)
    shuffled = take(turned(battles, rng.random(len(battles)) < 0.5), rng.permutation(len(battles)))
    other = renamed(shuffled, seed)[0]
    ours, theirs = by_name(battles, options), by_name(other, options)
    assert set(ours) == set(theirs)
    for name, row in ours.items():
        for mine, yours in zip(row, theirs[name], strict=True):
            assert mine == (None if yours is None else pytest.approx(yours, abs=1e-5))


@given(connected_battles(), SEEDS)
def test_win_rates_follow_the_systems_to_their_new_places(battles, seed):
    other, place = renamed(battles, seed)
    ours, theirs = win_rates(tally(battles)), win_rates(tally(other))
    for name in ("overall", "overall_lower", "overall_upper", "average", "overall_n"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name)[place], atol=1e-12)
    for name in ("matrix", "matrix_lower", "matrix_upper", "n"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name)[np.ix_(place, place)], atol=1e-12)


@given(connected_battles())
def test_rates_lie_in_their_intervals_and_the_two_sides_mirror_each_other(battles):
    rates = win_rates(tally(battles))
    met = rates.n > 0
    assert (rates.matrix_lower[met] <= rates.matrix[met]).all()
    assert (rates.matrix[met] <= rates.matrix_upper[met]).all()
    np.testing.assert_allclose(rates.matrix_lower[met], (1 - rates.matrix_upper.T)[met], atol=1e-12)
    assert ((rates.overall_lower <= rates.overall) & (rates.overall <= rates.overall_upper)).all()
    spread = np.nanmin(rates.matrix, axis=1), np.nanmax(rates.matrix, axis=1)
    for mean in (rates.overall, rates.average):
        assert ((spread[0] <= mean + 1e-12) & (mean <= spread[1] + 1e-12)).all()


@given(connected_battles())
def test_every_battle_twice_keeps_rates_and_doubles_their_n(battles):
    once, twice = win_rates(tally(battles)), win_rates(tally(joined(battles, battles)))
    np.testing.assert_allclose(once.matrix, twice.matrix)
    np.testing.assert_allclose(2 * once.n, twice.n)
    assert (twice.overall_upper - twice.overall_lower < once.overall_upper - once.overall_lower + 1e-12).all()


@given(connected_battles(), st.sampled_from(RULES))
def test_every_battle_twice_keeps_strengths_and_tie_parameter_under_any_rule(battles, rule):
    once, twice = bradley_terry(tally(battles), rule=rule), bradley_terry(tally(joined(battles, battles)), rule=rule)
    np.testing.assert_allclose(once.strengths, twice.strengths, atol=1e-7)
    np.testing.assert_allclose(once.covariance, 2 * twice.covariance, rtol=1e-5, atol=1e-8)
    assert once.tie_parameter == (None if twice.tie_parameter is None else pytest.approx(twice.tie_parameter, rel=1e-6))
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, abs=1e-6)


@given(connected_battles(), st.integers(2, 5))
def test_a_second_copy_of_every_battle_in_its_cluster_tells_nothing_new(battles, clusters):
    ids = np.arange(len(battles)) % clusters
    assume(len(np.unique(ids)) > 1)
    names = tuple(map(str, range(clusters)))
    fits = []
    for copies in (1, 2):
        rows = np.tile(np.arange(len(battles)), copies)
        made = Battles(
            battles.system_a[rows],
            battles.system_b[rows],
            battles.outcome[rows],
            battles.systems,
            prompt=Coded(ids[rows], names),
        )
        fits.append(bradley_terry(tally(made), filling=clustered_filling(made, "prompt")))
    np.testing.assert_allclose(fits[0].covariance, fits[1].covariance, rtol=1e-6, atol=1e-9)


@given(connected_battles(), st.sampled_from(RULES))
def test_battles_that_are_each_a_cluster_are_independent_battles(battles, rule):
    number = len(battles)
    alone = Battles(
        battles.system_a,
        battles.system_b,
        battles.outcome,
        battles.systems,
        prompt=Coded(np.arange(number), tuple(map(str, range(number)))),
    )
    counts = tally(battles)
    plain = bradley_terry(counts, rule=rule)
    clustered = bradley_terry(counts, rule=rule, filling=clustered_filling(alone, "prompt"))
    np.testing.assert_allclose(clustered.covariance, plain.covariance * number / (number - 1), rtol=1e-6, atol=1e-9)


@given(connected_battles(), st.sampled_from(["half", "drop"]), SEEDS)
def test_one_more_win_each_way_never_widens_a_lead(battles, rule, seed):
    """The likelihood has one peak in the lead, and what is added has its own at no lead."""
    first, second = np.random.default_rng(seed).permutation(len(battles.systems))[:2]
    more = Battles(np.array([first, first]), np.array([second, second]), np.array([0, 1]), battles.systems)
    before, after = bradley_terry(tally(battles), rule=rule), bradley_terry(tally(joined(battles, more)), rule=rule)
    assert abs(lead(after, first, second)) <= abs(lead(before, first, second)) + 1e-9
    assert lead(after, first, second) * lead(before, first, second) >= -1e-9


@given(connected_battles(), st.sampled_from(["half", "drop"]), SEEDS)
def test_one_more_win_never_costs_the_winner(battles, rule, seed):
    first, second = np.random.default_rng(seed).permutation(len(battles.systems))[:2]
    won = Battles(np.array([first]), np.array([second]), np.array([0]), battles.systems)
    before, after = bradley_terry(tally(battles), rule=rule), bradley_terry(tally(joined(battles, won)), rule=rule)
    assert lead(after, first, second) >= lead(before, first, second) - 1e-9


@given(connected_battles(), st.sampled_from(["half", "drop", "davidson"]))
def test_points_expected_by_the_fit_are_the_points_made(battles, rule):
    """The likelihood equations of half wins and of Davidson: every system gets on average what it got."""
    counts = tally(battles)
    fit = bradley_terry(counts, rule=rule)
    won = wins(counts.weight)
    drawn = np.zeros_like(won) if rule == "drop" else ties(counts.weight, both_bad=True)
    gap = fit.strengths[:, None] - fit.strengths[None, :]
    if fit.tie_parameter is None:
        share = 1 / (1 + np.exp(-gap))
    else:
        up, down = np.exp(gap / 2), np.exp(-gap / 2)
        share = (up + fit.tie_parameter / 2) / (up + down + fit.tie_parameter)
    met = won + won.T + drawn
    np.testing.assert_allclose((met * share).sum(axis=1), (won + drawn / 2).sum(axis=1), atol=1e-6)


@given(connected_battles(most_systems=4), connected_battles(most_systems=4), st.sampled_from(RULES))
def test_systems_that_never_met_do_not_touch_each_other(one, other, rule):
    shift = len(one.systems)
    both = Battles(
        np.concatenate([one.system_a, other.system_a + shift]),
        np.concatenate([one.system_b, other.system_b + shift]),
        np.concatenate([one.outcome, other.outcome]),
        tuple(f"one {name}" for name in one.systems) + tuple(f"other {name}" for name in other.systems),
    )
    together = bradley_terry(tally(both), rule=rule)
    apart = [bradley_terry(tally(part), rule=rule) for part in (one, other)]
    np.testing.assert_allclose(together.strengths, np.concatenate([fit.strengths for fit in apart]), atol=1e-9)
    np.testing.assert_allclose(together.covariance[:shift, :shift], apart[0].covariance, atol=1e-9)
    np.testing.assert_allclose(together.covariance[shift:, shift:], apart[1].covariance, atol=1e-9)
    assert np.isnan(together.covariance[:shift, shift:]).all()
    assert together.component.tolist() == [0] * shift + [1] * len(other.systems)
    assert together.log_likelihood == pytest.approx(sum(fit.log_likelihood for fit in apart))


@given(connected_battles(), st.floats(0.1, 10))
def test_the_unit_of_weights_is_free(battles, unit):
    weights = np.random.default_rng(len(battles)).uniform(0.5, 2, len(battles))
    fits = [
        bradley_terry(
            tally(Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems, weight=weights * size))
        )
        for size in (1.0, unit)
    ]
    np.testing.assert_allclose(fits[0].strengths, fits[1].strengths, atol=1e-8)
    np.testing.assert_allclose(fits[0].covariance, fits[1].covariance, rtol=1e-6, atol=1e-9)


@given(connected_battles(), st.sampled_from(RULES))
def test_a_covariance_is_symmetric_without_negative_directions_and_knows_no_mean(battles, rule):
    covariance = bradley_terry(tally(battles), rule=rule).covariance
    assume(not np.isnan(covariance).any())
    np.testing.assert_allclose(covariance, covariance.T, atol=1e-10)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9
    np.testing.assert_allclose(covariance.sum(axis=1), 0, atol=1e-8)
    assert (differences(covariance) >= 0).all()


@settings(max_examples=20)
@given(connected_battles())
def test_more_confidence_never_narrows_an_interval_or_a_rank_set(battles):
    boards = [{row.system: row for row in leaderboard(battles, Options(confidence=c)).rows} for c in (0.8, 0.95)]
    for name, wide in boards[1].items():
        narrow = boards[0][name]
        assert wide.rating == narrow.rating
        if wide.lower is not None and narrow.lower is not None and wide.upper is not None and narrow.upper is not None:
            assert wide.lower <= narrow.lower <= narrow.upper <= wide.upper
        for lower, upper in (("rank_lower", "rank_upper"), ("rank_all_lower", "rank_all_upper")):
            assert getattr(wide, lower) <= getattr(narrow, lower) <= getattr(narrow, upper) <= getattr(wide, upper)


@given(connected_battles(most_systems=4), SEEDS)
@settings(max_examples=20)
def test_rank_sets_follow_the_systems_to_their_new_places(battles, seed):
    """The draws differ with the order of systems, so only differences that are not close calls are looked at."""
    other, place = renamed(battles, seed)
    ours, theirs = bradley_terry(tally(battles)), bradley_terry(tally(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.abs(ours.strengths[:, None] - ours.strengths[None, :]) / differences(ours.covariance)
    close = (z > 1.9) & (z < 2.8)  # the critical values of 2 to 4 systems lie between 1.96 and 2.57
    assume(not close.any())
    one, two = (rank_sets(fit, confidence=0.95, rng=np.random.default_rng(seed)) for fit in (ours, theirs))
    for name in ("rank", "lower", "upper", "all_lower", "all_upper"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name)[place])


@given(connected_battles(), st.floats(0.1, 40), SEEDS)
def test_elo_does_not_see_sides_or_names(battles, k, seed):
    side = np.random.default_rng(seed).random(len(battles)) < 0.5
    other, place = renamed(turned(battles, side), seed)
    np.testing.assert_allclose(online_elo(battles, k=k), online_elo(other, k=k)[place], atol=1e-8)


@settings(max_examples=20)
@given(connected_battles(), SEEDS)
def test_averaged_elo_keeps_the_mean_and_repeats_with_its_seed(battles, seed):
    made = [averaged_elo(battles, permutations=5, rng=np.random.default_rng(seed)) for _ in range(2)]
    assert made[0].tolist() == made[1].tolist()
    assert made[0].mean() == pytest.approx(1000)


@settings(max_examples=10)
@given(connected_battles(most_systems=3), SEEDS)
def test_the_bootstrap_does_not_see_sides_or_the_order_of_rows(battles, seed):
    rng = np.random.default_rng(seed)
    other = take(turned(battles, rng.random(len(battles)) < 0.5), rng.permutation(len(battles)))
    options = Options(ci="bootstrap", rounds=40)
    ours, theirs = by_name(battles, options), by_name(other, options)
    assert list(ours) == list(theirs)
    for name, row in ours.items():
        for mine, yours in zip(row, theirs[name], strict=True):
            assert mine == (None if yours is None else pytest.approx(yours, abs=1e-5))


@settings(max_examples=15)
@given(connected_battles(most_systems=4), SEEDS)
def test_what_decides_first_place_does_not_hang_on_names_or_sides(battles, seed):
    rng = np.random.default_rng(seed)
    other = renamed(turned(battles, rng.random(len(battles)) < 0.5), seed)[0]
    ours, theirs = (leaderboard(rows, Options(robustness=True)).robustness for rows in (battles, other))
    assert (ours is None) == (theirs is None)
    if ours is not None and theirs is not None:
        assert ours.leader == theirs.leader
        assert 0 < ours.battles <= ours.of == theirs.of == len(battles)
