"""How a response is written, in counts: what a fit may have to allow for, because raters like length and markup."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^ {0,3}#{1,6}(?:[ \t]|$)", re.MULTILINE)
_LIST_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S", re.MULTILINE)
_BOLD = re.compile(r"\*\*(?=\S)[^*\n]{1,1000}\*\*|(?<!\w)__(?=\S)[^_\n]{1,1000}__(?!\w)")


@dataclass(frozen=True, slots=True)
class Style:
    """Length, and the Markdown outside code blocks. The names are those of Response's columns."""

    characters: int
    words: int
    headers: int
    list_items: int
    bold_spans: int


def style_of(text: str) -> Style:
    """Count a text's characters, words (between white space), and Markdown headers, list items and bold spans."""
    prose = _CODE_FENCE.sub("", text)
    return Style(
        characters=len(text),
        words=len(text.split()),
        headers=len(_HEADER.findall(prose)),
        list_items=len(_LIST_ITEM.findall(prose)),
        bold_spans=len(_BOLD.findall(prose)),
    )
