"""OpenAI's Batch API, for Chat Completions and Responses, through the vendor's SDK."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from judges.providers import chat_api, responses_api
from judges.providers.base import InvalidResponse, ProviderError, Request, Terminal, Transient, Trouble
from judges.providers.batching import (
    FETCH_DEADLINE_S,
    SUBMIT_DEADLINE_S,
    Answer,
    Call,
    GivenBack,
    Job,
    Limits,
    Sink,
    line_of,
)
from judges.providers.calls import guarded, require
from judges.providers.documents import mapping, moment, objects, parse, text
from judges.providers.errors import from_status
from judges.providers.openai_sdk import Api, OpenAIProvider

ENDPOINTS = {Api.CHAT: "/v1/chat/completions", Api.RESPONSES: "/v1/responses"}
OVER = frozenset({"failed", "completed", "expired", "cancelled"})
MARK = "jurybox"  # the key of our mark in a job's metadata
MOST_LISTED = 1000
KEEP_INPUT_S = 3 * 24 * 3600  # our prompts need not lie there for a month
GIVEN_BACK = frozenset({"batch_expired", "batch_cancelled"})
QUEUE_IS_FULL = "token_limit_exceeded"


class OpenAIBatches:
    """Jobs for one model on one of the two APIs."""

    limits = Limits(calls=50_000, size=200_000_000)

    def __init__(self, provider: OpenAIProvider) -> None:
        self._provider = provider
        self._module = chat_api if provider.api is Api.CHAT else responses_api

    def body(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body of a call. See batching.BatchApi."""
        built: tuple[dict[str, Any], tuple[str, ...]]
        built = self._module.build(self._provider.model, request, self._provider.capabilities)
        return built

    async def submit(self, calls: Sequence[Call], mark: str) -> Job:
        """Upload the calls, then make a job of them. A file without a job costs nothing and is deleted in time."""
        require(self._provider.api_key, "OPENAI_API_KEY")
        endpoint: Any = ENDPOINTS[self._provider.api]
        lines = b"".join(
            line_of({"custom_id": call.custom_id, "method": "POST", "url": endpoint, "body": call.body})
            for call in calls
        )

        async def send() -> Job:
            client = self._provider.connected()
            uploaded = await client.files.with_raw_response.create(
                file=(f"{MARK}-{mark}.jsonl", lines),
                purpose="batch",
                expires_after={"anchor": "created_at", "seconds": KEEP_INPUT_S},
            )
            file_id = text(parse(uploaded.content).get("id"))
            raw = await client.batches.with_raw_response.create(
                input_file_id=file_id, endpoint=endpoint, completion_window="24h", metadata={MARK: mark}
            )
            return _job(parse(raw.content))

        return await guarded(send, deadline_s=SUBMIT_DEADLINE_S, secret=self._provider.api_key)

    async def find(self, mark: str, size: int, since: datetime, known: frozenset[str]) -> Job | None:
        """Look through the list of jobs for our mark."""
        del size, known  # the mark is enough

        async def search() -> Job | None:
            seen = 0
            async for batch in self._provider.connected().batches.list(limit=100):
                document, seen = batch.to_dict(mode="json"), seen + 1
                if mapping(document.get("metadata")).get(MARK) == mark:
                    return _job(document)
                made = moment(document.get("created_at"))
                if seen >= MOST_LISTED or (made is not None and made < since):
                    break
            return None

        return await guarded(search, deadline_s=SUBMIT_DEADLINE_S, secret=self._provider.api_key)

    async def look(self, vendor_id: str) -> Job:
        """Return how far a job is."""

        async def send() -> Job:
            raw = await self._provider.connected().batches.with_raw_response.retrieve(vendor_id)
            return _job(parse(raw.content))

        return await guarded(send, deadline_s=self._provider.deadline_s, secret=self._provider.api_key)

    async def cancel(self, vendor_id: str) -> Job:
        """Ask the provider to stop."""

        async def send() -> Job:
            raw = await self._provider.connected().batches.with_raw_response.cancel(vendor_id)
            return _job(parse(raw.content))

        try:
            return await guarded(send, deadline_s=self._provider.deadline_s, secret=self._provider.api_key)
        except Terminal as refusal:
            if refusal.kind is not Trouble.REQUEST:
                raise
            return await self.look(vendor_id)  # it is over already
        except Transient as conflict:
            if conflict.status != 409:
                raise
            return await self.look(vendor_id)

    async def fetch(self, job: Job, sink: Sink) -> None:
        """Pass on the lines of both files: the answers, and the errors."""

        async def send() -> None:
            files = self._provider.connected().files
            for file_id in job.files:
                async with files.with_streaming_response.content(file_id) as response:
                    async for part in response.iter_bytes():
                        sink(part)
                sink(b"\n")

        await guarded(send, deadline_s=FETCH_DEADLINE_S, secret=self._provider.api_key)

    def read(self, line: bytes) -> Answer | None:
        """Return what a line says."""
        try:
            document = parse(self._provider.api_key.hide_in_bytes(line))
        except InvalidResponse:
            return None
        name, response = text(document.get("custom_id")), mapping(document.get("response"))
        status, body = response.get("status_code"), dict(mapping(response.get("body")))
        if status != 200:
            return Answer(name, error=self._error(status, body, document.get("error")))
        try:
            return Answer(name, reply=self._module.read(body))
        except InvalidResponse as problem:
            return Answer(name, error=problem)

    def _error(self, status: Any, body: dict[str, Any], error: Any) -> ProviderError:
        if isinstance(status, int):
            return from_status(status, {}, json.dumps(body), self._provider.api_key)
        code = text(mapping(error).get("code"))
        words = self._provider.api_key.hide_in(text(mapping(error).get("message")) or "no reason given")
        if code in GIVEN_BACK:
            return GivenBack(f"The batch {'expired' if code == 'batch_expired' else 'was cancelled'} before this call.")
        return Transient(f"The batch has no answer for this call ({code or 'no code'}): {words}", may_be_billed=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._provider.aclose()


def _job(document: dict[str, Any]) -> Job:
    vendor_id, state = text(document.get("id")), text(document.get("status"))
    if not vendor_id or not state:
        raise InvalidResponse("The answer is no batch.", raw=str(document)[:300])
    counts = mapping(document.get("request_counts"))
    errors = objects(mapping(document.get("errors")).get("data"))
    words = "; ".join(text(error.get("message")) for error in errors[:3]) or "no reason given"
    files = (text(document.get("output_file_id")), text(document.get("error_file_id")))
    return Job(
        vendor_id,
        over=state in OVER,
        answered=sum(n for name in ("completed", "failed") if isinstance(n := counts.get(name), int)),
        expires_at=moment(document.get("expires_at")),
        failed=words[:400] if state == "failed" else "",
        queue_is_full=state == "failed" and any(error.get("code") == QUEUE_IS_FULL for error in errors),
        cancelled=state in ("cancelling", "cancelled"),
        files=tuple(name for name in files if name),
    )
