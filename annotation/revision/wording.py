"""Two texts word by word: what stayed, what went and what came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
MOST_WORDS = 4_000  # in each text on average; longer ones are compared line by line


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text: ``same``, ``gone`` or ``new``."""

    kind: str
    text: str


def plain_lines(text: str) -> str:
    """Return a text whose lines end as ours do; browsers send them with a carriage return."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def differences(before: str, after: str) -> list[Part]:
    """Return one text that holds both, in the order in which it is read; what went stands before what came."""
    before, after = plain_lines(before), plain_lines(after)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) + len(new) > 2 * MOST_WORDS:
        old, new = _LINES.findall(before), _LINES.findall(after)
    parts: list[Part] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            _add(parts, "same", old[a:b])
        else:
            _add(parts, "gone", old[a:b])
            _add(parts, "new", new[c:d])
    return parts


def _add(parts: list[Part], kind: str, words: Sequence[str]) -> None:
    if words:
        parts.append(Part(kind, "".join(words)))
