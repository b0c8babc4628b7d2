"""How the fake provider judges: it finds the candidates in the prompt and fills in whatever schema it was given."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.marks import mark_for

# A fenced block of our prompts: [[marker begin: response A]] … [[marker end]]
FENCED = re.compile(r"\[\[(\w{8,}) begin: ([^\]\n]*)\]\]\n(.*?)\n\[\[\1 end\]\]", re.DOTALL)
RANGE = re.compile(r"from (-?\d+(?:\.\d+)?) to (-?\d+(?:\.\d+)?)")
TIE, BOTH_BAD = 0.03, 0.12  # margins of quality below which the fake judge calls it a tie or calls both bad


Menu = tuple[str, tuple[Any, ...]]  # the name of a question and its options


@dataclass(frozen=True)
class Question:
    """What a judge was asked, whichever API it came through."""

    model: str
    text: str
    schema: dict[str, Any] | None
    logprobs: int = 0  # alternatives to each token that are asked for
    menus: tuple[Menu, ...] = ()  # of an API that decides instead of writing

    def candidates(self) -> list[str]:
        """Return the responses to judge, in the order shown."""
        return [body for _, label, body in FENCED.findall(self.text) if label.startswith("response")]


Behaviour = Callable[[Question, random.Random], Any]


def quality(text: str) -> float:
    """Rate a text between 0 and 1: longer is better, less and less so; variety of words counts too."""
    words = text.split()
    if not words:
        return 0.0
    variety = len({word.lower() for word in words}) / len(words)
    return (1 - math.exp(-len(words) / 60)) * (0.5 + 0.5 * variety)


def honest(question: Question, rng: random.Random) -> Any:
    """Prefer the better text, with a little noise."""
    return answer(question, [quality(text) + rng.gauss(0, 0.04) for text in question.candidates()])


def position_biased(question: Question, rng: random.Random) -> Any:
    """Judge like ``honest``, but give whatever is shown first a large bonus."""
    first, *rest = [quality(text) + rng.gauss(0, 0.04) for text in question.candidates()] or [0.5]
    return answer(question, [first + 0.3, *rest])


def constant(question: Question, rng: random.Random) -> Any:
    """Give every candidate full marks and every battle to the one shown first, without reading."""
    return answer(question, [1.0, 0.0])


MODES: dict[str, Behaviour] = {"honest": honest, "position-biased": position_biased, "constant": constant}


def answer(question: Question, qualities: list[float]) -> Any:
    """Fill in the schema that a question came with by what the candidates are worth, from 0 to 1."""
    schema = question.schema or _schema_in(question.text)
    if schema:
        return _fill(schema, qualities or [0.5])
    return mark_for(FENCED.sub("", question.text), qualities or [0.5]) or "I have no schema to answer by."


def _schema_in(text: str) -> dict[str, Any] | None:
    """Find a JSON schema spelt out in the prompt, as it is for servers without structured output."""
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r'\{"type": ?"object"', text)):
        try:
            schema, _ = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(schema, dict) and "properties" in schema:
            return schema
    return None


def _fill(schema: dict[str, Any], qualities: list[float]) -> Any:
    if "enum" in schema:
        return _pick(schema["enum"], qualities)
    kind = schema.get("type")
    if kind == "object":
        return {name: _fill(part, qualities) for name, part in schema["properties"].items()}
    if kind in ("number", "integer"):
        return _number(schema, min(1.0, max(0.0, qualities[0])))
    if kind == "array":
        return []
    return kind == "boolean" or "The response was weighed against the rubric; its content decided."


def _number(schema: dict[str, Any], share: float) -> float | int:
    bounds = RANGE.search(schema.get("description", ""))
    low, high = (float(bounds[1]), float(bounds[2])) if bounds else (0.0, 1.0)
    number = low + share * (high - low)
    return round(number) if schema["type"] == "integer" else round(number, 2)


def _pick(menu: list[Any], qualities: list[float]) -> Any:
    if all(isinstance(choice, int | float) for choice in menu):
        steps = sorted(menu)
        return steps[min(len(steps) - 1, int(min(1.0, max(0.0, qualities[0])) * len(steps)))]
    return _side(menu, qualities) if len(qualities) == 2 else menu[0]


def _side(menu: list[str], qualities: list[float]) -> str:
    margin = qualities[0] - qualities[1]
    if max(qualities) < BOTH_BAD and "both_bad" in menu:
        return "both_bad"
    if abs(margin) < TIE and "tie" in menu:
        return "tie"
    letter = "A" if margin > 0 else "B"
    side = sorted(label for label in menu if re.match(rf"{letter}(?![a-z])", label))
    return side[min(len(side) - 1, int(abs(margin) * 2 * len(side)))] if side else menu[0]
