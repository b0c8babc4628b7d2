"""Bradley-Terry beside evalica and arena-rank: ``python -m benchmarks.ranking [battles]``.

evalica is in the tests' environment; arena-rank (half a gigabyte) is measured where somebody has installed it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import numpy as np

from analysis.bradley_terry import fit_bradley_terry
from analysis.clusters import clustered_filling
from analysis.counts import Counts, tally, ties, wins
from analysis.data import Battles, Coded
from analysis.leaderboard import leaderboard
from analysis.redraws import redrawn_strengths
from analysis.strengths import Strengths, bradley_terry
from benchmarks.timing import HEAD, Timed, best_of, line

SYSTEMS, PROMPTS, RATERS = 100, 100_000, 10_000
POINTS_PER_NAT = 400 / np.log(10)


def made_up(battles: int, rng: np.random.Generator) -> Battles:
    """Draw battles of systems of Zipf popularity, with about a fifth of ties (Davidson)."""
    popularity = 1 / np.arange(1, SYSTEMS + 1)
    popularity /= popularity.sum()
    first = rng.choice(SYSTEMS, battles, p=popularity)
    second = (first + rng.integers(1, SYSTEMS, battles)) % SYSTEMS
    strength = rng.normal(0, 1, SYSTEMS)
    lead = np.exp((strength[first] - strength[second]) / 2)
    total = lead + 1 / lead + 0.5
    drawn = rng.random(battles) * total
    outcome = np.where(drawn < lead, 0, np.where(drawn < lead + 1 / lead, 1, 2)).astype(np.int8)
    names = tuple(f"system {number:03d}" for number in range(SYSTEMS))
    return Battles(
        system_a=first,
        system_b=second,
        outcome=outcome,
        systems=names,
        prompt=Coded(rng.integers(0, PROMPTS, battles), tuple(map(str, range(PROMPTS)))),
        rater=Coded(rng.integers(0, RATERS, battles), tuple(map(str, range(RATERS)))),
    )


def fitted(battles: Battles, cluster: str = "none") -> Strengths:
    """Count and fit, with the sandwich covariance that every fit carries."""
    filling = None if cluster == "none" else clustered_filling(battles, cluster)
    return bradley_terry(tally(battles), filling=filling)


def refitted(battles: Battles, rounds: int) -> Any:
    """Fit, and refit on redrawn battles."""
    counts = tally(battles)
    fit = bradley_terry(counts)
    rng = np.random.default_rng(0)
    return redrawn_strengths(counts, fit, rule="half", both_bad="tie", prior=0.0, rounds=rounds, rng=rng)


def by_evalica(battles: Battles) -> Timed:
    """Fit with evalica, from the lists of names that it takes."""
    import evalica

    names = np.array(battles.systems)
    firsts, seconds = names[battles.system_a].tolist(), names[battles.system_b].tolist()
    winners = np.array([evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw], dtype=object)
    outcomes = winners[battles.outcome].tolist()
    return best_of(2, lambda: evalica.bradley_terry(firsts, seconds, outcomes, limit=10_000, tolerance=1e-10))


def by_arena_rank(battles: Battles) -> Timed:
    """Fit with arena-rank, from a data frame that its own preparation has turned into matrices."""
    import pandas as pd
    from arena_rank.models.bradley_terry import BradleyTerry
    from arena_rank.utils.data_utils import PairDataset

    names = np.array(battles.systems)
    winner = np.array(["model_a", "model_b", "tie", "both_bad"])[battles.outcome]
    frame = pd.DataFrame({"model_a": names[battles.system_a], "model_b": names[battles.system_b], "winner": winner})
    dataset = PairDataset.from_pandas(frame)
    return best_of(2, lambda: BradleyTerry(n_competitors=len(dataset.competitors)).fit(dataset))


def difference(fit: Strengths, scores: Any) -> float:
    """Return the largest difference of ratings, in points."""
    theirs = POINTS_PER_NAT * np.log(np.array([scores[name] for name in fit.systems]))
    ours = POINTS_PER_NAT * fit.strengths
    return float(np.abs(ours - (theirs - theirs.mean())).max())


def main(battles: int) -> None:
    """Print the table."""
    data = made_up(battles, np.random.default_rng(7))
    counts = tally(data)
    fit = best_of(7, lambda: fit_bradley_terry(win_points(counts)))
    whole = best_of(7, lambda: fitted(data))
    evalica = by_evalica(data)
    apart = difference(whole.result, evalica.result.scores)
    print(f"{battles:,} battles, {SYSTEMS} systems\n\n{HEAD}")
    print(line("count", best_of(7, lambda: tally(data))))
    print(line("fit on counts", fit))
    print(line("count, fit and sandwich", whole))
    print(line("evalica 0.4.2, fit from lists of names", evalica, note=f"largest difference {apart:.0e} points"))
    print(line("ours with sandwich against evalica without", whole, evalica))
    if find_spec("arena_rank"):
        print(line("ours against arena-rank's fit alone", whole, by_arena_rank(data)))
    print(line("sandwich clustered by prompt and rater", best_of(2, lambda: fitted(data, "both"))))
    print(line("1,000 bootstrap refits", best_of(1, lambda: refitted(data, 1000))))
    print(line("the whole board: ranks, sets, robustness", best_of(3, lambda: leaderboard(data))))


def win_points(counts: Counts) -> Any:
    """Return points won by row against column, ties half."""
    return wins(counts.weight) + ties(counts.weight, both_bad=True) / 2


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
