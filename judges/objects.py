"""Finding the one JSON object in a reply that answers, whatever stands around it. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from judges.answer_shape import NoVerdict

LONGEST = 400_000  # characters that are searched for a verdict
MOST_STARTS = 500  # places in which an object may begin
# A marker line of our prompts, and everything up to the end of what it encloses: the judge is quoting.
QUOTED = re.compile(r"\[\[(\w{12,64}) begin: [^\]\n]*\]\].*?(?:\[\[\1 end\]\]|\Z)", re.DOTALL)
# What may stand directly around a quoted answer; a fence of backticks is how many judges answer.
OPENING, CLOSING, FENCED = tuple("`\"'“‘«"), tuple("`\"'”’»"), "```"
FENCE_LINE = re.compile(r"^[ \t]*```[ \t]*\w*", re.MULTILINE)
BRACES = re.compile(r"[{}]")


class Twice(dict[str, Any]):
    """An object in which a name occurs more than once."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object in a text, and where it stands."""

    start: int
    end: int
    item: dict[str, Any]


def the_one_object(text: str, fields: Set[str], shown: str = "") -> dict[str, Any]:
    """Return the only object in a reply that has all these fields; ``shown`` is what the judge may have quoted."""
    if len(text) > LONGEST:
        msg = f"the reply is longer than {LONGEST:,} characters"
        raise NoVerdict(msg)
    found = _objects_in(text)
    answering = [one for one in found if fields <= one.item.keys()]
    if any(quote.start() < one.start < quote.end() for quote in QUOTED.finditer(text) for one in answering):
        msg = "a verdict stands inside quoted material"
        raise NoVerdict(msg)
    if len(answering) == 1:
        _check_alone(text, answering[0], fields, shown)
        return answering[0].item
    if answering:
        msg = f"the reply holds {len(answering)} verdicts"
    elif found:
        msg = f"no JSON object in the reply answers {', '.join(sorted(fields))}"
    else:
        msg = "there is no JSON object in the reply"
    raise NoVerdict(msg)


def _check_alone(text: str, answer: Found, fields: Set[str], shown: str) -> None:
    """Refuse an answer that may be a part of another one, or a quotation: broken JSON hides what stands around it."""
    before, after = text[: answer.start], text[answer.end :]
    if any(re.search(rf"[\"']{re.escape(name)}[\"']\s*:", f"{before}\n{after}", re.IGNORECASE) for name in fields):
        msg = "a second answer begins beside the one that can be read"
        raise NoVerdict(msg)
    if _is_within_braces(before):
        msg = "the answer stands inside braces that cannot be read"
        raise NoVerdict(msg)
    line = before.rpartition("\n")[2].lstrip()
    around = (before.rstrip()[-3:], after.lstrip()[:3])
    is_inline = around[0][-1:] in OPENING and around[1][:1] in CLOSING and FENCED not in around
    said_more = any(mark.isalpha() for mark in FENCE_LINE.sub("", before) + after)
    if line.startswith(">") or (said_more and (is_inline or text[answer.start : answer.end] in shown)):
        msg = "a verdict stands inside quoted material"
        raise NoVerdict(msg)


def _is_within_braces(before: str) -> bool:
    """Say whether a brace is still open at the end of a text."""
    depth = 0
    for brace in BRACES.findall(before):
        depth = max(0, depth + (1 if brace == "{" else -1))
    return depth > 0


def _objects_in(text: str) -> list[Found]:
    """Return every JSON object in a text that is not inside another one."""
    decoder = json.JSONDecoder(object_pairs_hook=_pairs)
    found: list[Found] = []
    position, starts = text.find("{"), 0
    while position >= 0:
        starts += 1
        if starts > MOST_STARTS:
            msg = "the reply holds too many braces to look for a verdict"
            raise NoVerdict(msg)
        try:
            item, end = decoder.raw_decode(text, position)
            found.append(Found(position, end, item))
        except (ValueError, RecursionError):
            end = position + 1
        position = text.find("{", end)
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    return plain if len(plain) == len(pairs) else Twice(plain)


def check_fields(item: dict[str, Any], allowed: Set[str], where: str) -> None:
    """Refuse an object with fields that nobody asked for, or twice the same: it may hold a second verdict."""
    if isinstance(item, Twice):
        msg = f"{where} gives the same field twice"
        raise NoVerdict(msg)
    unknown = item.keys() - allowed
    if unknown:
        msg = f"{where} has fields that were not asked for: {', '.join(sorted(unknown))}"
        raise NoVerdict(msg)


def written(item: dict[str, Any]) -> str:
    """Return the reasons in an object, if they are text."""
    return item["reasons"].strip() if isinstance(item.get("reasons"), str) else ""


def number_in(given: Any, what: str) -> float:
    """Return a finite number."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        msg = f"{what} is a {type(given).__name__}, not a number"
        raise NoVerdict(msg)
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        msg = f"{what} is not a finite number"
        raise NoVerdict(msg)
    return number


def label_in(given: Any, menu: Set[str], what: str) -> str:
    """Return the label of a menu that is meant, in any letter case."""
    if not isinstance(given, str):
        msg = f"{what} is a {type(given).__name__}, not one of the labels"
        raise NoVerdict(msg)
    folded = {label.casefold(): label for label in menu}
    found = folded.get(given.strip().casefold())
    if found is None:
        msg = f"{what}: {given[:40]!r} is not one of {', '.join(menu)}"
        raise NoVerdict(msg)
    return found
