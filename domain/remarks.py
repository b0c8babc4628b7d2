"""Reading what a rater says beside the scores: text, ticked reasons, marked places. Pure.

``read_remark`` accepts what its field asks for and nothing else. ``misplaced`` compares marked places with the text in
which they lie; only who has the rendered text can call it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from domain.parsers import BadJSON, refuse_unstorable
from domain.specs import RemarkForm, RemarkSpec

MAX_TEXT = 5000  # code points
MAX_SPANS = 100
MAX_OFFSET = 1_000_000
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_SPAN_FIELDS = {"start", "end", "text", "category", "severity"}


class BadRemark(ValueError):
    """A remark that its field does not allow; the message names the field, the value and what would do."""


def read_remark(spec: RemarkSpec, value: Any) -> Any:
    """Return a remark as it is kept, or raise BadRemark. What is empty comes back as None: there is no remark."""
    if value is None:
        return None
    if spec.form is RemarkForm.TEXT:
        return _text(spec, value)
    if not isinstance(value, list):
        raise BadRemark(f"{spec.key}: send a list")
    return (_tags(spec, value) if spec.form is RemarkForm.TAGS else _spans(spec, value)) or None


def _text(spec: RemarkSpec, value: Any) -> str | None:
    if not isinstance(value, str):
        raise BadRemark(f"{spec.key}: send text")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > MAX_TEXT:
        raise BadRemark(f"{spec.key}: {len(text)} characters are too many; {MAX_TEXT} fit")
    if found := _CONTROL.search(text):
        raise BadRemark(f"{spec.key}: the control character U+{ord(found[0]):04X} is no text; leave it out")
    return _storable(spec, text) or None


def _storable(spec: RemarkSpec, text: str) -> str:
    try:
        refuse_unstorable(text)
    except BadJSON as error:
        raise BadRemark(f"{spec.key}: {error}") from None
    return text


def _tags(spec: RemarkSpec, value: Sequence[Any]) -> list[str]:
    for tag in value:
        _one_of(spec, "reason", tag, spec.options)
    return [option for option in spec.options if option in value]


def _spans(spec: RemarkSpec, value: Sequence[Any]) -> list[dict[str, Any]]:
    if len(value) > MAX_SPANS:
        raise BadRemark(f"{spec.key}: {len(value)} marks are too many; {MAX_SPANS} fit")
    spans = sorted((_span(spec, span) for span in value), key=lambda span: (span["start"], span["end"]))
    for earlier, later in itertools.pairwise(spans):
        if later["start"] < earlier["end"]:
            raise BadRemark(
                f"{spec.key}: the marks at {earlier['start']}-{earlier['end']} and {later['start']}-{later['end']} "
                "overlap; mark each place once"
            )
    return spans


def _span(spec: RemarkSpec, span: Any) -> dict[str, Any]:
    if not isinstance(span, dict) or span.keys() - _SPAN_FIELDS or {"start", "end", "text", "category"} - span.keys():
        raise BadRemark(f'{spec.key}: a mark is {{"start", "end", "text", "category", "severity"}}')
    start, end = _offset(spec, span["start"]), _offset(spec, span["end"])
    if start >= end:
        raise BadRemark(f"{spec.key}: a mark from {start} to {end} holds nothing; the end lies behind the last sign")
    if not isinstance(span["text"], str) or len(span["text"]) != end - start:
        raise BadRemark(f"{spec.key}: the text of the mark at {start} must be the {end - start} signs that it marks")
    _storable(spec, span["text"])
    category = _one_of(spec, "category", span["category"], spec.options)
    severity = span.get("severity")
    if spec.severities:
        severity = _one_of(spec, "severity", severity, tuple(spec.severities))
    elif severity is not None:
        raise BadRemark(f"{spec.key}: severities are not asked for")
    return {"start": start, "end": end, "text": span["text"], "category": category, "severity": severity}


def _offset(spec: RemarkSpec, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_OFFSET:
        raise BadRemark(f"{spec.key}: start and end are whole numbers that count signs of the text from 0")
    return value


def _one_of(spec: RemarkSpec, what: str, value: Any, known: Sequence[str]) -> str:
    if value not in known or not isinstance(value, str):
        raise BadRemark(f"{spec.key}: {what} {str(value)[:60]!r} is not known; choose from {', '.join(known)}")
    return value


def misplaced(spec: RemarkSpec, spans: Sequence[Mapping[str, Any]], text: str) -> str | None:
    """Say which mark does not lie where it says in the text of the rendered response, or None when all do."""
    for span in spans:
        there = text[span["start"] : span["end"]]
        if there != span["text"]:
            return (
                f"{spec.key}: the mark at {span['start']}-{span['end']} says {span['text'][:40]!r}, "
                f"but there the answer says {there[:40]!r}"
            )
    return None


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(html: str) -> str:
    """Return the text of rendered HTML: what a browser calls the ``textContent`` of the element around it.

    Marks count its code points. Only for HTML that domain.rendering made: no script, style, comment or CDATA is in it.
    """
    reader = _Text()
    reader.feed(html.replace("\r\n", "\n").replace("\r", "\n"))  # as a browser does before it parses
    reader.close()
    return "".join(reader.parts)
