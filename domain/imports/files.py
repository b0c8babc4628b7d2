"""The files of one import, in the order in which they must be read, as batches of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from domain.formats import Problem, Row, Source, detect, read, shown
from domain.formats.text import Unreadable
from domain.imports.columns import FIELDS, REQUIRED, Layout, Recogniser
from domain.imports.options import BadOption, Options
from domain.imports.reading import RowReader
from domain.imports.records import Record, Rejected, ResponseRecord, VerdictRecord

BATCH_RECORDS = 1_000
BATCH_CHARACTERS = 8_000_000
_ORDER = ("systems", "prompts", "responses", "arena", "votes", "score_pairs", "ratings", "wide_ratings")


@dataclass(slots=True)
class FilePlan:
    """A file, what it holds, and which of its columns say what."""

    source: Source
    format: str
    kind: str
    layout: Layout
    sha256: str
    rows: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it for the record and for JSON."""
        return {
            "name": self.source.name,
            "size": self.source.size,
            "sha256": self.sha256,
            "format": self.format,
            "kind": self.kind,
            "rows": self.rows,
            "columns": self.layout.columns,
            "other_columns": list(self.layout.rest),
        }


@dataclass(slots=True)
class Batch:
    """Some records, the problems met on the way, and how many rows they are."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0
    characters: int = 0

    def is_full(self) -> bool:
        """Say whether it is as much as one transaction should hold."""
        return len(self.records) >= BATCH_RECORDS or self.characters >= BATCH_CHARACTERS or len(self.problems) >= 1000


def open_files(sources: Sequence[Source], options: Options) -> tuple[list[FilePlan], list[Problem]]:
    """Find out what each file holds; return the files in reading order, and what is wrong with the others."""
    recogniser = Recogniser(options)
    plans: list[FilePlan] = []
    problems: list[Problem] = []
    for source in sources:
        opened = _open(source, options, recogniser)
        (problems if isinstance(opened, Problem) else plans).append(opened)  # type: ignore[arg-type]  # one of the two
    if plans and not problems:
        _check_mapped(plans, options)
    return sorted(plans, key=lambda plan: _ORDER.index(plan.kind)), problems


def batches(plan: FilePlan, options: Options, known_prompt: Callable[[str], bool]) -> Iterator[Batch]:
    """Read a file as batches small enough for one transaction."""
    recogniser = Recogniser(options)
    reader = RowReader(options, known_prompt)
    batch = Batch()
    for row in read(plan.source, plan.format):
        _take(batch, row, plan.kind, recogniser, reader)
        if batch.is_full():
            yield batch
            batch = Batch()
    yield batch


def _take(batch: Batch, row: Row | Problem, kind: str, recogniser: Recogniser, reader: RowReader) -> None:
    batch.rows += 1
    if isinstance(row, Problem):
        batch.problems.append(row)
        return
    try:
        records = reader.records(row, recogniser.layout(kind, tuple(row.values)))
    except Rejected as error:
        batch.problems.append(error.at(row))
        return
    batch.records += records
    batch.characters += sum(map(_characters, records))


def _characters(record: Record) -> int:
    if isinstance(record, ResponseRecord):
        return len(record.content or "")
    return len(record.rationale) if isinstance(record, VerdictRecord) else 200


def _open(source: Source, options: Options, recogniser: Recogniser) -> FilePlan | Problem:
    try:
        form = _format(source, options)
    except Unreadable as error:
        return Problem(source.name, 0, "", error.value, error.reason)
    first = next(read(source, form), None)
    if first is None:
        return Problem(source.name, 0, "", "", "the file has no rows")
    if isinstance(first, Problem):
        return first
    kind = recogniser.kind_of(first.values)
    if kind is None:
        columns = shown(", ".join(first.values))
        return Problem(source.name, first.line, "", columns, _unrecognised(options, recogniser, first))
    layout = recogniser.layout(kind, tuple(first.values))
    return FilePlan(source, form, kind, layout, _hash(source))


def _format(source: Source, options: Options) -> str:
    found = detect(source)
    wanted = options.format
    if wanted in ("csv", "jsonl", "parquet") and wanted != found:
        if wanted == "parquet" or found == "parquet":
            raise Unreadable(f"this is {found}, not {wanted}")
        return wanted
    return found


def _unrecognised(options: Options, recogniser: Recogniser, row: Row) -> str:
    wanted = "arena" if options.format == "arena" else options.kind
    if wanted and wanted in REQUIRED:
        missing = recogniser.layout(wanted, tuple(row.values)).missing
        if missing:
            return f"{wanted} need {' and '.join(missing)}; say which column it is: --map {missing[0]}=COLUMN"
    hints = "; ".join(f"{kind.replace('_', ' ')}: {', '.join(needs)}" for kind, needs in REQUIRED.items())
    return (
        f"cannot tell from these columns what the rows hold. Name columns with --map FIELD=COLUMN, name the columns of "
        f"criteria with --criterion A,B, or say --system NAME where no column names one. Needed for {hints}"
    )


def _check_mapped(plans: Iterable[FilePlan], options: Options) -> None:
    """Refuse a mapping that no file uses: it is a typing mistake, and without it rows mean something else."""
    for name, column in options.columns.items():
        if not any(plan.layout.columns.get(name) == column for plan in plans):
            kinds = sorted({plan.kind for plan in plans if name in FIELDS[plan.kind]})
            where = f"no file of {' or '.join(kinds)} has that column" if kinds else "no file here has such a field"
            raise BadOption(f"--map {name}={column}: {where}")


def _hash(source: Source) -> str:
    digest = sha256()
    with source.open() as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()
