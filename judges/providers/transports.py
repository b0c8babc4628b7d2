"""The HTTP client that the SDKs are given: it dials only what a Guard has vetted, and reads a limited body."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from functools import cache

import httpx2

from judges.providers.connections import Origin, head
from judges.providers.guard import Guard
from judges.providers.pools import CONNECT_S, Incoming, Pool

AT_ONCE = 64_000  # bytes of a body that is read before anybody asks for it
UNCOMPRESSED = {"accept-encoding": "identity"}


def pool_for(guard: Guard, *, deadline_s: float) -> Pool:
    """Return connections for calls with a deadline."""
    return Pool(guard, _tls(), min(CONNECT_S, deadline_s))


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings for TLS, with the operating system's certificates. Slow to make, fit to be shared."""
    context = httpx2.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    return context


class _Body(httpx2.AsyncByteStream):
    def __init__(self, incoming: Incoming, at_most: int) -> None:
        self._incoming, self._at_most = incoming, at_most

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._incoming.parts(self._at_most)

    async def aclose(self) -> None:
        self._incoming.close()


class GuardedTransport(httpx2.AsyncBaseTransport):
    """httpx2's requests over our connections."""

    def __init__(self, pool: Pool, *, max_body: int) -> None:
        self._pool, self._max_body = pool, max_body

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the body of the answer is read within the budget."""
        asked = head(request.method, request.url.raw_path, request.headers.raw)
        assert isinstance(request.stream, httpx2.AsyncByteStream)  # noqa: S101 - tells the type, as httpx2 does
        incoming = await self._pool.send(Origin.of(request.url), asked, request.stream)
        extensions = {"http_version": b"HTTP/1.1", "reason_phrase": incoming.reason}
        if incoming.length is not None and incoming.length <= AT_ONCE:  # spares the layers of a stream
            body = await incoming.read(self._max_body)
            return httpx2.Response(incoming.status, headers=incoming.headers, content=body, extensions=extensions)
        stream = _Body(incoming, self._max_body)
        return httpx2.Response(incoming.status, headers=incoming.headers, stream=stream, extensions=extensions)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def httpx2_client(guard: Guard, *, max_body: int, deadline_s: float) -> httpx2.AsyncClient:
    """Return the client that the SDKs are given: no redirects, no proxy and no certificates from the environment."""
    return httpx2.AsyncClient(
        transport=GuardedTransport(pool_for(guard, deadline_s=deadline_s), max_body=max_body),
        timeout=None,  # calls.guarded sets a deadline for all of a call
        follow_redirects=False,
        trust_env=False,
        headers=UNCOMPRESSED,
    )
