"""The OpenAI Decisions API: the request shape it accepts, and its answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.fakes.judge import Menu, Question
from tests.fakes.openai_common import error_body, usage_body
from tests.fakes.wire import BadRequest, Spoken, WireError, fields, list_of, of_type, one_of, text_or

MODELS = ("gpt-6-luna",)
SURE = 0.8  # the probability of what the fake judge decides

_item = fields(
    {"type": one_of("message"), "role": one_of("developer", "system", "user", "assistant"), "content": of_type(str)},
    ("role", "content"),
)
_named = {"name": of_type(str), "instructions": of_type(str)}
_choice = fields({"value": of_type(str, bool), "description": of_type(str)}, ("value",))
_level = fields({"label": of_type(str), "description": of_type(str)}, ("label",))
_QUESTIONS = {
    "predicate": fields({"type": None, **_named}, ("instructions",)),
    "choice": fields({"type": None, **_named, "choices": list_of(_choice, at_least=2)}, ("instructions", "choices")),
    "score": fields({"type": None, **_named, "levels": list_of(_level, at_least=2)}, ("instructions", "levels")),
}


def _check_question(value: Any, where: str) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    one_of(*_QUESTIONS)(kind, f"{where}.type")
    _QUESTIONS[str(kind)](value, where)
    options = _options(value)
    if len(set(options)) < len(options) or len(options) > 255:
        raise BadRequest(f"{where}: each choice must be unique, and there may be 255", param=where)


FIELDS = {
    "input": text_or(list_of(_item)),
    "model": one_of(*MODELS),
    "questions": list_of(_check_question),
    "prompt_cache_key": of_type(str),
    "prompt_cache_options": of_type(dict),
    "safety_identifier": of_type(str),
}
_shape = fields(FIELDS, ("input", "model", "questions"))


class OpenAIDecisions:
    """POST /v1/decisions."""

    path = "/v1/decisions"

    def check(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Raise BadRequest unless the request has the published shape."""
        _shape(body, "")
        if len(body["questions"]) > 400:
            raise BadRequest("questions: at most 400", param="questions")

    def question(self, body: dict[str, Any]) -> Question:
        """Return what the judge is asked, as if it were to write JSON."""
        given = body["input"]
        texts = [given] if isinstance(given, str) else [item["content"] for item in given]
        menus = tuple((asked["name"], _options(asked)) for asked in body["questions"])
        schema = {"type": "object", "properties": {name: _verdict(options) for name, options in menus}}
        return Question(body["model"], "\n\n".join(texts), schema, menus=menus)

    def answer(self, spoken: Spoken, call_id: str) -> dict[str, Any]:
        """Return the body of a good answer; what the judge has not decided is left out."""
        if spoken.stop in ("refusal", "filtered"):
            answers = [{"type": "refusal", "name": name} for name, _ in spoken.menus]
        else:
            answers = [_answer(menu, said) for menu, said in zip(spoken.menus, _said(spoken), strict=False)]
        return {"answers": answers, "model": spoken.model, **usage_body(spoken.tokens)}

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        return error_body(error)


def _options(question: dict[str, Any]) -> tuple[Any, ...]:
    """Return the options of a question; labels of levels that are numbers become numbers for the judge."""
    if question["type"] == "score":
        return tuple(float(level["label"]) for level in question["levels"])
    return tuple(choice["value"] for choice in question.get("choices", ()))


def _verdict(options: tuple[Any, ...]) -> dict[str, Any]:
    return {"type": "object", "properties": {"verdict": {"enum": list(options)}}}


def _said(spoken: Spoken) -> list[Any]:
    """Return what the judge's JSON decides, in the order of the questions; nothing where it is none."""
    try:
        told = json.loads(spoken.text)
        return [told[name]["verdict"] for name, _ in spoken.menus]
    except (ValueError, KeyError, TypeError):
        return []


def _answer(menu: Menu, said: Any) -> dict[str, Any]:
    name, options = menu
    rest = (1 - SURE) / (len(options) - 1)
    chances = [SURE if option == said else rest for option in options]
    if isinstance(said, str):
        told = [{"value": option, "probability": chance} for option, chance in zip(options, chances, strict=True)]
        return {"type": "choice", "name": name, "choice": said, "confidence": SURE, "probabilities": told}
    told = [
        {"label": f"{option:g}", "value": place, "probability": chance}
        for place, (option, chance) in enumerate(zip(options, chances, strict=True))
    ]
    mean = sum(row["value"] * row["probability"] for row in told)
    return {"type": "score", "name": name, "score": mean, "confidence": SURE, "probabilities": told}
