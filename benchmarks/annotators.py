"""Dawid and Skene's model beside crowd-kit: ``python -m benchmarks.annotators [items]``.

Both start from the shares of votes and take the same number of steps of EM. Ours decides how many, by its own stop
(the log-likelihood gains less than 1e-10 of itself); crowd-kit is told that number, its own stop switched off. It
stops much earlier by default (a gain of 1e-5 a rating), which is measured too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from analysis.annotators.dawid_skene import Consensus, dawid_skene
from analysis.judging.answers import Answers
from benchmarks.timing import HEAD, against, in_turn, installed, line, machine

RATINGS, LABELS, CROWD = 5, 5, 500
LEAST = 5  # times crowd-kit's speed


def made_up(items: int, raters: int) -> Answers:
    """Draw five ratings an item, by all raters or by five of a crowd, right in 50 to 90 % and else at random."""
    rng = np.random.default_rng(5)
    truth = rng.integers(0, LABELS, items)
    item = np.repeat(np.arange(items), RATINGS)
    first = np.zeros(items, dtype=np.int64) if raters == RATINGS else rng.integers(0, raters, items)
    rater = (np.repeat(first, RATINGS) + np.tile(np.arange(RATINGS), items)) % raters
    skill = rng.uniform(0.5, 0.9, raters)
    right = rng.random(len(item)) < skill[rater]
    return Answers(item, np.where(right, truth[item], rng.integers(0, LABELS, len(item))), rater)


def crowd_kit_works(answers: Answers, steps: int) -> dict[str, Callable[[], Any]]:
    """Return crowd-kit's fits from its data frame."""
    import pandas as pd
    from crowdkit.aggregation import DawidSkene  # type: ignore[import-not-found,unused-ignore]

    frame = pd.DataFrame({"task": answers.item, "worker": answers.rater, "label": answers.value})
    return {
        "as many steps": lambda: DawidSkene(n_iter=steps, tol=-1).fit(frame),
        "its own stop": lambda: DawidSkene().fit(frame),
    }


def apart(ours: Consensus, theirs: Any) -> float:
    """Return the largest difference between probabilities of labels."""
    return float(np.abs(ours.posterior - theirs.probas_.sort_index()[list(range(LABELS))].to_numpy()).max())


def main(items: int) -> None:
    """Print the table."""
    print(f"{machine()}\n\n{items:,} items x {RATINGS} ratings, {LABELS} labels\n\n{HEAD}")
    version = installed("crowd-kit")
    for raters in (RATINGS, CROWD):
        answers = made_up(items, raters)
        fit = partial(dawid_skene, answers, LABELS)
        steps = fit().iterations
        peer = {} if version is None else crowd_kit_works(answers, steps)
        took = in_turn(3, {"ours": fit, **peer})
        print(line(f"{raters} raters, {steps} steps of EM", took["ours"]))
        for name in peer:
            done = took[name].result
            note = f"{len(done.loss_history_)} steps, probabilities differ by {apart(took['ours'].result, done):.0e}"
            least = LEAST if name == "as many steps" else None
            print(against(f"crowd-kit {version}, {name}", took[name], took["ours"], least, note), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
