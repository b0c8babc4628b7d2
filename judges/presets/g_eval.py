"""G-Eval: a criterion, steps to follow, and the score that is to be expected. Liu et al. (2023), arXiv 2303.16634."""

from __future__ import annotations

from domain.specs import Kind
from judges.answer_shape import Protocol
from judges.presets.base import Estimator, Needs, Parser, Preset, Words

G_EVAL = Preset(
    name="g-eval",
    title="G-Eval",
    protocol=Protocol.DIRECT,
    parser=Parser.SCORE,
    words=Words(
        role="You rate one response of an AI system by a single criterion, in the steps that are given.",
        method="Go through the evaluation steps in their order and write briefly what each of them shows.",
        answer=(
            "Then end with a line that holds the score alone, after the word Score and a colon: a whole number from "
            "{low} to {high}, in digits."
        ),
    ),
    needs=Needs(kind=Kind.SCORE, single=True, declared=False, digits=True, instructions="the evaluation steps"),
    estimators=(Estimator.LOGPROBS, Estimator.SAMPLES),
    top_logprobs=20,
    samples=20,
    aggregation="mean expected score",
    source="Liu et al. (2023), arXiv 2303.16634",
)
