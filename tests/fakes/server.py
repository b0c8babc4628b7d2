"""The fake provider itself: its settings, and the path of one call through it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
import zlib
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

from tests.fakes import published
from tests.fakes.anthropic_batches import AnthropicDesk
from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.batches import BatchMode, Desk, Line, Made
from tests.fakes.bends import BENDS, bend
from tests.fakes.biases import BIASED
from tests.fakes.faults import BREAKAGES, SPEECH, Faults, retry_after_headers
from tests.fakes.http1 import HttpRequest, HttpResponse, json_response
from tests.fakes.judge import MODES, Behaviour
from tests.fakes.log import CallLog, CallRecord
from tests.fakes.openai_batches import OpenAIDesk
from tests.fakes.openai_chat import OpenAIChat
from tests.fakes.openai_decisions import OpenAIDecisions
from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.speech import speak
from tests.fakes.wire import BadRequest, Wire, WireError

LOGIN_PAGE = b"<!doctype html><html><title>Sign in</title><body>Please sign in to the network.</body></html>"
MESSAGES = {"429": "Too many requests.", "529": "Overloaded.", "401": "The key is not valid."}


SSE_ERROR = b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
OLDER = {"/v1/messages": ("temperature", "top_p", "top_k")}  # which the wire allows under an earlier version only


@cache
def _bomb() -> bytes:
    """Return a small body that unpacks to a gigabyte of spaces."""
    packer = zlib.compressobj(1, wbits=31)
    return b"".join(packer.compress(b" " * 2**20) for _ in range(1024)) + packer.flush()


@dataclass(frozen=True)
class Latency:
    """How long an answer takes, in seconds: always ``low``, or drawn evenly between ``low`` and ``high``."""

    low: float = 0.0
    high: float | None = None

    @classmethod
    def parse(cls, text: str) -> Latency:
        """Read milliseconds: ``50`` or ``20-200``."""
        low, _, high = text.partition("-")
        return cls(float(low) / 1000, float(high) / 1000 if high else None)

    def draw(self, rng: random.Random) -> float:
        """Return the latency of one call."""
        return self.low if self.high is None else rng.uniform(self.low, self.high)


@dataclass(frozen=True)
class Settings:
    """How the fake provider behaves. ``judge`` is the name of a mode or a function of one's own."""

    seed: int = 0
    latency: Latency = Latency()
    faults: Faults = field(default_factory=Faults)
    judge: str | Behaviour = "honest"
    api_key: str | None = None  # any key will do when None, but there must be one
    structured: tuple[str, ...] = ("text", "json_object", "json_schema")  # what Chat Completions understands
    cached_share: float = 0.0  # of the prompt's tokens, reported as read from the cache
    thinking: int = 0  # thinking tokens billed per answer
    models: tuple[str, ...] = ("fake-judge",)
    model_info: dict[str, Any] | None = None  # what GET /v1/models/NAME tells of every model, None: nothing
    published: bool = False  # whether requests are held against the vendors' own types, which takes their SDKs
    other_model_after: int | None = None  # calls, after which another model answers
    output_times: int = 1  # how many times the tokens of an answer are billed
    batches: BatchMode = field(default_factory=BatchMode)

    @property
    def behaviour(self) -> Behaviour:
        """Return the function that judges."""
        return {**MODES, **BIASED}[self.judge] if isinstance(self.judge, str) else self.judge


class FakeProvider:
    """Answers calls. The reply and the fault of a call depend on the seed, its body and its attempt alone."""

    def __init__(self, settings: Settings, log: CallLog) -> None:
        self.settings = settings
        self.log = log
        self._attempts: dict[str, int] = {}
        openai = (OpenAIChat(settings.structured), OpenAIResponses(), OpenAIDecisions())
        self._wires: dict[str, Wire] = {wire.path: wire for wire in (AnthropicMessages(), *openai)}
        self.desks: tuple[Desk, ...] = (AnthropicDesk(self._made_in_batch), OpenAIDesk(self._made_in_batch))

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if (desk := next((desk for desk in self.desks if desk.takes(request.path)), None)) is not None:
            return await self._at_desk(desk, request)
        if request.method == "GET":
            return self._page(request)
        wire = self._wires.get(request.path)
        if request.method != "POST" or wire is None:
            return json_response(404, {"error": {"message": f"no such endpoint: {request.path}", "type": "not_found"}})
        return await self._call(wire, request)

    def _page(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/v1/models":
            models = [{"id": name, "object": "model", "type": "model"} for name in self.settings.models]
            return json_response(200, {"object": "list", "data": models, "has_more": False})
        if request.path.startswith("/v1/models/") and self.settings.model_info is not None:
            name = request.path.removeprefix("/v1/models/")
            return json_response(200, {"id": name, **self.settings.model_info})
        if request.path == "/_log":
            after = int(request.query.removeprefix("after=") or 0)
            return json_response(200, [asdict(record) for record in self.log.records(after=after)])
        return json_response(404, {"error": {"message": f"no such page: {request.path}", "type": "not_found"}})

    async def _at_desk(self, desk: Desk, request: HttpRequest) -> HttpResponse:
        """Take or show a batch."""
        await asyncio.sleep(self.settings.latency.draw(random.Random(self.settings.seed)))
        try:
            self._check_key(request.headers)
            if request.method == "POST" and request.path in ("/v1/messages/batches", "/v1/batches"):
                self._check_published(request.path, json.loads(request.body))
            return desk.answer(request, self.settings.batches)
        except _Refused as refusal:
            return json_response(refusal.error.status, desk.error(refusal.error))
        except BadRequest as bad:
            return json_response(bad.error.status, desk.error(bad.error))

    def _made_in_batch(self, batch: str, line: Line) -> Made:
        """Make one call of a batch: what it would have brought by itself, and its record."""
        wire = self._wires[line.path]
        raw = json.dumps(line.body, sort_keys=True).encode()
        digest = hashlib.sha256(raw).hexdigest()[:24]
        attempt = self._attempts[digest] = self._attempts.get(digest, 0) + 1
        rng = random.Random(f"{self.settings.seed}:{digest}:{attempt}")
        fault, usage, model = None, None, ""
        try:
            wire.check(line.headers, line.body)
            self._check_published(line.path, line.body)
            model = line.body["model"]
            fault = self.settings.faults.choose(raw, attempt, rng)
            response, usage = self._answer(wire, line.body, fault, rng, call_id=f"{digest[:12]}{attempt:04d}")
        except BadRequest as bad:
            response = json_response(400, wire.error(bad.error))
        self.log.add(
            CallRecord(
                len(self.log) + 1, time.time(), line.path, model, digest, attempt, response.status, fault, usage, batch
            )
        )
        return Made(response.status, json.loads(response.body), response.headers.get("request-id", ""))

    async def _call(self, wire: Wire, request: HttpRequest) -> HttpResponse:
        digest = hashlib.sha256(request.body).hexdigest()[:24]
        attempt = self._attempts[digest] = self._attempts.get(digest, 0) + 1
        rng = random.Random(f"{self.settings.seed}:{digest}:{attempt}")
        fault: str | None = None
        model, usage = "", None
        try:
            body = self._accepted(wire, request)
            model = body["model"]
            fault = self.settings.faults.choose(request.body, attempt, rng)
            response, usage = self._answer(wire, body, fault, rng, call_id=f"{digest[:12]}{attempt:04d}")
        except _Refused as refusal:
            response = json_response(refusal.error.status, wire.error(refusal.error))
        status = 0 if response.breakage else response.status
        self.log.add(
            CallRecord(len(self.log) + 1, time.time(), request.path, model, digest, attempt, status, fault, usage)
        )
        await asyncio.sleep(self.settings.latency.draw(rng))
        return response

    def _accepted(self, wire: Wire, request: HttpRequest) -> dict[str, Any]:
        """Return the body of a request that the real API would accept."""
        self._check_key(request.headers)
        try:
            body = json.loads(request.body)
            if not isinstance(body, dict):
                raise BadRequest("the body must be a JSON object")
            wire.check(request.headers, body)
            self._check_published(request.path, body)
        except ValueError as error:
            raise _Refused(WireError(400, f"the body is not valid JSON: {error}")) from error
        except BadRequest as bad:
            raise _Refused(bad.error) from bad
        return body

    def _check_published(self, path: str, body: dict[str, Any]) -> None:
        if self.settings.published:
            published.check(path, body, older=OLDER.get(path, ()))

    def _check_key(self, headers: dict[str, str]) -> None:
        given = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if not given or (self.settings.api_key is not None and given != self.settings.api_key):
            shown = f"{given[:3]}…{given[-4:]}" if given else "none"
            raise _Refused(WireError(401, f"Incorrect API key provided: {shown}"))

    def _answer(
        self, wire: Wire, body: dict[str, Any], fault: str | None, rng: random.Random, *, call_id: str
    ) -> tuple[HttpResponse, dict[str, int] | None]:
        if fault is not None and fault not in SPEECH:
            return _faulty(wire, fault), None
        settings = self.settings
        switched = settings.other_model_after is not None and len(self.log) >= settings.other_model_after
        spoken = speak(
            wire.question(body),
            settings.behaviour,
            "wrong-model" if switched and fault is None else fault,
            rng,
            cached_share=settings.cached_share,
            thinking=settings.thinking,
        )
        if spoken.tokens:
            spoken.tokens["output"] *= settings.output_times
        document = wire.answer(spoken, call_id)
        response = json_response(
            200, bend(document, fault) if fault in BENDS else document, request_id=f"req_{call_id}"
        )
        return replace(response, headers={**response.headers, "x-request-id": f"req_{call_id}"}), spoken.tokens


class _Refused(Exception):
    def __init__(self, error: WireError) -> None:
        super().__init__(error.message)
        self.error = error


def _faulty(wire: Wire, fault: str) -> HttpResponse:
    """Return the answer of a call that ends without a billed reply."""
    base, _, argument = fault.partition(":")
    if base in BREAKAGES:
        return HttpResponse(200, b'{"slow": true}', breakage=base)
    if base == "garbage":
        return HttpResponse(200, b'{"id": "msg_01", "content": [{"type": "te')
    if base == "html":
        return HttpResponse(200, LOGIN_PAGE, content_type="text/html; charset=utf-8")
    if base == "gzip":
        return HttpResponse(200, _bomb(), headers={"content-encoding": "gzip"})
    if base == "bad-utf8":
        return HttpResponse(200, b'{"id": "\xff\xfe\x80"}')
    if base == "sse-error":
        return HttpResponse(200, SSE_ERROR, content_type="text/event-stream")
    if base == "list":
        return HttpResponse(200, b"[1, 2, 3]")
    if base == "redirect":
        return HttpResponse(302, b"", headers={"location": "http://192.0.2.1/elsewhere"})
    error = WireError(
        int(base), MESSAGES.get(base, f"The provider answers {base}."), "spend" if argument == "spend" else None
    )
    response = json_response(error.status, wire.error(error))
    return replace(response, headers=retry_after_headers(argument)) if base == "429" else response
