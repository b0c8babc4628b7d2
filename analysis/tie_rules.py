"""One board under every tie rule: how far the ratings and first place hang on what a tie is taken for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.counts import Counts
from analysis.data import BOTH_BAD, TIE, Floats
from analysis.options import BOTH_BAD_RULES, TIES, Options
from analysis.ranks import ranks
from analysis.scoring import on_scale, reweighted
from analysis.strengths import Strengths, bradley_terry

OWN_LIKELIHOOD = ("davidson", "rao-kupper")  # rules that say how likely a tie is


@dataclass(frozen=True, slots=True)
class RuleRating:
    """A system's rating and rank under one rule; None where the rule gives it no finite rating."""

    system: str
    rating: float | None
    rank: int


@dataclass(frozen=True, slots=True)
class TieRule:
    """The board under one rule for ties and for battles that both lost.

    ``log_likelihood`` and ``aic`` are None where they say nothing beside the others', ``reason`` says why.
    ``aic_difference`` is from the best rule on the same ``outcomes``. ``first`` are the systems at rank 1, and
    ``largest_move`` the largest change of a rating from the board's own rule, that of ``moved``.
    """

    ties: str
    both_bad: str
    outcomes: str
    n_battles: int
    tie_parameter: float | None
    log_likelihood: float | None
    parameters: int | None
    aic: float | None
    aic_difference: float | None
    reason: str | None
    first: tuple[str, ...]
    same_first: bool
    largest_move: float | None
    moved: str | None
    rank_changes: int
    ratings: tuple[RuleRating, ...]


def compare_ties(counts: Counts, options: Options) -> tuple[TieRule, ...]:
    """Fit every tie rule, with both-bad as a tie and left out where such battles are, and set them side by side.

    Half wins are a pseudo-likelihood and dropping ties drops data, so that only the rules with a chance of a tie,
    on the same outcomes, can be compared by likelihood; the AIC takes battles as independent and of equal weight.
    """
    own = _fitted(counts, options)
    fits = [(variant, _fitted(counts, variant)) for variant in _variants(counts, options)]
    rules = [_rule(counts, variant, fit, options, own) for variant, fit in fits]
    return tuple(_beside_best(rule, rules) for rule in rules)


def _variants(counts: Counts, options: Options) -> Iterator[Options]:
    kept = BOTH_BAD_RULES if counts.number[BOTH_BAD].any() else (options.both_bad,)
    for both_bad in kept:
        for ties in TIES:
            yield replace(options, ties=ties, both_bad=both_bad)


def _fitted(counts: Counts, options: Options) -> Strengths:
    weighed = reweighted(counts, options)
    return bradley_terry(weighed, rule=options.ties, both_bad=options.both_bad, prior=options.prior)


def _rule(counts: Counts, variant: Options, fit: Strengths, options: Options, own: Strengths) -> TieRule:
    rating, before = _rated(fit, options), _rated(own, options)
    rank, move = ranks(fit), np.abs(rating - before)
    most = None if np.isnan(move).all() else int(np.nanargmax(move))
    reason = _reason(counts, variant, fit)
    parameters = None if reason else int((~np.isnan(rating)).sum())  # strengths less one, and the tie parameter
    likelihood = None if reason else fit.log_likelihood
    first = _first(fit, rank)
    return TieRule(
        ties=variant.ties,
        both_bad=variant.both_bad,
        outcomes="win, loss, or tie with both-bad" if variant.both_bad == "tie" else "win, loss or tie",
        n_battles=_battles(counts, variant),
        tie_parameter=fit.tie_parameter,
        log_likelihood=likelihood,
        parameters=parameters,
        aic=None if likelihood is None or parameters is None else 2 * parameters - 2 * likelihood,
        aic_difference=None,
        reason=reason,
        first=first,
        same_first=first == _first(own, ranks(own)),
        largest_move=None if most is None else float(move[most]),
        moved=None if most is None or not move[most] > 0 else fit.systems[most],
        rank_changes=int((rank != ranks(own)).sum()),
        ratings=tuple(
            RuleRating(name, None if np.isnan(value) else float(value), int(place))
            for name, value, place in zip(fit.systems, rating, rank, strict=True)
        ),
    )


def _rated(fit: Strengths, options: Options) -> Floats:
    """Return ratings, all NaN where the anchor has none under this rule."""
    if options.anchor is not None and np.isnan(fit.strengths[fit.systems.index(options.anchor[0])]):
        return np.full_like(fit.strengths, np.nan)
    return on_scale(fit, options.anchor)[0]


def _reason(counts: Counts, variant: Options, fit: Strengths) -> str | None:
    """Say why a rule's likelihood cannot stand beside another's."""
    if variant.ties not in OWN_LIKELIHOOD:
        return {"half": "pseudo_likelihood", "drop": "other_data"}[variant.ties]
    if variant.prior > 0:
        return "prior"
    if variant.reweight != "none" or not np.array_equal(counts.weight, counts.number):
        return "weighted"
    return "no_tie_parameter" if fit.tie_parameter is None else None


def _first(fit: Strengths, rank: NDArray[np.int64]) -> tuple[str, ...]:
    """Return who is first on the first board."""
    return tuple(fit.systems[place] for place in np.flatnonzero((rank == 1) & (fit.component == 0)))


def _battles(counts: Counts, variant: Options) -> int:
    """Count the battles that enter under a rule."""
    number = counts.number.sum(axis=(1, 2))
    out = number[BOTH_BAD] if variant.both_bad == "drop" or variant.ties == "drop" else 0
    return int(number.sum() - out - (number[TIE] if variant.ties == "drop" else 0))


def _beside_best(rule: TieRule, rules: Sequence[TieRule]) -> TieRule:
    if rule.aic is None:
        return rule
    best = min(other.aic for other in rules if other.aic is not None and other.outcomes == rule.outcomes)
    return replace(rule, aic_difference=rule.aic - best)
