"""Leases of cells: the right to answer one, what every statement that changes a leased cell must name, and its lock.

Every such statement names the epoch of its lease: whoever comes late finds another epoch there, and changes nothing.
Every transaction locks the run before its cells: one order, so that workers on PostgreSQL cannot wait for each other in
a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from judges.models import Run

HELD = "id = %s AND epoch = %s AND state = 'leased'"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to answer one cell, until its lease ends or another epoch begins."""

    cell_id: int
    epoch: int
    battle_id: int | None
    response_id: int | None
    order: int
    repeat: int
    attempts: int  # calls made before this one
    verdict_id: int | None  # the unscored verdict that a retry would replace
    step: int = 0  # which question of the cell

    @property
    def key(self) -> tuple[int, int]:
        """Return what names one attempt: cell and epoch."""
        return self.cell_id, self.epoch


def lock(run: Run) -> Run:
    """Return the run as it is now, locked until the transaction ends."""
    locked: Run = Run.objects.select_for_update().get(pk=run.pk)
    return locked


def hold(run: Run) -> None:
    """Lock the run until the transaction ends. SQLite has one write lock, with which they begin."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM judges_run WHERE id = %s FOR UPDATE", [run.pk])


def update_held(assignments: str, rows: list[list[Any]]) -> None:
    """Change leased cells; each row ends with the cell and the epoch of its lease."""
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE judges_cell SET {assignments} WHERE {HELD}", rows)  # noqa: S608 - constants


def marks(keys: Collection[tuple[int, int]]) -> str:
    """Return the places of so many keys in a statement."""
    return ", ".join(["(%s, %s)"] * len(keys))


def flat(keys: Iterable[tuple[int, int]]) -> list[int]:
    """Return the values that go there."""
    return [part for key in keys for part in key]
