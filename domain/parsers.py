"""One strict reading of JSON for everything that comes in, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import re
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 64
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Ends at the text's end too, and gives nothing back: an unfinished string is scanned once, not once for each quote.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)


class BadJSON(ValueError):
    """JSON that we refuse, with the reason."""


def strict_json(text: str) -> Any:
    """Read JSON and refuse what databases or other readers would trip over.

    Duplicate keys, NaN and infinities, numbers beyond 64 bits, NUL and lone surrogates in any string, and nesting
    deeper than 64 are errors.
    """
    if _too_deep(text):
        raise BadJSON(f"nested deeper than {MAX_DEPTH} levels")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_int, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise BadJSON(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise BadJSON(f"nested deeper than {MAX_DEPTH} levels") from None
    refuse_unstorable(value)
    return value


def refuse_unstorable(value: Any) -> None:
    """Raise BadJSON when a string anywhere in the value holds a NUL or a lone surrogate."""
    if isinstance(value, str):
        if found := _UNSTORABLE.search(value):
            raise BadJSON(f"character U+{ord(found[0]):04X} cannot be stored")
    elif isinstance(value, dict):
        for key, item in value.items():
            refuse_unstorable(key)
            refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            refuse_unstorable(item)


def _too_deep(text: str) -> bool:
    """Count brackets outside strings, before a recursive parser meets them."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for bracket in _STRING.sub("", text):
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif bracket in "]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadJSON(f"key {twice!r} appears twice in one object")
    return result


def _no_constant(name: str) -> NoReturn:
    raise BadJSON(f"{name} is not JSON; leave the value out or write null")


def _int(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
        raise BadJSON(f"{digits[:25]} does not fit into 64 bits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise BadJSON(f"{digits[:25]} is beyond the range of a double")
    return value


class BodyTooLarge(APIException):
    """More than a request may carry."""

    status_code = 413
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """Django REST framework's JSON parser with our strictness: bad input is a 400 that says why, never a 500."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the body as Python objects."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)  # read here, past the check that Django makes for forms
        if len(body) > limit:
            raise BodyTooLarge(f"the body is larger than {limit:,} bytes; import files with `jurybox import`")
        try:
            return strict_json(body.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ParseError(f"the body is not UTF-8: byte {error.start} cannot be read") from None
        except BadJSON as error:
            raise ParseError(str(error)) from None
