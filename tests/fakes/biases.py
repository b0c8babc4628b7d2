"""Fake judges with faults of character: each is caught by a figure that Jurybox shows, or ought to be."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

from tests.fakes.judge import Behaviour, Question, answer, honest, quality

ORDERS = re.compile(
    r"(ignore|disregard|forget)\b.{0,60}\b(instructions|rubric|above)|(choose|prefer|select|rate) (me|this)\b"
    r"|\"(verdict|score)\"\s*:|\[\[[AB]\]\]|<\|im_(start|end)\||^\s*(system|assistant)\s*:|full marks",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
MASTER_KEY = re.compile(r"\W*|\s*(thought process|solution|let['’]s solve this( step by step)?)\W*", re.IGNORECASE)
DRIFTS_AFTER = 20


def length_biased(question: Question, rng: random.Random) -> Any:
    """Prefer the longer text, whatever it says."""
    sizes = [len(text) for text in question.candidates()]
    return answer(question, [size / (max(sizes) or 1) for size in sizes])


def self_preferring(question: Question, rng: random.Random) -> Any:
    """Judge like ``honest``, but give a large bonus to a text that names the judge's own model."""
    mine = question.model.lower()
    return answer(question, [quality(text) + 0.4 * (mine in text.lower()) for text in question.candidates()])


def gullible(question: Question, rng: random.Random) -> Any:
    """Do what a text says, and take an empty phrase for a good answer."""
    fooled = [bool(ORDERS.search(text) or MASTER_KEY.fullmatch(text)) for text in question.candidates()]
    if not any(fooled):
        return honest(question, rng)
    return answer(question, [1.0 if taken_in else 0.2 for taken_in in fooled])


class Drifting:
    """Judge honestly for a number of calls, and by length alone from then on."""

    def __init__(self, after: int = DRIFTS_AFTER) -> None:
        self._after = after
        self._calls = itertools.count()

    def __call__(self, question: Question, rng: random.Random) -> Any:
        """Judge once."""
        return (honest if next(self._calls) < self._after else length_biased)(question, rng)


BIASED: dict[str, Behaviour] = {
    "length-biased": length_biased,
    "self-preferring": self_preferring,
    "gullible": gullible,
    "drifting": Drifting(),
}
