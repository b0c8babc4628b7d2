"""One row to the records it holds. Pure but for what is known already, which a prompt column is looked up in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256

from domain.choices import Answer, Choice, Unscored, Value
from domain.formats import Row
from domain.formats.arena import answered, asked, one_hot_winner
from domain.imports.columns import SLOTS, Layout
from domain.imports.options import Options
from domain.imports.outcomes import no_answer, vote_in
from domain.imports.records import (
    PromptRecord,
    RaterName,
    Record,
    Rejected,
    ResponseRecord,
    SystemRecord,
    Target,
    VerdictRecord,
)
from domain.imports.values import MAX_NAME, Cells
from domain.models import Rater

_MAY_HOLD_TEXT = ("prompt", "question", "instruction", "item")
_RATER_KINDS = tuple(Rater.Kind.values)
_WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
DEFAULT_VOTE = "Preference"


class RowReader:
    """Turn rows into records under one set of options.

    ``known_prompt`` says whether an id is a prompt's: a column named "prompt" may hold the id or the text itself.
    """

    def __init__(self, options: Options, known_prompt: Callable[[str], bool]) -> None:
        self.options = options
        self.known_prompt = known_prompt

    def records(self, row: Row, layout: Layout) -> list[Record]:
        """Return what a row holds, or raise Rejected."""
        if layout.missing:
            raise Rejected(layout.missing[0], "", f"this row has no {' and no '.join(layout.missing)}")
        readers: dict[str, Callable[[Cells], Iterator[Record]]] = {
            "systems": self._system,
            "prompts": self._prompt,
            "responses": self._response,
            "votes": self._vote,
            "arena": self._arena,
            "score_pairs": self._score_pair,
            "ratings": self._rating,
            "wide_ratings": self._wide_rating,
        }
        return list(readers[layout.kind](Cells(row, layout)))

    def _system(self, cells: Cells) -> Iterator[Record]:
        yield SystemRecord(
            cells.row,
            name=cells.name("name"),
            external_id=cells.name("external_id", needed=False),
            family=cells.text("family", most=100),
            metadata=cells.rest(),
        )

    def _prompt(self, cells: Cells) -> Iterator[Record]:
        turns = cells.turns("turns" if cells.raw("turns") is not None else "text")
        named = cells.name("external_id", needed=False)
        yield PromptRecord(
            cells.row,
            external_id=named or id_of_text(turns[-1]["content"] if turns else ""),
            turns=turns,
            reference="\n\n".join(turn["content"] for turn in cells.turns("reference"))
            if cells.raw("reference")
            else "",
            tags=cells.words("tags"),
            split=cells.text("split", most=40),
            metadata=cells.rest(),
        )

    def _reference(self, cells: Cells) -> str:
        if cells.raw("reference") is None:
            return ""
        return "\n\n".join(turn["content"] for turn in cells.turns("reference"))

    def _response(self, cells: Cells) -> Iterator[Record]:
        prompt, implied = self._prompt_of(cells)
        yield from implied
        target = Target(prompt, cells.name("system"), cells.whole("sample") or 0)
        yield ResponseRecord(
            cells.row,
            target,
            cells.content("content"),
            cells.column("content"),
            latency_ms=cells.whole("latency_ms"),
            output_tokens=cells.whole("output_tokens"),
            cost_usd=self._cost(cells),
            metadata=cells.rest(),
        )

    def _cost(self, cells: Cells) -> float | None:
        cost = cells.number("cost_usd")
        if cost is not None and not 0 <= cost < 1_000_000:
            raise cells.reject("cost_usd", "is not an amount between 0 and 1,000,000")
        return cost

    def _vote(self, cells: Cells) -> Iterator[Record]:
        prompt, implied = self._prompt_of(cells)
        yield from implied
        pair = self._pair(cells, prompt)
        yield from self._texts_of_pair(cells, pair)
        rater = self._rater(cells)
        yield self._voted(cells, pair, rater, vote_in(cells, self.options, rater))

    def _arena(self, cells: Cells) -> Iterator[Record]:
        turns_a, turns_b = cells.turns("conversation_a"), cells.turns("conversation_b")
        prompt = cells.name("prompt", needed=False) or id_of_text(str(asked(turns_a)))
        yield PromptRecord(cells.row, prompt, asked(turns_a))
        pair = self._pair(cells, prompt)
        for target, turns in zip(pair, (turns_a, turns_b), strict=True):
            yield ResponseRecord(cells.row, target, answered(turns), "conversation")
        rater = self._rater(cells)
        if "outcome" not in cells.layout.columns:
            values = {**cells.row.values, "outcome": one_hot_winner(cells.row.values)}
            layout = replace(cells.layout, columns={**cells.layout.columns, "outcome": "outcome"})
            cells = Cells(replace(cells.row, values=values), layout)
        yield self._voted(cells, pair, rater, vote_in(cells, self.options, rater))

    def _voted(self, cells: Cells, pair: tuple[Target, Target], rater: RaterName, vote: Choice | Unscored) -> Record:
        named = cells.name("criterion", needed=False)
        name = named or (self.options.criteria[0] if self.options.criteria else DEFAULT_VOTE)
        if _second_shown_first(cells):
            pair, vote = (pair[1], pair[0]), vote if isinstance(vote, Unscored) else vote.turned()
        answers: dict[str, Answer] | Unscored = vote if isinstance(vote, Unscored) else {name: vote}
        return self._verdict(cells, pair, rater, (name,), answers, cells.column("outcome"))

    def _score_pair(self, cells: Cells) -> Iterator[Record]:
        """Read the two scores that a judge gave to two responses shown together, as two ratings."""
        prompt, implied = self._prompt_of(cells)
        yield from implied
        pair = self._pair(cells, prompt)
        rater = self._rater(cells)
        name = self.options.criteria[0] if self.options.criteria else "Score"
        for target, other, field in ((pair[0], pair[1], "score_a"), (pair[1], pair[0], "score_b")):
            answers = self._scored(cells, field, name, rater)
            verdict = self._verdict(cells, (target,), rater, (name,), answers, cells.column(field))
            yield replace(verdict, apart=f"{verdict.apart}|{field}|{other.system}|{other.sample}")

    def _rating(self, cells: Cells) -> Iterator[Record]:
        target, implied = self._target_of(cells)
        yield from implied
        rater = self._rater(cells)
        named = cells.name("criterion", needed=False) or (self.options.criteria[0] if self.options.criteria else "")
        name = named or cells.column("value").replace("_", " ").capitalize()
        answers = self._scored(cells, "value", name, rater)
        yield self._verdict(cells, (target,), rater, (name,), answers, cells.column("value"))

    def _wide_rating(self, cells: Cells) -> Iterator[Record]:
        """Read a row with a column for each criterion; one that is empty was not answered."""
        named = {name: name for name in self.options.criteria}
        cells = Cells(cells.row, replace(cells.layout, columns={**cells.layout.columns, **named}))
        target, implied = self._target_of(cells)
        yield from implied
        rater = self._rater(cells)
        answers: dict[str, Answer] = {}
        for name in self.options.criteria:
            scored = self._scored(cells, name, name, rater)
            if not isinstance(scored, Unscored):
                answers |= scored
        names = self.options.criteria
        yield self._verdict(cells, (target,), rater, names, answers or no_answer(cells, rater), names[0])

    def _scored(self, cells: Cells, field: str, name: str, rater: RaterName) -> dict[str, Answer] | Unscored:
        value = cells.raw(field)
        if isinstance(value, str) and value.strip().casefold() in _WORDS:
            return {name: Value(_WORDS[value.strip().casefold()])}
        number = cells.number(field)
        return no_answer(cells, rater) if number is None else {name: Value(number)}

    def _verdict(
        self,
        cells: Cells,
        targets: tuple[Target, ...],
        rater: RaterName,
        about: tuple[str, ...],
        answers: dict[str, Answer] | Unscored,
        column: str,
    ) -> VerdictRecord:
        return VerdictRecord(
            cells.row,
            targets,
            rater,
            about,
            answers,
            column,
            rationale=cells.text("rationale"),
            confidence=cells.whole("confidence", low=1, high=5),
            given_at=cells.moment("given_at"),
            apart=cells.name("repeat", needed=False),
        )

    def _rater(self, cells: Cells) -> RaterName:
        name = cells.name("rater", needed=False)
        if name and cells.column("rater").casefold() in SLOTS:
            name = f"unnamed rater {name}"
        name = name or self.options.rater
        if not name:
            reason = "nobody is named: say --map rater=COLUMN where a column names the raters, or --rater NAME"
            raise Rejected(cells.column("rater"), "", reason)
        kind = cells.name("rater_kind", needed=False) or self.options.rater_kind
        if kind not in _RATER_KINDS:
            raise cells.reject("rater_kind", f"is not one of {', '.join(_RATER_KINDS)}")
        return RaterName(kind, name)

    def _target_of(self, cells: Cells) -> tuple[Target, list[Record]]:
        prompt, implied = self._prompt_of(cells)
        system = cells.name("system", needed=False) or self.options.system
        if not system:
            raise Rejected(cells.column("system"), "", "no system is named: who answered? say --system NAME")
        target = Target(prompt, system, cells.whole("sample") or 0)
        if "content" in cells.layout.columns:
            implied.append(ResponseRecord(cells.row, target, cells.content("content"), cells.column("content")))
        return target, implied

    def _pair(self, cells: Cells, prompt: str) -> tuple[Target, Target]:
        first = Target(prompt, cells.name("system_a"), cells.whole("sample_a") or 0)
        second = Target(prompt, cells.name("system_b"), cells.whole("sample_b") or 0)
        if first == second and "conversation_a" in cells.layout.columns:
            second = replace(second, sample=1)  # arenas let a system meet itself
        return first, second

    def _texts_of_pair(self, cells: Cells, pair: tuple[Target, Target]) -> Iterator[Record]:
        for target, field in zip(pair, ("response_a", "response_b"), strict=True):
            if field in cells.layout.columns:
                yield ResponseRecord(cells.row, target, cells.content(field), cells.column(field))

    def _prompt_of(self, cells: Cells) -> tuple[str, list[Record]]:
        """Return a prompt's id, and the prompt itself where the row carries its text."""
        value = cells.text("prompt")
        if not value.strip():
            raise cells.reject("prompt", "is empty")
        if cells.raw("text") is not None:
            named = cells.name("prompt")
            return named, [PromptRecord(cells.row, named, cells.turns("text"), self._reference(cells))]
        if self._is_text(cells.column("prompt"), value):
            named = id_of_text(value)
            return named, [PromptRecord(cells.row, named, cells.turns("prompt"), self._reference(cells))]
        return cells.name("prompt"), []

    def _is_text(self, column: str, value: str) -> bool:
        if column.strip().casefold() not in _MAY_HOLD_TEXT or self.known_prompt(value.strip()):
            return False
        return len(value) > MAX_NAME or any(char.isspace() for char in value.strip())


def _second_shown_first(cells: Cells) -> bool:
    """Say whether the row's second side was shown first; without the column, its first side was."""
    side = cells.name("shown_first", needed=False)
    if side not in ("", "A", "B"):
        raise cells.reject("shown_first", "is not A or B, the side of this row that was shown first")
    return side == "B"


def id_of_text(text: str) -> str:
    """Return the id of a prompt that has none: the same text has the same id in every file."""
    return f"text-{sha256(text.strip().encode()).hexdigest()[:16]}"
