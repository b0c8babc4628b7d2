"""Read one cell: text, name, number, date, turns; or reject it with its column, value and reason."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from domain.formats import Row
from domain.imports.columns import Layout
from domain.imports.records import Rejected
from domain.parsers import BadJSON, strict_json

MAX_TEXT = 1_000_000  # characters of a prompt, a response, a rationale
MAX_NAME = 200  # characters of an id or a name
MAX_METADATA = 16_000
_NAMES = {"name", "system", "system_a", "system_b", "rater"}  # what tables and terminals show
# Control characters steer a terminal, and marks of direction make a name look like another one.
_UNFIT_FOR_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ROLES = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}


class Cells:
    """One row, read field by field."""

    def __init__(self, row: Row, layout: Layout) -> None:
        self.row = row
        self.layout = layout

    def column(self, field: str) -> str:
        """Return the column that holds a field, for errors."""
        return self.layout.columns.get(field, field)

    def raw(self, field: str) -> Any:
        """Return the cell as it stands; None where the column is absent or the cell empty."""
        column = self.layout.columns.get(field)
        value = None if column is None else self.row.values.get(column)
        return None if value == "" else value

    def reject(self, field: str, reason: str) -> Rejected:
        """Return the error for a field's value."""
        column = self.column(field)
        return Rejected(column, self.row.values.get(column), reason)

    def text(self, field: str, *, most: int = MAX_TEXT) -> str:
        """Return a text; empty where there is none."""
        value = self.raw(field)
        if value is None:
            return ""
        text = value if type(value) is str else _as_text(value)
        if text is None:
            raise self.reject(field, f"a text is needed, not {type(value).__name__}")
        if len(text) > most:
            raise self.reject(field, f"{len(text):,} characters; at most {most:,} are kept")
        return text

    def name(self, field: str, *, needed: bool = True) -> str:
        """Return an id or a name, trimmed."""
        name = self.text(field, most=MAX_NAME).strip()
        if needed and not name:
            raise self.reject(field, "is empty")
        if field in _NAMES and (found := _UNFIT_FOR_NAMES.search(name)):
            raise self.reject(field, f"character U+{ord(found[0]):04X} cannot stand in a name")
        return name

    def content(self, field: str) -> str | None:
        """Return a response's text: null is none, and an empty text is an empty answer."""
        column = self.layout.columns.get(field, "")
        return None if self.row.values.get(column) is None else self.text(field)

    def whole(self, field: str, *, low: int = 0, high: int = 2**31 - 1) -> int | None:
        """Return a whole number in a range, or None."""
        number = self.number(field)
        if number is None:
            return None
        if number % 1 or not low <= number <= high:
            raise self.reject(field, f"is not a whole number from {low} to {high}")
        return int(number)

    def number(self, field: str) -> float | None:
        """Return a finite number, or None where the cell is empty."""
        try:
            return number_in(self.raw(field))
        except ValueError as error:
            raise self.reject(field, str(error)) from None

    def moment(self, field: str) -> datetime | None:
        """Return a time from ISO text or from seconds (or milliseconds) since 1970."""
        value = self.raw(field)
        if value is None:
            return None
        try:
            return _moment(value)
        except (ValueError, OverflowError, OSError):
            raise self.reject(field, "is not a time; write 2026-11-21T08:30:00Z or seconds since 1970") from None

    def words(self, field: str) -> list[str]:
        """Return tags: a list, or words with commas between them."""
        value = self.raw(field)
        items = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else [value]
        texts = [_as_text(item) for item in items if item is not None]
        if any(text is None or len(text) > MAX_NAME for text in texts):
            raise self.reject(field, f"is not a list of words of at most {MAX_NAME} characters")
        return [text.strip() for text in texts if text and text.strip()]

    def turns(self, field: str) -> list[dict[str, str]]:
        """Return a conversation from a text, a list of texts, or a list of {role, content} (also as JSON text)."""
        value = self.raw(field)
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = strict_json(value)
            except BadJSON as error:
                raise self.reject(field, f"is not JSON: {error}") from None
        try:
            return conversation(value)
        except ValueError as error:
            raise self.reject(field, str(error)) from None

    def rest(self) -> dict[str, Any]:
        """Return what no field took, to be kept as metadata."""
        values = self.row.values
        kept = {column: values[column] for column in self.layout.rest if values[column] not in (None, "")}
        if len(str(kept)) > MAX_METADATA:
            longest = max(kept, key=lambda column: len(str(kept[column])))
            reason = f"columns of no known meaning hold over {MAX_METADATA:,} characters in this row; leave some out"
            raise Rejected(longest, kept[longest], reason)
        return kept


def number_in(value: Any) -> float | None:
    """Return a number from a number or its text; None for null and the empty text."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float | str):
        raise ValueError("is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError("is not a number") from None
    if not math.isfinite(number):
        raise ValueError("is not a finite number; leave the cell empty where there is none")
    return number


def conversation(value: Any) -> list[dict[str, str]]:
    """Return turns as [{role, content}], or raise ValueError with the reason."""
    items = value if isinstance(value, list) else [value]
    turns = [_turn(item) for item in items]
    if sum(len(turn["content"]) for turn in turns) > MAX_TEXT:
        raise ValueError(f"more than {MAX_TEXT:,} characters")
    return turns


def _turn(item: Any) -> dict[str, str]:
    if isinstance(item, str):
        return {"role": "user", "content": item}
    if not isinstance(item, Mapping) or not isinstance(item.get("role"), str):
        raise ValueError("a turn is a text or an object with role and content")
    role = _ROLES.get(item["role"], item["role"])
    if role not in ("system", "user", "assistant"):
        raise ValueError(f"role {role!r} is not one of system, user, assistant")
    return {"role": role, "content": _content(item.get("content"))}


def _content(content: Any) -> str:
    """Return the text of a turn, whose content may be a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError("the content of a turn is a text or a list of parts")
    parts = (part.get("text") or f"[{part.get('type', 'part')}]" for part in content if isinstance(part, Mapping))
    return "\n\n".join(str(part) for part in parts)


def _as_text(value: Any) -> str | None:
    """Return a text, or a number as one writes it: 97.0 is what a table makes of the id 97."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if value == int(value) else str(value)


def _moment(value: Any) -> datetime:
    try:
        seconds = number_in(value)
    except ValueError:
        moment = parse_datetime(value) if isinstance(value, str) else None
        if moment is None:
            raise
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if seconds is None:
        raise ValueError("empty")
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
