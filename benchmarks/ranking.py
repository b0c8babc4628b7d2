"""Bradley-Terry beside evalica and arena-rank: ``python -m benchmarks.ranking [battles]``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.bradley_terry import BradleyTerryFit, fit_bradley_terry
from analysis.clusters import clustered_filling
from analysis.counts import tally, ties, wins
from analysis.data import Battles
from analysis.leaderboard import leaderboard
from analysis.options import Options
from analysis.strengths import Strengths, bradley_terry
from benchmarks.battles import SYSTEMS, made_up
from benchmarks.memory import peak_above
from benchmarks.optimum import error_in_points, optimum
from benchmarks.timing import HEAD, Timed, against, in_turn, installed, line, machine, timed, within

MOST_ERROR = 1e-8  # rating points
MOST_MEMORY = 200  # MB
ROUNDS = 1000


def fitted(battles: Battles) -> BradleyTerryFit:
    """Count and fit, without a covariance."""
    return fit_bradley_terry(points_of(battles))


def points_of(battles: Battles) -> np.ndarray:
    """Return points won by row against column, ties half."""
    counts = tally(battles)
    points: np.ndarray = wins(counts.weight) + ties(counts.weight, both_bad=True) / 2
    return points


def with_sandwich(battles: Battles, cluster: str = "none") -> Strengths:
    """Count and fit, with the sandwich covariance."""
    filling = None if cluster == "none" else clustered_filling(battles, cluster)
    return bradley_terry(tally(battles), filling=filling)


def bootstrapped(battles: Battles) -> Any:
    """Return the board whose intervals come from redrawn battles."""
    return leaderboard(battles, Options(ci="bootstrap", rounds=ROUNDS))


def evalica_works(battles: Battles) -> dict[str, Callable[[], np.ndarray]]:
    """Return evalica's fits: from lists of names, which its interface takes, and its compiled kernel alone."""
    import evalica

    names = np.array(battles.systems)
    firsts, seconds = names[battles.system_a].tolist(), names[battles.system_b].tolist()
    winners = np.array([evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw], dtype=object)
    outcomes = winners[battles.outcome].tolist()
    codes: dict[str, Any] = {
        "xs": battles.system_a.tolist(),
        "ys": battles.system_b.tolist(),
        "weights": [1.0] * len(battles),
    }
    fixed: dict[str, Any] = {"total": SYSTEMS, "win_weight": 1.0, "tie_weight": 0.5, "tolerance": 1e-6, "limit": 100}

    def from_names(**options: Any) -> np.ndarray:
        scores = evalica.bradley_terry(firsts, seconds, outcomes, **options).scores
        return np.asarray(np.log([scores[name] for name in battles.systems]))

    return {
        "as it comes": from_names,
        "to the optimum": lambda: from_names(tolerance=1e-10, limit=10_000),
        "kernel": lambda: np.log(evalica._brzo.bradley_terry(**codes, winners=outcomes, **fixed)[0]),
    }


def arena_rank_works(battles: Battles) -> dict[str, Callable[[], np.ndarray]]:
    """Return arena-rank's fits: from a data frame of names, and from what its preparation made of that."""
    import pandas as pd
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    names = np.array(battles.systems)
    winner = np.array(["model_a", "model_b", "tie", "both_bad"])[battles.outcome]
    frame = pd.DataFrame({"model_a": names[battles.system_a], "model_b": names[battles.system_b], "winner": winner})
    prepared = PairDataset.from_pandas(frame)

    def fit(dataset: Any) -> np.ndarray:
        model = BradleyTerry(n_competitors=SYSTEMS).fit(dataset)
        place = {name: number for number, name in enumerate(dataset.competitors)}
        return np.asarray(model.params["ratings"])[[place[name] for name in battles.systems]]

    return {"fit": lambda: fit(prepared), "preparation and fit": lambda: fit(PairDataset.from_pandas(frame))}


def beside_evalica(battles: Battles, best: np.ndarray) -> None:
    """Print the rows of evalica."""
    version = installed("evalica")
    if version is None:
        return
    took = in_turn(5, {"ours": lambda: fitted(battles), **evalica_works(battles)})
    rows = {
        "as it comes": ("from lists of names, as it comes", 40),
        "to the optimum": ("the same, tolerance 1e-10", None),
        "kernel": ("its compiled kernel alone, from lists of codes", None),
    }
    for name, (what, least) in rows.items():
        print(beside(f"evalica {version}, {what}", took[name], took["ours"], least, best), flush=True)


def beside_arena_rank(battles: Battles, best: np.ndarray) -> None:
    """Print the rows of arena-rank, which compiles anew for each fit."""
    version = installed("arena-rank")
    if version is None:
        return
    took = in_turn(3, {"ours": lambda: fitted(battles), **arena_rank_works(battles)})
    print(beside(f"arena-rank {version}, fit of what it prepared", took["fit"], took["ours"], 100, best))
    what = f"arena-rank {version}, preparation and fit"
    print(beside(what, took["preparation and fit"], took["ours"], None, best), flush=True)


def beside(what: str, peer: Timed, ours: Timed, least: float | None, best: np.ndarray) -> str:
    """Return a peer's row with its error."""
    return against(what, peer, ours, least, f"error {error_in_points(peer.result, best):.0e} points")


def main(battles: int) -> None:
    """Print the table."""
    data = made_up(battles)
    best = optimum(points_of(data))
    print(f"{machine()}\n\n{battles:,} battles, {SYSTEMS} systems, integer codes\n\n{HEAD}")
    alone = in_turn(15, {"fit": lambda: fitted(data), "sandwich": lambda: with_sandwich(data)})
    print(within("count and fit", alone["fit"], 0.010))
    error = error_in_points(alone["fit"].result.strengths, best)
    print(
        f"| its error against the optimum | | | ≤ {MOST_ERROR:g} points | {held(error <= MOST_ERROR)} | {error:.0e} |"
    )
    print(within("count, fit and sandwich", alone["sandwich"], 0.015))
    print(within("sandwich clustered by prompt and rater", timed(5, lambda: with_sandwich(data, "both")), 0.5))
    print(within(f"board with {ROUNDS:,} bootstrap refits", timed(3, lambda: bootstrapped(data)), 3))
    memory = peak_above(lambda: bootstrapped(data))
    print(f"| its memory above the data | | | ≤ {MOST_MEMORY} MB | {held(memory <= MOST_MEMORY)} | {memory:.0f} MB |")
    print(line("board with sandwich intervals and rank sets", timed(5, lambda: leaderboard(data))), flush=True)
    beside_evalica(data, best)
    beside_arena_rank(data, best)


def held(reached: bool) -> str:
    """Say whether a bar was reached."""
    return "yes" if reached else "**no**"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
