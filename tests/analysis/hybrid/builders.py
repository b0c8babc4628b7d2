"""Labels from short columns."""

from __future__ import annotations

import numpy as np

from analysis.hybrid.labels import Labels


def make_labels(human, judge, judge_only, **columns) -> Labels:
    """People's and the judge's scores on some items, then the judge's on the rest."""
    rest = np.full(len(judge_only), np.nan)
    return Labels(
        judge=np.concatenate([np.asarray(judge, float), np.asarray(judge_only, float)]),
        human=np.concatenate([np.asarray(human, float), rest]),
        **columns,
    )


def simulated(rng: np.random.Generator, *, items: int, labelled: int, bias: float = 0.15) -> Labels:
    """People say yes to 70 %; a judge copies them in four of five cases and otherwise says yes too often."""
    truth = (rng.random(items) < 0.7).astype(float)
    judge = np.where(rng.random(items) < 0.8, truth, (rng.random(items) < 0.5 + bias).astype(float))
    human = truth.copy()
    human[labelled:] = np.nan  # rows are exchangeable, so the first are a random sample
    return Labels(judge=judge, human=human)
