"""Rubrics with several criteria and JSON answers: the usual judge, and its two forms that insist on a reference."""

from __future__ import annotations

from domain.specs import Kind
from judges.answer_shape import Protocol
from judges.presets.base import Flips, Needs, Parser, Preset, Words

HELD_AGAINST = """\
Hold the response against the reference answer: find what differs, decide of each difference whether it is a mistake, \
another right way or a matter of style, and judge mistakes alone as mistakes. The reference is the authority on facts \
and results; where you believe that it is wrong, say so in your reasons and follow it all the same."""
ABOVE = "The reference answer. It is taken as right; a good response may differ from it in form and wording:"

RUBRIC = Preset(
    name="rubric",
    title="Rubric",
    protocol=None,
    parser=Parser.OBJECT,
    flips=Flips.SEPARATE,
    aggregation="each criterion on its own",
)
DIRECT_REFERENCE = Preset(
    name="direct-reference",
    title="Rubric with a reference",
    protocol=Protocol.DIRECT,
    parser=Parser.OBJECT,
    words=Words(method=HELD_AGAINST, reference=ABOVE),
    needs=Needs(kind=Kind.SCORE),
    needs_reference=True,
    aggregation="each criterion on its own",
)
PAIRWISE_REFERENCE = Preset(
    name="pairwise-reference",
    title="Comparison with a reference",
    protocol=Protocol.PAIRWISE,
    parser=Parser.OBJECT,
    words=Words(method=HELD_AGAINST.replace("the response", "each response", 1), reference=ABOVE),
    needs=Needs(kind=Kind.CHOICE),
    needs_reference=True,
    flips=Flips.SEPARATE,
    aggregation="each criterion on its own",
)
