"""OpenAI Decisions: a request as questions with closed menus, an answer as a Reply. Pure.

This API writes no text. It gives each question's menu a distribution, which is what a judge's closed verdicts are. The
questions are read off the schema of the answer, and the likeliest answers are put into the form that it describes, so
that prompt and parser are those of every other judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judges.providers.base import InvalidResponse, Reply, Request, Stop, Terminal, Trouble
from judges.providers.documents import kept, objects, text, usage_in

MOST_QUESTIONS, MOST_CHOICES = 400, 255
SETTINGS = ("temperature", "top_p", "seed", "effort")  # of which this API takes none


@dataclass(frozen=True, slots=True)
class Menu:
    """A field of the answer with a closed menu. ``inner`` names the field in it that holds the verdict, or is ""."""

    name: str
    inner: str
    options: tuple[str | int | float, ...]

    @property
    def is_scale(self) -> bool:
        """Return whether the menu is an ordered scale of numbers."""
        return not any(isinstance(option, str) for option in self.options)

    def labels(self) -> dict[str, str | int | float]:
        """Return the options by the labels that they go under; numbers in ascending order."""
        if self.is_scale:
            return {f"{option:g}": option for option in sorted(self.options, key=float)}
        return {str(option): option for option in self.options}


def problem_with(schema: Mapping[str, Any] | None) -> str:
    """Say why an answer of this schema cannot be given as decisions, or ""."""
    if schema is None:
        return "OpenAI Decisions writes no text, and this protocol's answer is text: take one whose answer is JSON"
    try:
        menus = menus_of(schema)
    except ValueError as problem:
        return str(problem)
    return "" if len(menus) <= MOST_QUESTIONS else f"OpenAI Decisions answers at most {MOST_QUESTIONS} criteria"


def menus_of(schema: Mapping[str, Any]) -> tuple[Menu, ...]:
    """Return the closed menus of an answer, in order. Raises ValueError for what is none, other than reasons."""
    return tuple(_menus(schema["properties"]))


def _menus(properties: Mapping[str, Any]) -> Iterator[Menu]:
    for name, part in properties.items():
        if name == "reasons":  # nobody writes any here
            continue
        inner = next((field for field in part.get("properties", ()) if field != "reasons"), "")
        menu = part["properties"][inner] if inner else part
        options = tuple(menu.get("enum", ()))
        if not 2 <= len(options) <= MOST_CHOICES or (not inner and menu.get("type") != "string"):
            raise ValueError(
                f"OpenAI Decisions answers menus of 2 to {MOST_CHOICES} verdicts, and {name!r} is not one: "
                "give its scale declared values"
            )
        yield Menu(name, inner, options)


def build(model: str, request: Request) -> tuple[tuple[Menu, ...], dict[str, Any], tuple[str, ...]]:
    """Return the menus, the body that asks about them, and the names of the settings that were withheld."""
    problem = problem_with(request.schema.document if request.schema else None)
    if problem or request.schema is None:
        raise Terminal(Trouble.REQUEST, problem)
    said = [{"role": message.role.value, "content": message.text} for message in request.messages]
    menus = menus_of(request.schema.document)
    body = {
        "model": model,
        "input": [{"role": "system", "content": request.system}, *said],
        "questions": [_question(menu) for menu in menus],
    }
    withheld = [name for name in SETTINGS if getattr(request.params, name) is not None]
    return menus, body, (*withheld, *(["logprobs"] if request.logprobs else []))


def _question(menu: Menu) -> dict[str, Any]:
    asked = f"Give the verdict for the field `{menu.name}`, by what the system message says about it."
    if menu.is_scale:
        levels = [{"label": label} for label in menu.labels()]
        return {"type": "score", "name": menu.name, "instructions": asked, "levels": levels}
    choices = [{"value": label} for label in menu.labels()]
    return {"type": "choice", "name": menu.name, "instructions": asked, "choices": choices}


def read(document: dict[str, Any], menus: Sequence[Menu]) -> Reply:
    """Return the reply in an answer's document: the likeliest verdicts as JSON, and the distributions."""
    if not isinstance(document.get("answers"), list):
        raise InvalidResponse("The answer holds no decisions.", raw=str(kept(document))[:300])
    answers = objects(document["answers"])
    declined = [text(answer.get("name")) or "a question" for answer in answers if answer.get("type") == "refusal"]
    decided = _decided(answers, menus) if len(answers) == len(menus) else {}  # else nobody knows which is which
    verdicts = {menu.name: _verdict(menu, *decided[menu.name]) for menu in menus if menu.name in decided}
    return Reply(
        text=json.dumps(verdicts) if verdicts else "",
        stop=Stop.REFUSAL if declined else Stop.END,
        model=text(document.get("model")),
        usage=usage_in(document.get("usage"), "input", "output"),
        refusal=f"the model declined to decide: {', '.join(declined)}" if declined else None,
        raw=kept(document),
        chances={name: chances for name, (_, chances) in decided.items()},
    )


def _decided(answers: Sequence[Mapping[str, Any]], menus: Sequence[Menu]) -> dict[str, tuple[str, dict[str, float]]]:
    """Return the label and the distribution of each question that has both, among the labels that were offered."""
    found: dict[str, tuple[str, dict[str, float]]] = {}
    for menu, answer in zip(menus, answers, strict=True):
        chances = _chances(answer, menu)
        label = _likeliest(chances) if menu.is_scale else text(answer.get("choice"))
        if label in menu.labels() and (answer.get("name") or menu.name) == menu.name:
            found[menu.name] = (label, chances)
    return found


def _chances(answer: Mapping[str, Any], menu: Menu) -> dict[str, float]:
    """Return the distribution over a menu; empty where it is none."""
    rows = objects(answer.get("probabilities"))
    told = {text(row.get("label" if menu.is_scale else "value")): _probability(row.get("probability")) for row in rows}
    known = {label: chance for label, chance in told.items() if chance is not None}
    return known if len(known) == len(rows) and known.keys() <= menu.labels().keys() else {}


def _probability(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None


def _likeliest(chances: Mapping[str, float]) -> str:
    """Return the label with the highest probability; "" where two share it, since neither is the answer."""
    best = [label for label, chance in chances.items() if chance == max(chances.values())]
    return best[0] if len(best) == 1 else ""


def _verdict(menu: Menu, label: str, chances: Mapping[str, float]) -> Any:
    """Return an answer in the form of the schema."""
    option = menu.labels()[label]
    return {menu.inner: option} if menu.inner else option
