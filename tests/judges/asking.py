"""One question to one provider, whichever the vendor."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from judges.providers import ProviderSettings, Vendor
from judges.providers.base import Message, Provider, ProviderError, Reply, Request, Role, Schema, Secret
from tests.fakes.provider import Running

KEY = "sk-test-0123456789abcdef"
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict"],
    "properties": {"verdict": {"type": "string", "enum": ["A", "B"]}},
}
MODELS = {
    Vendor.ANTHROPIC: "claude-opus-5-5",
    Vendor.OPENAI_CHAT: "gpt-6-luna",
    Vendor.OPENAI_RESPONSES: "gpt-6-luna",
    Vendor.OPENAI_DECISIONS: "gpt-6-luna",
    Vendor.COMPATIBLE: "local-judge",
}
VENDORS = list(Vendor)


def settings(fake: Running, vendor: Vendor, **changes: Any) -> ProviderSettings:
    url = fake.base_url if vendor is Vendor.ANTHROPIC else fake.openai_url
    base = ProviderSettings(
        vendor, MODELS[vendor], Secret(KEY), base_url=url, allowed_hosts=frozenset({"127.0.0.1"}), deadline_s=20.0
    )
    return replace(base, **changes)


def request(text: str = "Which is better?", **changes: Any) -> Request:
    message = Message(Role.USER, ("The prompt.", text))
    return replace(Request("You are a judge.", (message,), Schema("verdict", SCHEMA), max_tokens=200), **changes)


def ask(provider: Provider, asked: Request) -> Reply:
    async def run() -> Reply:
        try:
            return await provider.complete(asked)
        finally:
            await provider.aclose()

    return asyncio.run(run())


def failure(provider: Provider, text: str) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        ask(provider, request(text))
    return caught.value
