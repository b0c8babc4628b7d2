"""Random draws over many rounds: resamples of units and flips of signs, without an array of rounds x units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.data import Floats

MOST_DRAWN = 4_000_000  # numbers in one block of draws: 32 MB
ITEMS_PER_DRAW = 50  # one binomial draw costs about as much as flipping this many signs

_SIGNS = 1.0 - 2.0 * ((np.arange(256)[:, None] >> np.arange(8)) & 1)  # the eight signs that a byte stands for


def resampled_sums(features: Floats, *, rounds: int, rng: np.random.Generator) -> Floats:
    """Return the column sums of rows drawn with replacement, shape (rounds, columns).

    Equal rows are interchangeable, so where there are many a round is one multinomial draw over the kinds of rows.
    """
    rows = len(features)
    kinds, number = np.unique(features, axis=0, return_counts=True)
    if len(kinds) * 4 > rows:
        made = [np.bincount(rng.integers(0, rows, rows), minlength=rows) @ features for _ in range(rounds)]
        return np.array(made, dtype=np.float64)
    return np.concatenate([draw @ kinds for draw in multinomials(number, rounds=rounds, rng=rng)])


def multinomials(number: NDArray[np.int64], *, rounds: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield blocks of resamples: how often each kind was drawn, shape (some rounds, kinds)."""
    n = int(number.sum())
    block = max(1, MOST_DRAWN // len(number))
    for start in range(0, rounds, block):
        yield rng.multinomial(n, number / n, size=min(block, rounds - start))


def flipped_sums(values: Floats, *, rounds: int, rng: np.random.Generator) -> Floats:
    """Return the sums of the values with every sign thrown anew, shape (rounds,).

    Equal magnitudes are interchangeable, so few distinct ones need a binomial draw each; many are looked up in
    tables of the 256 ways to sign eight of them.
    """
    magnitude, count = np.unique(np.abs(values[values != 0]), return_counts=True)
    if len(magnitude) * ITEMS_PER_DRAW <= len(values):
        return _binomial_sums(magnitude, count, rounds, rng)
    return _looked_up_sums(values, rounds, rng)


def _binomial_sums(magnitude: Floats, count: NDArray[np.int64], rounds: int, rng: np.random.Generator) -> Floats:
    total = np.zeros(rounds)
    for size, number in zip(magnitude, count, strict=True):
        total += size * (2.0 * rng.binomial(number, 0.5, size=rounds) - number)
    return total


def _looked_up_sums(values: Floats, rounds: int, rng: np.random.Generator) -> Floats:
    groups = np.zeros(-(-len(values) // 8) * 8)
    groups[: len(values)] = values
    total, found = np.zeros(rounds), np.empty(rounds)
    for eight in groups.reshape(-1, 8):
        signs = np.frombuffer(rng.bytes(rounds), dtype=np.uint8)
        np.take(_SIGNS @ eight, signs, out=found, mode="clip")  # every byte is a place, so nothing is clipped
        total += found
    return total


def all_flipped_sums(values: Floats) -> Floats:
    """Return the sums of the values under all 2^n ways to sign them."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums
