"""Signs that a rater answered without looking: figures to look into, never a verdict on the rater."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import Codes, Estimate, null_with_reason
from analysis.data import Floats, Mask, Ratings
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate

FEWEST_FOR_RUNS = 5  # answers; in fewer, no run is surprising


@dataclass(frozen=True, slots=True)
class Run:
    """The longest unbroken run of one answer, and how often chance alone makes one as long.

    ``p_value`` is (b + 1)/(m + 1) over m shuffles of the rater's own answers, so that a rater who rightly gives one
    answer most of the time is not suspected for it. None, with a reason, where there is no order or too few answers.
    """

    longest: int | None
    p_value: float | None
    n: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StraightLining:
    """One rater's figures.

    ``commonest`` is the share of the answer given most, ``entropy`` that of the answers in bits (0: always the same
    answer), ``same_across`` the share of items whose criteria (two or more) all got one value.
    """

    n: int
    commonest: float
    commonest_value: float
    entropy: float
    run: Run
    same_across: Estimate


def straight_lining(
    ratings: Ratings, *, order: Floats | None = None, rounds: int = 1000, seed: int = 0
) -> Mapping[str, StraightLining]:
    """Return each named rater's figures, over all criteria; empty where raters are unnamed.

    ``order`` is when each rating was given (any increasing number); without it there are no runs.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    if order is not None and len(order) != len(ratings):
        raise ValueError(f"order has {len(order)} entries for {len(ratings)} ratings")
    if ratings.rater is None:
        return {}
    used = ratings.rater.used()
    return {name: _figures(ratings, used.codes == place, order, rounds, seed) for place, name in enumerate(used.names)}


def _figures(ratings: Ratings, rows: Mask, order: Floats | None, rounds: int, seed: int) -> StraightLining:
    values, number = np.unique(ratings.value[rows], return_counts=True)
    share = number / number.sum()
    return StraightLining(
        n=int(number.sum()),
        commonest=float(share.max()),
        commonest_value=float(values[share.argmax()]),
        entropy=float(max(0.0, -(share * np.log2(share)).sum())),
        run=_run(ratings.value[rows], None if order is None else order[rows], rounds, seed),
        same_across=_same_across(ratings, rows),
    )


def _run(value: Floats, order: Floats | None, rounds: int, seed: int) -> Run:
    if order is None:
        return Run(None, None, len(value), Why.NOT_RECORDED)
    answers = value[np.argsort(order, kind="stable")]
    longest = _longest(answers)
    if len(answers) < FEWEST_FOR_RUNS:
        return Run(longest, None, len(value), Why.TOO_FEW)
    rng = np.random.default_rng(seed)
    as_long = sum(_longest(rng.permutation(answers)) >= longest for _ in range(rounds))
    return Run(longest, (as_long + 1) / (rounds + 1), len(value))


def _longest(answers: Floats) -> int:
    breaks = np.flatnonzero(np.diff(answers)) + 1
    return int(np.diff(breaks, prepend=0, append=len(answers)).max())


@null_with_reason
def _same_across(ratings: Ratings, rows: Mask) -> Estimate:
    if ratings.criterion is None:
        raise Undefined(Why.NOT_RECORDED, "the ratings are of one criterion")
    item, value = ratings.item.codes[rows], ratings.value[rows]
    several = _spans(item, ratings.criterion.codes[rows]) > 0
    if not several.any():
        raise Undefined(Why.NO_CASES, "no item was rated on two criteria")
    return share_estimate(_spans(item, value)[several] == 0)


def _spans(item: Codes, value: Floats | Codes) -> Floats:
    """Return by item how far the largest value lies above the smallest."""
    order = np.argsort(item, kind="stable")
    starts = np.flatnonzero(np.diff(item[order], prepend=-1))
    ordered = value[order].astype(np.float64)
    made: Floats = np.maximum.reduceat(ordered, starts) - np.minimum.reduceat(ordered, starts)
    return made
