"""What is odd about texts before a judge sees them: nothing in them, twice the same, or words meant for the judge.

A flag stops nothing and changes no number: texts may quote such words for good reasons. It says where to look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache

from judges.probes.pack import PACK

SCANNED = 40_000  # characters of a text, half from its beginning and half from its end


class Flag(StrEnum):
    """What was noticed. The words are for people; the names stand in the database."""

    EMPTY = "empty"
    SAME = "same"
    JUDGE = "judge"
    VERDICT = "verdict"
    ROLES = "roles"
    MARKERS = "markers"
    HIDDEN = "hidden"

    @property
    def words(self) -> str:
        """Return what it means."""
        return _WORDS[self]


_WORDS = {
    Flag.EMPTY: "a response without content",
    Flag.SAME: "two equal responses",
    Flag.JUDGE: "words addressed to the judge",
    Flag.VERDICT: "a verdict inside a response",
    Flag.ROLES: "role tags inside a response",
    Flag.MARKERS: "markers of a judge's prompt inside a response",
    Flag.HIDDEN: "text that a reader does not see",
}

_WHO = r"(?:judges?|evaluators?|graders?|assessors?|reviewers?|raters?|juez|jueces|evaluador\w*|juge|prüfer|gutachter)"
_PATTERNS = {  # each is looked for in lines in small letters
    Flag.JUDGE: rf"""
        \b(?:ignore|disregard|forget|override)\s+(?:\w+\s+){{0,4}}
            (?:instructions?|rubrics?|criteria|guidelines?|prompts?|rules)\b
      | \b(?:note|message|attention|instructions?|nota|hinweis)\s+(?:\w+\s+){{0,2}}{_WHO}\b
      | ^\W*{_WHO}\s*:
      | \b{_WHO}\s+(?:must|should|will)\s+(?:\w+\s+)?(?:choose|pick|prefer|give|rate|score|select)\b
      | \b(?:rate|score|grade)\s+this\s+(?:response|answer)\s+(?:as\s+)?(?:the\s+)?(?:highest|best|\d)
      | \b(?:ignora|ignoriere|ignorez)\b[^.]{{0,40}}(?:rúbrica|instrucciones|anweisungen|bewertung|instructions)
      | 评审|评分标准|裁判|評価者|審査
    """,
    Flag.VERDICT: r"""
        \[\[\s*(?:[ab][<>=]*[ab]?|c|tie|\d{1,2}(?:\.\d+)?)\s*\]\]
      | ["'](?:verdict|score|rating|preference|winner)["']\s*:
      | \b(?:final|correct|right)\s+verdict\b
      | \bverdict\s*(?::|is\b|for\s+this\b|was\s+settled)
    """,
    Flag.ROLES: r"""
        <\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>
      | \[/?inst\] | <</?sys>> | </?system> | ^\s*(?:human|assistant|system)\s*:\s
    """,
    Flag.MARKERS: r"""
        \[\[\s*\w+\s+(?:begin\b[^\]]*|end)\s*\]\] | \(marker\ removed\)
      | ^\W*(?:end|begin)\s+of\s+(?:the\s+)?(?:responses?|answers?|data)\b | </(?:response|answer|data)>
    """,
    Flag.HIDDEN: r"<!-- | ^\[//\]:\ \# | <\w+[^>]{0,200}\bhidden\b | [\u200b\u2060\ufeff\U000e0020-\U000e007f]",
}
_FORGED = {flag: re.compile(text, re.VERBOSE) for flag, text in _PATTERNS.items()}
# A line without any of these has none of the above. They are looked for as they stand, which is quick: most texts
# are let through by it, and the patterns see single lines.
_HINTS = (
    "ignor", "disregard", "forget", "override", "judge", "evaluat", "evaluador", "grader", "assessor", "reviewer",
    "rater", "juez", "jueces", "juge", "prüfer", "gutachter", "rate this", "score this", "grade this", "评", "裁判",
    "評価者", "審査", "verdict", "[[", "score\"", "score'", "rating\"", "rating'", "preference\"", "preference'",
    "winner\"", "winner'", "<|", "[inst", "[/inst", "sys>>", "system>", "human", "assistant", "system", "(marker",
    "end of", "begin of", "</", "<!--", "[//]", "hidden", "\u200b", "\u2060", "\ufeff", "\U000e0020",
)  # fmt: skip
_LEAD_INS = {text.text.strip().casefold() for probe in PACK if probe.kind == "content-free" for text in probe.texts}


def in_words(flags: str) -> list[str]:
    """Return what the flags of a cell mean, as they are kept: names with commas between them."""
    return [Flag(name).words for name in flags.split(",") if name]


def flags_of(responses: Sequence[str]) -> tuple[Flag, ...]:
    """Return what is odd about the responses of one item, in the order of Flag."""
    found = {flag for text in responses for flag in _in_text(text)}
    if len(responses) > 1 and len({" ".join(text.split()) for text in responses}) < len(responses):
        found.add(Flag.SAME)
    return tuple(flag for flag in Flag if flag in found)


@lru_cache(maxsize=64)  # both orders of a pair come soon after each other
def _in_text(text: str) -> frozenset[Flag]:
    if is_empty(text):
        return frozenset({Flag.EMPTY})
    seen = text if len(text) <= SCANNED else f"{text[: SCANNED // 2]}\n{text[-SCANNED // 2 :]}"
    lowered = seen.lower()
    hints = [hint for hint in _HINTS if hint in lowered]
    if not hints:
        return frozenset()
    lines = [line for line in lowered.split("\n") if any(hint in line for hint in hints)]
    return frozenset(flag for flag, pattern in _FORGED.items() if any(pattern.search(line) for line in lines))


def is_empty(text: str) -> bool:
    """Say whether a text has no letter and no digit, or is one of the known lead-ins to an answer and nothing else."""
    said = text.strip().casefold()
    return said in _LEAD_INS or not any(character.isalnum() for character in said)
