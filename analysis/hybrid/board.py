"""A board from people's answers with a judge's help: what people would say about everything the judge answered."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.corrections import adjusted
from analysis.comparison.estimates import Significance
from analysis.data import Battles, Ratings
from analysis.errors import Undefined, Why
from analysis.hybrid.mean_rows import by_mean, by_win_rate
from analysis.hybrid.rows import Found, HybridOptions, HybridRow
from analysis.hybrid.strength_rows import by_bradley_terry
from analysis.hybrid.votes import people_of
from analysis.notes import Coverage, Note, unscored_notes

FEW_LABELS = 30  # of people's, below which a normal or t interval rests on little
SUSPICIOUS = 0.01  # p of people's items being a random part, after Holm's correction
HELPS = 1.05  # times as many labels, from which a judge is said to help


@dataclass(frozen=True, slots=True)
class HybridBoard:
    """Systems as people would rank them, best first, and what a reader needs in order to doubt it."""

    method: str
    judge: str
    people: tuple[str, ...]
    baseline: str | None
    cluster: str
    confidence: float
    seed: int
    n_human: int
    n_judge: int
    people_only: int
    power: float | None
    effective_n: float | None
    selection: dict[str, Significance]
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    rows: tuple[HybridRow, ...]


def hybrid_board(
    table: Battles | Ratings,
    judge: str,
    people: Sequence[str] | None = None,
    options: HybridOptions | None = None,
    *,
    lower_is_better: Container[str] = (),
) -> HybridBoard:
    """Rank systems by people's answers, sharpened by those of one judge.

    Parameters
    ----------
    table : Battles or Ratings
        Answers with their raters; ratings for the method ``mean``, battles for the others.
    judge : str
        The rater whose answers to further items help.
    people : sequence of str, optional
        The raters whose opinion is estimated; without it, all but the judge.
    options : HybridOptions, optional
        By default Bradley-Terry without clusters.
    lower_is_better : container of str
        Criteria of ratings on which the lowest mean is the best.

    Raises
    ------
    Undefined
        ``not_recorded``, ``no_pairs`` (judge and people share no item), and for Bradley-Terry also what
        ``analysis.hybrid.strengths.hybrid_strengths`` raises. Win rates and means say it row by row.
    ValueError
        No answer is by this judge, or the baseline is unknown.
    """
    options = options or HybridOptions()
    others = people_of(table.rater, judge)
    chosen = others if people is None else tuple(name for name in people if name in others)
    if not chosen:
        raise Undefined(Why.NO_PAIRS, f"no answer is by people, so there is nothing to check {judge} against")
    found = _found(table, judge, chosen, options, lower_is_better)
    return HybridBoard(
        method=options.method,
        judge=judge,
        people=chosen,
        baseline=options.baseline,
        cluster=options.cluster,
        confidence=options.confidence,
        seed=options.seed,
        n_human=found.n_human,
        n_judge=found.n_judge,
        people_only=found.people_only,
        power=found.power,
        effective_n=found.effective_n,
        selection=found.selection,
        conventions=_CONVENTIONS | found.conventions,
        warnings=(*_warnings(found), *unscored_notes(Coverage(len(table), len(table) + table.unscored))),
        rows=tuple(found.rows),
    )


def _found(
    table: Battles | Ratings, judge: str, people: Sequence[str], options: HybridOptions, lower: Container[str]
) -> Found:
    if isinstance(table, Ratings):
        if options.method != "mean":
            raise ValueError("ratings are ranked by their means (--method mean); other methods need battles")
        return by_mean(table, judge, people, options, lower)
    if options.method == "mean":
        raise ValueError("--method mean needs ratings; battles are ranked by bradley-terry or win-rate")
    return (by_win_rate if options.method == "win-rate" else by_bradley_terry)(table, judge, people, options)


def _warnings(found: Found) -> tuple[Note, ...]:
    notes = list(found.notes)
    if found.people_only:
        text = f"{found.people_only} items that people answered and the judge did not are left out"
        notes.append(Note("people_only", text))
    if found.n_human == found.n_judge:
        notes.append(Note("no_others", "the judge answered nothing beyond people's items, so it cannot help"))
    if few := tuple(row.name for row in found.rows if row.n_human < FEW_LABELS):
        notes.append(Note("few_labels", f"an interval on fewer than {FEW_LABELS} of people's items means little", few))
    if odd := _not_at_random(found):
        notes.append(Note("not_at_random", _NOT_AT_RANDOM, odd))
    helped = [row.effective_n / row.n_human for row in found.rows if row.effective_n is not None and row.n_human]
    if helped and max(helped) < HELPS and found.n_human < found.n_judge:
        notes.append(Note("no_help", "the judge adds hardly anything to people's own answers"))
    return tuple(notes)


def _not_at_random(found: Found) -> tuple[str, ...]:
    """Return which tests say that people's items were not drawn at random, corrected over the tests of the board."""
    tests = found.selection | {row.name: row.selection for row in found.rows if row.selection is not None}
    p_values = [np.nan if test.p_value is None else test.p_value for test in tests.values()]
    made = adjusted(np.array(p_values), method="holm")
    return tuple(name for name, p in zip(tests, made, strict=True) if p < SUSPICIOUS)


_NOT_AT_RANDOM = (
    "people's items differ from the judge's others by more than chance, so they were not drawn at random, and "
    "intervals do not know of that"
)
_CONVENTIONS = {
    "about": "what people would say on average about every item that the judge answered",
    "sampling": "people's items are taken to be drawn at random from those, or with the stated probabilities",
    "several answers": "a judge's answers to one item are averaged, as are all people's; an item counts once",
    "human only": "people's answers to the same items, without the judge",
    "lambda": "how far the judge is trusted, 0 to 1, by the smallest variance; one for estimate and interval",
    "effective n": "people's items that would give as narrow an interval without the judge",
    "rank sets": "normal, from the covariance of the estimates; marginal, and simultaneous (rank_all)",
}
