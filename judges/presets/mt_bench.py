"""MT-Bench: one answer on a scale of ten, or two answers compared. Zheng et al. (2023), arXiv 2306.05685."""

from __future__ import annotations

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges.answer_shape import Protocol
from judges.presets.base import Flips, Needs, Parser, Preset, Words

SOURCE = "Zheng et al. (2023), arXiv 2306.05685"
QUALITY = "How helpful, relevant, accurate, deep, creative and detailed the answer is."
SEVERAL_TURNS = (
    "The user has spoken more than once. Judge the answer to the user's last turn, in the light of all that was said "
    "before it:"
)
REFERENCE = (
    "A reference answer. Solve the task by comparing with it: name the mistakes of each answer and correct them "
    "before you judge:"
)

SINGLE = Preset(
    name="mt-bench-single",
    title="MT-Bench, single answer",
    protocol=Protocol.DIRECT,
    parser=Parser.BRACKETS,
    words=Words(
        role="You are an impartial judge of the answers that AI assistants give to their users. You rate one answer.",
        method="Explain in a few sentences what is good and what is bad about the answer. Be as objective as you can.",
        answer=(
            "After the explanation, end with a line that holds the rating alone: a number from {low} to {high}, where "
            "{high} is best, in double square brackets: Rating: [[number]]. Write no other double square brackets."
        ),
        reference=REFERENCE,
        turns=SEVERAL_TURNS,
    ),
    needs=Needs(kind=Kind.SCORE, single=True, scale=(1.0, 10.0)),
    aggregation="mean of all ratings",
    source=SOURCE,
    rubric=RubricSpec(
        "MT-Bench rating",
        "",
        (CriterionSpec("rating", "Rating", QUALITY, kind=Kind.SCORE, level=Level.INTERVAL, minimum=1.0, maximum=10.0),),
    ),
)

PAIRWISE = Preset(
    name="mt-bench-pairwise",
    title="MT-Bench, pairwise",
    protocol=Protocol.PAIRWISE,
    parser=Parser.BRACKETS,
    words=Words(
        role=(
            "You are an impartial judge of the answers that AI assistants give to their users. You compare the answers "
            "of two assistants, A and B, and decide whose serves the user better."
        ),
        method=(
            "Compare the two answers first and explain briefly what decides. Neither the order in which they are "
            "shown, nor their length, nor the names of the assistants may matter."
        ),
        answer=(
            "After the explanation, end with a line that holds your verdict alone: [[A]] if A is better, [[B]] if B "
            "is better, [[C]] for a tie. Write no other double square brackets."
        ),
        reference=REFERENCE,
        turns=SEVERAL_TURNS,
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B, Outcome.TIE), strengths=1),
    menu=(("A", Choice(Outcome.A)), ("B", Choice(Outcome.B)), ("C", Choice(Outcome.TIE))),
    flips=Flips.TIE,
    aggregation="win rate, ties count half",
    source=SOURCE,
    rubric=RubricSpec(
        "MT-Bench preference",
        "",
        (
            CriterionSpec(
                "preference",
                "Preference",
                QUALITY,
                kind=Kind.CHOICE,
                level=Level.NOMINAL,
                outcomes=(Outcome.A, Outcome.B, Outcome.TIE),
            ),
        ),
    ),
)
