"""Arena-Hard: a verdict in five steps, after an answer of the judge's own. Li et al. (2024), arXiv 2406.11939."""

from __future__ import annotations

from domain.choices import Choice, Outcome
from domain.specs import CriterionSpec, Kind, Level, RubricSpec
from judges.answer_shape import Protocol
from judges.presets.base import Flips, Needs, Parser, Preset, Words

ARENA_HARD = Preset(
    name="arena-hard",
    title="Arena-Hard",
    protocol=Protocol.PAIRWISE,
    parser=Parser.BRACKETS,
    words=Words(
        role="You are an impartial judge. You compare the answers of two AI assistants, A and B, to a user's prompt.",
        method="""\
Point out what is wrong or inaccurate in either answer. Ask of each whether it is helpful (it does what was asked, or \
says what is unclear about it), relevant (every part belongs to the prompt) and concise (nothing is said at length \
that need not be). Where it fits the prompt, ask whether it is creative and new. At last name what the user would need \
and neither answer, or only one of them, gives.""",
        answer="""\
End with a line that holds your verdict alone, one of these five:
- [[A>>B]]: A is much better
- [[A>B]]: A is slightly better
- [[A=B]]: they are about the same
- [[B>A]]: B is slightly better
- [[B>>A]]: B is much better
Write no other double square brackets.""",
        own_answer="Before you look at the answers, answer the prompt yourself; then hold both answers against yours.",
        no_own_answer="Compare the answers as they are: do not write one of your own.",
        turns="The user has spoken more than once. Judge the answers to the last turn, in the light of the others:",
    ),
    needs=Needs(kind=Kind.CHOICE, single=True, outcomes=(Outcome.A, Outcome.B, Outcome.TIE), strengths=2),
    menu=(
        ("A>>B", Choice(Outcome.A, 2)),
        ("A>B", Choice(Outcome.A, 1)),
        ("A=B", Choice(Outcome.TIE)),
        ("B>A", Choice(Outcome.B, 1)),
        ("B>>A", Choice(Outcome.B, 2)),
    ),
    open_tags=frozenset({"creative writing", "creative-writing", "creative_writing"}),
    flips=Flips.SEPARATE,
    aggregation="mean win rate against one baseline, a much better counts three times",
    source="Li et al. (2024), arXiv 2406.11939",
    rubric=RubricSpec(
        "Arena-Hard preference",
        "",
        (
            CriterionSpec(
                "preference",
                "Preference",
                "Which answer serves the user better?",
                kind=Kind.CHOICE,
                level=Level.ORDINAL,
                outcomes=(Outcome.A, Outcome.B, Outcome.TIE),
                strengths=2,
            ),
        ),
    ),
)
