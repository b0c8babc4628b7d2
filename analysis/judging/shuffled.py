"""Whether the alternative annotator test can tell a judge from one that does not look at the items."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.estimates import Codes, Sampling
from analysis.data import Floats
from analysis.judging.alternative import alternative_annotator_test

SHUFFLES = 20
MOST_ROWS = 200_000  # of people's answers, beyond which the test is made only once


@dataclass(frozen=True, slots=True)
class Shuffled:
    """How often the judge passes with its own answers shuffled among the items; such answers know nothing.

    Where it passes so too, people agree too little with each other, or may be left too far behind, for the test to
    tell, and a pass says nothing.
    """

    passed: int
    shuffles: int
    seed: int

    @property
    def blind(self) -> bool:
        """Whether at least half of the shuffled judges pass."""
        return 2 * self.passed >= self.shuffles > 0


def shuffled_test(
    judge_item: Codes,
    judge_value: Floats,
    item: Codes,
    rater: Codes,
    value: Floats,
    *,
    numeric: bool,
    epsilon: float,
    fewest_items: int,
    sampling: Sampling,
) -> Shuffled:
    """Make the test with shuffled answers; arguments are those of the test."""
    rng, plain = sampling.rng(), replace(sampling, ci="none")
    shuffles = SHUFFLES if len(value) <= MOST_ROWS else 1
    order = np.lexsort((judge_value, judge_item))  # the same shuffles however the rows stood
    answered, answers = judge_item[order], judge_value[order]
    made = [
        alternative_annotator_test(
            answered,
            rng.permutation(answers),
            item,
            rater,
            value,
            numeric=numeric,
            epsilon=epsilon,
            fewest_items=fewest_items,
            sampling=plain,
        ).passes
        for _ in range(shuffles)
    ]
    known = [bool(passes) for passes in made if passes is not None]
    return Shuffled(int(np.sum(known)), len(known), sampling.seed)
