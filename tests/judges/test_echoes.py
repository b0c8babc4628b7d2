"""Servers that repeat the key they were sent, wherever an answer has room for it: it is kept and shown nowhere."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from judges.providers import ProviderSettings, Vendor, build
from judges.providers.base import InvalidResponse, Message, ProviderError, Request, Role, Schema, Secret

KEY = "sk-canary-7f3a9c51d2e84b06"
SCHEMA = Schema("verdict", {"type": "object", "properties": {"better": {"type": "string", "enum": ["A", "B"]}}})
ASKED = Request("Judge.", (Message(Role.USER, ("Which?",)),), SCHEMA)


def body_of(kind: str, headers: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of an answer that repeats the headers of its request."""
    if kind.startswith("page"):
        return int(kind[-3:]), "text/html", f"<html><pre>{headers}</pre></html>".encode()
    if kind.startswith("error"):
        said = {"type": headers, "code": headers, "message": f"bad: {headers}", "details": {"error_code": headers}}
        return int(kind[-3:]), "application/json", json.dumps({"error": said}).encode()
    if kind == "list":
        return 200, "application/json", json.dumps([headers]).encode()
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "input_tokens": 1, "output_tokens": 1}
    answer = {
        "id": headers, "model": headers, "debug": {headers: [headers]}, "usage": usage, "status": "completed",
        "stop_reason": "end_turn", "stop_details": {"explanation": headers},
        "choices": [{"message": {"content": headers, "refusal": headers}, "finish_reason": "stop"}],
        "content": [{"type": "text", "text": headers}],
        "output": [{"type": "message", "content": [{"type": "output_text", "text": headers}]}],
        "answers": [{"type": "choice", "name": headers, "choice": headers, "probabilities": [], "refusal": headers}],
    }  # fmt: skip
    return 200, "application/json", json.dumps(answer).encode()


class Echo(BaseHTTPRequestHandler):
    kind = ""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, content_type, body = body_of(self.kind, str(self.headers))
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-request-id", self.headers.get("authorization") or self.headers.get("x-api-key") or "")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


KINDS = ("answer", "list", "page 200", "page 404", "page 500", "error 400", "error 401", "error 429", "error 500")


@pytest.mark.parametrize("vendor", list(Vendor))
@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_a_server_repeats_is_in_nothing_that_is_kept(server, monkeypatch, vendor, kind):
    monkeypatch.setattr(Echo, "kind", kind)
    url = f"http://127.0.0.1:{server.server_port}"
    settings = ProviderSettings(
        vendor, "gpt-6-luna", Secret(KEY), url, deadline_s=10.0, allowed_hosts=frozenset({"127.0.0.1"})
    )
    provider = build(settings)

    async def complete() -> Any:
        try:
            return await provider.complete(ASKED)
        finally:
            await provider.aclose()

    try:
        kept = repr(asyncio.run(complete()))
    except ProviderError as error:
        kept = f"{error!r} {error} {error.__cause__} {error.__context__}"
        kept += error.raw if isinstance(error, InvalidResponse) else ""
    assert "canary" not in kept
