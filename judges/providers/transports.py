"""HTTP clients that dial only what a Guard has vetted, and read no more than a budget of bytes.

Twice, because the SDKs are built on httpx2 and our own client on httpx: the two share no classes.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import httpcore
import httpcore2
import httpx
import httpx2

from judges.providers.base import InvalidResponse
from judges.providers.guard import Guard

Stream = TypeVar("Stream")
CONNECT_S = 10.0


async def _dial(
    guard: Guard, host: str, port: int, connect: Callable[[str], Awaitable[Stream]], failure: type[Exception]
) -> Stream:
    """Connect to the first vetted address that answers."""
    try:
        addresses = await guard.vet(host, port)
    except (OSError, UnicodeError) as error:  # names such as a..b fail before anybody is asked
        raise failure(f"{host} cannot be resolved: {error}") from error
    last: Exception = failure(f"{host} has no address")
    for address in addresses:
        try:
            return await connect(address)
        except failure as error:
            last = error
    raise last


async def _limited(parts: AsyncIterable[bytes], limit: int) -> AsyncIterator[bytes]:
    """Pass on a body until it exceeds the budget."""
    left = limit
    async for part in parts:
        left -= len(part)
        if left < 0:
            raise InvalidResponse(f"The answer is longer than {limit:,} bytes.")
        yield part


def _check_encoding(headers: Any) -> None:
    """Refuse a compressed body: we did not ask for one, and a small one can unpack to gigabytes."""
    encoding = headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise InvalidResponse(f"The answer is compressed ({encoding}), which was not asked for.")


class _Backend(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        options = list(socket_options or ())

        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(address, port, timeout, local_address, options)

        return await _dial(self._guard, host, port, connect, httpcore.ConnectError)


class _Backend2(httpcore2.AsyncNetworkBackend):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        options = list(socket_options or ())

        async def connect(address: str) -> httpcore2.AsyncNetworkStream:
            return await self._inner.connect_tcp(address, port, timeout, local_address, options)

        return await _dial(self._guard, host, port, connect, httpcore2.ConnectError)


class _Body(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, limit: int) -> None:
        self._inner, self._limit = inner, limit

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _limited(self._inner, self._limit)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Body2(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, limit: int) -> None:
        self._inner, self._limit = inner, limit

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _limited(self._inner, self._limit)

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport, dialling through a Guard."""

    def __init__(self, guard: Guard, *, max_body: int, connections: int, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._max_body = max_body
        # httpx takes no network backend, its pool does
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_Backend(guard),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is read within the budget."""
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - tells the type, as httpx does
        response.stream = _Body(response.stream, self._max_body)
        _check_encoding(response.headers)
        return response


class GuardedTransport2(httpx2.AsyncHTTPTransport):
    """httpx2's transport, dialling through a Guard."""

    def __init__(self, guard: Guard, *, max_body: int, connections: int, verify: ssl.SSLContext) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._max_body = max_body
        # httpx2 takes no network backend, its pool does
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=30.0,
            network_backend=_Backend2(guard),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the body of the answer is read within the budget."""
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - tells the type, as httpx2 does
        response.stream = _Body2(response.stream, self._max_body)
        _check_encoding(response.headers)
        return response


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings for TLS, with the operating system's certificates. Slow to make, fit to be shared."""
    return httpx2.create_ssl_context(trust_env=False)


def httpx_client(guard: Guard, *, max_body: int, deadline_s: float, connections: int) -> httpx.AsyncClient:
    """Return a client for our own calls: no redirects, no proxy and no certificates from the environment."""
    return httpx.AsyncClient(
        transport=GuardedTransport(guard, max_body=max_body, connections=connections, verify=_tls()),
        timeout=httpx.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"},
    )


def httpx2_client(guard: Guard, *, max_body: int, deadline_s: float, connections: int) -> httpx2.AsyncClient:
    """Return the client that the SDKs are given: no redirects, no proxy and no certificates from the environment."""
    return httpx2.AsyncClient(
        transport=GuardedTransport2(guard, max_body=max_body, connections=connections, verify=_tls()),
        timeout=httpx2.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s)),
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"},
    )
