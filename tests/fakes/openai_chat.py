"""The OpenAI Chat Completions API, which most other servers imitate: the request shape it accepts, and its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.fakes.judge import Question
from tests.fakes.likelihoods import likelihoods
from tests.fakes.openai_common import (
    EFFORTS,
    REASONING,
    check_named_schema,
    check_sampling,
    check_schema_name,
    error_body,
)
from tests.fakes.wire import BadRequest, Spoken, WireError, at_least, fields, list_of, of_type, one_of, text_or

ROLES = ("developer", "system", "user", "assistant")
STOPS = {"end": "stop", "length": "length", "refusal": "stop", "filtered": "content_filter"}

_part = fields({"type": one_of("text"), "text": text_or(of_type(str))}, ("type", "text"))
_message = fields({"role": one_of(*ROLES), "content": text_or(list_of(_part)), "name": None}, ("role", "content"))
_named_schema = fields(
    {"name": check_schema_name, "schema": None, "strict": of_type(bool), "description": of_type(str)},
    ("name", "schema"),
)


def _check_response_format(value: Any, where: str) -> None:
    fields({"type": one_of("text", "json_object", "json_schema"), "json_schema": _named_schema}, ("type",))(
        value, where
    )
    if value["type"] == "json_schema":
        if "json_schema" not in value:
            raise BadRequest("Missing required parameter: 'response_format.json_schema'", param="response_format")
        check_named_schema(value["json_schema"], f"{where}.json_schema")


FIELDS = {
    "messages": list_of(_message),
    "model": text_or(of_type(str)),
    "audio": None,
    "frequency_penalty": of_type(float, int),
    "function_call": None,
    "functions": None,
    "logit_bias": None,
    "logprobs": of_type(bool),
    "max_completion_tokens": at_least(1),
    "max_tokens": at_least(1),
    "metadata": of_type(dict),
    "modalities": None,
    "moderation": None,
    "n": one_of(1),
    "parallel_tool_calls": of_type(bool),
    "prediction": None,
    "presence_penalty": of_type(float, int),
    "prompt_cache_key": of_type(str),
    "prompt_cache_options": None,
    "prompt_cache_retention": None,
    "reasoning_effort": one_of(*EFFORTS),
    "response_format": _check_response_format,
    "safety_identifier": of_type(str),
    "seed": of_type(int),
    "service_tier": one_of("auto", "default", "flex", "scale", "priority", "fast"),
    "stop": None,
    "store": of_type(bool),
    "stream": one_of(False),  # the fake does not stream
    "stream_options": None,
    "temperature": of_type(float, int),
    "tool_choice": None,
    "tools": None,
    "top_logprobs": one_of(*range(21)),
    "top_p": of_type(float, int),
    "user": of_type(str),
    "verbosity": one_of("low", "medium", "high"),
    "web_search_options": None,
}
_shape = fields(FIELDS, ("messages", "model"))


class OpenAIChat:
    """POST /v1/chat/completions. ``structured`` names the response formats that the server knows."""

    path = "/v1/chat/completions"

    def __init__(self, structured: tuple[str, ...] = ("text", "json_object", "json_schema")) -> None:
        self._structured = structured

    def check(self, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Raise BadRequest unless the request has the published shape."""
        _shape(body, "")
        check_sampling(body, body.get("reasoning_effort"))
        if body.get("top_logprobs") and not body.get("logprobs"):
            raise BadRequest("'top_logprobs' needs 'logprobs' to be true", param="top_logprobs")
        if "max_tokens" in body and REASONING.match(body["model"]):
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            raise BadRequest(message, code="unsupported_parameter", param="max_tokens")
        kind = body.get("response_format", {}).get("type", "text")
        if kind not in self._structured:
            raise BadRequest(f"response_format: this server does not support {kind!r}", param="response_format")
        if kind == "json_object" and "json" not in str(body["messages"]).lower():
            raise BadRequest("'messages' must contain the word 'json' in some form", param="messages")

    def question(self, body: dict[str, Any]) -> Question:
        """Return what the judge is asked."""
        text = "\n\n".join(_text_of(message["content"]) for message in body["messages"])
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        return Question(body["model"], text, schema, body.get("top_logprobs", 0) if body.get("logprobs") else 0)

    def answer(self, spoken: Spoken, call_id: str) -> dict[str, Any]:
        """Return the body of a good answer."""
        refused = spoken.stop == "refusal"
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if refused else spoken.text,
            "refusal": "I'm sorry, I can't assist with that request." if refused else None,
            "annotations": [],
        }
        told = {"content": likelihoods(spoken.text, spoken.logprobs), "refusal": None} if spoken.logprobs else None
        choice = {"index": 0, "message": message, "logprobs": told, "finish_reason": STOPS[spoken.stop]}
        return {
            "id": f"chatcmpl-{call_id}",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": spoken.model,
            "choices": [choice],
            "service_tier": "default",
            **_usage(spoken.tokens),
        }

    def error(self, error: WireError) -> dict[str, Any]:
        """Return the body of an error."""
        return error_body(error)


def _text_of(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n\n".join(part["text"] for part in content)


def _usage(tokens: dict[str, int] | None) -> dict[str, Any]:
    if tokens is None:
        return {}
    prompt = tokens["input_uncached"] + tokens["cache_read"]  # this vendor's prompt count includes the cached part
    return {
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": tokens["output"],
            "total_tokens": prompt + tokens["output"],
            "prompt_tokens_details": {"cached_tokens": tokens["cache_read"], "cache_write_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": tokens["thinking"]},
        }
    }
