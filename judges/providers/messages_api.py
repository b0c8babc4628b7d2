"""Anthropic Messages: a request as its body, an answer as a Reply. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from judges.providers.base import Reply, Request, Stop, Usage
from judges.providers.capabilities import Capabilities, Structured, gate
from judges.providers.documents import kept, mapping, objects, spelt_out, text, tokens

STOPS = {
    "end_turn": Stop.END,
    "stop_sequence": Stop.END,
    "max_tokens": Stop.LENGTH,
    "model_context_window_exceeded": Stop.LENGTH,
    "refusal": Stop.REFUSAL,
    "pause_turn": Stop.BROKEN,
}
SAMPLING = ("temperature", "top_p")
OLD_VERSION = "2023-06-01"


def build(
    model: str, request: Request, capabilities: Capabilities, *, in_batch: bool = False
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the body and the names of the settings that were withheld.

    Sampling settings, where a model takes them, need the header ``anthropic-version: 2023-06-01``. The calls of a batch
    are made over more than the five minutes for which a prompt is usually cached.
    """
    sent, withheld = gate(capabilities, request.params)
    if request.logprobs:  # this vendor gives none
        withheld = (*withheld, "logprobs")
    config: dict[str, Any] = {"effort": sent["effort"]} if "effort" in sent else {}
    system = request.system
    if request.schema and capabilities.structured is Structured.JSON_SCHEMA:
        config["format"] = {"type": "json_schema", "schema": dict(request.schema.document)}
    elif request.schema:
        system = f"{system}\n\n{spelt_out(request.schema)}"
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "system": [{**_block(system), **_mark(in_batch=in_batch)} if capabilities.caching else _block(system)],
        "messages": [
            {"role": message.role.value, "content": [_block(part) for part in message.parts]}
            for message in request.messages
        ],
    }
    if config:
        body["output_config"] = config
    body.update({name: sent[name] for name in SAMPLING if name in sent})
    return body, withheld


def _block(part: str) -> dict[str, Any]:
    return {"type": "text", "text": part}


def _mark(*, in_batch: bool) -> dict[str, Any]:
    return {"cache_control": {"type": "ephemeral", **({"ttl": "1h"} if in_batch else {})}}


def read(document: dict[str, Any]) -> Reply:
    """Return the reply in an answer's document. Thinking and tool blocks are no part of the text."""
    texts = [text(block.get("text")) for block in objects(document.get("content")) if block.get("type") == "text"]
    stop = STOPS.get(text(document.get("stop_reason")), Stop.OTHER)
    return Reply(
        text="".join(texts),
        stop=stop,
        model=text(document.get("model")),
        usage=_usage(document.get("usage")),
        refusal=_refusal(document) if stop is Stop.REFUSAL else None,
        request_id=text(document.get("id")),
        raw=kept(document),
    )


def _refusal(document: dict[str, Any]) -> str:
    details = mapping(document.get("stop_details"))
    return text(details.get("explanation")) or text(details.get("category")) or "refused without a reason"


def _usage(value: Any) -> Usage | None:
    counts = mapping(value)
    if "input_tokens" not in counts or "output_tokens" not in counts:
        return None
    try:
        return _counted(counts)
    except ValueError:  # a negative or wrong count: what the call cost is unknown, not zero
        return None


def _counted(counts: Mapping[str, Any]) -> Usage:
    written = tokens(counts, "cache_creation_input_tokens")
    long = min(written, tokens(mapping(counts.get("cache_creation")), "ephemeral_1h_input_tokens"))
    return Usage(
        input_uncached=tokens(counts, "input_tokens"),  # this vendor counts uncached tokens only
        cache_read=tokens(counts, "cache_read_input_tokens"),
        cache_write=written - long,
        output=tokens(counts, "output_tokens"),
        thinking=tokens(mapping(counts.get("output_tokens_details")), "thinking_tokens"),
        cache_write_1h=long,
    )
