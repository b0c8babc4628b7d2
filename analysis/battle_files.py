"""A file of battles for one board: the outcomes of one criterion, and no ratings among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.arguments import UsageError, rows_named
from analysis.columns import read_columns
from analysis.data import Battles, take
from analysis.files import read_battles
from analysis.sources import open_source
from analysis.tables import Source

CRITERION = "criterion"
OF_VERDICTS = {"outcome", "value", "unscored_reason"}  # ratings beside battles, as an export of verdicts has them


def read_one_criterion(
    path: Path, *, criterion: str | None, optional: Sequence[str], missing: str, tag: str | None = None
) -> Battles:
    """Read battles as ``read_battles`` does, those of one criterion where the file names criteria.

    Raises
    ------
    UsageError
        Several criteria and none chosen: their outcomes are answers to different questions, and pooling them would
        count each battle several times. Or a choice that the file does not know, or an export of verdicts with
        ratings in it.
    """
    source = open_source(path)
    columns = source.columns()
    if set(columns) >= OF_VERDICTS:
        raise UsageError(
            f"{path} holds ratings and battles, as an export of verdicts does: jurybox export PROJECT --what "
            "preferences writes the battles alone"
        )
    if CRITERION not in columns:
        if criterion is not None:
            raise UsageError(f"--criterion needs a column criterion in {path}; it has {', '.join(columns)}")
        return read_battles(path, optional=optional, missing=missing, tag=tag)
    if tag is not None:
        _refuse_several(source, criterion, tag)
        return read_battles(path, optional=optional, missing=missing, tag=tag)
    battles = read_battles(path, optional=optional, missing=missing, tag=CRITERION)
    return _of_criterion(battles, path, criterion)


def _of_criterion(battles: Battles, path: Path, criterion: str | None) -> Battles:
    told = battles.tag
    if told is None:
        raise RuntimeError(f"{path}: the column criterion was not read")
    names = told.used().names
    if criterion is None and len(names) > 1:
        raise UsageError(_several(path, names))
    wanted = rows_named(told, [criterion], CRITERION) if criterion is not None else None
    kept = battles if wanted is None else take(battles, wanted)
    return replace(kept, tag=None)


def _refuse_several(source: Source, criterion: str | None, tag: str) -> None:
    """Refuse to mix criteria under another column's tags; --by criterion is how to see them all."""
    if tag == CRITERION and criterion is None:
        return
    if criterion is not None:
        raise UsageError("on a file, --criterion and --by do not go together: keep the rows of one criterion first")
    texts = read_columns(source, {CRITERION: (CRITERION,)}, (CRITERION,), ())[CRITERION].texts
    names = sorted({text.strip() for text in texts if text and text.strip()})
    if len(names) > 1:
        raise UsageError(_several(source.path, names))


def _several(path: Path, names: Sequence[str]) -> str:
    shown = ", ".join(names[:20])
    return f"{path} has outcomes on several criteria, {shown}: choose one with --criterion, or take --by criterion"
