"""Krippendorff's alpha beside ``krippendorff`` and ``evalica``: ``python -m benchmarks.agreement [items]``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from analysis.coefficients import krippendorff_alpha
from analysis.data import Coded, Ratings
from analysis.resampling import bootstrap
from analysis.units import units_of
from benchmarks.memory import peak_above
from benchmarks.timing import HEAD, Timed, against, in_turn, installed, machine, timed, within

RATERS, CATEGORIES, SLIDER, MISSING, ROUNDS = 5, 5, 101, 0.6, 1000
LOOPED = 20  # rounds of a loop that are measured
MOST_MEMORY = 200  # MB


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


def alpha(table: Ratings, level: Any) -> float:
    """Return our alpha, from the long table to the coefficient."""
    return krippendorff_alpha(units_of(table), level=level).estimate()


def peers(matrix: np.ndarray, level: Any) -> dict[str, Callable[[], float]]:
    """Return the same coefficient by those peers that are installed, from the matrices they take."""
    works: dict[str, Callable[[], float]] = {}
    if version := installed("krippendorff"):
        import krippendorff

        works[f"krippendorff {version}"] = lambda: krippendorff.alpha(matrix, level_of_measurement=level)
    if version := installed("evalica"):
        import evalica
        import pandas as pd

        frame = pd.DataFrame(matrix)
        works[f"evalica {version}"] = lambda: evalica.alpha(frame, distance=level).alpha
    return works


def compare(level: str, matrix: np.ndarray, table: Ratings, most: float, least: float | None) -> None:
    """Print our alpha of one level beside the peers'; the bar of a ratio is for ``krippendorff``."""
    took = in_turn(9, {"ours": lambda: alpha(table, level), **peers(matrix, level)})
    ours = took.pop("ours")
    print(within(f"alpha {level}", ours, most))
    for name, theirs in took.items():
        note = f"differs by {abs(ours.result - theirs.result):.0e}"
        bar = least if name.startswith("krippendorff") else None
        print(against(f"{name}, {level}", theirs, ours, bar, note), flush=True)


def beside_a_loop(matrix: np.ndarray, table: Ratings) -> None:
    """Print a bootstrap of items beside a loop that draws items and calls ``krippendorff`` on them."""
    sums = krippendorff_alpha(units_of(table), level="nominal")
    ours = timed(5, lambda: bootstrap(sums, rounds=ROUNDS, confidence=0.95, rng=np.random.default_rng(0)))
    print(within(f"{ROUNDS:,} rounds of the item bootstrap, nominal", ours, 0.15))
    version = installed("krippendorff")
    if version is None:
        return
    import krippendorff

    rng = np.random.default_rng(0)

    def looped() -> list[float]:
        picks = rng.integers(0, matrix.shape[1], (LOOPED, matrix.shape[1]))
        return [krippendorff.alpha(matrix[:, pick], level_of_measurement="nominal") for pick in picks]

    some = timed(1, looped)
    scale = ROUNDS / LOOPED
    loop = Timed(some.cpu * scale, some.wall * scale, some.least * scale, None)
    note = f"{LOOPED} rounds measured, times {scale:g}"
    print(against(f"a loop of krippendorff {version}", loop, ours, 300, note), flush=True)


def main(items: int) -> None:
    """Print the table."""
    rng = np.random.default_rng(11)
    matrix, slider = made_up(items, rng), long_table(made_up(items, rng, levels=SLIDER))
    table = long_table(matrix)
    print(f"{machine()}\n\n{items:,} items x {RATERS} raters, {MISSING:.0%} missing, {len(table):,} ratings\n\n{HEAD}")
    memory = peak_above(lambda: alpha(slider, "interval"))
    for level in ("nominal", "ordinal"):
        compare(level, matrix, table, 0.03, 2)
    beside_a_loop(matrix, table)
    took = timed(9, lambda: alpha(slider, "interval"))
    print(within(f"alpha interval, {SLIDER} slider values", took, 0.1))
    verdict = "yes" if memory <= MOST_MEMORY else "**no**"
    print(f"| its memory above the data | | | ≤ {MOST_MEMORY} MB | {verdict} | {memory:.0f} MB |")
    continuous = Ratings(item=slider.item, rater=slider.rater, value=slider.value + rng.random(len(slider)))
    print(
        within(
            f"alpha interval, {len(continuous):,} different values",
            timed(5, lambda: alpha(continuous, "interval")),
            0.1,
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
