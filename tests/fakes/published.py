"""Requests against the vendors' own published types: no field that they do not know, none missing, no wrong value."""

from __future__ import annotations

import collections.abc as abc
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

import typing_extensions

from tests.fakes.wire import BadRequest

SENT_OTHERWISE = {"user_profile_id", "workspace_id"}  # headers, which the types list beside the body's fields
SEQUENCES = (list, tuple, abc.Iterable, abc.Sequence)


PUBLISHED = {
    "/v1/messages": "anthropic.types.message_create_params:MessageCreateParamsNonStreaming",
    "/v1/messages/batches": "anthropic.types.messages.batch_create_params:BatchCreateParams",
    "/v1/chat/completions": "openai.types.chat.completion_create_params:CompletionCreateParamsNonStreaming",
    "/v1/responses": "openai.types.responses.response_create_params:ResponseCreateParamsNonStreaming",
    "/v1/batches": "openai.types.batch_create_params:BatchCreateParams",
    "/v1/decisions": "openai.types.decision_create_params:DecisionCreateParams",
}


@cache
def type_of(path: str) -> Any:
    """Return the published type of a request's body."""
    module, _, name = PUBLISHED[path].partition(":")
    return getattr(import_module(module), name)


def check(path: str, body: dict[str, Any], *, older: tuple[str, ...] = ()) -> None:
    """Raise BadRequest for a body that is not of the published type; ``older`` fields are of an earlier version."""
    found = problem({name: value for name, value in body.items() if name not in older}, type_of(path))
    if found:
        raise BadRequest(f"not the published shape: {found}")


def problem(value: Any, kind: Any, where: str = "body") -> str:
    """Say what keeps a value from being of a type, or ""."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Annotated, Required, NotRequired, typing_extensions.Required, typing_extensions.NotRequired):
        return problem(value, arguments[0], where)
    if typing_extensions.is_typeddict(kind):
        return _of_object(value, kind, where)
    if origin in (Union, UnionType):
        return _of_union(value, arguments, where)
    if origin is Literal:
        return "" if value in arguments else f"{where} is {value!r}, which is none of {arguments}"
    if origin in SEQUENCES or getattr(kind, "__name__", "") == "SequenceNotStr":
        return _of_items(value, arguments[0] if arguments else Any, where)
    if origin in (dict, abc.Mapping):
        return "" if isinstance(value, dict) else f"{where} is no object"
    if kind is float:
        kind = (int, float)
    if kind in (Any, object) or not isinstance(kind, type | tuple):
        return ""
    fits = isinstance(value, kind) and (not isinstance(value, bool) or kind is bool)
    return "" if fits else f"{where} is {value!r}, no {kind}"


def _of_object(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, dict):
        return f"{where} is no object"
    hints = get_type_hints(kind, include_extras=True)
    for name in value:
        if name not in hints or name in SENT_OTHERWISE:
            return f"{where}.{name} is no field of {kind.__name__}"
    for name, hint in hints.items():
        if name in value:
            if found := problem(value[name], hint, f"{where}.{name}"):
                return found
        elif get_origin(hint) in (Required, typing_extensions.Required):
            return f"{where}.{name} is missing"
    return ""


def _of_union(value: Any, kinds: tuple[Any, ...], where: str) -> str:
    if value is None and NoneType in kinds:
        return ""
    found = [problem(value, kind, where) for kind in kinds]
    return "" if "" in found else max(found, key=lambda words: words.split()[0].count("."))  # what got furthest


def _of_items(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, list | tuple):
        return f"{where} is no list"
    return next((found for index, item in enumerate(value) if (found := problem(item, kind, f"{where}.{index}"))), "")
