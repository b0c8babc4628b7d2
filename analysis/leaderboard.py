"""A leaderboard: battles in, ratings with intervals, rank sets and warnings out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.clusters import Filling, clustered_filling
from analysis.contextual.against_board import by_length_control, by_mean_preference
from analysis.contextual.board import by_context
from analysis.contextual.terms import LengthControl, RaterTerms, StyleTerms
from analysis.counts import Counts, tally, wins
from analysis.data import BOTH_BAD, TIE, Battles, take
from analysis.diagnostics import battles_of_each, diagnostics, names_at
from analysis.difference_matrix import Differences
from analysis.elo import by_elo
from analysis.errors import Undefined, Why
from analysis.exposure import Exposure, exposure
from analysis.graph import members
from analysis.naming import by_name
from analysis.notes import Coverage, Note, unscored_notes
from analysis.options import ON_ROWS, Options
from analysis.rate_errors import kept_outcomes
from analysis.rate_matrix import RateMatrix, rate_matrix
from analysis.rate_scoring import by_rows, by_win_rate
from analysis.redraws import Redraw, clusters_redrawn
from analysis.reweighting import pair_weights, reweighted_battles
from analysis.robustness import Robustness
from analysis.scores import Scores
from analysis.scoring import by_bradley_terry
from analysis.tie_rules import TieRule, compare_ties
from analysis.win_rates import win_rates

METHODS = {"bradley-terry": by_bradley_terry, "win-rate": by_win_rate}
_ON_ROWS = {
    "bradley-terry": by_context,
    "win-rate": by_rows,
    "elo": by_elo,
    "length-controlled": by_length_control,
    "mean-preference": by_mean_preference,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One system's line; where ``rating`` is None, ``reason`` says why.

    ``rating`` and its ends are rating points (shares, for win rates). ``battles`` = wins + losses + ties +
    both_bad are plain counts; ``win_rate`` is weighted. ``rank_lower`` to ``rank_upper`` holds this system's true
    rank with the stated confidence, ``rank_all_lower`` to ``rank_all_upper`` those of all systems at once. Ranks
    count within the ``component``, a place in the board's ``components``. ``p_best`` is the chance to be the best of
    the component, ``p_top_k`` to be among its first ``Leaderboard.top``.
    """

    system: str
    rating: float | None
    lower: float | None
    upper: float | None
    rank: int
    rank_lower: int | None
    rank_upper: int | None
    rank_all_lower: int | None
    rank_all_upper: int | None
    p_best: float | None
    p_top_k: float | None
    battles: int
    wins: int
    losses: int
    ties: int
    both_bad: int
    win_rate: float | None
    component: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A ranking and what a reader needs in order to doubt it."""

    method: str
    ties: str
    both_bad: str
    ci: str
    cluster: str
    confidence: float
    n_battles: int
    n_systems: int
    seed: int
    top: int
    reweight: str
    coverage: Coverage
    components: tuple[tuple[str, ...], ...]
    log_likelihood: float | None
    tie_parameter: float | None
    robustness: Robustness | None
    differences: Differences | None
    tie_rules: tuple[TieRule, ...] | None
    matrix: RateMatrix | None
    exposure: Exposure
    style: StyleTerms | None
    position: RaterTerms | None
    discrimination: RaterTerms | None
    length_control: LengthControl | None
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    rows: tuple[Row, ...]


def leaderboard(battles: Battles, options: Options | None = None) -> Leaderboard:
    """Rank the systems of these battles, best first, components one after the other.

    Raises
    ------
    Undefined
        ``empty``: there is no battle. Smaller trouble (systems that never met, a system that never lost) is in
        ``warnings`` and in the ``reason`` of rows without a rating.
    """
    options = options or Options()
    battles = by_name(battles, raters_too=options.ci == "bootstrap" or needs_rows(options))
    if needs_rows(options):
        scores = _ON_ROWS[options.method](_some(battles), options)
        return _board(tally(battles), scores, options, battles.unscored, battles)
    counts = tally(battles)
    filling, redraw = _clusters(battles, counts, options)
    return board_from_counts(
        counts, options, filling=filling, redraw=redraw, unscored=battles.unscored, battles=battles
    )


def _clusters(battles: Battles, counts: Counts, options: Options) -> tuple[Filling | None, Redraw | None]:
    """Return what brings the clusters to the sandwich, or to the bootstrap."""
    if options.cluster == "none":
        return None, None
    if options.reweight == "pairs":
        factor = pair_weights(counts, rule=options.ties, both_bad=options.both_bad)
        battles = reweighted_battles(battles, factor)
    if options.ci == "bootstrap":
        return None, clusters_redrawn(battles, options.cluster)
    return clustered_filling(_that_count(battles, options), options.cluster), None


def _that_count(battles: Battles, options: Options) -> Battles:
    """Return the battles that enter: a prompt with none but dropped ties is no cluster to count."""
    kept = kept_outcomes(options.ties, options.both_bad)[battles.outcome]
    if battles.weight is not None:
        kept &= battles.weight > 0
    return battles if kept.all() else take(battles, kept)


def board_from_counts(
    counts: Counts,
    options: Options,
    *,
    filling: Filling | None = None,
    redraw: Redraw | None = None,
    unscored: int = 0,
    battles: Battles | None = None,
) -> Leaderboard:
    """Rank from counts, all that a board without clusters needs.

    ``filling`` or ``redraw`` brings the clusters; ``battles`` what a clustered matrix and the exposure of pairs need.
    """
    n_battles = int(counts.number.sum())
    if not n_battles:
        raise Undefined(Why.EMPTY, "there are no scored battles to rank")
    return _board(counts, METHODS[options.method](counts, options, filling, redraw), options, unscored, battles)


def needs_rows(options: Options) -> bool:
    """Say whether counts are not enough for this board."""
    if options.method == "win-rate":
        return options.baseline is not None or options.cluster != "none"
    return options.method in ON_ROWS or not options.context.is_plain


def _some(battles: Battles) -> Battles:
    if not len(battles):
        raise Undefined(Why.EMPTY, "there are no scored battles to rank")
    return battles


def _board(
    counts: Counts, scores: Scores, options: Options, unscored: int, battles: Battles | None = None
) -> Leaderboard:
    n_battles = int(counts.number.sum())
    rows = _rows(counts, scores, options)
    coverage = Coverage(n_battles, n_battles + unscored)
    return Leaderboard(
        method=options.method,
        ties=options.ties,
        both_bad=options.both_bad,
        ci=options.ci,
        cluster=options.cluster,
        confidence=options.confidence,
        n_battles=n_battles,
        n_systems=len(counts.systems),
        seed=options.seed,
        top=options.top,
        reweight=options.reweight,
        coverage=coverage,
        components=tuple(names_at(counts, places) for places in members(scores.component)),
        log_likelihood=scores.log_likelihood,
        tie_parameter=scores.tie_parameter,
        robustness=scores.robustness,
        differences=scores.differences,
        tie_rules=compare_ties(counts, options) if options.compare_ties else None,
        matrix=rate_matrix(counts, options, [row.system for row in rows], battles) if options.matrix else None,
        exposure=exposure(counts, battles if options.exposure else None),
        style=scores.terms.style,
        position=scores.terms.position,
        discrimination=scores.terms.discrimination,
        length_control=scores.terms.length_control,
        conventions=_conventions(options) | scores.conventions | _chance_conventions(scores, options),
        warnings=diagnostics(counts, scores) + scores.terms.notes + unscored_notes(coverage),
        rows=rows,
    )


def _rows(counts: Counts, scores: Scores, options: Options) -> tuple[Row, ...]:
    won = wins(counts.number)
    drawn, bad = (counts.number[code].sum(axis=1) + counts.number[code].sum(axis=0) for code in (TIE, BOTH_BAD))
    rates = win_rates(counts, rule=options.ties, both_bad=options.both_bad).overall
    battles = battles_of_each(counts)
    rows = [
        Row(
            system=name,
            rating=_known(scores.rating[place]),
            lower=_known(scores.lower[place]),
            upper=_known(scores.upper[place]),
            rank=int(scores.rank[place]),
            rank_lower=int(scores.sets.lower[place]) if scores.sets else None,
            rank_upper=int(scores.sets.upper[place]) if scores.sets else None,
            rank_all_lower=int(scores.sets.all_lower[place]) if scores.sets else None,
            rank_all_upper=int(scores.sets.all_upper[place]) if scores.sets else None,
            p_best=_known(scores.chances.best[place]) if scores.chances else None,
            p_top_k=_known(scores.chances.among_top[place]) if scores.chances else None,
            battles=int(battles[place]),
            wins=int(won[place].sum()),
            losses=int(won[:, place].sum()),
            ties=int(drawn[place]),
            both_bad=int(bad[place]),
            win_rate=_known(rates[place]),
            component=int(scores.component[place]),
            reason=scores.reasons[place],
        )
        for place, name in enumerate(counts.systems)
    ]
    return tuple(sorted(rows, key=lambda row: (row.component, row.rank, row.system)))


def _conventions(options: Options) -> dict[str, str]:
    ties = {
        "half": "half a win for each",
        "drop": "left out of ratings and win rates",
        "davidson": "an outcome of its own, likeliest between equals (Davidson 1970); half a point in win rates",
        "rao-kupper": "a lead below a threshold (Rao and Kupper 1967); half a point in win rates",
    }[options.ties]
    both_bad = {"tie": "counted as a tie", "drop": "left out of ratings and win rates"}[options.both_bad]
    return {"ties": ties, "both_bad": both_bad}


def _chance_conventions(scores: Scores, options: Options) -> dict[str, str]:
    if scores.chances is None:
        return {}
    drawn = f"share of {scores.chances.draws} draws from a normal with the ratings' covariance, seed {options.seed}"
    return {"p_best": f"{drawn}; none in a component where some system has no rating on the common scale"}


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
