"""What OpenAI's APIs share: model families, the named schema, the token counts and the error body."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.wire import BadRequest, WireError, check_schema

REASONING = re.compile(r"(o\d|gpt-[5-9])")  # families with max_completion_tokens and limited sampling
SAMPLES_WITHOUT_REASONING = re.compile(r"gpt-5\.[1-4]")
SAMPLING = ("temperature", "top_p")
SCHEMA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
ERROR_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
ERROR_TYPES = {400: "invalid_request_error", 401: "invalid_request_error", 404: "invalid_request_error"}


def check_sampling(body: dict[str, Any], effort: str | None) -> None:
    """Refuse sampling settings that the model's family does not take."""
    model = body["model"]
    free = not REASONING.match(model) or (SAMPLES_WITHOUT_REASONING.match(model) and effort == "none")
    for name in SAMPLING:
        if not free and body.get(name, 1) != 1:
            message = f"Unsupported value: '{name}' does not support {body[name]} with this model."
            raise BadRequest(message, code="unsupported_value", param=name)
    if not free and (body.get("logprobs") or body.get("top_logprobs")):
        raise BadRequest("Unsupported parameter: 'logprobs'", code="unsupported_parameter", param="logprobs")


def check_schema_name(value: Any, where: str) -> None:
    """Refuse a schema name outside the allowed alphabet."""
    if not isinstance(value, str) or not SCHEMA_NAME.fullmatch(value):
        raise BadRequest(f"Invalid '{where}': string does not match pattern", code="invalid_value", param=where)


def check_named_schema(value: Any, where: str) -> None:
    """Refuse a strict schema outside the supported subset."""
    if value.get("strict"):
        check_schema(value["schema"], f"{where}.schema")


def error_body(error: WireError) -> dict[str, Any]:
    """Return the body of an error."""
    code = "insufficient_quota" if error.code == "spend" else error.code or ERROR_CODES.get(error.status)
    kind = "insufficient_quota" if code == "insufficient_quota" else ERROR_TYPES.get(error.status, "server_error")
    return {"error": {"message": error.message, "type": kind, "param": error.param, "code": code}}


def usage_body(tokens: dict[str, int] | None) -> dict[str, Any]:
    """Return the usage as the newer APIs report it: the input count includes the cached part."""
    if tokens is None:
        return {}
    total_in = tokens["input_uncached"] + tokens["cache_read"]
    return {
        "usage": {
            "input_tokens": total_in,
            "input_tokens_details": {"cached_tokens": tokens["cache_read"], "cache_write_tokens": 0},
            "output_tokens": tokens["output"],
            "output_tokens_details": {"reasoning_tokens": tokens["thinking"]},
            "total_tokens": total_in + tokens["output"],
        }
    }
