"""Validity under a JSON Schema that nobody vouches for: no network, and a bounded time.

Schemas come from whoever launches a run, documents from the systems under test. Either can be written to keep a
validator busy for ever: by patterns that backtrack, by references that branch at each step, by large arrays of
unequal items. Patterns are searched by the ``regex`` package, which looks at the clock; every other keyword looks at
it each time it is applied.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any

from domain.choices import Reason, Unscored
from judges.metrics.matching import LONGEST_PATTERN

LONGEST_SCHEMA = 50_000  # characters, as JSON
SECONDS = 1.0  # for one document
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_deadline: ContextVar[float] = ContextVar("deadline")


class _TooLongError(Exception):
    """The time for one document is over."""


def problem_with(schema: dict[str, Any]) -> str | None:
    """Say what is wrong with a schema, or None. A draft that ``$schema`` names is held to; else it is 2020-12."""
    if not schema:
        return "json_schema needs the parameter schema: a JSON Schema as an object"
    try:
        text = json.dumps(schema)
    except RecursionError:
        return "the schema is nested too deeply"
    if len(text) > LONGEST_SCHEMA:
        return f"the schema is longer than {LONGEST_SCHEMA:,} characters"
    try:
        return _dialect_problem(schema) or next(filter(None, map(_keyword_problem, _objects_in(schema))), None)
    except RecursionError:
        return "the schema is nested too deeply"


def _dialect_problem(schema: dict[str, Any]) -> str | None:
    from jsonschema import exceptions, validators

    usual = _default_dialect()
    dialect = validators.validator_for(schema, default=usual)
    named = str(schema.get("$schema", usual.META_SCHEMA["$id"])).rstrip("#")
    if dialect is usual and named != usual.META_SCHEMA["$id"]:
        return f"the schema is of a dialect that is not known: {named[:200]}"
    try:
        dialect.check_schema(schema)
    except exceptions.SchemaError as error:
        return f"the schema is not valid: {error.message[:300]}"
    return None


def _keyword_problem(part: dict[str, Any]) -> str | None:
    """Say what is wrong with the keywords of one object of a schema."""
    for name in REFERENCES:
        if isinstance(part.get(name), str) and not part[name].startswith("#"):
            return (
                f"the schema refers to {part[name][:200]!r}; only references within it, such as #/$defs/x, are followed"
            )
    if "unevaluatedProperties" in part and "patternProperties" in json.dumps(part):
        return "the schema has unevaluatedProperties beside patternProperties, which cannot be held to a time limit"
    patterns = [part["pattern"]] if isinstance(part.get("pattern"), str) else []
    named = part.get("patternProperties")
    return next(filter(None, map(_pattern_problem, [*patterns, *(named if isinstance(named, dict) else ())])), None)


def _pattern_problem(pattern: str) -> str | None:
    import regex

    if len(pattern) > LONGEST_PATTERN:
        return f"a pattern of the schema is longer than {LONGEST_PATTERN:,} characters"
    try:
        _compiled(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        return f"a pattern of the schema is no regular expression: {error}"
    return None


def _objects_in(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects_in(inner)


def allows(schema: dict[str, Any], document: Any) -> bool | Unscored:
    """Say whether a schema that has no problem allows a document, or why that could not be found out in time."""
    from referencing.exceptions import Unresolvable

    token = _deadline.set(time.monotonic() + SECONDS)
    try:
        return bool(_validator(json.dumps(schema, sort_keys=True)).is_valid(document))
    except (_TooLongError, TimeoutError):
        return Unscored(Reason.UNREADABLE, f"Checking against the schema took longer than {SECONDS:g} s.")
    except RecursionError:
        return Unscored(Reason.UNREADABLE, "The document or its schema is nested too deeply.")
    except Unresolvable as error:
        return Unscored(Reason.UNREADABLE, f"The schema refers to what it does not have: {error}")
    finally:
        _deadline.reset(token)


@cache
def _validator(text: str) -> Any:
    from jsonschema import validators
    from referencing.jsonschema import EMPTY_REGISTRY

    schema = json.loads(text)
    dialect = validators.validator_for(schema, default=_default_dialect())
    return _limited(dialect)(schema, registry=EMPTY_REGISTRY)


def _default_dialect() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator


@cache
def _limited(dialect: Any) -> Any:
    """Return the validator of a dialect with every keyword under the clock."""
    from jsonschema import validators

    extend: Any = validators.extend
    ours = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
    }
    keywords = {name: ours.get(name, check) for name, check in dialect.VALIDATORS.items()}
    return extend(dialect, {name: _timed(check) for name, check in keywords.items()})


def _timed(check: Callable[..., Any]) -> Callable[..., Iterator[Any]]:
    def timed(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
        if time.monotonic() > _deadline.get():
            raise _TooLongError
        yield from check(validator, value, instance, schema) or ()

    return timed


@cache
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)


def _found(pattern: str, text: str) -> bool:
    return _compiled(pattern).search(text, timeout=max(0.001, _deadline.get() - time.monotonic())) is not None


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not _found(pattern, instance):
        yield _error(f"{instance[:80]!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, inner in patterns.items():
        for name, value in instance.items():
            if _found(pattern, name):
                yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in instance:
        if name in known or any(_found(pattern, name) for pattern in patterns):
            continue
        if validator.is_type(allowed, "object"):
            yield from validator.descend(instance[name], allowed, path=name)
        elif not allowed:
            yield _error(f"{name[:80]!r} is not among the properties")


def _unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[Any]:
    """Compare frozen items by hash; the package compares every two where items cannot be sorted."""
    if wanted and validator.is_type(instance, "array") and len({_frozen(item) for item in instance}) < len(instance):
        yield _error("items are not unique")


def _frozen(value: Any) -> Any:
    """Return a hashable stand-in: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, dict):
        return "object", frozenset((name, _frozen(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_frozen, value))
    return isinstance(value, bool), value


def _error(message: str) -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError(message)
