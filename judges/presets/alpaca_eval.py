"""AlpacaEval: a ranking of two outputs (1), or the preference in the probabilities of one token (2).

Li et al. (2023), github.com/tatsu-lab/alpaca_eval; Dubois et al. (2024), arXiv 2404.04475.
"""

from __future__ import annotations

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges.answer_shape import Protocol
from judges.presets.base import Estimator, Flips, Needs, Parser, Preset, Words

MEANING = "Which output would most people rather have as the answer to this instruction?"


def _rubric(name: str, outcomes: tuple[Outcome, ...]) -> RubricSpec:
    preference = CriterionSpec(
        "preference", "Preference", MEANING, kind=Kind.CHOICE, level=Level.NOMINAL, outcomes=outcomes
    )
    return RubricSpec(name, "", (preference,))


FIRST = Preset(
    name="alpaca-eval-1",
    title="AlpacaEval 1",
    protocol=Protocol.PAIRWISE,
    parser=Parser.RANKS,
    words=Words(
        role=(
            "You rank the outputs of two language models for the same instruction by how much people would like them."
        ),
        answer=(
            "Answer with one JSON object that gives each model its rank: 1 for the output that people would prefer, "
            "2 for the other one. There are no shared ranks."
        ),
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B), strengths=1),
    names=("model_1", "model_2"),
    menu=(("model_1", Choice(Outcome.A)), ("model_2", Choice(Outcome.B))),
    flips=Flips.NONE,
    aggregation="win rate against one baseline",
    source="Li et al. (2023), AlpacaEval",
    rubric=_rubric("AlpacaEval ranking", (Outcome.A, Outcome.B)),
)

SECOND = Preset(
    name="alpaca-eval-2",
    title="AlpacaEval 2",
    protocol=Protocol.PAIRWISE,
    parser=Parser.LABEL,
    words=Words(
        role=(
            "You say which of two outputs of language models, m or M, people would prefer as the answer to an "
            "instruction."
        ),
        answer="Answer with the name of that output alone: the single letter m or the single letter M, nothing else.",
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B, Outcome.TIE), strengths=1),
    names=("m", "M"),
    menu=(("m", Choice(Outcome.A)), ("M", Choice(Outcome.B))),
    estimators=(Estimator.LOGPROBS,),
    top_logprobs=5,
    most_tokens=16,
    flips=Flips.NONE,
    aggregation="mean preference against one baseline, or its prediction at equal length",
    source="Dubois et al. (2024), arXiv 2404.04475",
    rubric=_rubric("AlpacaEval preference", (Outcome.A, Outcome.B, Outcome.TIE)),
)
