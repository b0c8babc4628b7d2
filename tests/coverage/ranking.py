"""Leaderboards: ratings, rank sets and win rates."""

from __future__ import annotations

from functools import partial
from typing import Any
from unittest.mock import patch

import numpy as np

from analysis import ranks
from analysis.counts import tally
from analysis.data import Battles, Floats
from analysis.leaderboard import Leaderboard, Row, leaderboard
from analysis.options import Options
from analysis.scores import BASE, POINTS_PER_NAT
from analysis.strengths import bradley_terry
from tests.coverage.harness import Recovery, Study, held
from tests.coverage.worlds import World, davidson, rao_kupper, ties_at_random

PLAIN = World((0.8, 0.4, 0.0, -0.4, -0.8))
LOPSIDED = World((3.0, 1.0, 0.0, -1.0, -3.0))
MANY_TIES = World(PLAIN.strengths, davidson(1.2))
MANY_THRESHOLD_TIES = World(PLAIN.strengths, rao_kupper(0.7))
EASY_TIES = World(PLAIN.strengths, ties_at_random(0.35))
ALIKE_ON_PROMPTS = World(PLAIN.strengths, davidson(0.6), by_prompt=0.7)
ALIKE_BOTH_WAYS = World(PLAIN.strengths, davidson(0.6), by_prompt=0.6, by_rater=0.6)
NEAR = World((0.3, 0.2, 0.1, 0.0, -0.1, -0.5))
EQUAL = World((0.0,) * 6)
EQUAL_OVERALL = World(EQUAL.strengths, by_prompt=0.7)


def ratings_hold(
    rng: np.random.Generator,
    *,
    world: World,
    number: int,
    options: Options,
    truth: str = "half_wins",
    prompts: int = 1,
    raters: int = 1,
    weights: tuple[float, ...] = (),
) -> Floats:
    """Say of each system whether its interval holds its rating; nothing where some share no scale with the rest."""
    battles = world.battles(rng, number, prompts=prompts, raters=raters)
    if weights:
        battles = _weighted(battles, rng.choice(weights, number))
    board = _board(battles, options)
    true = dict(zip(world.systems, BASE + POINTS_PER_NAT * getattr(world, truth)(), strict=True))
    if options.anchor is not None:
        shift = options.anchor[1] - true.pop(options.anchor[0])
        true = {name: rating + shift for name, rating in true.items()}
    if any(row.reason for row in board.rows):
        return np.full(len(true), np.nan)
    return np.array([held(row.lower, row.upper, true[row.system]) for row in board.rows if row.system in true])


def _board(battles: Battles, options: Options) -> Leaderboard:
    """Rank with few draws for the rank sets, which are not looked at here and would take most of the time."""
    with patch.object(ranks, "MOST_DRAWS", ranks.FEWEST_DRAWS):
        return leaderboard(battles, options)


def _weighted(battles: Battles, weight: Floats) -> Battles:
    return Battles(battles.system_a, battles.system_b, battles.outcome, battles.systems, weight=weight)


def rank_sets_hold(
    rng: np.random.Generator,
    *,
    world: World,
    number: int,
    at_once: bool,
    method: str = "bradley-terry",
    prompts: int = 0,
) -> Floats:
    """Say whether rank sets hold every place that equal systems could have, each or all at once."""
    options = Options(method=method, cluster="prompt" if prompts else "none")
    board = leaderboard(world.battles(rng, number, prompts=max(prompts, 1)), options)
    true = dict(zip(world.systems, world.strengths, strict=True))
    hits = np.array([_holds_place(row, true, at_once) for row in board.rows])
    return np.array([hits.min()]) if at_once else hits


def _holds_place(row: Row, true: dict[str, float], at_once: bool) -> float:
    own = true[row.system]
    first = 1 + sum(other > own for other in true.values())
    last = sum(other >= own for other in true.values())
    lower, upper = (row.rank_all_lower, row.rank_all_upper) if at_once else (row.rank_lower, row.rank_upper)
    if lower is None or upper is None:
        return float("nan")
    return float(lower <= first and last <= upper)


def win_rates_hold(
    rng: np.random.Generator, *, world: World, number: int, prompts: int = 1, cluster: str = "none"
) -> Floats:
    """Say of each system whether its win rate's interval holds the rate."""
    battles = world.battles(rng, number, prompts=prompts)
    board = _board(battles, Options(method="win-rate", cluster=cluster))
    rates = world.shares().sum(axis=1) / (len(world.strengths) - 1)
    return np.array([held(row.lower, row.upper, rates[world.systems.index(row.system)]) for row in board.rows])


def tie_parameter_errors(rng: np.random.Generator, *, world: World, number: int, rule: str, true: float) -> Floats:
    """Return how far the tie parameter is off."""
    fit = bradley_terry(tally(world.battles(rng, number)), rule=rule)
    return np.array([np.nan if fit.tie_parameter is None else fit.tie_parameter - true])


def _ratings(setting: str, trials: int = 1500, **trial: Any) -> Study:
    options: Options = trial.setdefault("options", Options())
    return Study(_named(options), setting, partial(ratings_hold, **trial), trials)


def _named(options: Options) -> str:
    by = {"none": "battles", "prompt": "prompt", "rater": "rater", "both": "prompt and rater"}[options.cluster]
    if options.ci == "bootstrap":
        return f"Bradley-Terry, bootstrap of {by.removesuffix('s')}s"
    if options.ties in ("davidson", "rao-kupper"):
        return {"davidson": "Davidson, sandwich", "rao-kupper": "Rao-Kupper, sandwich"}[options.ties]
    return "Bradley-Terry, sandwich" if options.cluster == "none" else f"Bradley-Terry, clustered by {by}"


def _clustered(cluster: str, prompts: int, raters: int = 1, ci: str = "sandwich") -> Study:
    world, number = (ALIKE_ON_PROMPTS, 600) if raters == 1 else (ALIKE_BOTH_WAYS, 1200)
    where = f"{prompts} prompts" if raters == 1 else f"{prompts} prompts x {raters} raters"
    setting = f"{number} battles, {where}" + (", clusters ignored" if cluster == "none" else "")
    options, trials = Options(cluster=cluster, ci=ci, rounds=500), 1500 if ci == "sandwich" else 300
    return _ratings(setting, trials, world=world, number=number, options=options, prompts=prompts, raters=raters)


def _ranks(setting: str, world: World, number: int, *, method: str = "bradley-terry", prompts: int = 0) -> list[Study]:
    of = " of win rates" if method == "win-rate" else ""
    trials = {
        name: partial(rank_sets_hold, world=world, number=number, at_once=name == "all", method=method, prompts=prompts)
        for name in ("each", "all")
    }
    of += ", clustered" if prompts else ""
    return [Study(f"rank sets{of}, {name} at 95 %", setting, trial, 800) for name, trial in trials.items()]


def _rates(setting: str, trials: int = 1500, **trial: Any) -> Study:
    name = "win rate, clustered" if trial.get("cluster") else "win rate, Wilson"
    return Study(name, setting, partial(win_rates_hold, **trial), trials)


STUDIES = (
    _ratings("5 systems, 500 battles", world=PLAIN, number=500),
    _ratings("5 systems, 100 battles", world=PLAIN, number=100),
    _ratings("5 systems, 50 battles", world=PLAIN, number=50),
    _ratings("5 systems, odds up to 400 to 1, 500 battles", world=LOPSIDED, number=500),
    _ratings("ties of 36 % like Davidson's as half wins, 500 battles", world=MANY_TIES, number=500),
    _ratings("ties of 35 % at random as half wins, 500 battles", world=EASY_TIES, number=500),
    _ratings("ties dropped, 500 battles", world=MANY_TIES, number=500, options=Options(ties="drop"), truth="own"),
    _ratings("weights 0.5, 1 and 3, 500 battles", world=PLAIN, number=500, weights=(0.5, 1.0, 3.0)),
    _ratings("against an anchor, 500 battles", world=PLAIN, number=500, options=Options(anchor=("s4", 1000.0))),
    _ratings("500 battles", 300, world=MANY_TIES, number=500, options=Options(ci="bootstrap", rounds=500)),
    _ratings("150 battles", 300, world=PLAIN, number=150, options=Options(ci="bootstrap", rounds=500)),
    _ratings("500 battles", world=MANY_TIES, number=500, options=Options(ties="davidson"), truth="own"),
    _ratings("500 battles", world=MANY_THRESHOLD_TIES, number=500, options=Options(ties="rao-kupper"), truth="own"),
    _clustered("none", 30),
    _clustered("prompt", 10),
    _clustered("prompt", 30),
    _clustered("prompt", 100),
    _clustered("none", 60, 40),
    _clustered("prompt", 60, 40),
    _clustered("both", 10, 8),
    _clustered("both", 30, 20),
    _clustered("both", 60, 40),
    _clustered("prompt", 30, ci="bootstrap"),
    _clustered("prompt", 100, ci="bootstrap"),
    *_ranks("6 equal systems, 600 battles", EQUAL, 600),
    *_ranks("6 near systems, 600 battles", NEAR, 600),
    *_ranks("6 equal systems, 600 battles", EQUAL, 600, method="win-rate"),
    *_ranks("6 equal systems, 600 battles, 10 prompts", EQUAL_OVERALL, 600, prompts=10),
    *_ranks("6 equal systems, 600 battles, 10 prompts", EQUAL_OVERALL, 600, method="win-rate", prompts=10),
    _rates("5 systems, 500 battles", world=PLAIN, number=500),
    _rates("a share of 0.98, 20 battles", world=World((3.9, 0.0)), number=20),
    _rates("a share of 0.98, 100 battles", world=World((3.9, 0.0)), number=100),
    _rates("ties of 36 %, 500 battles", world=MANY_TIES, number=500),
    _rates("300 battles, 10 prompts", world=ALIKE_ON_PROMPTS, number=300, prompts=10, cluster="prompt"),
    _rates("300 battles, 30 prompts", world=ALIKE_ON_PROMPTS, number=300, prompts=30, cluster="prompt"),
    _rates("300 battles, 100 prompts", world=ALIKE_ON_PROMPTS, number=300, prompts=100, cluster="prompt"),
    _rates(
        "a share near 0.95, 100 battles, 20 prompts",
        world=World((3.4, 0.0), by_prompt=0.7),
        number=100,
        prompts=20,
        cluster="prompt",
    ),
)

RECOVERIES = (
    Recovery(
        "Davidson's nu",
        "1.2, 500 battles",
        partial(tie_parameter_errors, world=MANY_TIES, number=500, rule="davidson", true=1.2),
        most_bias=0.02,
        most_error=0.15,
        trials=1000,
    ),
    Recovery(
        "Rao and Kupper's eta",
        "0.7, 500 battles",
        partial(tie_parameter_errors, world=MANY_THRESHOLD_TIES, number=500, rule="rao-kupper", true=0.7),
        most_bias=0.01,
        most_error=0.08,
        trials=1000,
    ),
)
