"""Prometheus 2: one criterion, feedback first and then a result. Kim et al. (2024), arXiv 2405.01535."""

from __future__ import annotations

from domain.choices import Choice, Outcome
from domain.specs import Kind
from judges.answer_shape import Protocol
from judges.presets.base import Flips, Needs, Parser, Preset, Words

SOURCE = "Kim et al. (2024), arXiv 2405.01535"

ABSOLUTE = Preset(
    name="prometheus-absolute",
    title="Prometheus, absolute",
    protocol=Protocol.DIRECT,
    parser=Parser.RESULT,
    words=Words(
        role=(
            "You assess one response to an instruction by a single criterion, for which five levels are described. "
            "Nothing but that criterion counts."
        ),
        method=(
            "Write detailed feedback on the response, strictly by the descriptions of the levels, and not a general "
            "opinion. Then choose the level that describes it best."
        ),
        answer=(
            "Feedback first. Then a last line of this form and nothing after it: [RESULT] followed by the level, a "
            "whole number from {low} to {high}."
        ),
        reference="A reference answer, which deserves level 5:",
    ),
    needs=Needs(kind=Kind.SCORE, single=True, scale=(1.0, 5.0), declared=True, every_level=True),
    aggregation="mean level",
    source=SOURCE,
)

RELATIVE = Preset(
    name="prometheus-relative",
    title="Prometheus, relative",
    protocol=Protocol.PAIRWISE,
    parser=Parser.RESULT,
    words=Words(
        role=(
            "You decide which of two responses to an instruction is better by a single criterion. Nothing but that "
            "criterion counts."
        ),
        method=(
            "Write detailed feedback that compares the two directly, what they share and where they differ, and do "
            "not judge one and then the other by itself."
        ),
        answer=(
            "Feedback first. Then a last line of this form and nothing after it: [RESULT] followed by A or B, the "
            "name of the better response. You have to choose one."
        ),
        reference="A reference answer, which is as good as a response can be:",
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B), strengths=1),
    menu=(("A", Choice(Outcome.A)), ("B", Choice(Outcome.B))),
    flips=Flips.NONE,
    aggregation="win rate",
    source=SOURCE,
)
