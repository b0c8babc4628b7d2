"""Damaging a response so that who reads it must find it worse: replaced phrases, wrong facts, a cut-off end.

Replaced phrases follow the bad references of the WMT evaluations (Bojar et al. 2017, W17-4717): the longer a sentence,
the longer the phrase that another response's words replace. Wrong facts and cut-off ends are what language models do.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SPREAD = 3  # of a long response one sentence in so many is damaged
UNITS = [
    ("kg", "g"),
    ("km", "m"),
    ("cm", "mm"),
    ("hours", "minutes"),
    ("days", "weeks"),
    ("months", "years"),
    ("million", "billion"),
    ("°C", "°F"),
    ("before", "after"),
    ("increase", "decrease"),
    ("always", "never"),
]
NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+|\n|$)\s*")


class Damage(StrEnum):
    """Kinds of damage."""

    PHRASES = "phrases"
    FACTS = "facts"
    TRUNCATED = "truncated"


class Undamageable(ValueError):
    """A text that no kind of damage changes, such as an empty one."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """A damaged text, and what was done to it."""

    text: str
    kind: Damage


def phrase_length(tokens: int) -> int:
    """Return how many tokens of a sentence of so many are replaced."""
    bounds = [(1, 1), (5, 2), (8, 3), (15, 4), (20, 5)]
    return next((length for most, length in bounds if tokens <= most), 6)


def damage(text: str, donors: Sequence[str], rng: random.Random, kinds: Sequence[Damage] = tuple(Damage)) -> Damaged:
    """Damage a text in one of the ways of ``kinds``, drawn at random among those that change it.

    ``donors`` are other responses, whose words replace phrases. The same ``rng`` state gives the same result. Raises
    Undamageable where no way changes the text.
    """
    ways: dict[Damage, Callable[[], str]] = {
        Damage.PHRASES: lambda: replace_phrases(text, donors, rng),
        Damage.FACTS: lambda: swap_facts(text, rng),
        Damage.TRUNCATED: lambda: truncate(text, rng),
    }
    for kind in rng.sample(list(kinds), len(kinds)):
        changed = ways[kind]()
        if changed.split() != text.split():
            return Damaged(changed, kind)
    raise Undamageable("no phrase, number or end of this text can be changed")


def replace_phrases(text: str, donors: Sequence[str], rng: random.Random) -> str:
    """Replace a phrase in every third sentence, the first draw deciding which; in one sentence at least."""
    words = [tokens for donor in donors if donor != text and (tokens := donor.split())]
    sentences = SENTENCE.findall(text)
    if not words or not sentences:
        return text
    start = rng.randrange(min(SPREAD, len(sentences)))
    damaged = [
        _replace_phrase(sentence, rng.choice(words), rng) if at % SPREAD == start else sentence
        for at, sentence in enumerate(sentences)
    ]
    return "".join(damaged)


def _replace_phrase(sentence: str, donor: Sequence[str], rng: random.Random) -> str:
    """Put a phrase of the donor in the place of one as long; the white space between words stays."""
    spans = [match.span() for match in re.finditer(r"\S+", sentence)]
    if not spans:
        return sentence
    length = min(phrase_length(len(spans)), len(spans))
    at, source = rng.randrange(len(spans) - length + 1), rng.randrange(max(1, len(donor) - length + 1))
    phrase = " ".join(donor[source : source + length])
    return sentence[: spans[at][0]] + phrase + sentence[spans[at + length - 1][1] :]


def swap_facts(text: str, rng: random.Random) -> str:
    """Change the numbers of a text, and where it has none a unit or a word of direction."""
    changed = NUMBER.sub(lambda match: _other_number(match.group(), rng), text)
    if changed != text:
        return changed
    for pair in rng.sample(UNITS, len(UNITS)):
        for old, new in (pair, pair[::-1]):
            swapped = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", new, text)
            if swapped != text:
                return swapped
    return text


def _other_number(number: str, rng: random.Random) -> str:
    """Return a number of as many digits whose first digit is another one, and not 0."""
    return rng.choice([digit for digit in "123456789" if digit != number[0]]) + number[1:]


def truncate(text: str, rng: random.Random) -> str:
    """Cut a text off after 30 to 60 % of its words, in the middle of a sentence where there is one."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    if len(spans) < 4:
        return text
    kept = max(1, int(len(spans) * rng.uniform(0.3, 0.6)))
    return text[: spans[kept - 1][1]].rstrip(".!?")
