"""Any server that imitates OpenAI's Chat Completions (vLLM, Ollama, llama.cpp, gateways), through httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from judges.providers import chat_api
from judges.providers.base import Reply, Request, Secret
from judges.providers.calls import timed
from judges.providers.capabilities import Capabilities, Structured, of_compatible
from judges.providers.documents import parse
from judges.providers.errors import from_status
from judges.providers.guard import Guard
from judges.providers.transports import httpx_client

PER_CLIENT = 8  # httpx searches its whole pool for every request: above some 16 connections that eats the CPU


@dataclass
class _Shard:
    client: httpx.AsyncClient
    busy: int = 0


@dataclass
class CompatibleProvider:
    """One model of an OpenAI-compatible server.

    ``structured`` says how the server can be asked for a shape: json_schema, json_object or prompt-only. Calls are
    spread over clients of a few connections each; as many clients are made as calls are in flight.
    """

    model: str
    api_key: Secret
    base_url: str
    structured: Structured = Structured.JSON_SCHEMA
    guard: Guard = field(default_factory=Guard)
    deadline_s: float = 120.0
    max_body: int = 4_000_000
    _shards: list[_Shard] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self.guard.check_url(self.base_url)

    @property
    def capabilities(self) -> Capabilities:
        """Return what the server takes."""
        return of_compatible(self.structured)

    async def complete(self, request: Request) -> Reply:
        """Ask once. See base.Provider."""
        body, withheld = chat_api.build(self.model, request, self.capabilities)
        reply = await timed(lambda: self._send(body), deadline_s=self.deadline_s, secret=self.api_key)
        return replace(reply, withheld=withheld)

    async def _send(self, body: dict[str, Any]) -> Reply:
        headers = {"authorization": f"Bearer {self.api_key.reveal()}"} if self.api_key else {}
        async with self._client() as client:
            response = await client.post(f"{self.base_url.rstrip('/')}/chat/completions", json=body, headers=headers)
        if response.status_code != 200:
            raise from_status(response.status_code, response.headers, response.text, self.api_key)
        reply = chat_api.read(parse(response.content, response.headers.get("content-type", "")))
        return replace(reply, request_id=response.headers.get("x-request-id", reply.request_id))

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend the first client with a free connection, or a new one."""
        shard = next((shard for shard in self._shards if shard.busy < PER_CLIENT), None) or self._add_shard()
        shard.busy += 1
        try:
            yield shard.client
        finally:
            shard.busy -= 1

    def _add_shard(self) -> _Shard:
        client = httpx_client(self.guard, max_body=self.max_body, deadline_s=self.deadline_s, connections=PER_CLIENT)
        self._shards.append(_Shard(client))
        return self._shards[-1]

    async def aclose(self) -> None:
        """Close the connections."""
        for shard in self._shards:
            await shard.client.aclose()
