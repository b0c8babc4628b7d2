"""The pull of the side a response is shown on: first-position share, consistency when swapped and repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.comparison.counts import Counts, mcnemar, sign_test
from analysis.comparison.estimates import (
    DEFAULT,
    Codes,
    Estimate,
    Sampling,
    Significance,
    estimate_of,
    item_sums,
    null_with_reason,
    ratio,
    refuse_empty,
)
from analysis.comparison.paired import mean_estimate
from analysis.data import A, B
from analysis.errors import Undefined, Why
from analysis.judging.shares import share_estimate

Outcomes = NDArray[Any]  # codes of analysis.data: A, B, TIE, BOTH_BAD


@dataclass(frozen=True, slots=True)
class FirstPosition:
    """How often the response shown first won.

    ``of_all`` has ties in the divisor, ``of_decided`` not; 0.5 of the decided is fair only where each pair was
    shown in both orders or in a random one. ``test`` is the sign test of the decided against one half, and null
    with reason where items repeat, since it takes rows as independent; read the interval then.
    """

    of_all: Estimate
    of_decided: Estimate
    test: Significance


def first_position(outcome: Outcomes, *, item: Codes | None = None, sampling: Sampling = DEFAULT) -> FirstPosition:
    """Measure the pull of the first position. ``outcome`` is in the frame shown: A won means the first one won.

    Give ``item`` (the prompt, or the pair of responses) so that both orders of a pair are resampled together.
    """
    first, second = outcome == A, outcome == B
    decided = first | second
    counts = Counts(int(first.sum()), int(second.sum()), int((~decided).sum()))
    repeated = item is not None and len(np.unique(item)) < len(item)
    return FirstPosition(
        of_all=share_estimate(first, item=item, sampling=sampling),
        of_decided=share_estimate(first[decided], item=None if item is None else item[decided], sampling=sampling),
        test=_REPEATED if repeated else sign_test(counts, ties="drop"),
    )


@dataclass(frozen=True, slots=True)
class SwapConsistency:
    """What exchanging the sides does to a judge's verdict on the same pair.

    ``consistent`` is the share of pairs with the same verdict both times. Of the others, ``first_twice`` went to
    whichever was shown first, ``second_twice`` to the second, ``with_tie`` gave no winner in one order.
    ``position_effect`` is (first twice - second twice)/n, free of which response is better; ``test`` is McNemar's.
    """

    consistent: Estimate
    n: int
    first_twice: int
    second_twice: int
    with_tie: int
    position_effect: Estimate
    test: Significance


def swap_consistency(
    shown_a_first: Outcomes,
    shown_b_first: Outcomes,
    *,
    item: Codes | None = None,
    sampling: Sampling = DEFAULT,
) -> SwapConsistency:
    """Compare the verdicts on the same pairs in both orders, both in the frame of the pair (A won, whatever side).

    Pairs of which one order could not be read are to be left out. TIE and BOTH_BAD are different verdicts.
    """
    if len(shown_a_first) != len(shown_b_first):
        raise ValueError(f"{len(shown_a_first)} and {len(shown_b_first)} verdicts do not pair")
    first_twice = (shown_a_first == A) & (shown_b_first == B)
    second_twice = (shown_a_first == B) & (shown_b_first == A)
    same = shown_a_first == shown_b_first
    counts = Counts(int(first_twice.sum()), int(second_twice.sum()), int((~(first_twice | second_twice)).sum()))
    pull = first_twice.astype(np.float64) - second_twice
    repeated = item is not None and len(np.unique(item)) < len(item)
    return SwapConsistency(
        consistent=share_estimate(same, item=item, sampling=sampling),
        n=len(same),
        first_twice=counts.wins,
        second_twice=counts.losses,
        with_tie=int((~same & ~first_twice & ~second_twice).sum()),
        position_effect=mean_estimate(pull, cluster=item, confidence=sampling.confidence),
        test=_REPEATED if repeated else mcnemar(counts),
    )


@null_with_reason
def repeat_consistency(question: Codes, answer: Codes, *, sampling: Sampling = DEFAULT) -> Estimate:
    """Return the share of equal pairs among repeated answers to the same question; questions are resampled.

    ``question`` tells one rater's question (item, and order shown) from another. Questions asked once say nothing.
    """
    refuse_empty(len(question), "there are no answers")
    size = int(answer.max()) + 1
    _, place, asked = np.unique(question, return_inverse=True, return_counts=True)
    _, cell, given = np.unique(place * size + answer, return_index=True, return_counts=True)
    equal = np.bincount(place[cell], given * (given - 1), len(asked))
    again = asked >= 2
    if not again.any():
        raise Undefined(Why.NO_PAIRS, "no question was asked twice")
    rows = np.column_stack([equal, asked * (asked - 1)]).astype(np.float64)[again]
    sums = item_sums(rows, None, ratio, alike=True)
    nothing = Undefined(Why.NO_PAIRS, "no question was asked twice")
    said = {"unit": "question"}
    return estimate_of(sums, n=int(asked[again].sum()), sampling=sampling, conventions=said, otherwise=nothing)


_REPEATED = Significance(
    None,
    reason=Why.NOT_INDEPENDENT,
    message="the test takes rows as independent, and items repeat here; read the interval, which knows that",
)
