"""Any server that imitates OpenAI's Chat Completions (vLLM, Ollama, llama.cpp, gateways), over our own connections."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2

from judges.providers import chat_api
from judges.providers.base import Reply, Request, Secret
from judges.providers.calls import timed
from judges.providers.capabilities import Capabilities, Structured, of_compatible
from judges.providers.connections import Headers, Origin, head
from judges.providers.documents import parse
from judges.providers.errors import from_status
from judges.providers.guard import Guard
from judges.providers.pools import Pool
from judges.providers.transports import pool_for

USUAL = [
    (b"content-type", b"application/json"),
    (b"accept", b"application/json"),
    (b"accept-encoding", b"identity"),
    (b"user-agent", b"jurybox"),
]


@dataclass(frozen=True, slots=True)
class _Address:
    """Where the calls go, and what is the same in all of them."""

    origin: Origin
    target: bytes
    headers: Headers


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
    _pool: Pool | None = field(default=None, init=False, repr=False)
    _address: _Address | None = field(default=None, init=False, repr=False)

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
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
        address = self._address = self._address or self._find_address()
        pool = self._pool = self._pool or pool_for(self.guard, deadline_s=self.deadline_s)
        length = (b"content-length", b"%d" % len(content))
        asked = head("POST", address.target, [*address.headers, length])
        incoming = await pool.send(address.origin, asked, content)
        answer = self.api_key.hide_in_bytes(await incoming.read(self.max_body))
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in incoming.headers}
        if incoming.status != 200:
            raise from_status(incoming.status, headers, answer.decode("utf-8", "replace"), self.api_key)
        reply = chat_api.read(parse(answer, headers.get("content-type", "")))
        told = headers.get("x-request-id")
        return reply if told is None else replace(reply, request_id=self.api_key.hide_in(told))

    def _find_address(self) -> _Address:
        url = httpx2.URL(f"{self.base_url.rstrip('/')}/chat/completions")
        key = [(b"authorization", f"Bearer {self.api_key.reveal()}".encode("ascii"))] if self.api_key else []
        return _Address(Origin.of(url), url.raw_path, [(b"host", url.netloc), *USUAL, *key])

    async def aclose(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()
