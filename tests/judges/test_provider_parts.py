"""What providers know without a call: what models take, what is marked for the cache, what a status means."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from judges.providers import messages_api
from judges.providers.base import Params, Secret, Transient
from judges.providers.capabilities import Structured, gate, of_anthropic, of_compatible, of_openai
from judges.providers.errors import from_status, retry_after
from tests.judges.asking import KEY, request


def test_the_part_that_all_questions_share_comes_first_and_is_marked_for_the_cache():
    def body(text: str) -> dict[str, Any]:
        return messages_api.build("claude-opus-5-5", request(text), of_anthropic("claude-opus-5-5"))[0]

    one, other = body("About copper."), body("About iron.")
    assert one["system"] == other["system"]
    assert one["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert str(one).count("cache_control") == 1  # a mark on what two calls do not share costs more than it saves


def test_calls_of_a_batch_keep_what_they_share_for_an_hour():
    body, _ = messages_api.build("claude-opus-5-5", request(), of_anthropic("claude-opus-5-5"), in_batch=True)
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_nothing_heavy_is_imported_before_a_provider_is_built():
    code = (
        "import sys, judges.providers, judges.providers.base\n"
        "print([name for name in ('anthropic', 'openai', 'httpx', 'httpx2', 'django') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e9"}, 1e9),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ],
)
def test_every_shape_of_retry_after_is_read(headers, seconds):
    assert retry_after(headers, now=datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds


def test_models_take_what_the_vendors_say():
    temperature = Params(temperature=0.0)
    assert gate(of_anthropic("claude-sonnet-4-6"), temperature) == ({"temperature": 0.0}, ())
    assert gate(of_anthropic("claude-opus-4-7"), temperature) == ({}, ("temperature",))
    assert gate(of_openai("gpt-5.6-sol"), temperature) == ({}, ("temperature",))
    assert not of_anthropic("claude-sonnet-5-5").forced_tools
    assert of_anthropic("claude-opus-5").forced_tools
    assert of_anthropic("claude-3-5-haiku-20241022").structured is Structured.PROMPT_ONLY
    assert of_openai("gpt-4").structured is Structured.PROMPT_ONLY
    assert of_openai("gpt-4o").logprobs
    assert not of_openai("gpt-6-sol").logprobs
    assert of_compatible(Structured.PROMPT_ONLY, "openai/gpt-6-sol").tokens_field == "max_completion_tokens"
    assert of_compatible(Structured.PROMPT_ONLY, "openai/gpt-6-sol").structured is Structured.PROMPT_ONLY
    assert of_compatible(Structured.JSON_SCHEMA, "openchat-3.6").tokens_field == "max_tokens"
    assert not of_anthropic("claude-unheard-of").efforts


@pytest.mark.parametrize(
    ("status", "may_be_billed"),
    [(408, True), (499, True), (504, True), (524, True), (409, False), (429, False), (500, False), (503, False)],
)
def test_where_somebody_gave_up_waiting_the_call_may_be_billed(status, may_be_billed):
    error = from_status(status, {}, "", Secret(KEY))
    assert isinstance(error, Transient)
    assert error.may_be_billed is may_be_billed
