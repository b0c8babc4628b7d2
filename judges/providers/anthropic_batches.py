"""Anthropic's Message Batches through the vendor's SDK."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from judges.providers import messages_api
from judges.providers.anthropic_sdk import AnthropicProvider
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
    Undecided,
    attempt_of,
)
from judges.providers.calls import guarded, require
from judges.providers.documents import mapping, moment, parse, text
from judges.providers.errors import from_status

PAGES, PER_PAGE = 10, 100  # of the list of jobs in which one of ours is looked for
ARRIVES_WITHIN = timedelta(minutes=30)
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}


class AnthropicBatches:
    """Jobs for one model. They carry no name of ours, so that a lost one is known by the names of its calls."""

    limits = Limits(calls=100_000, size=256_000_000)

    def __init__(self, provider: AnthropicProvider) -> None:
        self._provider = provider

    def body(self, request: Request) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the body of a call. See batching.BatchApi."""
        return messages_api.build(self._provider.model, request, self._provider.capabilities, in_batch=True)

    async def submit(self, calls: Sequence[Call], mark: str) -> Job:
        """Hand a job in."""
        del mark  # it is in the names of the calls
        require(self._provider.api_key, "ANTHROPIC_API_KEY")
        requests: Any = [{"custom_id": call.custom_id, "params": dict(call.body)} for call in calls]
        old = any(name in calls[0].body for name in messages_api.SAMPLING)
        headers = {"anthropic-version": messages_api.OLD_VERSION} if old else None

        async def send() -> Job:
            raw = await self._batches.with_raw_response.create(requests=requests, extra_headers=headers)
            return _job(parse(await raw.read()))

        return await guarded(send, deadline_s=SUBMIT_DEADLINE_S, secret=self._provider.api_key)

    async def find(self, mark: str, size: int, since: datetime, known: frozenset[str]) -> Job | None:
        """Look through the jobs of that time for one whose calls have our mark: their names are in its results."""

        async def search() -> Job | None:
            undecided = False
            for document in await self._listed(since, since + ARRIVES_WITHIN):
                job = _job(document)
                if job.vendor_id in known or sum(_counts(document).values()) != size:
                    continue
                if not job.over:
                    undecided = True
                elif await self._has_mark(job, mark):
                    return job
            if undecided:
                raise Undecided("A batch of this size is under way, and does not say yet whether it is ours.")
            return None

        return await guarded(search, deadline_s=SUBMIT_DEADLINE_S, secret=self._provider.api_key)

    async def _listed(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seen = 0
        async for batch in self._batches.list(limit=PER_PAGE):
            document, seen = batch.to_dict(mode="json"), seen + 1
            made = moment(document.get("created_at"))
            if seen > PAGES * PER_PAGE or (made is not None and made < since):
                break
            if made is not None and made <= until:
                found.append(document)
        return found

    async def _has_mark(self, job: Job, mark: str) -> bool:
        start = bytearray()

        def enough(part: bytes) -> None:
            start.extend(part)
            if b"\n" in start:
                raise _Enough

        with suppress(_Enough):
            await self._stream(job, enough)
        answer = self.read(bytes(start).partition(b"\n")[0])
        return answer is not None and attempt_of(answer.custom_id, mark) is not None

    async def look(self, vendor_id: str) -> Job:
        """Return how far a job is."""

        async def send() -> Job:
            raw = await self._batches.with_raw_response.retrieve(vendor_id)
            return _job(parse(await raw.read()))

        return await guarded(send, deadline_s=self._provider.deadline_s, secret=self._provider.api_key)

    async def cancel(self, vendor_id: str) -> Job:
        """Ask the provider to stop."""

        async def send() -> Job:
            raw = await self._batches.with_raw_response.cancel(vendor_id)
            return _job(parse(await raw.read()))

        try:
            return await guarded(send, deadline_s=self._provider.deadline_s, secret=self._provider.api_key)
        except Terminal as refusal:
            if refusal.kind is not Trouble.REQUEST:
                raise
            return await self.look(vendor_id)  # it is over already

    async def fetch(self, job: Job, sink: Sink) -> None:
        """Pass on the lines with the answers."""
        await guarded(lambda: self._stream(job, sink), deadline_s=FETCH_DEADLINE_S, secret=self._provider.api_key)

    async def _stream(self, job: Job, sink: Sink) -> None:
        async with self._batches.with_streaming_response.results(job.vendor_id) as response:
            async for part in response.iter_bytes():
                sink(part)

    def read(self, line: bytes) -> Answer | None:
        """Return what a line says."""
        try:
            document = parse(self._provider.api_key.hide_in_bytes(line))
        except InvalidResponse:
            return None
        name, result = text(document.get("custom_id")), mapping(document.get("result"))
        kind = text(result.get("type"))
        if kind == "succeeded":
            reply = messages_api.read(dict(mapping(result.get("message"))))
            return Answer(name, reply=reply)
        return Answer(name, error=self._error(kind, mapping(result.get("error"))))

    def _error(self, kind: str, error: Mapping[str, Any]) -> ProviderError:
        if kind in ("expired", "canceled"):
            return GivenBack(f"The batch {'expired' if kind == 'expired' else 'was cancelled'} before this call.")
        if kind != "errored":
            return Transient(f"The result of the batch is of an unknown kind ({kind[:40]!r}).", may_be_billed=True)
        inner = mapping(error.get("error", error))
        status = STATUSES.get(text(inner.get("type")), 500)
        words = text(inner.get("message")) or "no reason given"
        return from_status(status, {}, words, self._provider.api_key)

    @property
    def _batches(self) -> Any:
        return self._provider.connected().messages.batches

    async def aclose(self) -> None:
        """Close the connections."""
        await self._provider.aclose()


class _Enough(Exception):
    """The first line is there."""


def _counts(document: Mapping[str, Any]) -> dict[str, int]:
    counts = mapping(document.get("request_counts"))
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _job(document: dict[str, Any]) -> Job:
    vendor_id, state = text(document.get("id")), text(document.get("processing_status"))
    if not vendor_id or not state:
        raise InvalidResponse("The answer is no batch.", raw=str(document)[:300])
    counts = _counts(document)
    job = Job(vendor_id, over=state == "ended", answered=counts.get("succeeded", 0) + counts.get("errored", 0))
    return replace(
        job,
        expires_at=moment(document.get("expires_at")),
        cancelled=bool(document.get("cancel_initiated_at")),
    )
