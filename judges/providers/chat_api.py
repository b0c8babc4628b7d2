"""OpenAI Chat Completions, and whoever imitates it: a request as its body, an answer as a Reply. Pure."""

from __future__ import annotations

from typing import Any

from judges.providers.base import InvalidResponse, Reply, Request, Schema, Stop
from judges.providers.capabilities import Capabilities, Structured, gate, gives_logprobs
from judges.providers.documents import kept, logprobs_in, mapping, objects, parse, spelt_out, text, usage_in

STOPS = {
    "stop": Stop.END,
    "length": Stop.LENGTH,
    "content_filter": Stop.REFUSAL,
    **dict.fromkeys(("abort", "error", "cancelled", "canceled"), Stop.BROKEN),  # of servers that imitate this API
}
SAME_NAME = ("temperature", "top_p", "seed")


def build(model: str, request: Request, capabilities: Capabilities) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the body and the names of the settings that were withheld."""
    sent, withheld = gate(capabilities, request.params)
    probed = bool(request.logprobs) and gives_logprobs(capabilities, request.params)
    if request.logprobs and not probed:
        withheld = (*withheld, "logprobs")
    system, shape = _shape(request, capabilities.structured)
    messages = [{"role": message.role.value, "content": message.text} for message in request.messages]
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": system}, *messages],
        capabilities.tokens_field: request.max_tokens,
        **shape,
        **{name: sent[name] for name in SAME_NAME if name in sent},
        **({"logprobs": True, "top_logprobs": request.logprobs} if probed else {}),
    }
    if "effort" in sent:
        body["reasoning_effort"] = sent["effort"]
    return body, withheld


def _shape(request: Request, structured: Structured) -> tuple[str, dict[str, Any]]:
    """Return the system text and the fields that ask for the shape of the answer."""
    if request.schema is None:
        return request.system, {}
    if structured is Structured.JSON_SCHEMA:
        return request.system, {"response_format": {"type": "json_schema", "json_schema": _named(request.schema)}}
    system = f"{request.system}\n\n{spelt_out(request.schema)}"
    return system, {"response_format": {"type": "json_object"}} if structured is Structured.JSON_OBJECT else {}


def _named(schema: Schema) -> dict[str, Any]:
    return {"name": schema.name, "schema": dict(schema.document), "strict": True}


def read(document: dict[str, Any]) -> Reply:
    """Return the reply in an answer's document."""
    choices = objects(document.get("choices"))
    if not choices:
        raise InvalidResponse("The answer holds no choices.", raw=str(kept(document))[:300])
    message = mapping(choices[0].get("message"))
    others = [_said(mapping(choice.get("message"))) for choice in choices[1:]]  # unasked: two verdicts are none
    refusal = text(message.get("refusal")) or None
    stop = Stop.REFUSAL if refusal else STOPS.get(text(choices[0].get("finish_reason")), Stop.OTHER)
    return Reply(
        text="\n".join([_said(message), *others]),
        stop=stop,
        model=text(document.get("model")),
        usage=usage_in(document.get("usage"), "prompt", "completion"),
        refusal=refusal or ("stopped by the provider's content filter" if stop is Stop.REFUSAL else None),
        request_id=text(document.get("id")),
        raw=kept(document),
        logprobs=logprobs_in(mapping(choices[0].get("logprobs")).get("content")),
    )


def _said(message: Any) -> str:
    content = message.get("content")
    said = "".join(text(part.get("text")) for part in objects(content)) if isinstance(content, list) else text(content)
    return said or _misplaced(text(message.get("reasoning_content")) or text(message.get("reasoning")))


def _misplaced(thoughts: str) -> str:
    """Return an answer that stands where thoughts belong, which happens where servers enforce a shape; else nothing.

    It is all there is and the object that was asked for. Anything else in that place is drafts.
    """
    try:
        parse(thoughts.encode())
    except InvalidResponse:
        return ""
    return thoughts
