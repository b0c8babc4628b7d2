"""People's and one judge's answers item by item, out of tables with a row for each answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, dense
from analysis.data import Battles, Coded, Floats, Mask, Ratings
from analysis.errors import Undefined, Why
from analysis.hybrid.battles import JudgedBattles
from analysis.hybrid.labels import Labels
from analysis.hybrid.outcomes import points


@dataclass(frozen=True, slots=True)
class Sampled:
    """How the items for people were drawn, a value for each row of the table: strata, and chances of being drawn."""

    stratum: Coded | None = None
    probability: Floats | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """Items that the judge answered, with people's mean answer where there is one.

    ``item`` is the place of each item among all of the table, ``row`` a row of the table that is about it. ``judge``
    and ``human`` are means of the answers, ``human`` NaN where no person answered. ``people_only`` counts the items
    that people answered and the judge did not.
    """

    item: Codes
    row: Codes
    judge: Floats
    human: Floats
    people_only: int


def shared_items(item: Codes, value: Floats, by_judge: Mask, by_people: Mask) -> Shared:
    """Average repeated answers of the judge to an item, and all people's answers to it.

    Raises
    ------
    Undefined
        ``no_pairs``: the judge and people answered no item in common.
    """
    place, size = dense(item)
    judge, human = (_means(place[rows], value[rows], size) for rows in (by_judge, by_people))
    judged = ~np.isnan(judge)
    asked = ~np.isnan(human)
    if not (judged & asked).any():
        raise Undefined(
            Why.NO_PAIRS,
            f"the judge answered {int(judged.sum())} items and people {int(asked.sum())}, none of them in common; let "
            "both answer some of the same items",
        )
    first = np.unique(place, return_index=True)[1]
    return Shared(np.flatnonzero(judged), first[judged], judge[judged], human[judged], int((asked & ~judged).sum()))


def judged_battles(
    battles: Battles, judge: str, people: Collection[str], *, both_bad: str = "tie", clustered: bool = False
) -> tuple[JudgedBattles, Shared]:
    """Return a row per pair of responses that the judge compared, with the mean points of either side's votes.

    Pairs are known by ``item``, else by prompt and systems. ``clustered``: battles on one prompt stay together.

    Raises
    ------
    Undefined
        ``not_recorded``: without raters, or without prompts, nobody knows which votes are about one battle;
        ``no_pairs``.
    """
    by_judge, by_people = _sides(battles.rater, judge, people)
    low = np.minimum(battles.system_a, battles.system_b).astype(np.int64)
    high = np.maximum(battles.system_a, battles.system_b).astype(np.int64)
    score = points(battles.outcome.astype(np.int64), both_bad=both_bad)
    score = np.where(battles.system_a == low, score, 1 - score)
    counted = ~np.isnan(score)
    found = shared_items(_pairs(battles, low, high), score, by_judge & counted, by_people & counted)
    if clustered and battles.prompt is None:
        raise Undefined(Why.NOT_RECORDED, "clusters of prompts need the prompt of each battle (column prompt)")
    prompt = battles.prompt.codes[found.row].astype(np.int64) if clustered and battles.prompt is not None else None
    made = JudgedBattles(low[found.row], high[found.row], found.judge, found.human, battles.systems, prompt)
    return made, found


def judged_ratings(
    ratings: Ratings, judge: str, people: Collection[str], drawn: Sampled | None = None
) -> tuple[Labels, Shared]:
    """Return a row per item of one criterion that the judge rated; items on one prompt stay together.

    Raises
    ------
    Undefined
        ``not_recorded``: the raters are not named; ``not_numeric``: the ratings are labels; ``no_pairs``.
    """
    if ratings.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no mean")
    by_judge, by_people = _sides(ratings.rater, judge, people)
    found = shared_items(ratings.item.codes.astype(np.int64), ratings.value, by_judge, by_people)
    prompt = None if ratings.prompt is None else ratings.prompt.codes[found.row].astype(np.int64)
    return Labels(found.judge, found.human, prompt, *columns_of(drawn, found)), found


def columns_of(drawn: Sampled | None, found: Shared) -> tuple[Coded | None, Floats | None]:
    """Return stratum and probability of each item."""
    if drawn is None:
        return None, None
    return (
        None if drawn.stratum is None else drawn.stratum.take(found.row),
        None if drawn.probability is None else drawn.probability[found.row],
    )


def people_of(rater: Coded | None, judge: str) -> tuple[str, ...]:
    """Return everybody but the judge: the people of a file that names nobody else.

    Raises
    ------
    ValueError
        No answer is by this judge.
    """
    if rater is None:
        raise Undefined(Why.NOT_RECORDED, "to tell the judge from people takes the rater of each answer (column rater)")
    names = rater.used().names
    if judge not in names:
        shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        raise ValueError(f"no answer is by a rater {judge!r}; there is {shown or 'none'}")
    return tuple(name for name in names if name != judge)


def _sides(rater: Coded | None, judge: str, people: Collection[str]) -> tuple[Mask, Mask]:
    if rater is None:
        raise Undefined(Why.NOT_RECORDED, "to tell the judge from people takes the rater of each answer (column rater)")
    if judge in people:
        raise ValueError(f"{judge!r} is the judge, and cannot be among the people as well")
    is_judge = np.array([name == judge for name in rater.names], dtype=np.bool_)
    is_person = np.array([name in people for name in rater.names], dtype=np.bool_)
    return is_judge[rater.codes], is_person[rater.codes]


def _pairs(battles: Battles, low: Codes, high: Codes) -> Codes:
    """Number the pairs of responses."""
    if battles.item is not None:
        return battles.item.codes.astype(np.int64)
    if battles.prompt is None:
        raise Undefined(
            Why.NOT_RECORDED, "which votes of the judge and of people are about one battle takes a column prompt"
        )
    size = len(battles.systems)
    made: Codes = (battles.prompt.codes.astype(np.int64) * size + low) * size + high
    return made


def _means(place: Codes, value: Floats, size: int) -> Floats:
    number = np.bincount(place, minlength=size)
    total = np.bincount(place, value, size)
    made: Floats = np.divide(total, number, out=np.full(size, np.nan), where=number > 0)
    return made
