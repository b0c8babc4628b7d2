"""Rows of a hybrid board by prediction-powered Bradley-Terry strengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.bradley_terry import win_chances
from analysis.comparison.estimates import Codes, Estimate, normal_interval
from analysis.data import Battles, Floats, Mask
from analysis.errors import Undefined, Why
from analysis.graph import weak_components
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.gradients import gradients_of
from analysis.hybrid.rows import Found, HybridOptions, HybridRow
from analysis.hybrid.selection import same_pairs, same_results
from analysis.hybrid.strengths import HybridStrengths, hybrid_strengths
from analysis.hybrid.votes import judged_battles
from analysis.notes import Note
from analysis.scores import POINTS_PER_NAT

MEAN_RATING = 1000.0


def by_bradley_terry(battles: Battles, judge: str, people: Sequence[str], options: HybridOptions) -> Found:
    """Rank by prediction-powered strengths as ratings with mean 1000; systems not linked by people follow."""
    clustered = options.cluster == "prompt"
    made, shared = judged_battles(battles, judge, people, both_bad=options.both_bad, clustered=clustered)
    linked = _linked(made)
    part = _among(made, linked)
    hybrid = hybrid_strengths(part)
    apart = _apart(made, linked)
    fit = hybrid.fit
    gradients = gradients_of(part, win_chances(fit.strengths))
    return Found(
        rows=[*_rows(part, hybrid, options), *apart],
        n_human=hybrid.n,
        n_judge=hybrid.n + hybrid.n_judged,
        people_only=shared.people_only,
        power=hybrid.power,
        effective_n=hybrid.effective_n,
        selection={"results": same_results(part, fit.strengths, gradients), "pairs": same_pairs(part)},
        conventions={"rating": "1000 + 400 / ln 10 x strength, mean 1000", "ties": "half a win for each"},
        notes=_apart_notes(apart),
    )


def _rows(battles: JudgedBattles, hybrid: HybridStrengths, options: HybridOptions) -> list[HybridRow]:
    asked, judged = _meetings(battles)
    human, judge = _human_only(battles, asked, options), _judge_only(battles)
    sets = hybrid.rank_sets(confidence=options.confidence, seed=options.seed)
    rows = []
    for place in np.argsort(-hybrid.fit.strengths, kind="stable").tolist():
        estimate = _rating(hybrid, place, int(asked[place]), options)
        row = HybridRow(
            system=battles.systems[place],
            estimate=estimate,
            human_only=human[place],
            judge_only=None if np.isnan(judge[place]) else float(MEAN_RATING + POINTS_PER_NAT * judge[place]),
            power=hybrid.power,
            effective_n=_effective(estimate, human[place]),
            n_human=int(asked[place]),
            n_judge=int(judged[place]),
        )
        rows.append(row.placed(sets, place))
    return rows


def _rating(made: HybridStrengths, place: int, n: int, options: HybridOptions) -> Estimate:
    error = POINTS_PER_NAT * float(np.sqrt(made.fit.covariance[place, place]))
    value = MEAN_RATING + POINTS_PER_NAT * float(made.fit.strengths[place])
    method = f"sandwich{'' if options.cluster == 'none' else f' clustered by {options.cluster}'}, normal"
    return normal_interval(value, error, confidence=options.confidence, n=n, method=method)


def _effective(estimate: Estimate, human: Estimate) -> float | None:
    if not (estimate.standard_error and human.standard_error):
        return None
    return float(human.n * (human.standard_error / estimate.standard_error) ** 2)


def _human_only(battles: JudgedBattles, asked: Codes, options: HybridOptions) -> list[Estimate]:
    try:
        alone = hybrid_strengths(battles, power=0.0)
    except Undefined as error:
        return [Estimate(None, n=int(n), reason=error.code, message=error.message) for n in asked]
    return [_rating(alone, place, int(n), options) for place, n in enumerate(asked)]


def _judge_only(battles: JudgedBattles) -> Floats:
    """Return strengths by the judge alone, NaN where it leaves them without a finite value."""
    try:
        return hybrid_strengths(replace(battles, human=battles.judge)).fit.strengths
    except Undefined:
        return np.full(len(battles.systems), np.nan)


def _linked(made: JudgedBattles) -> Mask:
    """Say which systems are among the most that people's battles link."""
    size, known = len(made.systems), made.labelled
    met = np.zeros((size, size), dtype=np.bool_)
    met[made.system_a[known], made.system_b[known]] = True
    component = weak_components(met)
    kept: Mask = component == np.bincount(component).argmax()
    return kept


def _among(made: JudgedBattles, systems: Mask) -> JudgedBattles:
    """Return the battles among these systems, renumbered."""
    rows = systems[made.system_a] & systems[made.system_b]
    number = np.cumsum(systems) - 1
    return JudgedBattles(
        number[made.system_a[rows]],
        number[made.system_b[rows]],
        made.judge[rows],
        made.human[rows],
        tuple(name for name, stays in zip(made.systems, systems, strict=True) if stays),
        None if made.cluster is None else made.cluster[rows],
    )


def _apart(made: JudgedBattles, linked: Mask) -> list[HybridRow]:
    """Return a row without estimate for each other system that the judge saw."""
    asked, judged = _meetings(made)
    missing = Estimate(None, reason=Why.DISCONNECTED, message="people's battles do not link it with the others")
    return [
        HybridRow(made.systems[place], missing, missing, n_human=int(asked[place]), n_judge=int(judged[place]))
        for place in np.flatnonzero(~linked & (judged > 0)).tolist()
    ]


def _apart_notes(apart: list[HybridRow]) -> tuple[Note, ...]:
    if not apart:
        return ()
    text = "people's battles do not link these systems with the others, so how the judge errs on them is unknown"
    return (Note("disconnected", text, tuple(row.system for row in apart)),)


def _meetings(made: JudgedBattles) -> tuple[Codes, Codes]:
    """Return how many battles of each system people decided, and how many the judge."""
    size, known = len(made.systems), made.labelled
    asked, judged = (np.bincount(np.concatenate([a, b]), minlength=size) for a, b in (
        (made.system_a[known], made.system_b[known]), (made.system_a, made.system_b)
    ))  # fmt: skip
    return asked, judged
