"""Any server that imitates OpenAI's Chat Completions (vLLM, Ollama, llama.cpp, gateways), through httpx."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from judges.providers import chat_api
from judges.providers.base import Reply, Request, Secret
from judges.providers.calls import timed
from judges.providers.capabilities import Capabilities, Structured, of_compatible
from judges.providers.documents import parse, written
from judges.providers.errors import from_status
from judges.providers.guard import Guard
from judges.providers.transports import httpx_client


@dataclass
class CompatibleProvider:
    """One model of an OpenAI-compatible server.

    ``structured`` says how the server can be asked for a shape: json_schema, json_object or prompt-only.
    """

    model: str
    api_key: Secret
    base_url: str
    structured: Structured = Structured.JSON_SCHEMA
    guard: Guard = field(default_factory=Guard)
    deadline_s: float = 120.0
    max_body: int = 4_000_000
    _client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.guard.check_url(self.base_url)

    @property
    def capabilities(self) -> Capabilities:
        """Return what the server takes."""
        return of_compatible(self.structured, self.model)

    async def complete(self, request: Request) -> Reply:
        """Ask once. See base.Provider."""
        body, withheld = chat_api.build(self.model, request, self.capabilities)
        reply = await timed(lambda: self._send(body), deadline_s=self.deadline_s, secret=self.api_key)
        return replace(reply, withheld=withheld) if withheld else reply

    async def _send(self, body: dict[str, Any]) -> Reply:
        client = self._client = self._client or self._make_client()
        response = await client.post(f"{self.base_url.rstrip('/')}/chat/completions", content=written(body))
        answer = self.api_key.hide_in_bytes(response.content)
        if response.status_code != 200:
            text = answer.decode("utf-8", "replace")
            raise from_status(response.status_code, response.headers, text, self.api_key)
        reply = chat_api.read(parse(answer, response.headers.get("content-type", "")))
        told = response.headers.get("x-request-id")
        return reply if told is None else replace(reply, request_id=self.api_key.hide_in(told))

    def _make_client(self) -> httpx.AsyncClient:
        client = httpx_client(self.guard, max_body=self.max_body, deadline_s=self.deadline_s)
        client.headers["content-type"] = "application/json"
        if self.api_key:
            client.headers["authorization"] = f"Bearer {self.api_key.reveal()}"
        return client

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
