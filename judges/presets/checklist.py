"""Checklists: every criterion is met or not, for signed points. Arora et al. (2025), HealthBench, arXiv 2505.08775."""

from __future__ import annotations

from domain.specs import Kind
from judges.answer_shape import Protocol
from judges.presets.base import Needs, Parser, Preset, Words

CHECKLIST = Preset(
    name="checklist",
    title="Checklist",
    protocol=Protocol.DIRECT,
    parser=Parser.CHECKLIST,
    words=Words(
        role="You check whether a response of an AI system meets each of the criteria below, one by one.",
        method="""\
A criterion is met when what it describes is true of the response, whether that is good or bad: a criterion that names \
a fault is met when the response has that fault. A criterion of several parts is met when all parts are, unless it \
says "such as" or "for example". Do not weigh one criterion against another.""",
        answer=(
            "Answer with one JSON object that has a field for every criterion. For each write your reasons first, in "
            'a sentence or two, and then the verdict: "met" or "not met".'
        ),
    ),
    needs=Needs(kind=Kind.SCORE, points=True),
    aggregation="mean score: points of what is met over all points above 0, kept within 0 and 1",
    source="Arora et al. (2025), arXiv 2505.08775",
)
