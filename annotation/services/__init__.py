"""What pages, the API, the demo and tests call. Every write of annotation is one of these functions."""

from annotation.services.answering import Submitted, keep, submit, undo
from annotation.services.campaigns import (
    close_campaign,
    create_campaign,
    open_campaign,
    pause_campaign,
    set_annotators,
)
from annotation.services.claiming import SKIP_REASONS, Lease, claim, flag, heartbeat, save_draft, skip
from annotation.services.items import NewItem, add_items
from annotation.services.status import Empty, Progress, progress_of, why_empty

__all__ = [
    "SKIP_REASONS",
    "Empty",
    "Lease",
    "NewItem",
    "Progress",
    "Submitted",
    "add_items",
    "claim",
    "close_campaign",
    "create_campaign",
    "flag",
    "heartbeat",
    "keep",
    "open_campaign",
    "pause_campaign",
    "progress_of",
    "save_draft",
    "set_annotators",
    "skip",
    "submit",
    "undo",
    "why_empty",
]
