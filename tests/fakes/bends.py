"""Answers that are well formed and not what was asked for: a tool call, a second choice, counts below zero."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

BENDS = ("tool-call", "two-choices", "negative-usage")
ARGUMENTS = '{"verdict": "A"}'


def bend(document: dict[str, Any], fault: str) -> dict[str, Any]:
    """Return an answer's document with a fault of form."""
    bent = copy.deepcopy(document)
    if fault == "negative-usage":
        bent["usage"] = {name: -7 if isinstance(n, int) else n for name, n in bent["usage"].items()}
        return bent
    kinds: dict[str, tuple[Callable[..., None], Callable[..., None]]] = {
        "chat.completion": (_chat_tool, _chat_twice),
        "message": (_message_tool, _message_twice),
        "response": (_response_tool, _response_twice),
        "decision": (_decision_none, _decision_twice),
    }
    kinds[bent.get("object") or bent.get("type", "decision")][BENDS.index(fault)](bent)
    return bent


def _chat_tool(bent: dict[str, Any]) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "give_verdict", "arguments": ARGUMENTS}}
    bent["choices"][0] |= {"finish_reason": "tool_calls"}
    bent["choices"][0]["message"] |= {"content": None, "tool_calls": [call]}


def _chat_twice(bent: dict[str, Any]) -> None:
    bent["choices"].append({**copy.deepcopy(bent["choices"][0]), "index": 1})


def _message_tool(bent: dict[str, Any]) -> None:
    bent["stop_reason"] = "tool_use"
    bent["content"] = [
        {"type": "tool_use", "id": "toolu_1", "name": "give_verdict", "input": {"verdict": "A"}, "caller": None}
    ]


def _message_twice(bent: dict[str, Any]) -> None:
    bent["content"] += copy.deepcopy([block for block in bent["content"] if block["type"] == "text"])


def _response_tool(bent: dict[str, Any]) -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "give_verdict", "arguments": ARGUMENTS}
    bent["output"] = [call]


def _response_twice(bent: dict[str, Any]) -> None:
    bent["output"].append({**copy.deepcopy(bent["output"][-1]), "id": "msg_again"})


def _decision_none(bent: dict[str, Any]) -> None:
    bent["answers"] = []


def _decision_twice(bent: dict[str, Any]) -> None:
    bent["answers"] += copy.deepcopy(bent["answers"])
