"""Which column is which: recognised by the names that files in the wild use, or said by ``--map``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

from domain.imports.options import BadOption, Options

_PROMPT = ("prompt_id", "question_id", "qid", "uid", "prompt", "question", "instruction", "item_id", "item", "doc_id")
_SYSTEM = ("system", "model", "system_id", "model_id", "system_name", "model_name", "generator")
SLOTS = ("rater_slot", "vote_no")  # which of several unnamed raters: a name for each position
_BY_NAME = ("rater", "rater_id", "annotator", "annotator_id", "worker", "worker_id", "judge", "judge_id", "evaluator")
_RATER = (*_BY_NAME, "voter", "user", "user_id", "participant", "labeler", *SLOTS)
_WHY = ("rationale", "reason", "reasoning", "explanation", "judgment", "judgement", "feedback", "comment", "text")
_WHEN = ("given_at", "timestamp", "tstamp", "created_at", "date")
_ANSWER = ("response", "output", "answer", "result", "completion", "generation", "content")
_ASIDE = {
    "rater": _RATER,
    "rater_kind": ("rater_kind",),
    "rationale": _WHY,
    "given_at": _WHEN,
    "confidence": ("confidence",),
    "repeat": ("repeat",),
    "unscored_reason": ("unscored_reason",),
}


def _side(letter: str, number: str, axis: str, side: str) -> dict[str, tuple[str, ...]]:
    ends = (f"_{letter}", f"_{axis}", f"_{number}")
    systems = tuple(f"{word}{end}" for end in ends for word in ("system", "model", "generator"))
    texts = tuple(f"{word}{end}" for end in (ends[0], ends[2]) for word in ("response", "answer", "output", "text"))
    return {
        f"system_{letter}": (*systems, f"{side}_system", f"{side}_model", side),
        f"response_{letter}": texts,
        f"sample_{letter}": (f"sample_{letter}",),
    }


_PAIR = {"prompt": _PROMPT, **_side("a", "1", "x", "left"), **_side("b", "2", "y", "right")}
_ARENA = {**_PAIR, "conversation_a": ("conversation_a",), "conversation_b": ("conversation_b",)}
_ARENA["prompt"] = ("question_id", "id", "prompt_id", "uid")
_PROMPT_TEXT = {"text": ("prompt_text", "question_text"), "reference": ("reference", "reference_answer")}

FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "systems": {
        "external_id": ("id", "system_id", "model_id"),
        "name": ("name", "system", "model", "system_name", "model_name"),
        "family": ("family", "org", "organization", "organisation", "provider", "developer"),
    },
    "prompts": {
        "external_id": ("prompt_id", "question_id", "qid", "uid", "item_id", "doc_id", "id"),
        "turns": ("turns", "messages", "conversation"),
        "text": ("text", "prompt", "question", "instruction", "input"),
        "reference": ("reference", "reference_answer", "target", "expected", "ideal", "gold"),
        "tags": ("tags", "category", "subcategory", "type", "topic", "cluster"),
        "split": ("split",),
    },
    "responses": {
        "prompt": _PROMPT,
        "system": _SYSTEM,
        "content": (*_ANSWER, "text"),
        "sample": ("sample", "sample_index"),
        "latency_ms": ("latency_ms",),
        "output_tokens": ("output_tokens", "completion_tokens", "token_len"),
        "cost_usd": ("cost_usd", "cost"),
        **_PROMPT_TEXT,
    },
    "votes": {
        **_PAIR,
        "outcome": ("outcome", "winner", "verdict", "label", "choice", "preference", "vote"),
        "strength": ("strength",),
        "chance": ("chance",),
        "shown_first": ("shown_first",),
        "criterion": ("criterion",),
        **_ASIDE,
        **_PROMPT_TEXT,
    },
    "arena": {**_ARENA, "outcome": ("outcome", "winner"), "shown_first": ("shown_first",), **_ASIDE},
    "score_pairs": {**_PAIR, "score_a": ("score_a", "rating_a"), "score_b": ("score_b", "rating_b"), **_ASIDE},
    "ratings": {
        "prompt": _PROMPT,
        "system": _SYSTEM,
        "sample": ("sample", "sample_index"),
        "content": _ANSWER,
        "value": ("value", "score", "rating"),
        "criterion": ("criterion", "dimension", "aspect", "metric"),
        **_ASIDE,
        **_PROMPT_TEXT,
    },
    "wide_ratings": {
        "prompt": _PROMPT,
        "system": _SYSTEM,
        "sample": ("sample", "sample_index"),
        "content": _ANSWER,
        **_ASIDE,
        **_PROMPT_TEXT,
    },
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "arena": ("conversation_a", "conversation_b", "system_a", "system_b"),
    "score_pairs": ("prompt", "system_a", "system_b", "score_a", "score_b"),
    "votes": ("prompt", "system_a", "system_b", "outcome"),
    "wide_ratings": ("prompt",),
    "ratings": ("prompt", "value"),
    "responses": ("prompt", "system", "content"),
    "prompts": ("text",),
    "systems": ("name",),
}
_SAME = {"ratings": ("ratings", "wide_ratings", "score_pairs")}
ALL_FIELDS = sorted({name for fields in FIELDS.values() for name in fields})


@dataclass(frozen=True)
class Layout:
    """What a file's rows hold: the kind, and the column of each field found."""

    kind: str
    columns: dict[str, str]
    rest: tuple[str, ...]  # columns that no field took

    @cached_property
    def missing(self) -> list[str]:
        """Return the fields without which a row of this kind says nothing."""
        found = set(self.columns) | ({"text"} if "turns" in self.columns else set())
        return [name for name in REQUIRED[self.kind] if name not in found]


class Recogniser:
    """Find out what rows hold, once for each set of columns that a file has."""

    def __init__(self, options: Options) -> None:
        for name in options.columns:
            if name not in ALL_FIELDS:
                raise BadOption(f"no field {name!r} to map a column to; fields are {', '.join(ALL_FIELDS)}")
        self.options = options
        self.layout = cache(self._layout)

    def kind_of(self, columns: Iterable[str]) -> str | None:
        """Return what a file with these columns holds, or None."""
        columns = tuple(columns)
        for kind in self._candidates():
            layout = self.layout(kind, columns)
            if not layout.missing and self._fits(layout, columns):
                return kind
        return None

    def _candidates(self) -> Iterable[str]:
        wanted = "arena" if self.options.format == "arena" else self.options.kind
        return [kind for kind in REQUIRED if not wanted or kind in _SAME.get(wanted, (wanted,))]

    def _fits(self, layout: Layout, columns: tuple[str, ...]) -> bool:
        if layout.kind == "wide_ratings":
            return bool(self.options.criteria) and set(self.options.criteria) <= set(columns)
        if layout.kind == "ratings":
            return "system" in layout.columns or bool(self.options.system)
        return layout.kind != "arena" or "outcome" in layout.columns or "winner_model_a" in columns

    def _layout(self, kind: str, columns: tuple[str, ...]) -> Layout:
        by_name = {_plain(column): column for column in reversed(columns)}
        found: dict[str, str] = {}
        for name, aliases in FIELDS[kind].items():
            said = self.options.columns.get(name)
            taken = set(found.values())
            options = [by_name[alias] for alias in aliases if by_name.get(alias, "") not in ("", *taken)]
            if said in columns:
                found[name] = str(said)
            elif options:
                found[name] = options[0]
        return Layout(kind, found, tuple(column for column in columns if column not in found.values()))


def _plain(column: str) -> str:
    return column.strip().casefold().replace(" ", "_").replace("-", "_")
