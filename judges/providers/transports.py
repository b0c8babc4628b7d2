"""HTTP clients for the SDKs and for servers without one: they dial what a Guard has vetted, and read limited bodies."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator
from functools import cache
from typing import Any

import httpx
import httpx2

from judges.providers.connections import Origin, head
from judges.providers.guard import Guard
from judges.providers.pools import CONNECT_S, Incoming, Pool

AT_ONCE = 64_000  # bytes of a body that is read before anybody asks for it
UNCOMPRESSED = {"accept-encoding": "identity"}


def _pool(guard: Guard, *, deadline_s: float) -> Pool:
    """Return connections for calls with a deadline."""
    return Pool(guard, _tls(), min(CONNECT_S, deadline_s))


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings for TLS, with the operating system's certificates. Slow to make, fit to be shared."""
    context = httpx2.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Body(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, incoming: Incoming, at_most: int) -> None:
        self._incoming, self._at_most = incoming, at_most

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._incoming.parts(self._at_most)

    async def aclose(self) -> None:
        self._incoming.close()


class _Carrier:
    """What the transports of both generations of httpx do: requests over our connections, bodies within a budget."""

    def __init__(self, pool: Pool, *, max_body: int) -> None:
        self._pool, self._max_body = pool, max_body

    async def carry(self, request: httpx.Request | httpx2.Request) -> tuple[int, dict[str, Any]]:
        """Send a request; return the status, and what else a response is made of."""
        url = httpx2.URL(str(request.url)) if isinstance(request, httpx.Request) else request.url
        asked = head(request.method, url.raw_path, request.headers.raw)
        assert isinstance(request.stream, AsyncIterable)  # noqa: S101 - tells the type, as httpx does
        incoming = await self._pool.send(Origin.of(url), asked, request.stream)
        told = {
            "headers": incoming.headers,
            "extensions": {"http_version": b"HTTP/1.1", "reason_phrase": incoming.reason},
        }
        if incoming.length is not None and incoming.length <= AT_ONCE:  # spares the layers of a stream
            return incoming.status, {**told, "content": await incoming.read(self._max_body)}
        return incoming.status, {**told, "stream": _Body(incoming, self._max_body)}

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class GuardedTransport(_Carrier, httpx.AsyncBaseTransport):
    """httpx's requests over our connections."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is read within the budget."""
        status, told = await self.carry(request)
        return httpx.Response(status, **told)


class GuardedTransport2(_Carrier, httpx2.AsyncBaseTransport):
    """The same for httpx2, on which the SDKs are built."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the body of the answer is read within the budget."""
        status, told = await self.carry(request)
        return httpx2.Response(status, **told)


def httpx_client(guard: Guard, *, max_body: int, deadline_s: float) -> httpx.AsyncClient:
    """Return a client for servers without an SDK: no redirects, no proxy and no certificates from the environment."""
    return httpx.AsyncClient(
        transport=GuardedTransport(_pool(guard, deadline_s=deadline_s), max_body=max_body),
        timeout=None,  # noqa: S113 - calls.guarded sets a deadline for all of a call
        follow_redirects=False,
        trust_env=False,
        headers=UNCOMPRESSED,
    )


def httpx2_client(guard: Guard, *, max_body: int, deadline_s: float) -> httpx2.AsyncClient:
    """Return the same for the SDKs."""
    return httpx2.AsyncClient(
        transport=GuardedTransport2(_pool(guard, deadline_s=deadline_s), max_body=max_body),
        timeout=None,
        follow_redirects=False,
        trust_env=False,
        headers=UNCOMPRESSED,
    )
