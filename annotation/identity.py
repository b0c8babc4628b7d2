"""Where a text says which system wrote it, or who made that system. Pure.

Four kinds, from what is sure to what may be nothing:

``self``     the text says it of itself ("I am Claude", "as an AI developed by …"), with every other name of the same
             family in that text, for a signature tells as much as an introduction
``address``  who asks says whom they ask ("You are Claude", "Hi ChatGPT,"): in prompts only
``own``      the full name of a system on this record, where the prompt has not named it first
``mention``  any other name of a system or maker: often the topic, so it is noted and hidden only by hand

What is found are names, not sentences: "As an AI developed by ▇▇▇" still reads. A text that says it is an AI and no
more tells nothing, and is not found. Style tells systems apart as well; that cannot be hidden.
The tables are ``known_names`` and ``identity_frames``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from annotation.identity_frames import ADDRESSES, BRINGS_A_STRANGER, INTRODUCTIONS, MAKERS, SPEAKS_AS_AI, STRANGERS
from annotation.known_names import FAMILIES, VERSION, Family

MASK = "▇▇▇"  # as long for every name, and the same in every language
MOST = 100_000  # characters


class Kind(StrEnum):
    """How sure it is that a name tells who wrote the text."""

    SELF = "self"
    ADDRESS = "address"
    OWN = "own"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text: code points from ``start`` to before ``end``."""

    start: int
    end: int
    kind: Kind
    text: str


def identities(text: str, *, prompt: str = "", own: Sequence[str] = (), told: Iterable[str] = ()) -> list[Found]:
    """Return the names in a text that tell, or may tell, who wrote it: in order, without overlaps.

    ``prompt`` is the conversation so far, ``own`` the names and families of the systems on this record,
    ``told`` names that another version of this text has given away. What lies beyond the first ``MOST`` characters is
    not looked at.
    """
    text = text[:MOST]
    lower = text.casefold()
    names, is_brought = _holds_a_name(text, lower), _may_bring_a_stranger(lower)
    near = tuple(name for name in own if _first_word(name) in lower)
    frames = [*(_known_frames() if names else ()), *(_stranger_frames() if is_brought else ()), *_own_frames(near)]
    said = [(start, end, Kind.SELF) for start, end in _claims(text, frames)]
    if said:
        said += [(start, end, Kind.SELF) for start, end in _same_family(text, said)]
    if again := tuple(sorted(told, key=len, reverse=True)):
        said += [(match.start(), match.end(), Kind.SELF) for match in _exactly(again).finditer(text)]
    said += [(start, end, Kind.OWN) for start, end in _own(text, prompt, near)]
    if names:
        said += [(match.start(), match.end(), Kind.MENTION) for match in _plain_names().finditer(text)]
    return [Found(start, end, kind, text[start:end]) for start, end, kind in _without_overlaps(said)]


def addressed(text: str, *, own: Sequence[str] = ()) -> list[Found]:
    """Return the names in what somebody asks: of whom they ask, and any other, which is the topic.

    Who asks speaks of themselves ("I am Claude, and I live in Lyon"), so introductions tell nothing here.
    """
    text = text[:MOST]
    lower = text.casefold()
    near = tuple(name for name in own if _first_word(name) in lower)
    names = _holds_a_name(text, lower)
    frames = [*(_known_addresses() if names else ()), *_own_frames(near, ADDRESSES)]
    said = [(start, end, Kind.ADDRESS) for start, end in _claims(text, frames)]
    if said:
        said += [(start, end, Kind.ADDRESS) for start, end in _same_family(text, said)]
    said += [(start, end, Kind.MENTION) for start, end in _own(text, "", near)]
    if names:
        said += [(match.start(), match.end(), Kind.MENTION) for match in _plain_names().finditer(text)]
    return [Found(start, end, kind, text[start:end]) for start, end, kind in _without_overlaps(said)]


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with a mask in place of each span."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def _without_overlaps(said: list[tuple[int, int, Kind]]) -> list[tuple[int, int, Kind]]:
    """Keep the surer of two that overlap, of two alike the longer."""
    order = {kind: place for place, kind in enumerate(Kind)}
    kept: list[tuple[int, int, Kind]] = []  # in order, apart from each other
    for one in sorted(set(said), key=lambda one: (order[one[2]], one[0] - one[1], one[0])):
        at = bisect_left(kept, (one[0],))
        if (at == 0 or kept[at - 1][1] <= one[0]) and (at == len(kept) or kept[at][0] >= one[1]):
            kept.insert(at, one)
    return kept


# --- What a text says of itself ---------------------------------------------------------------------------------------


def _claims(text: str, frames: Iterable[re.Pattern[str]]) -> Iterator[tuple[int, int]]:
    for frame in frames:
        for match in frame.finditer(text):
            if not _is_somebody_elses(text, match):
                yield match.span("name")


def _is_somebody_elses(text: str, match: re.Match[str]) -> bool:
    """Return whether the words are in quotation marks, as in a story, or deny what they name."""
    before = text[max(0, match.start() - 1) : match.start()]
    return before in ('"', "'", "“", "„", "«", "‘", "「") or bool(re.search(r"\b(?:not|kein|nicht)\b", match[0]))


def _same_family(text: str, said: Iterable[tuple[int, int, Kind]]) -> Iterator[tuple[int, int]]:
    """Find further names of whoever the text has said it is, and further times the name itself."""
    for name in {text[start:end] for start, end, _ in said}:
        family = next((one for one in FAMILIES if _is_of(name, one)), None)
        for match in _names_of(name, family or Family(())).finditer(text):
            yield match.span()


def _is_of(name: str, family: Family) -> bool:
    return any(name.casefold().startswith(known.casefold()) for known in (*family.plain, *family.shared))


# --- What is on the record --------------------------------------------------------------------------------------------


def _own(text: str, prompt: str, own: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find names of this record's systems that mean nothing else, where the prompt has not brought them up."""
    telling = [name for name in own if _is_telling(name)]
    if telling:
        for match in _exactly(tuple(sorted(telling, key=len, reverse=True))).finditer(text):
            if match[0].casefold() not in prompt.casefold():
                yield match.span()


@lru_cache(1024)
def _first_word(name: str) -> str:
    return re.split(r"[\s_-]", name.casefold())[0]


@lru_cache(1024)
def _is_telling(name: str) -> bool:
    """Return whether a name is no common word: it has a digit, several words, or a capital inside."""
    return len(name) > 3 and bool(re.search(r"\d|\w[\s_-]\w|[a-z][A-Z]", name)) and bool(re.search(r"[^\W\d_]", name))


@lru_cache(64)
def _exactly(names: tuple[str, ...]) -> re.Pattern[str]:
    """Match whole names, whatever joins their words: a blank, a hyphen, an underscore."""
    written = [r"[\s_-]".join(map(re.escape, re.split(r"[\s_-]+", name))) for name in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(written)})(?!\w)", re.IGNORECASE)


# --- The tables as patterns -------------------------------------------------------------------------------------------


def _holds_a_name(text: str, lower: str) -> bool:
    """Let most texts go after one look: the patterns cost a hundred times as much."""
    plain, shared = _stems()
    return any(stem in lower for stem in plain) or not shared.isdisjoint(_WORD.findall(text))


_WORD = re.compile(r"[A-Z][A-Za-z0-9]+")


def _may_bring_a_stranger(lower: str) -> bool:
    return any(word in lower for word in SPEAKS_AS_AI) and any(word in lower for word in BRINGS_A_STRANGER)


@lru_cache(1)
def _stems() -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the plain names without those that hold another, and the first words of shared ones."""
    plain = {name.casefold() for family in FAMILIES for name in family.plain}
    fewest = tuple(name for name in plain if not any(other != name and other in name for other in plain))
    return fewest, frozenset(name.split()[0] for family in FAMILIES for name in family.shared)


@lru_cache(1)
def _known_frames() -> tuple[re.Pattern[str], ...]:
    return _with_name((*INTRODUCTIONS, *MAKERS), _alternatives(shared=True))


@lru_cache(1)
def _known_addresses() -> tuple[re.Pattern[str], ...]:
    return _with_name(ADDRESSES, _alternatives(shared=True))


@lru_cache(128)
def _own_frames(own: tuple[str, ...], frames: tuple[str, ...] = INTRODUCTIONS) -> tuple[re.Pattern[str], ...]:
    """Match what is said with a name of this record, also one that is a common word elsewhere."""
    return _with_name(frames, _pattern((), own)) if own else ()


def _with_name(frames: Iterable[str], name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?i:{frame.format(name=f'(?-i:(?P<name>{name}))')})") for frame in frames)


@lru_cache(1)
def _stranger_frames() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(frame) for frame in STRANGERS)


@lru_cache(1)
def _plain_names() -> re.Pattern[str]:
    return re.compile(_alternatives(shared=False))


@lru_cache(256)
def _names_of(name: str, family: Family) -> re.Pattern[str]:
    """Match what tells a family, in addresses also without capitals."""
    found = _pattern(family.plain, (name, *family.shared))
    hosts = "|".join(map(re.escape, (*family.plain, *family.shared, name)))
    return re.compile(rf"{found}|(?<=[./@])(?i:{hosts})(?=[./])")


@lru_cache(2)
def _alternatives(*, shared: bool) -> str:
    return _pattern([n for f in FAMILIES for n in f.plain], [n for f in FAMILIES for n in f.shared] if shared else [])


def _pattern(plain: Iterable[str], shared: Iterable[str]) -> str:
    """Match plain names in any case, shared ones with their capital and before no further one: not Claude Monet."""
    either = "|".join(re.escape(name) for name in sorted(plain, key=len, reverse=True))
    written = "|".join(re.escape(name) for name in sorted(shared, key=len, reverse=True))
    found = rf"(?i:{either}){VERSION}" if either else ""
    if written:
        found += rf"{'|' if found else ''}(?:{written}){VERSION}(?![ -][A-ZÀ-Þ][a-zß-ÿ]+(?![a-zß-ÿ]|\s(?:AI|here)))"
    return rf"(?<![A-Za-zÀ-ɏ0-9_])(?:{found})(?![A-Za-zÀ-ɏ0-9_])"
