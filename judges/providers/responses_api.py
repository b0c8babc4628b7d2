"""OpenAI Responses: a request as its body, an answer as a Reply. Pure."""

from __future__ import annotations

from typing import Any

from judges.providers.base import Reply, Request, Schema, Stop
from judges.providers.capabilities import Capabilities, Structured, gate, gives_logprobs
from judges.providers.documents import kept, logprobs_in, mapping, objects, spelt_out, text, usage_in

CUTS = {"max_output_tokens": Stop.LENGTH, "content_filter": Stop.REFUSAL}
SAMPLING = ("temperature", "top_p")
LOGPROBS = "message.output_text.logprobs"


def build(model: str, request: Request, capabilities: Capabilities) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the body and the names of the settings that were withheld."""
    sent, withheld = gate(capabilities, request.params)
    if "seed" in sent:  # this API has none
        withheld = (*withheld, "seed")
    probed = bool(request.logprobs) and gives_logprobs(capabilities, request.params)
    if request.logprobs and not probed:
        withheld = (*withheld, "logprobs")
    instructions, shape = _shape(request, capabilities.structured)
    body: dict[str, Any] = {
        "model": model,
        "instructions": instructions,
        "input": [{"role": message.role.value, "content": message.text} for message in request.messages],
        "max_output_tokens": request.max_tokens,
        "store": False,
        **shape,
        **{name: sent[name] for name in SAMPLING if name in sent},
        **({"include": [LOGPROBS], "top_logprobs": request.logprobs} if probed else {}),
    }
    if "effort" in sent:
        body["reasoning"] = {"effort": sent["effort"]}
    return body, withheld


def _shape(request: Request, structured: Structured) -> tuple[str, dict[str, Any]]:
    """Return the instructions and the fields that ask for the shape of the answer."""
    if request.schema is None:
        return request.system, {}
    if structured is Structured.JSON_SCHEMA:
        return request.system, {"text": {"format": _named(request.schema)}}
    system = f"{request.system}\n\n{spelt_out(request.schema)}"
    return system, {"text": {"format": {"type": "json_object"}}} if structured is Structured.JSON_OBJECT else {}


def _named(schema: Schema) -> dict[str, Any]:
    return {"type": "json_schema", "name": schema.name, "schema": dict(schema.document), "strict": True}


def read(document: dict[str, Any]) -> Reply:
    """Return the reply in an answer's document. Reasoning items are no part of the text."""
    parts = [part for item in objects(document.get("output")) for part in objects(item.get("content"))]
    said = "".join(text(part.get("text")) for part in parts if part.get("type") == "output_text")
    refusal = "".join(text(part.get("refusal")) for part in parts if part.get("type") == "refusal") or None
    stop = Stop.REFUSAL if refusal else _stop(document)
    return Reply(
        text=said,
        stop=stop,
        model=text(document.get("model")),
        usage=usage_in(document.get("usage"), "input", "output"),
        refusal=refusal or ("stopped by the provider's content filter" if stop is Stop.REFUSAL else None),
        request_id=text(document.get("id")),
        raw=kept(document),
        logprobs=tuple(token for part in parts for token in logprobs_in(part.get("logprobs"))),
    )


def _stop(document: dict[str, Any]) -> Stop:
    if document.get("status") == "completed":
        return Stop.END
    if "status" not in document:
        return Stop.OTHER
    return CUTS.get(text(mapping(document.get("incomplete_details")).get("reason")), Stop.BROKEN)
