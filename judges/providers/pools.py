"""Connections to vetted addresses, each kept for the next request.

A call through the pool of httpx2 takes four times the CPU: that pool looks through all of its connections for each
request, and each read passes several layers with a timer of its own. Here a request takes the connection that was
used last. There is no timeout but that of connecting: calls.guarded sets a deadline for all of a call.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass, field

import h11
import httpx2

from judges.providers.base import InvalidResponse
from judges.providers.connections import Connection, Headers, Origin
from judges.providers.guard import Guard

CONNECT_S = 10.0


@dataclass
class Incoming:
    """An answer whose head is here. Read it to its end, or close it."""

    status: int
    reason: bytes
    headers: Headers  # names in lower case
    _connection: Connection
    _pool: Pool
    _is_over: bool = False

    async def parts(self, at_most: int) -> AsyncIterator[bytes]:
        """Yield the body. Raises InvalidResponse where it is longer than ``at_most`` bytes."""
        left = at_most
        try:
            while isinstance(event := await self._connection.next_event(), h11.Data):
                left -= len(event.data)
                if left < 0:
                    raise InvalidResponse(f"The answer is longer than {at_most:,} bytes.")
                yield bytes(event.data)
            self._is_over = True
            self._pool.keep(self._connection)
        finally:
            self.close()

    @property
    def length(self) -> int | None:
        """Return how many bytes the server says are in the body, if it does."""
        told = _header(self.headers, b"content-length")
        return int(told) if told else None

    async def read(self, at_most: int) -> bytes:
        """Return the whole body. Raises InvalidResponse where it is longer than ``at_most`` bytes."""
        return b"".join([part async for part in self.parts(at_most)])

    def close(self) -> None:
        """Give up what has not been read, and the connection with it."""
        if not self._is_over:
            self._is_over = True
            self._pool.drop(self._connection)


@dataclass
class Pool:
    """Connections to whatever a Guard lets through. It belongs to the event loop of its first request."""

    guard: Guard
    tls: ssl.SSLContext
    connect_s: float = CONNECT_S
    _open: dict[Connection, Origin] = field(default_factory=dict)
    _resting: dict[Origin, list[Connection]] = field(default_factory=dict)

    async def send(self, origin: Origin, request: h11.Request, body: bytes | AsyncIterable[bytes]) -> Incoming:
        """Send a request and return its answer once its head is here. Raises httpx2's errors, and those of Guard."""
        connection = self._rested(origin) or await self._connect(origin)
        try:
            await connection.send(request, body)
            while isinstance(event := await connection.next_event(), h11.InformationalResponse):
                pass
            if not isinstance(event, h11.Response):
                raise httpx2.RemoteProtocolError("The server sent no response.")
            headers = list(event.headers)
            encoding = _header(headers, b"content-encoding")
            if encoding not in ("", "identity"):  # a small body can unpack to gigabytes
                raise InvalidResponse(f"The answer is compressed ({encoding}), which was not asked for.")
        except BaseException:
            self.drop(connection)
            raise
        return Incoming(event.status_code, bytes(event.reason), headers, connection, self)

    def _rested(self, origin: Origin) -> Connection | None:
        """Return the connection that was used last, if there is one that is fit for use."""
        resting = self._resting.get(origin, [])
        while resting:
            connection = resting.pop()
            if connection.is_fit:
                return connection
            self.drop(connection)
        return None

    def keep(self, connection: Connection) -> None:
        """Take back a connection after an exchange."""
        if connection in self._open and connection.rest():
            self._resting.setdefault(self._open[connection], []).append(connection)
        else:
            self.drop(connection)

    def drop(self, connection: Connection) -> None:
        """Close a connection."""
        self._open.pop(connection, None)
        connection.abort()

    async def _connect(self, origin: Origin) -> Connection:
        """Connect to the first vetted address that answers."""
        try:
            addresses = await self.guard.vet(origin.host, origin.port)
        except (OSError, UnicodeError) as error:  # names such as a..b fail before anybody is asked
            raise httpx2.ConnectError(f"{origin.host} cannot be resolved: {error}") from error
        last: Exception = httpx2.ConnectError(f"{origin.host} has no address")
        for address in addresses:
            try:
                connection = await self._dial(origin, address)
            except TimeoutError:
                last = httpx2.ConnectTimeout(f"{address} does not answer")
            except OSError as error:
                last = httpx2.ConnectError(str(error) or type(error).__name__)
            else:
                self._open[connection] = origin
                return connection
        raise last

    async def _dial(self, origin: Origin, address: str) -> Connection:
        tls, name = (self.tls, origin.host) if origin.is_tls else (None, None)
        async with asyncio.timeout(self.connect_s):
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(
                Connection, address, origin.port, ssl=tls, server_hostname=name
            )
        return connection

    async def aclose(self) -> None:
        """Close all connections."""
        left = list(self._open)
        self._open.clear()
        self._resting.clear()
        for connection in left:
            connection.abort()
        await asyncio.gather(*(connection.closed for connection in left))


def _header(headers: Headers, wanted: bytes) -> str:
    return next((value.decode("latin-1").lower() for name, value in headers if name == wanted), "")
