"""Rows of a hybrid board by prediction-powered win rates and mean ratings."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate
from analysis.data import Battles, Floats, Mask, Ratings, take
from analysis.errors import Undefined, Why
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.labels import Labels
from analysis.hybrid.means import HybridMean, hybrid_mean, hybrid_win_rate
from analysis.hybrid.parts import contributions
from analysis.hybrid.ranking import covariance_of, ranked
from analysis.hybrid.rows import Found, HybridOptions, HybridRow
from analysis.hybrid.selection import same_scores
from analysis.hybrid.votes import Sampled, Shared, columns_of, judged_battles, judged_ratings


@dataclass(frozen=True, slots=True)
class _Made:
    """A row, and what each unit adds to its estimate (None where there is none)."""

    row: HybridRow
    added: tuple[Codes, Floats] | None = None
    people_only: int = 0


def by_win_rate(battles: Battles, judge: str, people: Sequence[str], options: HybridOptions) -> Found:
    """Rank by PPI++ win rates, over all battles of a system or those with the baseline, ties half."""
    if options.baseline is not None and options.baseline not in battles.systems:
        raise ValueError(f"no system {options.baseline!r} to measure against; there is {', '.join(battles.systems)}")
    clustered = options.cluster == "prompt"
    made, shared = judged_battles(battles, judge, people, both_bad=options.both_bad, clustered=clustered)
    counted = np.ones(len(made), dtype=np.bool_) if options.baseline is None else _met(made, options.baseline)
    rows = []
    for system in made.systems:
        met = counted & _met(made, system)
        if met.any() and system != options.baseline:
            labels = _seen_from(system, made, shared, met, options.drawn)
            rate = hybrid_win_rate(labels, confidence=options.confidence)
            rows.append(_made(system, None, labels, rate, shared.item[met]))
    return Found(
        rows=_in_order(rows, options),
        n_human=int((counted & made.labelled).sum()),
        n_judge=int(counted.sum()),
        people_only=shared.people_only,
        conventions={"win rate": "points / battles, a tie half a point; cut at 0 and 1"},
    )


def by_mean(
    ratings: Ratings, judge: str, people: Sequence[str], options: HybridOptions, lower_is_better: Container[str]
) -> Found:
    """Rank by PPI++ mean ratings, criterion by criterion."""
    if ratings.system is None:
        raise Undefined(Why.NOT_RECORDED, "a board needs the system of each rating (column system)")
    rows: list[HybridRow] = []
    people_only = 0
    for criterion, some in _criteria(ratings):
        made = [_rated(ratings, rows_of, system, criterion, judge, people, options)
                for system, rows_of in _systems(ratings, some)]  # fmt: skip
        rows += _in_order(made, options, lower_first=criterion is not None and criterion in lower_is_better)
        people_only += sum(one.people_only for one in made)
    if not any(row.n_human for row in rows):
        raise Undefined(Why.NO_PAIRS, "the judge and people rated no item in common; let both rate some of the same")
    return Found(
        rows=rows,
        n_human=sum(row.n_human for row in rows),
        n_judge=sum(row.n_judge for row in rows),
        people_only=people_only,
        conventions={"unit": "item" if ratings.prompt is None else "prompt: items on one stay together"},
    )


def _rated(
    ratings: Ratings,
    rows: Mask,
    system: str,
    criterion: str | None,
    judge: str,
    people: Sequence[str],
    options: HybridOptions,
) -> _Made:
    try:
        labels, shared = judged_ratings(take(ratings, rows), judge, people, _drawn(options.drawn, rows))
    except Undefined as error:
        if error.code != Why.NO_PAIRS:
            raise
        missing = Estimate(None, reason=error.code, message=error.message)
        return _Made(HybridRow(system, missing, missing, criterion=criterion))
    mean = hybrid_mean(labels, confidence=options.confidence)
    return _made(system, criterion, labels, mean, shared.item, shared.people_only)


def _made(
    system: str, criterion: str | None, labels: Labels, mean: HybridMean, item: Codes, people_only: int = 0
) -> _Made:
    powers = set(mean.power.values())
    row = HybridRow(
        system=system,
        estimate=mean.estimate,
        human_only=mean.human_only,
        judge_only=mean.judge_only,
        power=powers.pop() if len(powers) == 1 else None,
        effective_n=mean.effective_n,
        n_human=int(labels.labelled.sum()),
        n_judge=len(labels),
        criterion=criterion,
        selection=same_scores(labels),
    )
    return _Made(row, contributions(labels, mean.power, item) if mean.power else None, people_only)


def _in_order(made: list[_Made], options: HybridOptions, *, lower_first: bool = False) -> list[HybridRow]:
    """Rank the rows that have an estimate, best first; the others follow."""
    known = [(one.row, one.row.estimate.value, one.added) for one in made if one.added is not None]
    rest = [one.row for one in made if one.added is None]
    if not known:
        return rest
    value = (-1.0 if lower_first else 1.0) * np.array([value for _, value, _ in known], dtype=np.float64)
    covariance = covariance_of([added for _, _, added in known])
    names = tuple(row.system for row, _, _ in known)
    sets = ranked(names, value, covariance, confidence=options.confidence, seed=options.seed)
    return [known[place][0].placed(sets, place) for place in np.argsort(-value, kind="stable").tolist()] + rest


def _met(made: JudgedBattles, system: str) -> Mask:
    place = made.systems.index(system)
    met: Mask = (made.system_a == place) | (made.system_b == place)
    return met


def _seen_from(system: str, made: JudgedBattles, shared: Shared, met: Mask, drawn: Sampled | None) -> Labels:
    """Return the battles met as points of one system."""
    turned = made.system_a[met] != made.systems.index(system)
    judge, human = (np.where(turned, 1 - column[met], column[met]) for column in (made.judge, made.human))
    stratum, probability = columns_of(drawn, shared)
    return Labels(
        judge,
        human,
        None if made.cluster is None else made.cluster[met],
        None if stratum is None else stratum.take(met),
        None if probability is None else probability[met],
    )


def _criteria(ratings: Ratings) -> Iterator[tuple[str | None, Mask]]:
    if ratings.criterion is None:
        yield None, np.ones(len(ratings), dtype=np.bool_)
        return
    for place, name in enumerate(ratings.criterion.names):
        rows = ratings.criterion.codes == place
        if rows.any():
            yield name, rows


def _systems(ratings: Ratings, some: Mask) -> Iterator[tuple[str, Mask]]:
    if ratings.system is None:
        return
    for place, name in enumerate(ratings.system.names):
        rows = some & (ratings.system.codes == place)
        if rows.any():
            yield name, rows


def _drawn(drawn: Sampled | None, rows: Mask) -> Sampled | None:
    if drawn is None:
        return None
    stratum = None if drawn.stratum is None else drawn.stratum.take(rows)
    return Sampled(stratum, None if drawn.probability is None else drawn.probability[rows])
