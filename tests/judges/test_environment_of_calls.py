"""What the environment of the process says to the SDKs reaches no server that a judge names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from judges.providers import ProviderSettings, Vendor, build, build_batches
from judges.providers.base import Message, ProviderError, Request, Role, Schema, Secret

KEY = "sk-own-0123456789abcdef"
ENVIRONMENT = {
    "ANTHROPIC_AUTH_TOKEN": "secret-token",
    "ANTHROPIC_CUSTOM_HEADERS": "X-Gateway: secret-gateway\nAuthorization: Bearer secret-other",
    "OPENAI_CUSTOM_HEADERS": "X-Gateway: secret-gateway\nAuthorization: Bearer secret-other",
    "OPENAI_ORG_ID": "secret-organisation",
    "OPENAI_PROJECT_ID": "secret-project",
    "OPENAI_ADMIN_KEY": "secret-admin",
    "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
    "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
}
VERDICT = {"type": "object", "properties": {"verdict": {"type": "string", "enum": ["A", "B"]}}}
ASKED = Request(
    "You judge.",
    (Message(Role.USER, ("A or B?",)),),
    schema=Schema("verdict", {"type": "object", "properties": {"preference": VERDICT}}),
)


@pytest.fixture
def heard(monkeypatch) -> Iterator[tuple[str, list[str]]]:
    """A server that refuses everything, and the heads of the requests that it got."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    heads: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            heads.append(f"{self.path}\n{self.headers}")
            self.send_response(400)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}", heads
    server.shutdown()
    server.server_close()


def settings_for(vendor: Vendor, host: str) -> ProviderSettings:
    path = "" if vendor is Vendor.ANTHROPIC else "/v1"
    return ProviderSettings(
        vendor, "gpt-6-luna", Secret(KEY), base_url=f"http://{host}{path}", allowed_hosts=frozenset({host})
    )


@pytest.mark.parametrize("vendor", list(Vendor))
def test_a_call_carries_its_own_key_and_nothing_out_of_the_environment(heard, vendor):
    host, heads = heard

    async def ask() -> None:
        provider = build(settings_for(vendor, host))
        with pytest.raises(ProviderError):
            await provider.complete(ASKED)
        await provider.aclose()

    asyncio.run(ask())
    assert len(heads) == 1
    assert f"Bearer {KEY}" in heads[0]
    assert "secret-" not in heads[0]


@pytest.mark.parametrize("vendor", [vendor for vendor in Vendor if vendor.has_batches])
def test_a_batch_carries_its_own_key_and_nothing_out_of_the_environment(heard, vendor):
    host, heads = heard

    async def look() -> None:
        api = build_batches(settings_for(vendor, host))
        with pytest.raises(ProviderError):
            await api.look("batch_1")
        await api.aclose()

    asyncio.run(look())
    assert len(heads) == 1
    assert f"Bearer {KEY}" in heads[0]
    assert "secret-" not in heads[0]
