"""A project's answers, each with the value of a column by which they can be parted: rater, tag, time and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.comparison.estimates import Codes
from analysis.data import Battles, Coded, Floats, Ratings, take
from analysis.management.project_tables import comparable_tables
from analysis.pairwise import ratings_from_battles
from analysis.selectors import Raters, occasions_of
from domain.models import Project, Prompt
from domain.specs import Kind

COLUMNS = ("rater", "system", "prompt", "split", "tag", "batch", "time")


@dataclass(frozen=True, slots=True)
class Beside:
    """A table, and the value of the column for each of its rows."""

    table: Battles | Ratings
    column: Coded | Floats
    criterion: str | None

    def ratings(self) -> Ratings:
        """Return the answers as ratings; choices in battles are nominal ones, named by their criterion."""
        if isinstance(self.table, Ratings):
            return self.table
        made = ratings_from_battles(self.table)
        if self.criterion is None:
            return made
        return replace(made, criterion=Coded(np.zeros(len(made), dtype=np.int64), (self.criterion,)))


def tables_beside(
    project: Project, column: str, *, criterion: str | None = None, raters: Raters = "all"
) -> list[Beside]:
    """Return the project's answers with a column: one of COLUMNS, or a key of tags that read KEY:value.

    Rows without a value in it are left out.

    Raises
    ------
    ValueError
        No answers have such a column, or a prompt has several values in it.
    """
    found = []
    for table, label in comparable_tables(project, criterion=criterion, raters=raters):
        if len(table):
            made = _column(project, table, column, criterion=label or criterion, raters=raters)
            if made is not None:
                found.append(Beside(*made, label))
    if not found:
        raise ValueError(
            f"no answers of this project have a column {column!r}; columns are {', '.join(COLUMNS)} and keys of tags "
            "that read KEY:value"
        )
    return found


def named_tables_beside(
    project: Project, column: str, *, criterion: str | None = None, raters: Raters = "all"
) -> list[tuple[Beside, Coded]]:
    """Return the same for a column of names, which time is not."""
    if column == "time":
        raise ValueError("time has no slices or groups; jurybox drift compares two windows of it")
    found = tables_beside(project, column, criterion=criterion, raters=raters)
    return [(one, one.column) for one in found if isinstance(one.column, Coded)]


def _column(
    project: Project, table: Battles | Ratings, name: str, *, criterion: str | None, raters: Raters
) -> tuple[Battles | Ratings, Coded | Floats] | None:
    if name in ("time", "batch"):
        kind = Kind.CHOICE if isinstance(table, Battles) else Kind.SCORE
        occasion = occasions_of(project, kind, criterion=criterion, raters=raters)
        return (table, occasion["at"]) if name == "time" else _kept(table, _batches(occasion["batch"]))
    if name in ("rater", "prompt") or (name == "system" and isinstance(table, Ratings)):
        made: Coded | None = getattr(table, name)
        return None if made is None else (table, made)
    if table.prompt is None or name == "system":
        return None
    values = _of_prompts(project, name)
    return _kept(table, [values.get(prompt) for prompt in table.prompt.names], table.prompt.codes)


def _kept(
    table: Battles | Ratings, values: Sequence[str | None], codes: Codes | None = None
) -> tuple[Battles | Ratings, Coded] | None:
    """Return the rows that have a value, with it; ``codes`` says which of the values each row has."""
    places = np.arange(len(table)) if codes is None else codes
    names = sorted({value for value in values if value is not None})
    place = {name: code for code, name in enumerate(names)}
    code = np.array([-1 if value is None else place[value] for value in values], dtype=np.int64)[places]
    kept = code >= 0
    if not kept.any():
        return None
    column = Coded(code[kept], tuple(names))
    if isinstance(table, Battles):
        return take(table, kept), column
    return take(table, kept), column


def _batches(batch: Codes) -> list[str | None]:
    return [f"import {pk}" if pk else None for pk in batch.tolist()]


def _of_prompts(project: Project, name: str) -> dict[str, str]:
    """Return the value of each prompt that has one."""
    prompts = Prompt.objects.filter(project=project)
    if name == "split":
        return {key: split for key, split in prompts.values_list("external_id", "split") if split}
    found: dict[str, str] = {}
    for key, tags in prompts.values_list("external_id", "tags"):
        values = _values(tags or [], name)
        if len(values) > 1:
            hint = "; name a key of tags that read KEY:value" if name == "tag" else ""
            raise ValueError(f"prompt {key} has several tags ({', '.join(values)}), and can be in one part only{hint}")
        if values:
            found[key] = values[0]
    return found


def _values(tags: list[str], name: str) -> list[str]:
    unique = list(dict.fromkeys(tags))
    return unique if name == "tag" else [tag.partition(":")[2] for tag in unique if tag.startswith(f"{name}:")]
