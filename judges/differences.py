"""What makes two judge versions different: their settings side by side, and their prompts word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from domain.models import Criterion
from judges import presets
from judges.answer_shape import scale_text
from judges.asking import Asker, Item
from judges.leases import Lease
from judges.models import JudgeVersion
from judges.versions import PANEL, judges_of

CONTEXT = 40  # words of what is common that stay beside a difference
MOST_WORDS = 2000  # that are compared word by word, once what is common to both ends is set aside
WORD = re.compile(r"\s+|\w+|[^\w\s]")
NOBODY = Lease(0, 0, None, None, 0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of two versions; "" where a version does not have it."""

    name: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Say whether the two are not the same."""
        return self.first != self.second


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both, only in the first (``removed``) or second (``added``), or left out (``skipped``)."""

    kind: str
    text: str


def settings_of_both(first: JudgeVersion, second: JudgeVersion) -> list[Difference]:
    """Return every setting that either version has, in the order in which one would read them."""
    one, other = dict(_settings(first)), dict(_settings(second))
    names = [*one, *(name for name in other if name not in one)]
    return [Difference(name, one.get(name, ""), other.get(name, "")) for name in names]


def _settings(version: JudgeVersion) -> Iterator[tuple[str, str]]:
    if version.combination:
        yield "Panel", version.combination
        yield "Judges", ", ".join(judge.label for judge in judges_of(version))
    if version.provider != PANEL:
        yield "Model", version.model
        yield "Provider", version.provider
        yield "Address", version.base_url
        yield "Shape asked for by", version.dialect
    yield "Protocol", presets.find(version.preset).title
    yield "Wording", version.prompt_version
    for name, value in sorted(version.parameters.items()):
        yield name.replace("_", " ").capitalize(), str(value)
    yield "Rubric", str(version.rubric)
    yield "Instructions", version.rubric.instructions
    for criterion in version.rubric.criteria.all():
        yield f"Criterion {criterion.name}", _described(criterion)


def _described(criterion: Criterion) -> str:
    spec = criterion.spec()
    scale = ", ".join(spec.outcomes) if spec.outcomes else scale_text(spec)
    anchors = "; ".join(f"{value:g}: {text}" for value, text in spec.anchors.items())
    return " · ".join(part for part in (spec.meaning, scale, anchors) if part)


def prompts_of_both(
    first: JudgeVersion, second: JudgeVersion, item: Item | None
) -> list[tuple[str, list[Piece], bool]]:
    """Return system prompt and message about the same item, each word by word and whether they differ.

    Of a panel, those of its first judge. Versions of different protocols read different items: nothing to compare.
    """
    if item is None or first.protocol != second.protocol:
        return []
    one, other = (Asker(judges_of(version)[0]).question(0, NOBODY, item) for version in (first, second))
    texts = (("System prompt", one.request.system, other.request.system), ("Message", one.prompt, other.prompt))
    return [(name, shortened(word_diff(mine, theirs)), mine != theirs) for name, mine, theirs in texts]


def word_diff(first: str, second: str) -> list[Piece]:
    """Return two texts as one, in pieces. Put together, all but the added give the first text back."""
    one, other = WORD.findall(first), WORD.findall(second)
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    middle_one, middle_other = one[head : len(one) - tail], other[head : len(other) - tail]
    pieces = [Piece("same", "".join(one[:head])), *_middle(middle_one, middle_other)]
    pieces.append(Piece("same", "".join(one[len(one) - tail :])))
    return [piece for piece in pieces if piece.text]


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave out the middle of long stretches that are in both texts: what differs is to be seen without a search."""
    found: list[Piece] = []
    for piece in pieces:
        words = WORD.findall(piece.text)
        if piece.kind != "same" or len(words) <= 3 * CONTEXT:
            found.append(piece)
            continue
        left_out = sum(not word.isspace() for word in words[CONTEXT:-CONTEXT])
        found.append(Piece("same", "".join(words[:CONTEXT])))
        found.append(Piece("skipped", f" … {left_out} words the same … "))
        found.append(Piece("same", "".join(words[-CONTEXT:])))
    return found


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words two texts begin with alike."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _middle(one: Sequence[str], other: Sequence[str]) -> Iterator[Piece]:
    if max(len(one), len(other)) > MOST_WORDS:
        yield from (Piece("removed", "".join(one)), Piece("added", "".join(other)))
        return
    for kind, start, end, other_start, other_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(one[start:end]))
        else:
            yield from (
                Piece("removed", "".join(one[start:end])),
                Piece("added", "".join(other[other_start:other_end])),
            )
