"""Judges: their versions, their runs, the planned cells of a run, and the ledger of what was paid."""

from judges.models.cells import Cell, Exchange, LedgerEntry
from judges.models.runs import Run, Worker
from judges.models.versions import JudgeVersion

__all__ = ["Cell", "Exchange", "JudgeVersion", "LedgerEntry", "Run", "Worker"]
