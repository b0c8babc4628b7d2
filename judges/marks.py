"""Reading the verdict of a judge that answers in text: a mark on the last line, or one token. Pure.

The published parsers take the first or the last match, or A where both A and B occur. Here a reply has one verdict or
none: marks that contradict each other, or that stand in quoted material, cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.choices import Answer, Choice, Value
from domain.specs import CriterionSpec, Kind
from judges.answer_shape import NoVerdict
from judges.objects import LONGEST, QUOTED
from judges.presets.base import Parser, Preset

MARKS = {
    Parser.BRACKETS: re.compile(r"\[\[([^\[\]\n]{0,80})\]\]"),
    Parser.RESULT: re.compile(r"\[[ \t]*RESULT[ \t]*\][ \t]*:?[ \t]*([^\n]{0,60})", re.IGNORECASE),
    Parser.SCORE: re.compile(r"^[ \t*_#-]*score[ \t*_]*:[ \t*_]*([^\n]{0,60})", re.IGNORECASE | re.MULTILINE),
}
# What looks like a verdict, right or wrong. Other text in double brackets (a link, a row of a matrix) is no mark.
VERDICT_LIKE = {
    Kind.CHOICE: re.compile(
        r"((assistant|response|answer|model|output)[ \t]*)?[a-z]([ \t]*[<>=]+[ \t]*[a-z])?"
        r"|[abc][ \t]*(/|or|and|vs\.?)[ \t]*[abc]|tie|both|none|neither",
        re.IGNORECASE,
    ),
    Kind.SCORE: re.compile(
        r"[-+~<>≈]?(\d[\d.,]*([ \t]*(/|-|–|to|or)[ \t]*\d[\d.,]*)?[%+]?|nan|inf(inity)?|n/?a|none"
        r"|zero|one|two|three|four|five|six|seven|eight|nine|ten)",
        re.IGNORECASE,
    ),
}
DENIED = re.compile(r"(\b(not|never)|n['’]t)[ \t]+['‘]?\Z", re.IGNORECASE)
OUT_OF = re.compile(r"\W*(/|out[ \t]+of)[ \t]*\d{1,3}\W*")
NUMBER = re.compile(r"-?\d{1,6}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written as a verdict, and where it stands."""

    text: str
    start: int
    end: int


def read_mark(text: str, preset: Preset, criterion: CriterionSpec) -> tuple[Answer, str]:
    """Return the verdict on the last line of a text, and the text before it. Raises NoVerdict."""
    if len(text) > LONGEST:
        msg = f"the reply is longer than {LONGEST:,} characters"
        raise NoVerdict(msg)
    own = QUOTED.sub("", text)
    said = _said(own, preset, criterion)
    if len(_said(text, preset, criterion)) > len(said):
        msg = "a verdict stands inside quoted material"
        raise NoVerdict(msg)
    if not said:
        msg = f"there is no verdict of the form {_form(preset)}"
        raise NoVerdict(msg)
    answers = {_answer(mark.text, preset, criterion) for mark in said}
    if len(answers) > 1:
        msg = f"the reply holds {len(answers)} different verdicts"
        raise NoVerdict(msg)
    _check_own(own, said[-1])
    return answers.pop(), own[: said[-1].start].strip()


def _check_own(own: str, last: Mark) -> None:
    """Refuse a last mark that the judge only speaks of, or that is not how its reply ends."""
    if last.start < own.rstrip().rfind("\n"):
        msg = "the verdict is not on the last line"
        raise NoVerdict(msg)
    rest = own[last.end :]
    if any(character.isalnum() for character in rest) and not OUT_OF.fullmatch(rest):
        msg = "text follows the verdict"
        raise NoVerdict(msg)
    before = own[own.rfind("\n", 0, last.start) + 1 : last.start]
    if _is_quoted(before, rest.partition("\n")[0]):
        msg = "a verdict stands inside quoted material"
        raise NoVerdict(msg)
    if DENIED.search(before[-40:]):
        msg = "the verdict is denied"
        raise NoVerdict(msg)


def _is_quoted(before: str, after: str) -> bool:
    """Say whether what stands between these two parts of a line is a quotation."""
    alike = any(before.count(mark) % 2 and mark in after for mark in '"`')
    paired = any(before.rfind(opens) > before.rfind(closes) and closes in after for opens, closes in ("“”", "«»", "„“"))
    return alike or paired or before.lstrip().startswith(">")


def read_token(text: str, menu: Mapping[str, Choice]) -> Choice:
    """Return what a reply of one label says. Labels may differ in their letter case alone. Raises NoVerdict."""
    choice = menu.get(text.strip())
    if choice is None:
        msg = f"the reply is not just one of {', '.join(menu)}"
        raise NoVerdict(msg)
    return choice


def _said(text: str, preset: Preset, criterion: CriterionSpec) -> list[Mark]:
    """Return each mark that looks like a verdict."""
    found = (Mark(match[1].strip(), match.start(), match.end()) for match in MARKS[preset.parser].finditer(text))
    if preset.parser is not Parser.BRACKETS:
        return [replace(mark, text=mark.text.rstrip("*_ \t").removesuffix(".")) for mark in found]
    like = VERDICT_LIKE[criterion.kind]
    return [mark for mark in found if like.fullmatch(mark.text)]


def _answer(mark: str, preset: Preset, criterion: CriterionSpec) -> Answer:
    answer = _choice(mark, preset) if preset.menu else _value(mark, whole=preset.needs.digits)
    if problem := criterion.problem_with(answer):
        raise NoVerdict(problem)
    return answer


def _choice(mark: str, preset: Preset) -> Choice:
    menu = {label.casefold(): choice for label, choice in preset.menu}
    choice = menu.get(re.sub(r"[ \t]", "", mark).casefold())
    if choice is None:
        msg = f"{mark[:40]!r} is not one of {', '.join(label for label, _ in preset.menu)}"
        raise NoVerdict(msg)
    return choice


def _value(mark: str, *, whole: bool) -> Value:
    if not NUMBER.fullmatch(mark):
        msg = f"{mark[:40]!r} is not a number"
        raise NoVerdict(msg)
    number = float(mark)
    if whole and not number.is_integer():
        msg = f"{mark} is not a whole number"
        raise NoVerdict(msg)
    return Value(number)


def _form(preset: Preset) -> str:
    return {Parser.BRACKETS: "[[verdict]]", Parser.RESULT: "[RESULT] verdict"}.get(preset.parser, "Score: number")
