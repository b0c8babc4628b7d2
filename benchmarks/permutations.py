"""The paired permutation test beside scipy's: ``python -m benchmarks.permutations [items]``."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np

from analysis.comparison.paired import permutation_test
from benchmarks.timing import HEAD, against, in_turn, machine, seconds, timed, within

ROUNDS, FEWER = 10_000, 100
MOST = 1.0  # seconds


def differences(items: int) -> dict[str, np.ndarray]:
    """Draw differences of two systems in measured values, in ratings of five steps, and in right answers."""
    rng = np.random.default_rng(9)
    return {
        "values": rng.normal(0.004, 1, items),
        "ratings from 1 to 5": (rng.integers(1, 6, items) - rng.integers(1, 6, items)).astype(np.float64),
        "right or wrong": (rng.random(items) < 0.603).astype(np.float64) - (rng.random(items) < 0.6),
    }


def by_scipy(values: np.ndarray) -> Any:
    """Run scipy's test for a few rounds: flips of every item, in blocks that fit memory."""
    from scipy.stats import permutation_test as scipys

    return scipys(
        (values, np.zeros_like(values)),
        lambda a, b, axis: np.mean(a - b, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FEWER,
        batch=10,
        rng=np.random.default_rng(0),
    )


def main(items: int) -> None:
    """Print the table."""
    import scipy

    made = differences(items)
    print(f"{machine()}\n\n{items:,} items, {ROUNDS:,} rounds\n\n{HEAD}")
    for name, values in made.items():
        took = timed(5, partial(permutation_test, values, rounds=ROUNDS))
        print(
            within(
                f"{name}, {len(np.unique(np.abs(values))):,} magnitudes", took, MOST, f"p = {took.result.p_value:.3f}"
            )
        )
    few = in_turn(
        3,
        {
            "ours": lambda: permutation_test(made["values"], rounds=FEWER),
            "scipy": lambda: by_scipy(made["values"]),
        },
    )
    note = f"for {FEWER} rounds of each; ours {seconds(few['ours'].cpu)}"
    print(against(f"scipy {scipy.__version__}, values", few["scipy"], few["ours"], note=note))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
