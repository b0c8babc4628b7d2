"""Columns of a file as codes and numbers, with the line of whatever is wrong in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.data import Coded, Floats, Mask
from analysis.tables import BadFileError, Block, Encoded, Problem, Source, Text

MOST_PROBLEMS = 20  # shown at once
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # nothing that stores or prints text takes these

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as read: row r holds ``texts[codes[r]]``; None and empty texts are missing values.

    Codes take as few bytes as the number of texts allows: do not calculate with them.
    """

    name: str
    codes: NDArray[Any]
    texts: tuple[Text, ...]


class Codes(dict[Text, int]):
    """Numbers texts in order of appearance."""

    def __missing__(self, text: Text) -> int:
        self[text] = code = len(self)
        return code

    def of(self, block: Block) -> NDArray[np.int32]:
        """Return the number of each row's text."""
        if isinstance(block, Encoded):
            return self._of_encoded(block)
        return np.fromiter(map(self.__getitem__, block), dtype=np.int32, count=len(block))

    def names(self) -> tuple[str, ...]:
        """Return the texts in the order of their numbers."""
        return tuple(text for text in self if text is not None)

    def _of_encoded(self, block: Encoded) -> NDArray[np.int32]:
        places = np.zeros(len(block.texts), dtype=np.int32)
        for place in np.flatnonzero(
            np.bincount(block.codes, minlength=len(block.texts))
        ).tolist():  # texts may go unused
            places[place] = self[block.texts[place]]
        codes: NDArray[np.int32] = places[block.codes]
        return codes


@dataclass(frozen=True, slots=True)
class Mapped:
    """Numbers read from a column, and in which rows there was one."""

    values: NDArray[Any]
    known: Mask


def read_columns(
    source: Source, aliases: Mapping[str, tuple[str, ...]], needed: Sequence[str], optional: Sequence[str]
) -> dict[str, Column]:
    """Read the needed columns and those optional ones the file has, keyed by our name for them."""
    header = source.columns()
    found = {name: found_alias(header, aliases[name]) for name in (*needed, *optional)}
    absent = [name for name in needed if found[name] is None]
    if absent:
        wanted = "; ".join(" or ".join(aliases[name]) for name in absent)
        reason = f"no column {wanted}; the file has {', '.join(header) or 'none'}"
        raise BadFileError(source.path, [Problem(1, None, None, reason)])
    names = {name: actual for name, actual in found.items() if actual is not None}
    codes = {name: Codes() for name in names}
    blocks: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for block in source.blocks(list(names.values())):
        for name, column in zip(names, block, strict=True):
            numbered = codes[name].of(column)
            blocks[name].append(numbered.astype(np.min_scalar_type(len(codes[name]))))
    return {name: Column(names[name], _joined(blocks.pop(name)), tuple(codes[name])) for name in names}


def found_alias(header: Sequence[str], aliases: Sequence[str]) -> str | None:
    """Return the first of these names that is in the header."""
    return next((alias for alias in aliases if alias in header), None)


def _joined(blocks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.uint8)


def optional_column(columns: Mapping[str, Column], name: str, build: Callable[[Column], T]) -> T | None:
    """Build from a column if it was read."""
    return build(columns[name]) if name in columns else None


def names_of(source: Source, column: Column) -> Coded:
    """Make names of texts; the space around a name is not part of it."""
    places = Codes()
    return Coded(numbered_names(source, column, places), places.names())


def numbered_names(source: Source, column: Column, places: Codes) -> NDArray[np.int32]:
    """Return the number of each row's name, which ``places`` gives out: several columns may share it."""
    _refuse(source, column, _trouble_with_name)
    numbered: NDArray[np.int32] = places.of([stripped(text) for text in column.texts])[column.codes]
    return numbered


def _trouble_with_name(text: Text) -> str | None:
    if not _given(text):
        return "a name is missing here"
    return "no name holds a NUL or half a surrogate pair; take it out" if _NO_TEXT.search(text or "") else None


def mapped(
    source: Source, column: Column, convert: Callable[[str], float], missing: str, dtype: type[np.generic]
) -> Mapped:
    """Convert each distinct text once.

    A text ``convert`` cannot take is a problem; so is a missing one, unless ``missing`` is "drop".
    """

    def trouble(text: Text) -> str | None:
        if is_missing(text):
            return None if missing == "drop" else "no value; leave the row out, or pass --missing drop to count it"
        return reason_against(convert, text)

    _refuse(source, column, trouble)
    known = np.array([not is_missing(text) for text in column.texts], dtype=np.bool_)
    values = np.array([0 if is_missing(text) else convert(stripped(text)) for text in column.texts], dtype=dtype)
    return Mapped(values[column.codes], known[column.codes])


def floats_of(source: Source, column: Column, convert: Callable[[str], float]) -> Floats:
    """Convert a column in which no value may be missing."""
    return mapped(source, column, convert, "error", np.float64).values


def _refuse(source: Source, column: Column, trouble: Callable[[Text], str | None]) -> None:
    """Raise for the first row of each text there is trouble with."""
    bad = [(place, reason) for place, text in enumerate(column.texts) if (reason := trouble(text))]
    if bad:
        rows = [(int(np.argmax(column.codes == place)), reason) for place, reason in bad[:MOST_PROBLEMS]]
        raise BadFileError(source.path, [problem_at(source, column, row, reason) for row, reason in sorted(rows)])


def problem_at(source: Source, column: Column, row: int, reason: str) -> Problem:
    """Describe the trouble with one cell, with its line in the file."""
    return Problem(source.line_of(row), column.name, column.texts[column.codes[row]], reason)


def reason_against(convert: Callable[[str], float], text: Text) -> str | None:
    """Return what ``convert`` says against a text, or None."""
    try:
        convert(stripped(text))
    except ValueError as error:
        return str(error)
    return None


def is_missing(text: Text) -> bool:
    """Say whether a text stands for no value: nothing, blanks or NaN, which pandas writes for nothing."""
    return not _given(text) or stripped(text).lower() == "nan"


def _given(text: Text) -> bool:
    return bool(text and text.strip())


def stripped(text: Text) -> str:
    """Return a text without the space around it; it may be None."""
    return (text or "").strip()
