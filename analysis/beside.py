"""Further columns of a file, row by row beside the battles or ratings that were read from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analysis.columns import Column, found_alias, is_missing, mapped, names_of, read_columns
from analysis.data import Coded, Floats, Mask
from analysis.files import BATTLE_COLUMNS, RATING_COLUMNS, is_battles
from analysis.sources import open_source
from analysis.tables import Source


def names_beside(path: Path, name: str, *, missing: str = "error") -> Coded:
    """Return a column's names, for the rows that ``read_battles`` or ``read_ratings`` keep.

    ``name`` may be one that the readers know (``rater`` finds a column ``judge``) or any other of the file.

    Raises
    ------
    BadFileError
        The file has no such column, or no value in some row.
    """
    source, column, kept = _column(path, name, missing)
    made = names_of(source, column)
    return made if kept is None else made.take(kept)


def numbers_beside(path: Path, name: str, *, missing: str = "error") -> Floats:
    """Return a column's numbers, for the rows that are kept."""
    source, column, kept = _column(path, name, missing)
    made = np.asarray(mapped(source, column, _number, "error", np.float64).values, dtype=np.float64)
    return made if kept is None else made[kept]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("not a number") from None


def _column(path: Path, name: str, missing: str) -> tuple[Source, Column, Mask | None]:
    """Return the column, and which of its rows are kept (None: all)."""
    source = open_source(path)
    known = BATTLE_COLUMNS if is_battles(path) else RATING_COLUMNS
    value = known["outcome" if is_battles(path) else "value"]
    aliases = {"beside": _aliases(source, name, known), "value": value}
    columns = read_columns(source, aliases, ("beside", "value"), ())
    if missing != "drop":
        return source, columns["beside"], None
    given = np.array([not is_missing(text) for text in columns["value"].texts], dtype=np.bool_)
    return source, columns["beside"], given[columns["value"].codes]


def _aliases(source: Source, name: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if name in source.columns():
        return (name,)
    found = found_alias(source.columns(), known.get(name, ()))
    return (name,) if found is None else (found,)
