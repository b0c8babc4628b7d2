"""One answer out of two orders: what a board makes of a rater that was asked about a pair both ways round."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.data import SEEN_FROM_B, TIE, Battles, Floats, Ints, Mask, take
from analysis.errors import Undefined
from analysis.notes import Note
from analysis.pairwise import pair_codes

RULES = ("each", "abstain", "tie")


def usual_rule(method: str) -> str:
    """Return what a project's board does unless told otherwise.

    A mean of probabilities takes both orders as they are: leaving out those that change sides would leave the sure.
    """
    return "each" if method == "mean-preference" else "abstain"


@dataclass(frozen=True, slots=True)
class Settled:
    """The battles that count. ``pairs`` were asked in both orders; ``flips`` of them were answered otherwise."""

    battles: Battles
    pairs: int
    flips: int


def settle_orders(battles: Battles, rule: str) -> Settled:
    """Make one battle of the two orders in which one rater was asked about one pair of responses.

    ``each`` leaves every order a battle of its own. Otherwise equal answers count once, with their mean weight and
    probability, and others are left out and counted as unscored (``abstain``) or count as one tie (``tie``, as
    MT-Bench has it). A tie in one order and a winner in the other is another answer too. Repeats are paired with
    repeats in the order of the rows; what is left alone counts as it is. Without raters, displays or a way to tell
    pairs apart nothing is known to have been asked twice.

    Raises
    ------
    ValueError
        There is no such rule.
    """
    if rule not in RULES:
        raise ValueError(f"flips must be one of {', '.join(RULES)}, not {rule!r}")
    found = None if rule == "each" else _partners(battles)
    if found is None:
        return Settled(battles, 0, 0)
    first, second = found
    turned = battles.system_a[first] != battles.system_a[second]
    other = np.where(turned, SEEN_FROM_B[battles.outcome[second]], battles.outcome[second])
    flipped = battles.outcome[first] != other
    outcome = np.asarray(battles.outcome).copy()
    outcome[first[flipped]] = TIE
    kept = np.ones(len(battles), dtype=np.bool_)
    kept[second] = False
    if rule == "abstain":
        kept[first[flipped]] = False
    weight = _mean(battles.weight, first, second)
    chance = _mean(battles.chance, first, second, turned)
    if chance is not None:
        chance[first[flipped]] = np.nan
    merged = replace(battles, outcome=outcome, weight=weight, chance=chance)
    flips = int(flipped.sum())
    unscored = battles.unscored + (flips if rule == "abstain" else 0)
    return Settled(replace(take(merged, kept), unscored=unscored), len(first), flips)


def settled(battles: Battles, rule: str) -> tuple[Battles, tuple[Note, ...]]:
    """Return the battles that count and, where anything was asked twice, what became of it."""
    made = settle_orders(battles, rule)
    if not made.pairs:
        return made.battles, ()
    fate = {"abstain": "are abstentions and left out", "tie": "count as ties"}[rule]
    text = (
        f"{made.pairs} pairs of responses were shown to one rater in both orders: equal answers count once, "
        f"the {made.flips} that changed with the order {fate}"
    )
    return made.battles, (Note("both_orders", text),)


def _partners(battles: Battles) -> tuple[Ints, Ints] | None:
    """Return the rows of each pair of orders, the earlier one first."""
    if battles.rater is None or battles.shown_b_first is None:
        return None
    try:
        pair = pair_codes(battles)
    except Undefined:
        return None
    group = pair * len(battles.rater.names) + battles.rater.codes
    stood = _lower_first(battles)
    key = _with_repeats(group * 2 + stood) * 2 + stood
    rows = np.argsort(key, kind="stable")
    ordered = key[rows]
    matched = np.flatnonzero(ordered[:-1] + 1 == ordered[1:])
    matched = matched[ordered[matched] % 2 == 0]
    ends = np.sort(np.stack([rows[matched], rows[matched + 1]]), axis=0)
    return ends[0], ends[1]


def _lower_first(battles: Battles) -> Mask:
    """Say where the system with the lower code stood first, whichever column it is in."""
    assert battles.shown_b_first is not None  # noqa: S101 - asked before
    return np.asarray((battles.system_a < battles.system_b) != battles.shown_b_first)


def _with_repeats(key: Ints) -> Ints:
    """Number the groups of ``key // 2`` apart for each repeat: the first of one order meets the first of the other."""
    rows = np.argsort(key, kind="stable")
    ordered = key[rows]
    starts = np.r_[True, ordered[1:] != ordered[:-1]]
    begin = np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    repeat = np.empty(len(key), dtype=np.int64)
    repeat[rows] = np.arange(len(key)) - begin
    pairs = np.stack([key // 2, repeat])
    _, group = np.unique(pairs, axis=1, return_inverse=True)
    return np.asarray(group, dtype=np.int64).reshape(-1)


def _mean(column: Floats | None, first: Ints, second: Ints, turned: Mask | None = None) -> Floats | None:
    """Return the column with the mean of both orders at the first; of a probability that is ``turned``, its rest."""
    if column is None:
        return None
    merged = column.copy()
    other = column[second] if turned is None else np.where(turned, 1 - column[second], column[second])
    merged[first] = (column[first] + other) / 2
    return merged
