"""Reading a provider's JSON without trusting it: typed access, cleaned text, and a copy that is safe to keep."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from judges.providers.base import InvalidResponse, Schema, Token, Usage

KEPT_TEXT, KEPT_ITEMS, KEPT_DEPTH = 8_000, 64, 12  # how much of an answer is stored beside the verdict
SHOWN = 300


def parse(body: bytes, content_type: str = "") -> dict[str, Any]:
    """Return the JSON object in a body, or raise InvalidResponse: whatever the status said, this is no reply."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        kind = f" ({content_type})" if content_type else ""
        raise InvalidResponse(f"The answer is not JSON{kind}.", raw=_shown(body)) from None
    if not isinstance(document, dict):
        raise InvalidResponse(f"The answer is JSON, but a {type(document).__name__}.", raw=_shown(body))
    return document


def written(document: Mapping[str, Any]) -> bytes:
    """Return a document as the body of a request. Raises ValueError for what JSON or UTF-8 cannot hold."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def _shown(body: bytes) -> str:
    return clean(body[:SHOWN].decode("utf-8", "replace"))


def clean(text: str) -> str:
    """Replace what no database stores: NUL and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def kept(value: Any, depth: int = 0) -> Any:
    """Return a copy of a JSON value for the record: long texts and lists are cut, text is clean."""
    if isinstance(value, str):
        return clean(value[:KEPT_TEXT]) + ("…" if len(value) > KEPT_TEXT else "")
    if isinstance(value, dict | list) and depth >= KEPT_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {clean(str(name)[:200]): kept(item, depth + 1) for name, item in list(value.items())[:KEPT_ITEMS]}
    if isinstance(value, list):
        return [kept(item, depth + 1) for item in value[:KEPT_ITEMS]]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def text(value: Any) -> str:
    """Return a string field, cleaned; anything else is no text."""
    return clean(value) if isinstance(value, str) else ""


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list field; anything else holds none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an object field; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def moment(value: Any) -> datetime | None:
    """Return a moment given as text of RFC 3339 or as Unix seconds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def tokens(document: Mapping[str, Any], *names: str) -> int:
    """Return the sum of token counts. A missing one counts nothing; a wrong one raises ValueError."""
    return sum(_count(document.get(name)) for name in names)


def _count(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        msg = f"{value!r} is not a number of tokens"
        raise ValueError(msg)
    return value


def logprobs_in(value: Any) -> tuple[Token, ...]:
    """Return the tokens of an answer with their alternatives, as both of OpenAI's APIs list them.

    A token without a log-probability ends the list as if there were none: a part of an answer tells nothing.
    """
    found = []
    for item in objects(value):
        top = [
            (text(other.get("token")), _logprob(other.get("logprob"))) for other in objects(item.get("top_logprobs"))
        ]
        own = _logprob(item.get("logprob"))
        if own is None:
            return ()
        found.append(Token(text(item.get("token")), own, tuple((token, p) for token, p in top if p is not None)))
    return tuple(found)


def _logprob(value: Any) -> float | None:
    """Return a natural logarithm of a probability; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or value > 0.001:
        return None
    return min(0.0, float(value))


def usage_in(value: Any, asked: str, said: str) -> Usage | None:
    """Return the usage in a document of OpenAI's, whose prompt count includes the tokens that the cache gave or took.

    ``asked`` and ``said`` are how the API calls prompt and answer. A missing or wrong count makes the whole usage
    unknown, which is not zero.
    """
    counts = mapping(value)
    if f"{asked}_tokens" not in counts or f"{said}_tokens" not in counts:
        return None
    try:
        parts = mapping(counts.get(f"{asked}_tokens_details"))
        read, written = tokens(parts, "cached_tokens"), tokens(parts, "cache_write_tokens")
        uncached = max(0, tokens(counts, f"{asked}_tokens") - read - written)
        output = tokens(counts, f"{said}_tokens")
        thinking = tokens(mapping(counts.get(f"{said}_tokens_details")), "reasoning_tokens")
    except ValueError:
        return None
    return Usage(input_uncached=uncached, cache_read=read, cache_write=written, output=output, thinking=thinking)


def spelt_out(schema: Schema) -> str:
    """Say in words and JSON what the answer has to look like, for models without structured output."""
    document = json.dumps(schema.document, ensure_ascii=False)
    return (
        "Answer with exactly one JSON object and nothing around it. It must have every property of this JSON schema, "
        f"and no other:\n{document}"
    )
