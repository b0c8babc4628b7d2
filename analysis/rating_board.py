"""A board from ratings: each system's mean on each criterion, with errors that know which prompt a rating is about."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import Estimate
from analysis.comparison.paired import mean_estimate, t_test
from analysis.data import Coded, Floats, Ratings, take
from analysis.errors import Undefined, Why

CORRECTION = "holm"


@dataclass(frozen=True, slots=True)
class RatedSystem:
    """One system on one criterion.

    ``mean`` is over ratings, its error clustered by prompt; ``rank`` is that of the mean. ``distribution`` counts the
    ratings of each value. ``lead`` is the mean difference to the mean of the other systems on the same prompts, with
    ``p_value`` and ``adjusted_p``, corrected over all systems and criteria of the board; where that is at most
    1 - confidence, ``verdict`` says ``strength`` or ``weakness``.
    """

    criterion: str | None
    system: str
    rank: int
    n_ratings: int
    n_prompts: int
    mean: Estimate
    distribution: dict[str, int]
    lead: Estimate
    p_value: float | None
    adjusted_p: float | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class RatingBoard:
    """Systems by criterion, best mean first; criteria are never pooled."""

    method: str
    confidence: float
    correction: str
    n_ratings: int
    unscored: int
    conventions: dict[str, str]
    rows: tuple[RatedSystem, ...]


def rating_board(ratings: Ratings, *, confidence: float = 0.95, lower_is_better: Container[str] = ()) -> RatingBoard:
    """Rank systems by their mean rating, criterion by criterion; without prompts each item is its own cluster.

    ``lower_is_better`` names the criteria on which a low mean comes first and a negative lead is a strength.

    Raises
    ------
    Undefined
        ``empty``; ``not_recorded``: ratings do not say of which system; ``not_numeric``: they are labels.
    """
    if not len(ratings):
        raise Undefined(Why.EMPTY, "there are no ratings")
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean")
    rows = [
        row
        for name, part in _by_criterion(ratings)
        for row in _ranked(part, name, confidence, sign=-1 if name in lower_is_better else 1)
    ]
    return RatingBoard(
        method="mean",
        confidence=confidence,
        correction=CORRECTION,
        n_ratings=len(ratings),
        unscored=ratings.unscored,
        conventions=_CONVENTIONS,
        rows=_with_verdicts(rows, confidence, lower_is_better),
    )


def _by_criterion(ratings: Ratings) -> Iterator[tuple[str | None, Ratings]]:
    if ratings.criterion is None:
        yield None, ratings
        return
    for place, name in enumerate(ratings.criterion.names):
        rows = ratings.criterion.codes == place
        if rows.any():
            yield name, take(ratings, rows)


def _ranked(ratings: Ratings, criterion: str | None, confidence: float, *, sign: int) -> list[RatedSystem]:
    if ratings.system is None:
        raise Undefined(Why.NOT_RECORDED, "a board needs the system of each rating (column system)")
    unit, system = (ratings.item if ratings.prompt is None else ratings.prompt), ratings.system.used()
    table = prompt_means(ratings.value, unit, system)
    means = np.array([ratings.value[system.codes == place].mean() for place in range(len(system.names))])
    ahead = sign * (means[:, None] - means[None, :]) > 1e-12 * np.abs(means).max()
    rank = 1 + ahead.sum(axis=0)
    rows = [
        replace(_row(ratings, unit, system, place, table, confidence), criterion=criterion, rank=int(rank[place]))
        for place in range(len(system.names))
    ]
    return sorted(rows, key=lambda row: (row.rank, row.system))


def _row(ratings: Ratings, unit: Coded, system: Coded, place: int, table: Floats, confidence: float) -> RatedSystem:
    own = system.codes == place
    values, prompts = ratings.value[own], unit.codes[own].astype(np.int64)
    found, number = np.unique(values, return_counts=True)
    lead = lead_of(table, place)
    mean = mean_estimate(values, cluster=prompts, confidence=confidence)
    if mean.value is None:  # one prompt: a mean without an error is still a mean
        mean = replace(mean, value=float(values.mean()), n=len(values))
    return RatedSystem(
        criterion=None,
        system=system.names[place],
        rank=0,
        n_ratings=len(values),
        n_prompts=len(np.unique(prompts)),
        mean=mean,
        distribution={f"{value:g}": int(count) for value, count in zip(found, number, strict=True)},
        lead=mean_estimate(lead, confidence=confidence),
        p_value=t_test(lead).p_value,
    )


def prompt_means(values: Floats, unit: Coded, system: Coded) -> Floats:
    """Return each system's mean on each prompt, shape (prompts, systems), NaN where it has none."""
    shape = (len(unit.names), len(system.names))
    cell = unit.codes.astype(np.int64) * shape[1] + system.codes
    number = np.bincount(cell, minlength=shape[0] * shape[1])
    total = np.bincount(cell, values, shape[0] * shape[1])
    means: Floats = np.divide(total, number, out=np.full(len(number), np.nan), where=number > 0)
    return means.reshape(shape)


def lead_of(table: Floats, place: int) -> Floats:
    """Return a system's mean less the mean of the others' means, on the prompts where it and another have one."""
    others = np.delete(table, place, axis=1)
    known = ~np.isnan(others)
    both = known.any(axis=1) & ~np.isnan(table[:, place])
    totals = np.where(known, others, 0.0)[both].sum(axis=1)
    lead: Floats = table[both, place] - totals / known[both].sum(axis=1)
    return lead


def _with_verdicts(
    rows: list[RatedSystem], confidence: float, lower_is_better: Container[str]
) -> tuple[RatedSystem, ...]:
    raw = np.array([np.nan if row.p_value is None else row.p_value for row in rows])
    return tuple(
        row
        if np.isnan(p)
        else replace(
            row, adjusted_p=float(p), verdict=_verdict(row, float(p), confidence, row.criterion in lower_is_better)
        )
        for row, p in zip(rows, adjusted(raw, method=CORRECTION), strict=True)
    )


def _verdict(row: RatedSystem, p_value: float, confidence: float, low_is_good: bool) -> str | None:
    if row.lead.value is None or p_value > 1 - confidence:
        return None
    return "strength" if (row.lead.value > 0) != low_is_good else "weakness"


_CONVENTIONS = {
    "mean": "over a system's ratings; error clustered by prompt (by item where prompts are not named), C/(C-1), t",
    "lead": "a prompt's mean less the mean of the other systems' means on it; paired t over prompts",
    "multiplicity": "Holm over all systems and criteria of the board",
}
