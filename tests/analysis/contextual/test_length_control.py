"""Length-controlled win rates: against statsmodels, the bootstrap, and data that cannot tell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.contextual.length_control import length_controlled
from analysis.data import TIE, Battles, Coded, take
from analysis.errors import Undefined, Why
from analysis.options import Options
from tests.analysis.contextual.builders import drawn_battles, turned, twice
from tests.analysis.contextual.lengths import against_baseline, glm, of_s1
from tests.known import known

OPTIONS = Options(method="length-controlled", baseline="s0")


def rate(battles: Battles, options: Options = OPTIONS, **how):
    return length_controlled(battles, options, **how).rates[0]


def test_the_rate_at_equal_length_is_that_of_statsmodels_intercept():
    battles = against_baseline()
    found, theirs = rate(battles), glm(*of_s1(battles))
    np.testing.assert_allclose(found.win_rate, 1 / (1 + np.exp(-theirs.params[0])), atol=1e-10)
    np.testing.assert_allclose(found.length_effect, theirs.params[1], atol=1e-9)


def test_its_error_is_that_of_the_intercept_clustered_by_prompt():
    battles = against_baseline()
    groups = known(battles.prompt).codes
    theirs = glm(*of_s1(battles), cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    factor = np.sqrt(len(np.unique(groups)) / (len(np.unique(groups)) - 1))
    found = rate(battles, replace(OPTIONS, cluster="prompt"))
    expected = theirs.bse[0] * factor * found.win_rate * (1 - found.win_rate)
    np.testing.assert_allclose(found.error, expected, rtol=1e-8)
    np.testing.assert_allclose(found.length_error, theirs.bse[1] * factor, rtol=1e-8)


def test_its_error_is_that_of_refitting_on_resampled_prompts():
    battles = against_baseline(500)
    difficulty = np.random.default_rng(1).normal(size=300)[known(battles.prompt).codes]
    found = rate(battles, replace(OPTIONS, cluster="prompt"), difficulty=difficulty)
    points, length = of_s1(battles)
    rows_of = [
        np.flatnonzero(known(battles.prompt).codes == prompt) for prompt in np.unique(known(battles.prompt).codes)
    ]
    rng, drawn = np.random.default_rng(2), []
    for _ in range(400):
        rows = np.concatenate([rows_of[spot] for spot in rng.integers(0, len(rows_of), len(rows_of))])
        fitted = glm(points[rows], length[rows], difficulty[rows])
        drawn.append((1 / (1 + np.exp(-fitted.params[0] - fitted.params[2] * difficulty[rows]))).mean())
    assert abs(found.error / np.std(drawn) - 1) < 0.1  # three Monte-Carlo errors of 400 rounds


def test_the_published_way_leaves_out_the_error_of_the_coefficients():
    battles = against_baseline()
    difficulty = np.random.default_rng(1).normal(size=300)[known(battles.prompt).codes]
    found = rate(battles, difficulty=difficulty)
    fitted = glm(*of_s1(battles), difficulty)
    chances = 1 / (1 + np.exp(-fitted.params[0] - fitted.params[2] * difficulty))
    np.testing.assert_allclose(found.win_rate, chances.mean(), atol=1e-10)
    assert chances.std(ddof=1) / np.sqrt(len(chances)) < found.error / 4


def test_the_raw_rate_is_the_mean_with_its_standard_error():
    battles = against_baseline()
    found, (points, _) = rate(battles), of_s1(battles)
    np.testing.assert_allclose(found.raw_win_rate, points.mean())
    np.testing.assert_allclose(found.raw_error, points.std(ddof=1) / np.sqrt(len(points)))


def test_a_system_that_wins_by_length_alone_is_even_at_equal_length():
    battles = drawn_battles(20_000, 2, style=(1.0, 0, 0, 0), position=0, ties=0, spread=0.0)
    long = replace(battles, style_a=known(battles.style_a).copy(), style_b=known(battles.style_b).copy())
    for side, column in ((long.style_a, battles.system_a), (long.style_b, battles.system_b)):
        known(side)[:, 0] += np.where(column == 1, 200, 0)
    length = np.tanh(of_s1(long)[1] / of_s1(long)[1].std())
    won = np.random.default_rng(0).random(20_000) < 1 / (1 + np.exp(-2 * length))
    outcome = np.where(won == (battles.system_a == 1), 0, 1).astype(np.int8)
    found = rate(replace(long, outcome=outcome))
    assert found.raw_win_rate > 0.7
    assert found.lower < 0.5 < found.upper


def test_columns_shifts_of_length_and_repeats_are_treated_as_they_should():
    battles = against_baseline()
    found = rate(battles)
    other = rate(turned(battles, np.arange(800) % 3 == 0))
    shifted = rate(replace(battles, style_a=known(battles.style_a) + 1000, style_b=known(battles.style_b) + 1000))
    again = rate(twice(battles))
    for changed in (other, shifted, again):
        np.testing.assert_allclose(changed.win_rate, found.win_rate, atol=1e-9)
        np.testing.assert_allclose(changed.length_effect, found.length_effect, atol=1e-9)
    by_prompt = replace(OPTIONS, cluster="prompt")
    np.testing.assert_allclose(rate(twice(battles), by_prompt).error, rate(battles, by_prompt).error, rtol=1e-8)


def test_responses_of_equal_length_need_no_control():
    battles = against_baseline()
    same = replace(battles, style_a=np.ones((800, 4)), style_b=np.ones((800, 4)))
    found = rate(same)
    np.testing.assert_allclose(found.win_rate, found.raw_win_rate, atol=1e-10)
    np.testing.assert_allclose(found.error, found.raw_error, rtol=1e-8)
    assert found.length_effect is None


def test_responses_that_are_longer_by_the_same_everywhere_cannot_be_told_from_better_ones():
    battles = against_baseline()
    longer = np.where(battles.system_a == 1, 20.0, 10.0)
    same = replace(battles, style_a=np.tile(longer[:, None], 4), style_b=np.tile(30 - longer[:, None], 4))
    assert rate(same).reason is Why.COLLINEAR
    assert rate(same).raw_win_rate is not None


@pytest.mark.parametrize(("won", "why"), [(True, Why.UNBEATEN), (False, Why.WINLESS)])
def test_a_system_that_won_or_lost_everything_has_a_raw_rate_only(won, why):
    battles = against_baseline()
    found = rate(replace(battles, outcome=np.where((battles.system_a == 1) == won, 0, 1).astype(np.int8)))
    assert (found.win_rate, found.reason, found.raw_win_rate) == (None, why, float(won))


def test_length_that_foretells_every_result_leaves_no_rate():
    battles = against_baseline()
    longer = known(battles.style_a)[:, 0] > known(battles.style_b)[:, 0]
    assert rate(replace(battles, outcome=np.where(longer, 0, 1).astype(np.int8))).reason is Why.SEPARATED


def test_only_ties_are_a_half_without_interval():
    found = rate(replace(against_baseline(), outcome=np.full(800, TIE, dtype=np.int8)))
    assert abs(found.win_rate - 0.5) < 1e-9
    assert (found.error, found.raw_error) == (None, None)


def test_battles_of_unknown_length_are_left_out_and_counted():
    battles = against_baseline()
    style = known(battles.style_a).copy()
    style[:50, 0] = np.nan
    found, rest = rate(replace(battles, style_a=style)), rate(take(battles, np.arange(800) >= 50))
    assert (found.n, found.left_out) == (750, 50)
    np.testing.assert_allclose(found.win_rate, rest.win_rate, atol=1e-10)
    assert found.raw_win_rate == rate(battles).raw_win_rate


def test_a_system_that_never_met_the_baseline_has_no_rate():
    battles = drawn_battles(600, 4)
    met = (battles.system_a != 3) | (battles.system_b != 0)
    met &= (battles.system_a != 0) | (battles.system_b != 3)
    found = length_controlled(take(battles, met), OPTIONS)
    assert [one.reason for one in found.rates] == [None, None, Why.NO_PAIRS]


def test_lengths_a_baseline_and_clusters_must_be_there():
    battles = against_baseline()
    with pytest.raises(Undefined):
        length_controlled(replace(battles, style_a=None, style_b=None), OPTIONS)
    with pytest.raises(Undefined):
        length_controlled(replace(battles, prompt=None), replace(OPTIONS, cluster="prompt"))
    with pytest.raises(ValueError, match="no system 'none' as baseline"):
        length_controlled(battles, replace(OPTIONS, baseline="none"))
    with pytest.raises(ValueError, match="name it as the baseline"):
        Options(method="length-controlled")
    one = replace(battles, prompt=Coded(np.zeros(800, dtype=np.int64), ("p",)))
    assert rate(one, replace(OPTIONS, cluster="prompt")).error is None
