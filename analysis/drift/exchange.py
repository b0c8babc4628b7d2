"""What distances are where nothing has moved: items exchanged between the two samples, whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.comparison.estimates import SLACK, Codes, Significance, dense
from analysis.data import Floats, Mask
from analysis.errors import Undefined, Why

ROUNDS = 2000
MOST_DRAWN = 2_000_000  # numbers in one block of draws: 16 MB


@dataclass(frozen=True, slots=True)
class Items:
    """How often each item has a value in each bin, before and after: two arrays of shape (items, bins).

    An item is what hangs together: a rated item, or a prompt with all that was rated on it.
    """

    before: Codes
    after: Codes

    @property
    def in_both(self) -> int:
        """Return how many items are in both samples."""
        return int(((self.before.sum(axis=1) > 0) & (self.after.sum(axis=1) > 0)).sum())

    @property
    def alone(self) -> bool:
        """Say whether each item has one value only, so that rows are independent."""
        return bool((self.before + self.after).sum(axis=1).max(initial=0) <= 1)


def items_of(place: Codes, bins: int, before: Mask, after: Mask, item: Codes) -> Items:
    """Count the rows of each item by bin; ``place`` is each row's bin, and no row may be in both samples."""
    if bool((before & after).any()):
        raise ValueError("a row cannot be both before and after")
    code, items = dense(item)
    counted = [
        np.bincount(code[rows] * bins + place[rows], minlength=items * bins).reshape(items, bins)
        for rows in (before, after)
    ]
    return Items(*counted)


def psi_of(before: Codes | Floats, after: Codes | Floats) -> Floats:
    """Return the population stability index of each row of counts, shares floored as in ``drift``."""
    used = (before + after).sum(axis=0) > 0
    first, second = _floored(before[:, used]), _floored(after[:, used])
    made: Floats = ((second - first) * np.log(second / first)).sum(axis=1)
    return made


def _floored(counts: Codes | Floats) -> Floats:
    total = counts.sum(axis=1, keepdims=True)
    shares = np.maximum(counts / total, 1 / (2 * total))
    made: Floats = shares / shares.sum(axis=1, keepdims=True)
    return made


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The test of no movement, with the mean and the 95 % point of the index under it (None where there is none)."""

    test: Significance
    expected: float | None
    critical: float | None


def exchange(items: Items, *, rounds: int = ROUNDS, seed: int = 0) -> Exchanged:
    """Test that nothing has moved by exchanging items: p is (b + 1)/(m + 1) of the stability index.

    An item in both samples has its two sides swapped or not; items in one sample only are dealt out anew, as many
    to each. Ratings of one item stay together, so that it does not matter how often it was rated.

    References
    ----------
    Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), 39.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    try:
        drawn = _null(items, rounds, np.random.default_rng(seed))
    except Undefined as error:
        return Exchanged(Significance(None, reason=error.code, message=error.message), None, None)
    observed = float(psi_of(items.before.sum(axis=0)[None], items.after.sum(axis=0)[None])[0])
    beyond = int(np.count_nonzero(drawn >= observed - SLACK * max(observed, 1.0)))
    method = f"units exchanged, (b+1)/(m+1), {rounds} rounds"
    said = {"statistic": "psi", "units_in_both": str(items.in_both), "seed": str(seed)}
    test = Significance((beyond + 1) / (rounds + 1), observed, len(items.before), method, said)
    return Exchanged(test, float(drawn.mean()), float(np.quantile(drawn, 0.95)))


def _null(items: Items, rounds: int, rng: np.random.Generator) -> Floats:
    total = items.before.sum(axis=0) + items.after.sum(axis=0)
    sizes = int(items.before.sum()), int(items.after.sum())
    if not all(sizes):
        raise Undefined(Why.EMPTY, "one of the two samples has no values")
    if np.count_nonzero(total) < 2:
        raise Undefined(Why.ONE_CATEGORY, "all values lie in one bin")
    here, there = items.before.sum(axis=1) > 0, items.after.sum(axis=1) > 0
    both = here & there
    only = here ^ there
    if not both.any() and not (here & only).sum() * (there & only).sum():
        raise Undefined(Why.EMPTY, "one of the two samples has no items")
    before = np.tile(items.before[both].sum(axis=0), (rounds, 1)).astype(np.float64)
    before += _swapped((items.after - items.before)[both], rounds, rng)
    before += _dealt((items.before + items.after)[only], int((here & only).sum()), rounds, rng)
    return psi_of(before, total[None] - before)


def _swapped(gain: Codes, rounds: int, rng: np.random.Generator) -> Floats:
    """Return what swapping each item or not adds to the counts before; equal items are drawn together."""
    if not len(gain):
        return np.zeros((rounds, gain.shape[1]))
    kinds, number = np.unique(gain, axis=0, return_counts=True)
    blocks = [rng.binomial(number, 0.5, size=(size, len(kinds))) @ kinds for size in _blocks(rounds, len(kinds))]
    return np.concatenate(blocks).astype(np.float64)


def _dealt(counts: Codes, first: int, rounds: int, rng: np.random.Generator) -> Floats:
    """Return the counts of so many items drawn without replacement; equal items are drawn together."""
    if not len(counts):
        return np.zeros((rounds, counts.shape[1]))
    kinds, number = np.unique(counts, axis=0, return_counts=True)
    if len(kinds) * 4 > len(counts):
        made = [counts[rng.permutation(len(counts))[:first]].sum(axis=0) for _ in range(rounds)]
        return np.array(made, dtype=np.float64)
    blocks = [
        rng.multivariate_hypergeometric(number, first, size=size, method="marginals") @ kinds
        for size in _blocks(rounds, len(kinds))
    ]
    return np.concatenate(blocks).astype(np.float64)


def _blocks(rounds: int, width: int) -> list[int]:
    block = max(1, MOST_DRAWN // max(width, 1))
    return [min(block, rounds - start) for start in range(0, rounds, block)]
