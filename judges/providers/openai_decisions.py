"""OpenAI's Decisions through the vendor's SDK: a distribution over each question's menu, and no text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from judges.providers import decisions_api
from judges.providers.base import Reply, Request
from judges.providers.calls import require, timed
from judges.providers.capabilities import DECIDING, Capabilities
from judges.providers.documents import parse
from judges.providers.openai_sdk import OpenAIProvider

if TYPE_CHECKING:
    from openai import AsyncOpenAI


@dataclass
class DecisionsProvider(OpenAIProvider):
    """One model of the Decisions API: OpenAI's client, key and address, another resource."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what the API takes, whatever its vendor says of the model elsewhere."""
        return DECIDING

    async def complete(self, request: Request) -> Reply:
        """Ask all questions at once. See base.Provider."""
        require(self.api_key, "OPENAI_API_KEY")
        menus, body, withheld = decisions_api.build(self.model, request)
        client = self.connected()  # outside the deadline: the first time, it imports the SDK
        reply = await timed(lambda: self._decide(client, body, menus), deadline_s=self.deadline_s, secret=self.api_key)
        return replace(reply, withheld=withheld)

    async def _decide(self, client: AsyncOpenAI, body: dict[str, Any], menus: Sequence[decisions_api.Menu]) -> Reply:
        raw = await client.decisions.with_raw_response.create(**body)
        document = parse(self.api_key.hide_in_bytes(raw.content), raw.headers.get("content-type", ""))
        reply = decisions_api.read(document, menus)
        return replace(reply, request_id=self.api_key.hide_in(raw.headers.get("x-request-id", "")))
