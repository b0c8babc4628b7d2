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
from annotation.services.items import NewItem, add_items, set_priority
from annotation.services.standing import exclude, pause, reinstate, stop, warn, withdraw, withdraw_myself
from annotation.services.status import Empty, Progress, progress_of, why_empty
from annotation.services.timing import break_due, mark_shown, take_break

__all__ = [
    "SKIP_REASONS",
    "Empty",
    "Lease",
    "NewItem",
    "Progress",
    "Submitted",
    "add_items",
    "break_due",
    "claim",
    "close_campaign",
    "create_campaign",
    "exclude",
    "flag",
    "heartbeat",
    "keep",
    "mark_shown",
    "open_campaign",
    "pause",
    "pause_campaign",
    "progress_of",
    "reinstate",
    "save_draft",
    "set_annotators",
    "set_priority",
    "skip",
    "stop",
    "submit",
    "take_break",
    "undo",
    "warn",
    "why_empty",
    "withdraw",
    "withdraw_myself",
]
