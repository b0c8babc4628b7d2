"""The OpenAI Responses API: the request shape it accepts, and its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.judge import Question
from tests.fakes.likelihoods import likelihoods
from tests.fakes.openai_common import (
    EFFORTS,
    check_named_schema,
    check_sampling,
    check_schema_name,
    error_body,
    usage_body,
)
from tests.fakes.wire import BadRequest, Spoken, WireError, at_least, fields, list_of, of_type, one_of, text_or

LOGPROBS = "message.output_text.logprobs"

_part = fields({"type": one_of("input_text", "output_text"), "text": text_or(of_type(str))}, ("type", "text"))
_item = fields(
    {
        "type": one_of("message"),
        "role": one_of("developer", "system", "user", "assistant"),
        "content": text_or(list_of(_part)),
    },
    ("role", "content"),
)


def _check_format(value: Any, where: str) -> None:
    named = {"name": check_schema_name, "schema": None, "strict": of_type(bool), "description": of_type(str)}
    fields({"type": one_of("text", "json_object", "json_schema"), **named}, ("type",))(value, where)
    if value["type"] == "json_schema":
        for name in ("name", "schema"):
            if name not in value:
                raise BadRequest(f"Missing required parameter: '{where}.{name}'.", param=f"{where}.{name}")
        check_named_schema(value, where)


FIELDS = {
    "access_programs": None,
    "background": one_of(False),
    "context_management": None,
    "conversation": None,
    "image": None,
    "include": list_of(of_type(str)),
    "input": text_or(list_of(_item)),
    "instructions": of_type(str),
    "max_output_tokens": at_least(16),
    "max_tool_calls": None,
    "metadata": of_type(dict),
    "model": text_or(of_type(str)),
    "moderation": None,
    "parallel_tool_calls": of_type(bool),
    "previous_response_id": None,
    "prompt": None,
    "prompt_cache_key": of_type(str),
    "prompt_cache_options": None,
    "prompt_cache_retention": None,
    "reasoning": fields({"effort": one_of(*EFFORTS), "summary": None, "context": None, "mode": None}),
    "safety_identifier": of_type(str),
    "service_tier": one_of("auto", "default", "flex", "scale", "priority", "fast"),
    "store": of_type(bool),
    "stream": one_of(False),  # the fake does not stream
    "stream_options": None,
    "temperature": of_type(float, int),
    "text": fields({"format": _check_format, "verbosity": one_of("low", "medium", "high")}),
    "tool_choice": None,
    "tools": None,
    "top_logprobs": one_of(*range(21)),
    "top_p": of_type(float, int),
    "truncation": one_of("auto", "disabled"),
    "user": of_type(str),
}
_shape = fields(FIELDS, ("input", "model"))


class OpenAIResponses:
    """POST /v1/responses."""

    path = "/v1/responses"

    def check(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Raise BadRequest unless the request has the published shape."""
        _shape(body, "")
        check_sampling(body, body.get("reasoning", {}).get("effort"))

    def question(self, body: dict[str, Any]) -> Question:
        """Return what the judge is asked."""
        given = body["input"]
        texts = [given] if isinstance(given, str) else [_text_of(item["content"]) for item in given]
        schema = body.get("text", {}).get("format", {}).get("schema")
        asked = LOGPROBS in body.get("include", ())
        text = "\n\n".join([body.get("instructions", ""), *texts])
        return Question(body["model"], text, schema, body.get("top_logprobs", 0) if asked else 0)

    def answer(self, spoken: Spoken, call_id: str) -> dict[str, Any]:
        """Return the body of a good answer."""
        cut = {"length": "max_output_tokens", "filtered": "content_filter"}.get(spoken.stop)
        status = "incomplete" if cut else "completed"
        return {
            "id": f"resp_{call_id}",
            "object": "response",
            "created_at": 1_790_000_000,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": cut} if cut else None,
            "model": spoken.model,
            "output": [*_reasoning(spoken, call_id), _message(spoken, call_id, status)],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            **usage_body(spoken.tokens),
        }

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        return error_body(error)


def _message(spoken: Spoken, call_id: str, status: str) -> dict[str, Any]:
    told = likelihoods(spoken.text, spoken.logprobs) if spoken.logprobs else []
    content = {"type": "output_text", "text": spoken.text, "annotations": [], "logprobs": told}
    if spoken.stop == "refusal":
        content = {"type": "refusal", "refusal": "I'm sorry, I can't assist with that request."}
    return {"type": "message", "id": f"msg_{call_id}", "role": "assistant", "status": status, "content": [content]}


def _reasoning(spoken: Spoken, call_id: str) -> list[dict[str, Any]]:
    return (
        [{"type": "reasoning", "id": f"rs_{call_id}", "summary": []}] if (spoken.tokens or {}).get("thinking") else []
    )


def _text_of(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n\n".join(part["text"] for part in content)
