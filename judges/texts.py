"""Texts from outside, made fit for every database: what judges write may hold anything."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST_REPLY = 64_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_SUSPECT = re.compile(r"\\u(0000|d[89a-f])|NaN|Infinity")  # as JSON writes it, halves of emoji among it


def storable(text: str, longest: int = LONGEST_REPLY) -> str:
    """Return a text without NUL and lone surrogates, which PostgreSQL refuses, cut at a length that says so."""
    clean = text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)
    return clean if len(clean) <= longest else f"{clean[:longest]}\n… ({len(clean) - longest:,} more characters)"


def storable_document(value: Any) -> Any:
    """Return a JSON value in which every string can be stored."""
    written = json.dumps(value)
    # Nothing that could be in the way in all of it, as nearly always, means nothing in any part.
    return value if len(written) <= LONGEST_REPLY and not _SUSPECT.search(written) else _storable(value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key), 200): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
