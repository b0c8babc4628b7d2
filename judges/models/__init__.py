"""Judges: their versions, their runs, the planned cells of a run, and the ledger of what was paid."""

from judges.models.access import ModelFact, PriceRow, StoredKey, Throttle
from judges.models.batches import Batch
from judges.models.cells import Cell, Exchange, LedgerEntry
from judges.models.runs import Hand, Run, Worker
from judges.models.trials import TrialCall
from judges.models.versions import JudgeVersion, Member

__all__ = [
    "Batch",
    "Cell",
    "Exchange",
    "Hand",
    "JudgeVersion",
    "LedgerEntry",
    "Member",
    "ModelFact",
    "PriceRow",
    "Run",
    "StoredKey",
    "Throttle",
    "TrialCall",
    "Worker",
]
