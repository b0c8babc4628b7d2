"""The Anthropic Messages API: the request shape it accepts, and its answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tests.fakes.judge import Question
from tests.fakes.wire import (
    BadRequest,
    Spoken,
    WireError,
    at_least,
    check_schema,
    fields,
    list_of,
    of_type,
    one_of,
    text_or,
)

VERSIONS = ("2023-06-01", "2026-10-21")
SAMPLING = ("temperature", "top_p", "top_k")
NEVER_SAMPLES = re.compile(r"claude-(opus-(4-[789]|[5-9])|sonnet-[5-9]|fable|haiku-([6-9]|5-5))")
NO_FORCED_TOOLS = re.compile(r"claude-(opus-5-5|sonnet-5-5|fable-5-1)")
ALWAYS_THINKS = re.compile(r"claude-(opus-5-5|fable-5-1)")
STOPS = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal", "filtered": "refusal"}
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}

_cache_control = fields({"type": one_of("ephemeral"), "ttl": one_of("5m", "1h")}, ("type",))
_text_block = fields(
    {"type": one_of("text"), "text": text_or(of_type(str)), "cache_control": _cache_control, "citations": None},
    ("type", "text"),
)
_content = text_or(list_of(_text_block))
_message = fields({"role": one_of("user", "assistant"), "content": _content}, ("role", "content"))
_format = fields({"type": one_of("json_schema"), "schema": check_schema}, ("type", "schema"))
_output_config = fields({"effort": one_of("low", "medium", "high", "xhigh", "max"), "format": _format})

FIELDS = {
    "max_tokens": at_least(0),
    "messages": list_of(_message),
    "model": text_or(of_type(str)),
    "cache_control": _cache_control,
    "container": None,
    "diagnostics": None,
    "inference_geo": of_type(str),
    "metadata": fields({"user_id": of_type(str)}),
    "output_config": _output_config,
    "service_tier": one_of("auto", "standard_only"),
    "speed": one_of("standard", "fast"),
    "stop_sequences": list_of(of_type(str)),
    "stream": one_of(False),  # the fake does not stream
    "system": _content,
    "thinking": fields({"type": one_of("enabled", "disabled", "adaptive", "between_tools"), "budget_tokens": None}),
    "tool_choice": None,
    "tools": None,
    "user_profile_id": of_type(str),
}
_shape = fields(FIELDS, ("max_tokens", "messages", "model"))


class AnthropicMessages:
    """POST /v1/messages."""

    path = "/v1/messages"

    def check(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Raise BadRequest unless the request has the published shape."""
        version = headers.get("anthropic-version")
        if version not in VERSIONS:
            raise BadRequest("anthropic-version: header is required and must name a known version")
        _check_sampling(version, body)
        _shape({name: value for name, value in body.items() if name not in SAMPLING}, "")
        _check_model_limits(body)
        if str(body).count("'cache_control':") > 4:
            raise BadRequest("A maximum of 4 blocks with cache_control may be provided")

    def question(self, body: dict[str, Any]) -> Question:
        """Return what the judge is asked."""
        texts = [_text_of(body.get("system", "")), *(_text_of(message["content"]) for message in body["messages"])]
        schema = body.get("output_config", {}).get("format", {}).get("schema")
        return Question(body["model"], "\n\n".join(texts), schema)

    def answer(self, spoken: Spoken, call_id: str) -> dict[str, Any]:
        """Return the body of a good answer."""
        refused = spoken.stop in ("refusal", "filtered")
        details = {"type": "refusal", "category": "general_harms", "explanation": None} if refused else None
        text = [] if refused or not spoken.text else [{"type": "text", "text": spoken.text, "citations": None}]
        return {
            "id": f"msg_{call_id}",
            "type": "message",
            "role": "assistant",
            "model": spoken.model,
            "content": [*_thinking(spoken), *text],
            "stop_reason": STOPS[spoken.stop],
            "stop_sequence": None,
            "stop_details": details,
            **_usage(spoken.tokens),
        }

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        code = "enforced_spend_limit_reached" if error.code == "spend" else error.code
        details = {"details": {"error_code": code}} if code else {}
        kind = ERROR_TYPES.get(error.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": error.message, **details}, "request_id": "req_fake"}


def _check_sampling(version: str, body: dict[str, Any]) -> None:
    sent = [name for name in SAMPLING if name in body]
    if sent and (version != "2023-06-01" or NEVER_SAMPLES.match(str(body.get("model")))):
        raise BadRequest(f"{sent[0]}: Extra inputs are not permitted", param=sent[0])


def _check_model_limits(body: dict[str, Any]) -> None:
    model = body["model"]
    forced = isinstance(body.get("tool_choice"), dict) and body["tool_choice"].get("type") in ("any", "tool")
    if forced and NO_FORCED_TOOLS.match(model):
        raise BadRequest("tool_choice: this model does not support forced tool use")
    if body.get("thinking", {}).get("type") in ("disabled", "enabled") and ALWAYS_THINKS.match(model):
        raise BadRequest("thinking.type: thinking cannot be configured on this model")
    if body["messages"][-1]["role"] == "assistant" and NEVER_SAMPLES.match(model):
        raise BadRequest("messages: this model does not support assistant prefill")


def _text_of(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n\n".join(block["text"] for block in content)


def _thinking(spoken: Spoken) -> list[dict[str, Any]]:
    if not (spoken.tokens or {}).get("thinking"):
        return []
    return [{"type": "thinking", "thinking": "Weighing the candidates.", "signature": "ZmFrZQ=="}]


def _usage(tokens: dict[str, int] | None) -> dict[str, Any]:
    if tokens is None:
        return {}
    return {
        "usage": {
            "input_tokens": tokens["input_uncached"],
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": tokens["cache_read"],
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": tokens["output"],
            "output_tokens_details": {"thinking_tokens": tokens["thinking"]},
            "service_tier": "standard",
        }
    }
