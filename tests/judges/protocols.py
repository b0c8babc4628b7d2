"""Every protocol with a rubric that fits it, and how a judge of it says things."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from domain.choices import Choice, Outcome, Value
from domain.specs import CriterionSpec, Kind, RubricSpec
from judges import presets
from judges.presets import PRESETS
from judges.presets.base import TOTAL

FENCE = "0123456789abcdef0123"
LISTED = {"R": 0, "K": 1, "T": 2}  # label -> the response it stands for

HELP = CriterionSpec("help", "Helpfulness", "Does it help?", values=(1.0, 2.0, 3.0, 4.0, 5.0))
LEVELS = replace(HELP, anchors={level: f"level {level:g}" for level in HELP.values})
BETTER = CriterionSpec("better", "Better", kind=Kind.CHOICE, outcomes=(Outcome.A, Outcome.B))
EXPECTED = CriterionSpec("coherence", "Coherence", minimum=1.0, maximum=5.0)
YES = (1.0, 0.0)
POINTS = (
    CriterionSpec("names-it", "Names the river", values=YES, weight=5.0),
    CriterionSpec("length", "Says how long it is", values=YES, weight=3.0),
    CriterionSpec("wrong", "States a wrong length", values=YES, weight=-4.0, higher_is_better=False),
    CriterionSpec(TOTAL, "Score", minimum=0.0, maximum=1.0),
)
RUBRICS = {
    "rubric": RubricSpec("Quality", "", (HELP,)),
    "direct-reference": RubricSpec("Quality", "", (HELP,)),
    "pairwise-reference": RubricSpec("Preference", "", (BETTER,)),
    "prometheus-absolute": RubricSpec("Helpfulness", "", (LEVELS,)),
    "prometheus-relative": RubricSpec("Helpfulness", "", (BETTER,)),
    "g-eval": RubricSpec("Coherence", "1. Read it. 2. Look for breaks.", (EXPECTED,)),
    "checklist": RubricSpec("Facts", "", POINTS),
}


def rubric_of(name: str) -> RubricSpec:
    return RUBRICS.get(name) or presets.rubric_for(name)


def protocol_of(name: str) -> str:
    fixed = PRESETS[name].protocol
    return fixed.value if fixed else "direct"


@dataclass(frozen=True)
class Speech:
    """How a judge of one protocol says things: a verdict as ``say`` writes it, a good one and its reading."""

    good: str
    good_answer: Any
    other: str
    other_answer: Any
    off: str
    foreign: str


def scored(score: object, **more: object) -> str:
    return json.dumps({"help": {"reasons": "Clear.", "score": score, **more}})


def preferred(label: object, **more: object) -> str:
    return json.dumps({"better": {"reasons": "Clear.", "verdict": label, **more}})


def met(names_it: object, length: object, wrong: object, **more: object) -> str:
    said = zip(("names-it", "length", "wrong"), (names_it, length, wrong), strict=True)
    return json.dumps({key: {"reasons": "Clear.", "verdict": verdict} for key, verdict in said} | more)


def ranks(first: object, second: object, **more: object) -> str:
    return json.dumps({"model_1": first, "model_2": second, **more})


def ranking(*groups: object, **more: object) -> str:
    return json.dumps({"reasons": "Clear.", "ranking": list(groups), **more})


def best(label: object, **more: object) -> str:
    return json.dumps({"reasons": "Clear.", "best": label, **more})


A, B, TIE = Choice(Outcome.A), Choice(Outcome.B), Choice(Outcome.TIE)
ALL_MET = {"names-it": Value(1.0), "length": Value(1.0), "wrong": Value(0.0), TOTAL: Value(1.0)}
FAULTY = {"names-it": Value(1.0), "length": Value(0.0), "wrong": Value(1.0), TOTAL: Value(0.125)}

SPEECH = {
    "rubric": Speech(scored(4), Value(4.0), scored(2), Value(2.0), scored(6), scored("vier")),
    "direct-reference": Speech(scored(4), Value(4.0), scored(2), Value(2.0), scored(0), scored("vier")),
    "pairwise-reference": Speech(preferred("A"), A, preferred("B"), B, preferred("C"), preferred("beide")),
    "mt-bench-single": Speech(
        "Clear.\nRating: [[7]]", Value(7.0), "Vague.\nRating: [[3.5]]", Value(3.5), "Rating: [[11]]", "评分：[[七]]"
    ),
    "mt-bench-pairwise": Speech("A is clear.\n[[A]]", A, "Alike.\n[[C]]", TIE, "[[D]]", "[[unentschieden]]"),
    "alpaca-eval-1": Speech(ranks(1, 2), A, ranks(2, 1), B, ranks(1, 3), ranks("eins", "zwei")),
    "alpaca-eval-2": Speech("m", A, "M", B, "n", "männlich"),
    "arena-hard": Speech(
        "B errs.\n[[A>>B]]", Choice(Outcome.A, 2), "A errs.\n[[B>A]]", Choice(Outcome.B, 1), "[[A>>>B]]", "[[A besser]]"
    ),
    "prometheus-absolute": Speech(
        "Feedback: clear. [RESULT] 4", Value(4.0), "Vague. [RESULT] 2", Value(2.0), "[RESULT] 6", "[RESULT] vier"
    ),
    "prometheus-relative": Speech("A is clear. [RESULT] A", A, "B is. [RESULT] B", B, "[RESULT] C", "[RESULT] beide"),
    "g-eval": Speech("No breaks.\nScore: 4", Value(4.0), "Breaks.\nScore: 2", Value(2.0), "Score: 6", "Note: vier"),
    "checklist": Speech(
        met("met", "met", "not met"), ALL_MET, met("met", "not met", "met"), FAULTY, met("met", "met", "partly"),
        met("erfüllt", "erfüllt", "nicht erfüllt"),
    ),
    "best-of-n": Speech(best("K"), ((1,), (0, 2)), best("R"), ((0,), (1, 2)), best("S"), best("der erste")),
    "full-ranking": Speech(
        ranking(["K"], ["R", "T"]), ((1,), (0, 2)), ranking(["T"], ["R"], ["K"]), ((2,), (0,), (1,)),
        ranking(["K"], ["R"], ["S"]), ranking(["erste"], ["zweite"], ["dritte"]),
    ),
}  # fmt: skip
