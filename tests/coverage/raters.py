"""Dawid and Skene's model: how near the estimated accuracies and labels come to the truth."""

from __future__ import annotations

from functools import partial

import numpy as np

from analysis.annotators.dawid_skene import Consensus, dawid_skene
from analysis.data import Floats
from analysis.judging.answers import Answers
from tests.coverage.harness import Recovery

LABELS = 3
SHARE = (0.5, 0.3, 0.2)
ACCURACY = np.array([0.95, 0.85, 0.75, 0.65, 0.55])


def _fitted(rng: np.random.Generator, items: int, model: str) -> tuple[np.ndarray, np.ndarray, Consensus]:
    """Return the true labels, the answers (raters, items), and what was made of them."""
    true = rng.choice(LABELS, items, p=SHARE)
    wrong = (true + rng.integers(1, LABELS, (len(ACCURACY), items))) % LABELS
    answer = np.where(rng.random((len(ACCURACY), items)) < ACCURACY[:, None], true, wrong)
    rater, item = np.indices(answer.shape).reshape(2, -1)
    return true, answer, dawid_skene(Answers(item, answer.ravel(), rater), LABELS, model=model)


def accuracy_errors(rng: np.random.Generator, *, items: int, model: str) -> Floats:
    """Return how far each rater's accuracy is off."""
    errors: Floats = _fitted(rng, items, model)[2].accuracy - ACCURACY
    return errors


def label_gain(rng: np.random.Generator, *, items: int) -> Floats:
    """Return by how much fewer labels are right than with the true accuracies known, in shares of the items."""
    true, answer, made = _fitted(rng, items, "one-coin")
    best = np.log(np.array(SHARE))[:, None].repeat(items, axis=1)
    for row, accuracy in zip(answer, ACCURACY, strict=True):
        same = row == np.arange(LABELS)[:, None]
        best += np.log(np.where(same, accuracy, (1 - accuracy) / (LABELS - 1)))
    return np.array([np.mean(made.label == true) - np.mean(best.argmax(axis=0) == true)])


RECOVERIES = (
    *(
        Recovery(
            f"Dawid-Skene accuracies, {model}",
            f"5 raters, {items} items",
            partial(accuracy_errors, items=items, model=model),
            most_bias=bias,
            most_error=error,
        )
        for model, items, bias, error in (
            ("confusion", 200, 0.02, 0.07),
            ("confusion", 2000, 0.005, 0.02),
            ("one-coin", 200, 0.01, 0.05),
            ("one-coin", 2000, 0.003, 0.015),
        )
    ),
    Recovery(
        "Dawid-Skene labels, right less the best possible",
        "5 raters, 200 items",
        partial(label_gain, items=200),
        0.01,
        0.03,
    ),
)
