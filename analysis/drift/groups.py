"""Whether a judge treats groups alike: rates of positive verdicts, accuracy, and errors against people's majority."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import DEFAULT, Codes, Sampling
from analysis.data import Coded, Mask, Ratings, take
from analysis.drift.disparity import Disparity, EqualisedOdds, disparity, equalised_odds
from analysis.errors import Undefined, Why
from analysis.judging.answers import Answers, judge_and_majority
from analysis.notes import Note

Positive = Callable[[Ratings], Mask]


@dataclass(frozen=True, slots=True)
class GroupedJudge:
    """One criterion.

    ``rates`` are shares of the judge's positive verdicts, ``accuracy`` of verdicts that are those of most people, over
    the answers whose item people have settled; ``unsettled`` counts the others that people answered, where opinions
    are level. ``unit`` is what is resampled where it repeats.
    """

    criterion: str | None
    unit: str
    n_judged: int
    n_settled: int
    unsettled: int
    rates: Disparity
    accuracy: Disparity
    equalised_odds: EqualisedOdds


@dataclass(frozen=True, slots=True)
class GroupReport:
    """How a judge treats the groups of a column, each beside the reference group."""

    judge: str
    group: str
    positive: str
    correction: str
    seed: int
    confidence: float
    conventions: dict[str, str]
    warnings: tuple[Note, ...]
    criteria: tuple[GroupedJudge, ...]


def group_report(
    tables: Sequence[tuple[Ratings, Coded]],
    judge: str,
    people: Collection[str] | None,
    positive: Positive,
    *,
    group: str,
    said: str,
    reference: str | None = None,
    correction: str = "holm",
    sampling: Sampling = DEFAULT,
) -> GroupReport:
    """Compare a judge's verdicts between groups, criterion by criterion.

    Parameters
    ----------
    tables : sequence of (ratings, group of each row)
        Everybody's answers, choices in battles as labels.
    judge, people
        The judge, and who decides what is true, the judge never among them; None: all other raters.
    positive : callable
        Says which ratings are positive.
    group, said
        What the column and the positive verdicts are called.
    reference : str, optional
        The group beside which others stand; None: the one with most of the judge's verdicts.
    correction, sampling
        Of p over groups, and how intervals are made.

    Raises
    ------
    Undefined
        ``not_recorded``: raters are not named.
    ValueError
        No answer is by this judge, or the reference is no group.
    """
    made = [
        _on_criterion(part, column, judge, people, positive, name, reference, correction, sampling)
        for ratings, groups in tables
        for name, part, column in _by_criterion(ratings, groups)
        if _is_judged(part, judge)
    ]
    if not made:
        raise ValueError(f"no answer is by a rater {judge!r}")
    return GroupReport(
        judge=judge,
        group=group,
        positive=said,
        correction=correction,
        seed=sampling.seed,
        confidence=sampling.confidence,
        conventions=_CONVENTIONS,
        warnings=_warnings(made),
        criteria=tuple(made),
    )


def _on_criterion(
    ratings: Ratings,
    groups: Coded,
    judge: str,
    people: Collection[str] | None,
    positive: Positive,
    criterion: str | None,
    reference: str | None,
    correction: str,
    sampling: Sampling,
) -> GroupedJudge:
    by_judge = _by(ratings, [judge])
    by_people = ~by_judge if people is None else _by(ratings, people) & ~by_judge
    hit = positive(ratings)
    unit, item = _unit(ratings, by_judge)
    group = groups.take(by_judge)
    base = _largest(group) if reference is None else reference
    pairs = judge_and_majority(_answers(ratings, by_judge, hit), _answers(ratings, by_people, hit), 2)
    truth, predicted = pairs.truth == 1, pairs.predicted == 1
    settled, unit_of = group.take(pairs.by), None if item is None else item[pairs.by]
    present = base if base in settled.used().names else None
    return GroupedJudge(
        criterion=criterion,
        unit=unit,
        n_judged=int(by_judge.sum()),
        n_settled=len(truth),
        unsettled=pairs.dropped,
        rates=disparity(hit[by_judge], group, item=item, reference=base, correction=correction, sampling=sampling),
        accuracy=disparity(
            truth == predicted, settled, item=unit_of, reference=present, correction=correction, sampling=sampling
        ),
        equalised_odds=equalised_odds(
            truth, predicted, settled, item=unit_of, reference=base, correction=correction, sampling=sampling
        ),
    )


def _by(ratings: Ratings, names: Collection[str]) -> Mask:
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "to tell the judge from people takes the rater of each answer (column rater)")
    wanted = np.array([name in names for name in ratings.rater.names], dtype=np.bool_)
    found: Mask = wanted[ratings.rater.codes]
    return found


def _answers(ratings: Ratings, rows: Mask, hit: Mask) -> Answers:
    return Answers(ratings.item.codes[rows].astype(np.int64), hit[rows].astype(np.int64))


def _unit(ratings: Ratings, rows: Mask) -> tuple[str, Codes | None]:
    """Return what the judge's answers hang together by: prompts, else items, where any repeats."""
    name, column = ("item", ratings.item) if ratings.prompt is None else ("prompt", ratings.prompt)
    codes = column.codes[rows].astype(np.int64)
    return (name, codes) if len(np.unique(codes)) < len(codes) else ("row", None)


def _largest(group: Coded) -> str:
    return group.names[int(np.bincount(group.codes).argmax())]


def _by_criterion(ratings: Ratings, groups: Coded) -> Iterator[tuple[str | None, Ratings, Coded]]:
    if ratings.criterion is None:
        yield None, ratings, groups
        return
    for place, name in enumerate(ratings.criterion.names):
        rows = ratings.criterion.codes == place
        if rows.any():
            yield name, take(ratings, rows), groups.take(rows)


def _is_judged(ratings: Ratings, judge: str) -> bool:
    return bool(_by(ratings, [judge]).any())


def _warnings(made: Sequence[GroupedJudge]) -> tuple[Note, ...]:
    without = tuple(one.criterion or "" for one in made if not one.n_settled)
    if not without:
        return ()
    text = "people settled none of the judge's items, so its errors cannot be compared"
    return (Note("no_truth", text, tuple(name for name in without if name)),)


_CONVENTIONS = {
    "truth": "what most people said; items on which they are level have none",
    "gap": "group less reference; ratio: group over reference",
    "equalised odds": "true and false positive rates of the judge by group",
    "interval": "Newcombe and log-ratio where rows stand alone, else units resampled",
}
