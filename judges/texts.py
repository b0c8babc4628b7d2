"""Texts from outside, made fit for every database: what judges write may hold anything."""

from __future__ import annotations

import re
from typing import Any

LONGEST_REPLY = 64_000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, longest: int = LONGEST_REPLY) -> str:
    """Return a text without NUL and lone surrogates, which PostgreSQL refuses, cut at a length that says so."""
    clean = _UNSTORABLE.sub("\ufffd", text)
    return clean if len(clean) <= longest else f"{clean[:longest]}\n… ({len(clean) - longest:,} more characters)"


def storable_document(value: Any) -> Any:
    """Return a JSON value in which every string can be stored."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {storable(str(key), 200): storable_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable_document(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
