"""From a question to what the fake judge says, faults of speech included, and the tokens it is billed for."""

from __future__ import annotations

import json
import random

from tests.fakes.judge import Behaviour, Question
from tests.fakes.wire import Spoken

UNREADABLE = (
    "Both responses have their merits, and it would be wrong to name one.",
    '{"verdict": "banana", "score": 9999}',
    "First thought: {}. On reflection: {}. Either will do.",
    "[[A]] or perhaps [[B]]",
)


def speak(
    question: Question,
    behaviour: Behaviour,
    fault: str | None,
    rng: random.Random,
    *,
    cached_share: float,
    thinking: int,
) -> Spoken:
    """Return what the judge says to a question; ``fault`` is one of faults.SPEECH or None."""
    said = behaviour(question, rng)
    text = said if isinstance(said, str) else json.dumps(said)
    if question.schema is None and text.startswith("{"):
        text = f"Here is my verdict.\n\n```json\n{text}\n```"
    stop = {"refusal": "refusal", "filtered": "filtered", "truncated": "length"}.get(fault or "", "end")
    text = _spoilt(text, fault, rng)
    model = "another-model-2027" if fault == "wrong-model" else question.model
    tokens = None if fault == "no-usage" else _tokens(question, text, cached_share, thinking)
    return Spoken(text, stop, model, tokens, question.logprobs, question.menus)


def _spoilt(text: str, fault: str | None, rng: random.Random) -> str:
    if fault == "truncated":
        return text[: len(text) // 2]
    if fault in ("refusal", "filtered", "empty"):
        return ""
    return rng.choice(UNREADABLE) if fault == "unreadable" else text


def _tokens(question: Question, text: str, cached_share: float, thinking: int) -> dict[str, int]:
    asked = 20 + len(question.text) // 4  # about four characters per token
    cached = int(asked * cached_share)
    output = 1 + len(text) // 4 + thinking
    return {"input_uncached": asked - cached, "cache_read": cached, "output": output, "thinking": thinking}
