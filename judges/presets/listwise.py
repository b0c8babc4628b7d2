"""All responses to a prompt at once: the best one, or a ranking. As RewardBench 2 (arXiv 2506.01937) and RankGPT do."""

from __future__ import annotations

from domain.choices import Outcome
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges.answer_shape import Protocol
from judges.presets.base import Flips, Needs, Parser, Preset, Words

ROLE = "You compare several responses that AI systems gave to the same prompt."
METHOD = (
    "Read all responses before you judge any. Their names were drawn by lot and so was their order: neither may matter."
)
MEANING = "Which response serves the person who asked better?"


def _rubric(name: str, outcomes: tuple[Outcome, ...]) -> RubricSpec:
    better = CriterionSpec(
        "preference", "Preference", MEANING, kind=Kind.CHOICE, level=Level.NOMINAL, outcomes=outcomes
    )
    return RubricSpec(name, "", (better,))


BEST_OF_N = Preset(
    name="best-of-n",
    title="Best of n",
    protocol=Protocol.LISTWISE,
    parser=Parser.BEST,
    words=Words(
        role=ROLE,
        method=METHOD,
        answer="Answer with one JSON object: your reasons first, then `best`, the name of the one best response.",
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B), strengths=1),
    flips=Flips.NONE,
    aggregation="share of prompts on which a system is best",
    source="Malik et al. (2025), arXiv 2506.01937",
    rubric=_rubric("Best of n", (Outcome.A, Outcome.B)),
)

FULL_RANKING = Preset(
    name="full-ranking",
    title="Full ranking",
    protocol=Protocol.LISTWISE,
    parser=Parser.RANKING,
    words=Words(
        role=ROLE,
        method=METHOD,
        answer=(
            "Answer with one JSON object: your reasons first, then `ranking`, a list of groups of names from the best "
            "to the worst. Every response stands in exactly one group; those that are equally good share one."
        ),
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B, Outcome.TIE), strengths=1),
    flips=Flips.NONE,
    aggregation="Bradley-Terry over the pairs of each ranking",
    source="Sun et al. (2023), arXiv 2304.09542",
    rubric=_rubric("Full ranking", (Outcome.A, Outcome.B, Outcome.TIE)),
)
