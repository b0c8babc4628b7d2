"""Which order a judge's answers give responses and systems, lined up with the order that people give them."""

from __future__ import annotations

import numpy as np

from analysis.comparison.estimates import Codes, Sampling
from analysis.data import A, B, Battles, Coded, Floats, Ratings, take
from analysis.errors import Undefined, Why
from analysis.judging.order import (
    Points,
    ResponseOrder,
    SystemOrder,
    persons_and_others,
    response_order,
    system_order,
)
from analysis.pairwise import items_of


def order_of_responses(judge: Ratings, people: Ratings, sampling: Sampling) -> ResponseOrder:
    """Compare the order of responses to one prompt; without prompts all responses are ordered together."""
    if judge.labels is not None:
        text = "choices order no scores; the same answer with ties is pairwise accuracy here"
        raise Undefined(Why.NOT_NUMERIC, text)
    number = np.bincount(people.item.codes, minlength=len(people.item.names))
    mean = np.bincount(people.item.codes, people.value, len(number)) / np.maximum(number, 1)
    shared = number[judge.item.codes] > 0
    item = judge.item.codes[shared].astype(np.int64)
    group = None if judge.prompt is None else judge.prompt.codes[shared].astype(np.int64)
    answered = np.isin(people.item.codes, item)
    own = _raters(people)[answered]
    prompt = np.zeros(len(own), dtype=np.int64) if people.prompt is None else _codes(people.prompt)[answered]
    persons = persons_and_others(_codes(people.item)[answered], own, people.value[answered], prompt)
    return response_order(judge.value[shared], mean[item], group, persons, sampling=sampling)


def order_of_systems(
    judge: Ratings, people: Ratings, battles: Battles | None, name: str, sampling: Sampling
) -> SystemOrder:
    """Compare the order of systems by their mean ratings, or by their share of points in battles."""
    sides = _points_of_ratings(judge, people) if battles is None else _points_of_battles(battles, name)
    return system_order(*sides, sampling=sampling)


def _points_of_ratings(judge: Ratings, people: Ratings) -> tuple[Points, Points]:
    if judge.labels is not None:
        raise Undefined(Why.NOT_NUMERIC, "labels have no order, so systems have no mean")
    if judge.system is None:
        raise Undefined(Why.NOT_RECORDED, "nobody knows whose responses were rated (column system)")
    sides = []
    for side, other in ((judge, people), (people, judge)):
        rows = np.isin(side.item.codes, other.item.codes)
        prompt = side.item if side.prompt is None else side.prompt
        sides.append(Points(_codes(side.system)[rows], _codes(prompt)[rows], side.value[rows], _raters(side)[rows]))
    return sides[0], sides[1]


def _points_of_battles(battles: Battles, name: str) -> tuple[Points, Points]:
    """Count a win as 1, a tie or both bad as 0.5, for either system of the pairs that both answered."""
    if battles.rater is None or battles.prompt is None:
        raise Undefined(Why.NOT_RECORDED, "systems are compared prompt by prompt (columns rater and prompt)")
    item, own = items_of(battles).codes, battles.rater.codes == battles.rater.names.index(name)
    shared = np.isin(item, np.intersect1d(item[own], item[~own]))
    return _points(take(battles, own & shared)), _points(take(battles, ~own & shared))


def _points(side: Battles) -> Points:
    won: Floats = np.where(side.outcome == A, 1.0, np.where(side.outcome == B, 0.0, 0.5))
    twice = np.concatenate
    prompt, rater = _codes(side.prompt), _codes(side.rater)
    return Points(
        system=twice([side.system_a, side.system_b]).astype(np.int64),
        prompt=twice([prompt, prompt]),
        value=twice([won, 1 - won]),
        rater=twice([rater, rater]),
    )


def _raters(side: Ratings) -> Codes:
    return _codes(side.rater)


def _codes(column: Coded | None) -> Codes:
    if column is None:
        raise Undefined(Why.NOT_RECORDED, "answers must say who gave them, about which system")
    codes: Codes = column.codes.astype(np.int64)
    return codes
