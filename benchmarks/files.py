"""Whole files through the command, cold: ``python -m benchmarks.files [battles ...]``.

Each run is a new process, from the start of Python to the last byte of JSON; the file itself is in the page cache.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from benchmarks.battles import SYSTEM_NAMES, pieces
from benchmarks.growth import straight_line
from benchmarks.timing import machine

LABELS = ("A", "B", "tie", "both_bad")
BARS = {(".csv", 1_000_000): 3.0, (".parquet", 1_000_000): 2.0}  # seconds of wall-clock time
MOST_MEMORY = 700  # MB
MOST_JSON_LINES = 1_000_000


@dataclass(frozen=True)
class Run:
    """One process: seconds, and the largest resident memory in MB."""

    cpu: float
    wall: float
    memory: float
    battles: int


def tables(battles: int) -> Iterator[Any]:
    """Yield Arrow tables with names in place of codes."""
    for piece in pieces(battles):
        yield pa.table(
            {
                "system_a": _texts(piece.system_a, SYSTEM_NAMES),
                "system_b": _texts(piece.system_b, SYSTEM_NAMES),
                "outcome": _texts(piece.outcome, LABELS),
                "prompt": _numbered("prompt", piece.prompt),
                "rater": _numbered("rater", piece.rater),
            }
        )


def _texts(codes: np.ndarray, names: tuple[str, ...]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names)).cast(pa.string())


def _numbered(what: str, codes: np.ndarray) -> Any:
    return _texts(codes, tuple(f"{what} {number}" for number in range(int(codes.max()) + 1)))


def write(folder: Path, battles: int) -> list[Path]:
    """Write the same battles in each format."""
    csv, parquet, lines = (folder / f"battles.{suffix}" for suffix in ("csv", "parquet", "jsonl"))
    made = [csv, parquet, *([lines] if battles <= MOST_JSON_LINES else [])]
    schema = next(tables(1)).schema
    with (
        pyarrow.csv.CSVWriter(csv, schema) as as_csv,
        pyarrow.parquet.ParquetWriter(parquet, schema) as as_parquet,
    ):
        for table in tables(battles):
            as_csv.write_table(table)
            as_parquet.write_table(table)
            if lines in made:
                with lines.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(row) + "\n" for row in table.to_pylist())
    return made


# A child's largest memory counts that of the process it was forked from, so a small one has to start it.
LAUNCHER = """
import os, sys, time
started = time.perf_counter()
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - started
print(status, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, file=sys.stderr)
"""


def run(path: Path, *options: str) -> Run:
    """Rank a file in a new process."""
    command = [sys.executable, "-m", "jurybox.cli", "leaderboard", str(path), "--json", *options]
    done = subprocess.run([sys.executable, "-S", "-c", LAUNCHER, *command], capture_output=True, check=True, text=True)
    status, cpu, wall, memory = map(float, done.stderr.splitlines()[-1].split())
    if status:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return Run(cpu, wall, memory, json.loads(done.stdout)["n_battles"])


def typical(path: Path, battles: int, times: int, *options: str) -> Run:
    """Rank a file several times: the medians of the seconds, and the largest memory."""
    runs = [run(path, *options) for _ in range(times)]
    assert {each.battles for each in runs} == {battles}
    cpu, wall = median(each.cpu for each in runs), median(each.wall for each in runs)
    return Run(cpu, wall, max(each.memory for each in runs), battles)


def row(path: Path, took: Run, *options: str) -> str:
    """Return a table's row for one file."""
    most = BARS.get((path.suffix, took.battles)) if not options else None
    bar = "" if most is None else f"≤ {most:g} s, ≤ {MOST_MEMORY} MB"
    held = "" if most is None else "yes" if took.wall <= most and took.memory <= MOST_MEMORY else "**no**"
    what = " ".join((f"{took.battles:,} battles, {path.suffix}, {path.stat().st_size / 1e6:,.0f} MB", *options))
    return f"| {what} | {took.cpu:.2f} s | {took.wall:.2f} s | {took.memory:.0f} MB | {bar} | {held} |"


def growth(suffix: str, runs: list[Run]) -> str:
    """Return the straight line through the CPU seconds of files of several sizes."""
    sizes = [each.battles for each in runs]
    slope, once, r_squared = straight_line(sizes, [each.cpu for each in runs])
    memory = straight_line(sizes, [each.memory for each in runs])[0]
    return (
        f"{suffix}: {slope * 1e9:.0f} ns a battle and {once:.2f} s once, r² = {r_squared:.5f}; "
        f"{memory * 2**20:.0f} bytes a battle"
    )


def main(sizes: list[int]) -> None:
    """Print the table, and the lines through files of several sizes."""
    print(f"{machine()}\n\n| file | CPU | wall | peak memory | bar | |\n|---|--:|--:|--:|---|---|")
    runs: dict[str, list[Run]] = {}
    for battles in sizes:
        with TemporaryDirectory() as folder:
            times = 5 if battles <= 1_000_000 else 3
            for path in write(Path(folder), battles):
                took = typical(path, battles, times)
                runs.setdefault(path.suffix, []).append(took)
                print(row(path, took), flush=True)
                if battles == sizes[0] and path.suffix == ".parquet":
                    print(row(path, typical(path, battles, times, "--cluster", "both"), "--cluster both"), flush=True)
    print("\n" + "\n".join(growth(suffix, made) for suffix, made in runs.items() if len(made) > 1))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1_000_000])
