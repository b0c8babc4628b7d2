"""Battles as chat arenas publish them: one row holds the prompt, both conversations and the vote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ONE_HOT = {"winner_model_a": "model_a", "winner_model_b": "model_b", "winner_tie": "tie"}


def one_hot_winner(values: Mapping[str, Any]) -> str | None:
    """Return the winner of a row that says it in a column for each outcome; None where not exactly one is set."""
    chosen = [label for column, label in ONE_HOT.items() if str(values.get(column, "")).strip() in ("1", "1.0", "True")]
    return chosen[0] if len(chosen) == 1 else None


def asked(turns: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return what both systems were asked at first: everything before the first answer."""
    first_answer = next((at for at, turn in enumerate(turns) if turn["role"] == "assistant"), len(turns))
    return turns[:first_answer]


def answered(turns: list[dict[str, str]]) -> str:
    """Return what one system answered, with later questions quoted between its answers."""
    parts = []
    for turn in turns[len(asked(turns)) :]:
        quoted = turn["content"].replace("\n", "\n> ")
        parts.append(turn["content"] if turn["role"] == "assistant" else f"> {quoted}")
    return "\n\n".join(parts)
