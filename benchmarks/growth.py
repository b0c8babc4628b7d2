"""How the time grows with the number of battles: ``python -m benchmarks.growth [battles ...]``."""

from __future__ import annotations

import sys
from functools import partial

import numpy as np

from benchmarks.battles import SYSTEMS, made_up
from benchmarks.ranking import with_sandwich
from benchmarks.timing import in_turn, machine, seconds

SIZES = (1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000)


def straight_line(sizes: list[int], spent: list[float]) -> tuple[float, float, float]:
    """Return slope, intercept and r² of least squares."""
    slope, intercept = np.polyfit(sizes, spent, 1)
    return float(slope), float(intercept), float(np.corrcoef(sizes, spent)[0, 1] ** 2)


def main(sizes: list[int]) -> None:
    """Print the table and the line through it."""
    print(f"{machine()}\n\nCount, fit and sandwich, {SYSTEMS} systems, integer codes\n")
    print("| battles | CPU (least) | wall | a battle |\n|--:|--:|--:|--:|")
    data = {battles: made_up(battles, clusters=False) for battles in sizes}
    took = in_turn(9, {str(battles): partial(with_sandwich, data[battles]) for battles in sizes})
    for battles in sizes:
        each = took[str(battles)]
        spent = f"{seconds(each.cpu)} ({seconds(each.least)})"
        print(f"| {battles:,} | {spent} | {seconds(each.wall)} | {each.cpu / battles * 1e9:.2f} ns |")
    slope, intercept, r_squared = straight_line(sizes, [took[str(battles)].cpu for battles in sizes])
    print(f"\nA straight line: {slope * 1e9:.2f} ns a battle and {seconds(intercept)} once, r² = {r_squared:.5f}.")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(SIZES))
