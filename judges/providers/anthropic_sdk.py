"""Anthropic Messages through the vendor's SDK."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx2

from judges.providers import catalogue, messages_api
from judges.providers.base import Reply, Request, Secret
from judges.providers.calls import guarded, require, timed, without_environment
from judges.providers.capabilities import Capabilities, of_anthropic
from judges.providers.catalogue import Told
from judges.providers.documents import parse, written
from judges.providers.guard import Guard

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

BASE_URL = "https://api.anthropic.com"


@dataclass
class AnthropicProvider:
    """One model of Anthropic's API, or of a gateway that speaks it. The first call builds its client."""

    model: str
    api_key: Secret
    base_url: str = BASE_URL
    guard: Guard = field(default_factory=Guard)
    deadline_s: float = 120.0
    max_body: int = 4_000_000
    told: Told | None = None  # what the vendor says about the model, where it was asked
    _client: AsyncAnthropic | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.guard.check_url(self.base_url)

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model takes."""
        return catalogue.overlaid(of_anthropic(self.model), self.told)

    async def complete(self, request: Request) -> Reply:
        """Ask once. See base.Provider."""
        require(self.api_key, "ANTHROPIC_API_KEY")
        body, withheld = messages_api.build(self.model, request, self.capabilities)
        client = self.connected()  # outside the deadline: the first time, it imports the SDK
        reply = await timed(lambda: self._send(client, body), deadline_s=self.deadline_s, secret=self.api_key)
        return replace(reply, withheld=withheld) if withheld else reply

    async def _send(self, client: AsyncAnthropic, body: dict[str, Any]) -> Reply:
        # The SDK's API version no longer knows these names, the older one does.
        is_old = any(name in body for name in messages_api.SAMPLING)
        headers = {"anthropic-version": messages_api.OLD_VERSION} if is_old else {}
        # Neither create() nor a body as an object: both go over what is in its final form key by key.
        options: Any = {"headers": headers}
        raw = await client.post("/v1/messages", content=written(body), cast_to=httpx2.Response, options=options)
        document = parse(self.api_key.hide_in_bytes(raw.content), raw.headers.get("content-type", ""))
        reply = messages_api.read(document)
        return replace(reply, request_id=self.api_key.hide_in(raw.headers.get("request-id", reply.request_id)))

    async def tell(self) -> Told:
        """Return what the vendor says about the model. Costs nothing."""

        async def send() -> Told:
            raw = await self.connected().models.with_raw_response.retrieve(self.model)
            return catalogue.of_anthropic(parse(await raw.read()))

        return await guarded(send, deadline_s=self.deadline_s, secret=self.api_key)

    def connected(self) -> AsyncAnthropic:
        """Return the client, which is made in the event loop of the first call."""
        if self._client is None:
            from anthropic import AsyncAnthropic

            from judges.providers.transports import httpx2_client

            http = httpx2_client(self.guard, max_body=self.max_body, deadline_s=self.deadline_s)
            self._client = AsyncAnthropic(
                api_key=self.api_key.reveal(),
                base_url=self.base_url,
                http_client=http,
                timeout=self.deadline_s,
                max_retries=0,  # our own scheduler waits and retries, so that every paid attempt is in the ledger
            )
            without_environment(self._client)
        return self._client

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()
