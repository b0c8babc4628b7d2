"""Elo ratings: battles one after the other, as the arenas began; and averaged over orders, since order decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.counts import tally
from analysis.data import BOTH_BAD, SEEN_FROM_B, TIE, A, B, Battles, Floats, take
from analysis.errors import Why
from analysis.graph import weak_components
from analysis.options import Options
from analysis.ranks import SLACK
from analysis.scores import BASE, Scores

POINTS = {A: 1.0, B: 0.0, TIE: 0.5, BOTH_BAD: 0.5}


def online_elo(battles: Battles, *, k: float = 4.0, start: float = BASE) -> Floats:
    """Return ratings after these battles in the order of the rows; the total never changes.

    A battle moves both systems by k x weight x (points - expected points), expected = 1 / (1 + 10^((R_b - R_a)/400)).
    The weight scales the whole step: a battle of weight 0 moves nobody.
    """
    ratings = [start] * len(battles.systems)
    steps = np.full(len(battles), k) if battles.weight is None else k * battles.weight
    points = np.array([POINTS[code] for code in range(len(POINTS))])[battles.outcome]
    columns = (battles.system_a, battles.system_b, points, steps)
    for a, b, point, step in zip(*(column.tolist() for column in columns), strict=True):
        lead = (ratings[b] - ratings[a]) / 400
        move = step * (point - 1 / (1 + 10 ** min(max(lead, -300.0), 300.0)))
        ratings[a] += move
        ratings[b] -= move
    return np.array(ratings)


def averaged_elo(battles: Battles, *, k: float = 4.0, permutations: int, rng: np.random.Generator) -> Floats:
    """Return the mean rating over random orders of the battles."""
    total = np.zeros(len(battles.systems))
    rows = take(battles, _standing_order(battles))
    for _ in range(permutations):
        total += online_elo(take(rows, rng.permutation(len(rows))), k=k)
    return total / permutations


def _standing_order(battles: Battles) -> NDArray[np.int64]:
    """Return an order of the rows that depends on what they say only, so that a seed gives the same orders of them."""
    turned = battles.system_a > battles.system_b
    outcome = np.where(turned, SEEN_FROM_B[battles.outcome], battles.outcome)
    pair = (np.maximum(battles.system_a, battles.system_b), np.minimum(battles.system_a, battles.system_b))
    return np.lexsort((outcome, *pair) if battles.weight is None else (battles.weight, outcome, *pair))


def by_elo(battles: Battles, options: Options) -> Scores:
    """Rate by Elo, in the order of time where it is recorded and of the rows where not, or averaged over orders."""
    counted = _counted(battles, options)
    if options.permutations:
        rng = np.random.default_rng(options.seed)
        rating = averaged_elo(counted, k=options.k, permutations=options.permutations, rng=rng)
    else:
        rating = online_elo(_in_time(counted), k=options.k)
    counts = tally(counted)
    idle = ~counts.played()
    rating[idle] = np.nan
    return _scores(rating, weak_components(counts.number.sum(axis=0) > 0), idle, _conventions(battles, options))


def _scores(rating: Floats, component: NDArray[np.int64], idle: NDArray[np.bool_], said: dict[str, str]) -> Scores:
    unknown = np.full_like(rating, np.nan)
    ahead = (rating[:, None] - rating[None, :] > SLACK) & (component[:, None] == component[None, :])
    return Scores(
        rating=rating,
        lower=unknown,
        upper=unknown,
        rank=1 + ahead.sum(axis=0),
        sets=None,
        component=component,
        group=component,
        reasons=tuple(Why.EMPTY if nothing else None for nothing in idle),
        log_likelihood=None,
        tie_parameter=None,
        robustness=None,
        conventions=said,
    )


def _counted(battles: Battles, options: Options) -> Battles:
    dropped = ([TIE] if options.ties == "drop" else []) + ([BOTH_BAD] if options.both_bad == "drop" else [])
    dropped += [BOTH_BAD] if options.ties == "drop" else []  # both-bad counts as a tie, and ties are dropped
    kept = ~np.isin(battles.outcome, dropped)
    if battles.weight is not None:
        kept &= battles.weight > 0  # it would move nobody, and is no reason for a rating
    return battles if kept.all() else take(battles, kept)


def _in_time(battles: Battles) -> Battles:
    return battles if battles.timestamp is None else take(battles, np.argsort(battles.timestamp, kind="stable"))


def _conventions(battles: Battles, options: Options) -> dict[str, str]:
    order = "order of time" if battles.timestamp is not None else "order of the rows"
    if options.permutations:
        order = f"mean over {options.permutations} random orders, seed {options.seed}"
    return {
        "rating": f"Elo from 1000, K = {options.k:g} x weight, {order}",
        "interval": "none: the rating is a path through the battles, not an estimate",
        "rank_sets": "none",
        "not_the_default": "Elo follows systems that change and depends on the order of battles; systems under test "
        "stay as they are, and Bradley-Terry uses all battles at once, with intervals",
    }
