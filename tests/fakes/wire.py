"""What the APIs share: what the judge says, what it is billed for, and how a wrong request is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tests.fakes.judge import Menu, Question


@dataclass(frozen=True)
class Spoken:
    """What the judge says, before it is put into an API's format. ``stop``: end, length, refusal or filtered."""

    text: str
    stop: str
    model: str
    tokens: dict[str, int] | None  # input_uncached, cache_read, output, thinking; None leaves the counts out
    logprobs: int = 0  # alternatives to each token that were asked for
    menus: tuple[Menu, ...] = ()  # of the questions of an API that decides


@dataclass(frozen=True)
class WireError:
    """An error as an API words it. ``code`` is the machine-readable reason, where there is one."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None


class BadRequest(Exception):
    """The request does not have the published shape."""

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.error = WireError(400, message, code, param)


class Wire(Protocol):
    """One API: how to read its requests and write its answers."""

    path: str

    def check(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Raise BadRequest unless the request has the published shape."""

    def question(self, body: dict[str, Any]) -> Question:
        """Return what the judge is asked."""

    def answer(self, spoken: Spoken, call_id: str) -> dict[str, Any]:
        """Return the body of a good answer."""

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""


Check = Callable[[Any, str], None]


def fields(allowed: Mapping[str, Check | None], required: tuple[str, ...] = ()) -> Check:
    """Return a check that an object has no field but the allowed ones, and has the required ones."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise BadRequest(f"{where}: Input should be an object", param=where)
        for name in required:
            if name not in value:
                raise BadRequest(f"{where}.{name}: Field required".lstrip("."), param=name)
        for name, item in value.items():
            here = f"{where}.{name}".lstrip(".")
            if name not in allowed:
                raise BadRequest(f"{here}: Extra inputs are not permitted", param=here)
            inner = allowed[name]
            if inner is not None:
                inner(item, here)

    return check


def of_type(*types: type) -> Check:
    """Return a check for plain JSON types; a boolean is not a number."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise BadRequest(f"{where}: Input should be a valid {types[0].__name__}", param=where)

    return check


def one_of(*values: Any) -> Check:
    """Return a check for a closed menu."""

    def check(value: Any, where: str) -> None:
        if value not in values:
            raise BadRequest(f"{where}: Input should be one of {', '.join(map(repr, values))}", param=where)

    return check


def list_of(inner: Check, *, at_least: int = 1) -> Check:
    """Return a check for a list whose items all pass another check."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, list) or len(value) < at_least:
            raise BadRequest(f"{where}: Input should be a list of at least {at_least}", param=where)
        for index, item in enumerate(value):
            inner(item, f"{where}.{index}")

    return check


def text_or(inner: Check) -> Check:
    """Return a check for a string that is not empty, or else for the richer form."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str):
            inner(value, where)
        elif not value.strip():
            raise BadRequest(f"{where}: text must not be empty", param=where)

    return check


def at_least(minimum: int) -> Check:
    """Return a check for an integer with a lower bound."""

    def check(value: Any, where: str) -> None:
        of_type(int)(value, where)
        if value < minimum:
            raise BadRequest(f"{where}: Input should be greater than or equal to {minimum}", param=where)

    return check


# Both vendors refuse these keywords, or do not enforce them, in structured output.
UNSUPPORTED_KEYWORDS = frozenset(
    {"minLength", "maxLength", "minimum", "maximum", "multipleOf", "uniqueItems", "oneOf", "patternProperties"}
)


def check_schema(schema: Any, where: str) -> None:
    """Check the schema subset that both vendors accept: closed objects with every property required."""
    if not isinstance(schema, dict):
        raise BadRequest(f"{where}: schema must be an object", param=where)
    refused = UNSUPPORTED_KEYWORDS & schema.keys()
    if refused:
        raise BadRequest(f"{where}: {', '.join(sorted(refused))} not supported", param=where)
    if schema.get("type") == "object":
        _check_object_schema(schema, where)
    if schema.get("type") == "array":
        check_schema(schema.get("items"), f"{where}.items")


def _check_object_schema(schema: dict[str, Any], where: str) -> None:
    if schema.get("additionalProperties") is not False:
        raise BadRequest(f"{where}: 'additionalProperties' must be false", param=where)
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise BadRequest(f"{where}: an object needs properties", param=where)
    if set(schema.get("required", ())) != set(properties):
        raise BadRequest(f"{where}: 'required' must list every property", param=where)
    for name, inner in properties.items():
        check_schema(inner, f"{where}.{name}")
