"""Whether a judge says the same when it is asked the same again, with people's repeats beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, Sampling
from analysis.data import Battles, Coded, Mask, Ratings
from analysis.errors import Undefined, Why
from analysis.judging.position import repeat_consistency
from analysis.units import distinct


@dataclass(frozen=True, slots=True)
class Repeats:
    """Share of equal pairs among repeated answers to one question: an item and, of battles, the order shown."""

    judge: Estimate
    people: Estimate
    order: str


def repeats_of(ratings: Ratings, battles: Battles | None, judge: str, sampling: Sampling) -> Repeats:
    """Compare each rater's answers to the same question; where orders are not recorded both are one question."""
    if ratings.rater is None:
        raise Undefined(Why.NOT_RECORDED, "nobody knows who answered twice (column rater)")
    question, order = _questions(ratings, ratings.rater, battles)
    own = ratings.rater.codes == ratings.rater.names.index(judge)
    answer = distinct(ratings.value)[1]

    def share(rows: Mask) -> Estimate:
        return repeat_consistency(question[rows], answer[rows], sampling=sampling)

    made = Repeats(share(own), share(~own), order)
    if made.judge.value is None and made.people.value is None:
        raise Undefined(Why.NO_PAIRS, "nobody was asked the same twice")
    return made


def _questions(ratings: Ratings, rater: Coded, battles: Battles | None) -> tuple[Codes, str]:
    asked = ratings.item.codes.astype(np.int64) * len(rater.names) + rater.codes
    if battles is None:
        return asked, "one question an item"
    if battles.shown_b_first is None:
        return asked, "not recorded: both orders of a pair are taken for one question"
    turned = battles.system_a > battles.system_b
    return asked * 2 + (battles.shown_b_first != turned), "a question an order"
