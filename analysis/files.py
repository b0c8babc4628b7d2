"""Battles and ratings straight out of a file: no project, no database. docs/data.md lists the columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.columns import (
    MOST_PROBLEMS,
    Codes,
    Column,
    floats_of,
    found_alias,
    is_missing,
    mapped,
    names_of,
    numbered_names,
    optional_column,
    problem_at,
    read_columns,
    reason_against,
    stripped,
)
from analysis.data import (
    BOTH_BAD,
    CONFIDENCE_STEPS,
    LARGEST,
    SMALLEST,
    STYLE,
    TIE,
    A,
    B,
    Battles,
    Coded,
    Floats,
    Mask,
    Ratings,
    chance_of,
    take,
)
from analysis.naming import sorted_column
from analysis.sources import open_source
from analysis.tables import BadFileError, Problem, Source

BATTLE_COLUMNS = {
    "system_a": ("system_a", "model_a"),
    "system_b": ("system_b", "model_b"),
    "outcome": ("outcome", "winner"),
    "prompt": ("prompt", "question_id", "prompt_id"),
    "rater": ("rater", "judge"),
    "weight": ("weight",),
    "timestamp": ("timestamp", "tstamp"),
    "shown_first": ("shown_first",),
    "confidence": ("confidence",),
    "chance": ("chance",),
    "probability": ("probability",),
    **{f"{name}_{side}": (f"{name}_{side}",) for side in "ab" for name in STYLE},
}
STYLE_COLUMNS = tuple(f"{name}_{side}" for side in "ab" for name in STYLE)
RATING_COLUMNS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("item", "rater", "value", "criterion", "system")},
    **{name: BATTLE_COLUMNS[name] for name in ("prompt", "confidence", "probability")},
}
CERTAINTY_COLUMNS = ("confidence", "probability")
OUTCOME_LABELS = {
    "A": A,
    "B": B,
    "tie": TIE,
    "both_bad": BOTH_BAD,
    "model_a": A,  # the arena's labels
    "model_b": B,
    "tie (bothbad)": BOTH_BAD,
}
MISSING_RULES = ("error", "drop")


def is_battles(path: Path) -> bool:
    """Say whether a file's columns are those of battles rather than of ratings."""
    return found_alias(open_source(path).columns(), BATTLE_COLUMNS["outcome"]) is not None


def read_battles(
    path: Path, *, optional: Sequence[str] = ("weight",), missing: str = "error", tag: str | None = None
) -> Battles:
    """Read battles with the optional columns asked for, where the file has them, and the column ``tag`` names.

    ``missing`` "drop" counts rows without an outcome as unscored; "error" refuses them.

    Raises
    ------
    BadFileError
        A column, a label or a value is not what it must be; lists the first places.
    """
    source = open_source(path)
    aliases = BATTLE_COLUMNS if tag is None else {**BATTLE_COLUMNS, "tag": (tag,)}
    needed = ("system_a", "system_b", "outcome", *(() if tag is None else ("tag",)))
    columns = read_columns(source, aliases, needed, optional)
    outcome = mapped(source, columns["outcome"], _outcome, missing, np.int8)
    system_a, system_b, systems = _systems(source, columns["system_a"], columns["system_b"])
    battles = Battles(
        system_a=system_a,
        system_b=system_b,
        outcome=outcome.values,
        systems=systems,
        prompt=optional_column(columns, "prompt", lambda column: names_of(source, column)),
        rater=optional_column(columns, "rater", lambda column: names_of(source, column)),
        weight=optional_column(columns, "weight", lambda column: floats_of(source, column, _weight)),
        timestamp=optional_column(columns, "timestamp", lambda column: floats_of(source, column, _seconds)),
        tag=optional_column(columns, "tag", lambda column: names_of(source, column)),
        unscored=int((~outcome.known).sum()),
        shown_b_first=optional_column(columns, "shown_first", lambda column: _shown_b_first(source, column)),
        style_a=_style(source, columns, "a", len(outcome.values)),
        style_b=_style(source, columns, "b", len(outcome.values)),
        confidence=_confidence(source, columns),
        chance=_chance_of_a(source, columns, outcome.values, outcome.known),
    )
    return battles if outcome.known.all() else take(battles, outcome.known)


def read_ratings(
    path: Path, *, missing: str = "error", optional: Sequence[str] = (), tag: str | None = None
) -> Ratings:
    """Read long ratings: item, rater, value and, where the file has them, criterion, system, prompt and ``optional``.

    ``tag`` names a column by which ratings are told apart, and which must be there. Values that are all texts become
    labels, which only nominal statistics read. ``missing`` as for battles.

    Raises
    ------
    BadFileError
        A column or a value is not what it must be; lists the first places.
    """
    source = open_source(path)
    known = ("criterion", "system", "prompt", *optional)
    aliases = RATING_COLUMNS if tag is None else {**RATING_COLUMNS, "tag": (tag,)}
    needed = ("item", "rater", "value", *(() if tag is None else ("tag",)))
    columns = read_columns(source, aliases, needed, known)
    labels = _labels(columns["value"])
    convert = _number if labels is None else lambda text: float(labels.index(text))
    value = mapped(source, columns["value"], convert, missing, np.float64)
    ratings = Ratings(
        item=_named(source, columns["item"]),
        value=value.values,
        rater=_named(source, columns["rater"]),
        criterion=optional_column(columns, "criterion", lambda column: _named(source, column)),
        system=optional_column(columns, "system", lambda column: _named(source, column)),
        prompt=optional_column(columns, "prompt", lambda column: _named(source, column)),
        labels=labels,
        unscored=int((~value.known).sum()),
        confidence=_confidence(source, columns),
        tag=optional_column(columns, "tag", lambda column: _named(source, column)),
    )
    return ratings if value.known.all() else take(ratings, value.known)


def _named(source: Source, column: Column) -> Coded:
    """Number names in their order, so that the order of rows moves no seeded draw."""
    return sorted_column(names_of(source, column))


def _systems(source: Source, a: Column, b: Column) -> tuple[NDArray[np.int32], NDArray[np.int32], tuple[str, ...]]:
    """Number the systems of both columns alike."""
    places = Codes()
    system_a, system_b = (numbered_names(source, column, places) for column in (a, b))
    same = np.flatnonzero(system_a == system_b)
    if len(same):
        rows = [int(row) for row in same[:MOST_PROBLEMS]]
        reason = "a battle needs two systems, and both columns name this one"
        raise BadFileError(source.path, [problem_at(source, a, row, reason) for row in rows])
    return system_a, system_b, places.names()


def _style(source: Source, columns: Mapping[str, Column], side: str, rows: int) -> Floats | None:
    """Return the counts of one response in the order of STYLE, NaN for a column that the file lacks."""
    found = [optional_column(columns, f"{name}_{side}", lambda column: _counts(source, column)) for name in STYLE]
    if all(column is None for column in found):
        return None
    return np.column_stack([np.full(rows, np.nan) if column is None else column for column in found])


def _counts(source: Source, column: Column) -> Floats:
    counted = mapped(source, column, _weight, "drop", np.float64)
    return np.where(counted.known, counted.values, np.nan)


def _confidence(source: Source, columns: Mapping[str, Column]) -> Floats | None:
    """Return the chance that raters gave their own answers, from either column; one that is empty gives none."""
    if "confidence" in columns and "probability" in columns:
        reason = "a file says how sure raters were in one column, confidence (1 to 5) or probability (0 to 1)"
        raise BadFileError(source.path, [Problem(1, None, None, reason)])
    for name, convert in (("confidence", _step), ("probability", _chance)):
        if name in columns:
            said = mapped(source, columns[name], convert, "drop", np.float64)
            return np.where(said.known, chance_of(said.values) if name == "confidence" else said.values, np.nan)
    return None


def _chance_of_a(
    source: Source, columns: Mapping[str, Column], outcome: NDArray[np.int8], known: Mask
) -> Floats | None:
    """Return the probability that raters gave to system_a, NaN for none; one against the outcome is an error."""
    if "chance" not in columns:
        return None
    said = mapped(source, columns["chance"], _chance, "drop", np.float64)
    chance = np.where(said.known, said.values, np.nan)
    lowest = np.array([0.5, 0.0, 0.5, np.inf])[outcome]  # by the codes of outcomes: A, B, tie, both_bad
    highest = np.array([1.0, 0.5, 0.5, np.inf])[outcome]
    wrong = np.flatnonzero(known & said.known & ~((chance >= lowest) & (chance <= highest)))
    if len(wrong):
        reason = "is no probability that system_a is better, given the outcome: A 0.5 to 1, B 0 to 0.5, tie 0.5"
        places = [problem_at(source, columns["chance"], int(row), reason) for row in wrong[:MOST_PROBLEMS]]
        raise BadFileError(source.path, places)
    return chance


def _step(text: str) -> float:
    step = _number(text)
    if step not in range(1, CONFIDENCE_STEPS + 1):
        raise ValueError(f"confidence counts from 1 to {CONFIDENCE_STEPS}; a chance goes in a column probability")
    return step


def _chance(text: str) -> float:
    chance = _number(text)
    if not 0 <= chance <= 1:
        raise ValueError("a probability lies between 0 and 1")
    return chance


def _shown_b_first(source: Source, column: Column) -> Mask:
    return floats_of(source, column, _is_b).astype(np.bool_)


def _is_b(text: str) -> float:
    if text not in ("A", "B"):
        raise ValueError("not a column; use A or B")
    return float(text == "B")


def _outcome(text: str) -> int:
    if text not in OUTCOME_LABELS:
        raise ValueError(f"not an outcome; use {', '.join(OUTCOME_LABELS)}")
    return OUTCOME_LABELS[text]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("not a number; decimals take a point" if "," in text else "not a number") from None
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    if abs(number) > LARGEST:
        raise ValueError(f"beyond {LARGEST:g} squares cannot be computed with; choose another unit")
    return number


def _weight(text: str) -> float:
    weight = _number(text)
    if weight < 0:
        raise ValueError("a weight must not be negative")
    if 0 < weight < SMALLEST:
        raise ValueError(f"below {SMALLEST:g} squares vanish; choose a larger weight, or 0")
    return weight


def _seconds(text: str) -> float:
    """Read seconds since 1970 or an ISO 8601 time; without a zone it is UTC."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _labels(column: Column) -> tuple[str, ...] | None:
    """Return the sorted labels of a column without any number in it, None for a column of numbers."""
    texts = {stripped(text) for text in column.texts if not is_missing(text)}
    if not texts or any(reason_against(_number, text) is None for text in texts):
        return None
    return tuple(sorted(texts))
