"""Krippendorff's alpha beside ``krippendorff`` and ``evalica``: ``python -m benchmarks.agreement [items]``."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from analysis.coefficients import krippendorff_alpha
from analysis.data import Coded, Ratings
from analysis.resampling import bootstrap
from analysis.units import units_of
from benchmarks.timing import HEAD, best_of, line

RATERS, CATEGORIES, MISSING, ROUNDS = 5, 5, 0.6, 1000


def made_up(items: int, rng: np.random.Generator, *, levels: int = CATEGORIES) -> np.ndarray:
    """Return ratings of shape (raters, items), NaN where missing: a common value with noise."""
    truth = rng.integers(0, levels, items)
    noise = rng.integers(0, levels, (RATERS, items))
    rated = np.where(rng.random((RATERS, items)) < 0.6, truth, noise).astype(np.float64)
    rated[rng.random((RATERS, items)) < MISSING] = np.nan
    return rated


def long_table(matrix: np.ndarray) -> Ratings:
    """Return the same ratings as a long table."""
    rater, item = np.nonzero(~np.isnan(matrix))
    names = tuple(map(str, range(matrix.shape[1])))
    return Ratings(item=Coded(item, names), value=matrix[rater, item], rater=Coded(rater, tuple("abcde")))


def compare(level: Any, matrix: np.ndarray, table: Ratings) -> None:
    """Print our alpha of one level beside the peers'."""
    import evalica
    import krippendorff
    import pandas as pd

    frame = pd.DataFrame(matrix)
    ours = best_of(7, lambda: krippendorff_alpha(units_of(table), level=level).estimate())
    theirs = best_of(3, lambda: krippendorff.alpha(matrix, level_of_measurement=level))
    rust = best_of(3, lambda: evalica.alpha(frame, distance=level).alpha)
    print(line(f"alpha {level}", ours))
    print(
        line(f"against krippendorff 0.9.0, {level}", ours, theirs, f"differs by {abs(ours.result - theirs.result):.0e}")
    )
    print(line(f"against evalica 0.4.2, {level}", ours, rust, f"differs by {abs(ours.result - rust.result):.0e}"))


def main(items: int) -> None:
    """Print the table."""
    import krippendorff

    rng = np.random.default_rng(11)
    matrix = made_up(items, rng)
    table = long_table(matrix)
    print(f"{items:,} items x {RATERS} raters, {MISSING:.0%} missing, {len(table):,} ratings\n\n{HEAD}")
    for level in ("nominal", "ordinal"):
        compare(level, matrix, table)
    sums = krippendorff_alpha(units_of(table), level="nominal")
    resampled = best_of(3, lambda: bootstrap(sums, rounds=ROUNDS, confidence=0.95, rng=np.random.default_rng(0)))
    once = best_of(3, lambda: krippendorff.alpha(matrix, level_of_measurement="nominal"))
    print(line(f"{ROUNDS:,} item bootstraps, nominal", resampled))
    print(
        line(
            "against a loop of krippendorff",
            resampled,
            type(once)(once.cpu * ROUNDS, once.wall * ROUNDS, None),
            "loop: one call times the rounds",
        )
    )
    slider = long_table(made_up(items, rng, levels=101))
    print(
        line(
            "alpha interval on slider values",
            best_of(5, lambda: krippendorff_alpha(units_of(slider), level="interval").estimate()),
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
