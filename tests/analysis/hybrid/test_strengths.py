"""Prediction-powered Bradley-Terry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.bradley_terry import win_chances
from analysis.counts import tally
from analysis.data import Battles
from analysis.errors import Undefined
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import hybrid_win_rate
from analysis.hybrid.strengths import hybrid_strengths
from analysis.strengths import bradley_terry
from tests.known import known

N, REST = 24, 60


def three_systems() -> JudgedBattles:
    """Three pairs in turn; people and the judge answer by fixed patterns. Rows 24 to 83 are the judge's alone."""
    row = np.arange(N + REST)
    pairs = np.array([(0, 1), (1, 2), (2, 0)])[row % 3]
    judge = np.array([1, 0.5, 0, 1, 1, 0, 0])[row * 5 % 7]
    human = np.array([1.0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1])[row * 3 % 11]
    human[N:] = np.nan
    return JudgedBattles(pairs[:, 0], pairs[:, 1], judge, human, ("x", "y", "z"))


def simulated(rng: np.random.Generator, *, battles: int, labelled: int, systems: int = 5, bias: float = 0.8):
    """People follow Bradley-Terry; the judge agrees with them in most battles, but favours system 0."""
    strengths = np.linspace(1, -1, systems)
    first = rng.integers(0, systems, battles)
    second = (first + rng.integers(1, systems, battles)) % systems
    human = (rng.random(battles) < win_chances(strengths)[first, second]).astype(float)
    favoured = (first == 0).astype(float) - (second == 0)
    guess = (rng.random(battles) < 1 / (1 + np.exp(-bias * favoured))).astype(float)
    judge = np.where(rng.random(battles) < 0.75, human, guess)
    human[labelled:] = np.nan
    names = tuple(f"s{place}" for place in range(systems))
    return JudgedBattles(first, second, judge, human, names), strengths


# computed with ppi-python 0.2.3: ppi_logistic_pointestimate and ppi_logistic_ci, the first system's strength at 0
@pytest.mark.parametrize(
    ("power", "strengths", "errors"),
    [
        (0.0, [-0.3356731, -0.1678365], [0.5788970, 0.6010618]),
        (0.4, [-0.2412681, -0.2613734], [0.5533987, 0.6832482]),
        (1.0, [-0.1010970, -0.4044121], [0.7209354, 0.9517830]),
    ],
)
def test_strengths_and_errors_are_those_of_ppi_py(power, strengths, errors):
    made = hybrid_strengths(three_systems(), power=power)
    lead = made.fit.strengths[1:] - made.fit.strengths[0]
    variance = np.diag(made.fit.covariance)
    spread = variance[1:] + variance[0] - 2 * made.fit.covariance[0, 1:]
    assert lead == pytest.approx(strengths, abs=1e-5)
    assert np.sqrt(spread) == pytest.approx(errors, abs=1e-5)


def test_without_the_judge_it_is_bradley_terry_with_its_sandwich():
    battles = three_systems()
    human = battles.human[:N]
    outcome = np.where(human == 1, 0, 1).astype(np.int8)
    plain = bradley_terry(tally(Battles(battles.system_a[:N], battles.system_b[:N], outcome, battles.systems)))
    made = hybrid_strengths(battles, power=0)
    assert made.fit.strengths == pytest.approx(plain.strengths, abs=1e-9)
    assert made.fit.covariance == pytest.approx(plain.covariance * N / (N - 1), abs=1e-9)
    assert made.effective_n == pytest.approx(N)


@pytest.mark.parametrize("power", [0.0, 0.3, 0.8, 1.0])
def test_two_systems_say_what_the_win_rate_says(power):
    battles = three_systems()
    two = JudgedBattles(np.zeros(84, dtype=int), np.ones(84, dtype=int), battles.judge, battles.human, ("a", "b"))
    rate = hybrid_win_rate(Labels(battles.judge, battles.human), power=power).estimate
    made = hybrid_strengths(two, power=power).fit
    share = known(rate.value)
    assert made.strengths[0] - made.strengths[1] == pytest.approx(np.log(share / (1 - share)))
    spread = made.covariance[0, 0] + made.covariance[1, 1] - 2 * made.covariance[0, 1]
    assert np.sqrt(spread) == pytest.approx(known(rate.standard_error) / (share * (1 - share)))  # delta method


def test_clusters_of_one_change_nothing():
    battles = three_systems()
    alone, clustered = hybrid_strengths(battles), hybrid_strengths(replace(battles, cluster=np.arange(84)[::-1]))
    assert clustered.power == pytest.approx(alone.power)
    assert clustered.fit.covariance == pytest.approx(alone.fit.covariance)


def test_battles_said_twice_count_once_when_clustered(monkeypatch):
    battles = three_systems()
    rows = np.repeat(np.arange(84), 2)
    twice = JudgedBattles(
        battles.system_a[rows], battles.system_b[rows], battles.judge[rows], battles.human[rows], battles.systems, rows
    )
    made, once = hybrid_strengths(twice), hybrid_strengths(battles)
    assert made.fit.covariance == pytest.approx(once.fit.covariance)
    monkeypatch.setattr("analysis.hybrid.gradients.MOST_CELLS", 30)  # ten clusters a block
    assert hybrid_strengths(twice).fit.covariance == pytest.approx(once.fit.covariance)


def test_the_chosen_power_has_the_smallest_covariance():
    battles, _ = simulated(np.random.default_rng(1), battles=3000, labelled=400)
    made = hybrid_strengths(battles)
    powers = np.linspace(0, 1, 41)
    traces = [np.trace(hybrid_strengths(battles, power=float(power)).fit.covariance) for power in powers]
    assert powers[int(np.argmin(traces))] == pytest.approx(made.power, abs=0.05)
    assert made.effective_n > 1.3 * 400


@given(seed=st.integers(0, 20), turn=st.integers(0, 4))
@settings(max_examples=15, deadline=None)
def test_names_order_and_sides_do_not_matter(seed, turn):
    battles, _ = simulated(np.random.default_rng(seed), battles=600, labelled=200)
    rng = np.random.default_rng(turn)
    order, place = rng.permutation(600), rng.permutation(5)
    other = JudgedBattles(
        place[battles.system_b][order],
        place[battles.system_a][order],
        1 - battles.judge[order],
        1 - battles.human[order],
        battles.systems,
    )
    made, turned = hybrid_strengths(battles), hybrid_strengths(other)
    assert turned.power == pytest.approx(made.power)
    assert turned.fit.strengths[place] == pytest.approx(made.fit.strengths, abs=1e-8)
    assert turned.fit.covariance[np.ix_(place, place)] == pytest.approx(made.fit.covariance, abs=1e-8)


def test_rank_sets_come_with_the_fit():
    battles, _ = simulated(np.random.default_rng(2), battles=20_000, labelled=3000)
    sets = hybrid_strengths(battles).rank_sets()
    assert sets.rank.tolist() == [1, 2, 3, 4, 5]
    assert (sets.lower <= sets.rank).all()
    assert (sets.upper >= sets.rank).all()


def test_without_other_battles_the_judge_says_nothing():
    battles = three_systems()
    labelled = JudgedBattles(
        battles.system_a[:N], battles.system_b[:N], battles.judge[:N], battles.human[:N], battles.systems
    )
    assert hybrid_strengths(labelled).power == 0.0


def reason(battles: JudgedBattles, **options) -> str:
    with pytest.raises(Undefined) as caught:
        hybrid_strengths(battles, **options)
    return caught.value.code


def test_what_the_data_cannot_give_has_a_reason():
    battles = three_systems()
    empty = np.empty(0, dtype=int)
    assert reason(JudgedBattles(empty, empty, empty * 1.0, empty * 1.0, ("x", "y"))) == "empty"
    assert reason(JudgedBattles(empty, empty, empty * 1.0, empty * 1.0, ("x",))) == "one_system"
    assert reason(replace(battles, human=np.full(84, np.nan))) == "too_few"
    assert reason(replace(battles, cluster=np.zeros(84, dtype=int))) == "one_cluster"
    assert reason(replace(battles, systems=("x", "y", "z", "never met"))) == "disconnected"
    unbeaten = np.where(battles.system_a == 0, 1.0, np.where(battles.system_b == 0, 0.0, battles.human))
    unbeaten[N:] = np.nan
    assert reason(replace(battles, human=unbeaten), power=0.0) == "separated"


def test_input_that_makes_no_sense_is_refused():
    battles = three_systems()
    with pytest.raises(ValueError, match="cannot meet itself"):
        replace(battles, system_b=battles.system_a)
    with pytest.raises(ValueError, match="scores lie"):
        replace(battles, judge=battles.judge * 2)
    with pytest.raises(ValueError, match="power"):
        hybrid_strengths(battles, power=-0.1)


def test_intervals_hold_although_the_judge_favours_a_system():
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(150):
        battles, strengths = simulated(rng, battles=1500, labelled=250)
        fit = hybrid_strengths(battles).fit
        error = np.sqrt(np.diag(fit.covariance))
        covered += int((np.abs(fit.strengths - strengths) < 1.96 * error).sum())
    assert 0.92 < covered / 750 < 0.975
