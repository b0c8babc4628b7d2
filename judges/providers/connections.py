"""One connection of HTTP/1.1 on asyncio. h11 speaks the protocol; this carries its bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import h11
import httpx2

KEPT_S = 30.0  # that a connection may rest
LONGEST_HEAD = 100_000  # bytes of the status line and headers
UNREAD = 256_000  # bytes that may wait to be read before the server has to wait, too
UNSENT = 64_000  # bytes that are gathered before they are sent

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go."""

    host: str
    port: int
    is_tls: bool

    @classmethod
    def of(cls, url: httpx2.URL) -> Origin:
        """Return the origin of a URL."""
        is_tls = url.scheme == "https"
        return cls(url.raw_host.decode("ascii"), url.port or (443 if is_tls else 80), is_tls)


@contextmanager
def _translated() -> Iterator[None]:
    """Raise the errors of h11 as httpx2 would, which is what SDKs and judges.providers.errors know."""
    try:
        yield
    except h11.LocalProtocolError as error:
        raise httpx2.LocalProtocolError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx2.RemoteProtocolError(str(error)) from error


def head(method: str, target: bytes, headers: Headers) -> h11.Request:
    """Return the head of a request. Raises httpx2's error for what cannot be in one."""
    with _translated():
        return h11.Request(method=method, target=target, headers=headers)


class Connection(asyncio.Protocol):
    """One connection, for one exchange at a time."""

    def __init__(self) -> None:
        self.rests_since = 0.0
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)
        self._waiter: asyncio.Future[None] | None = None
        self._unread = 0
        self._is_full = False  # what we send has to wait
        self._is_lost = False
        self._trouble: Exception | None = None
        self.closed = asyncio.get_running_loop().create_future()

    # --- called by the event loop -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream has one that reads and writes
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        self._state.receive_data(data)
        self._unread += len(data)
        if self._unread > UNREAD:
            self._transport.pause_reading()
        self._wake()

    def pause_writing(self) -> None:
        """Let the sender wait."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Let the sender go on."""
        self._is_full = False
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Note the end of the connection, from whichever side."""
        self._is_lost, self._trouble = True, error
        self._wake()
        if not self.closed.done():
            self.closed.set_result(None)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- called by an exchange ----------------------------------------------------------------------------------

    @property
    def is_fit(self) -> bool:
        """Return whether another request can be sent: nobody closed, and nothing came that was not asked for."""
        rested_s = time.monotonic() - self.rests_since
        return not self._is_lost and not self._transport.is_closing() and rested_s < KEPT_S and not self._unread

    async def send(self, request: h11.Request, body: bytes | AsyncIterable[bytes]) -> None:
        """Send a request. A server that answers or closes before it has all of it is not an error yet."""
        with _translated():
            unsent = self._sendable(request)
            if isinstance(body, bytes):
                unsent += self._sendable(h11.Data(data=body))
            else:
                async for part in body:
                    unsent += self._sendable(h11.Data(data=part))
                    if len(unsent) >= UNSENT:
                        await self._write(unsent)
                        unsent = b""
            await self._write(unsent + self._sendable(h11.EndOfMessage()))

    def _sendable(self, event: h11.Event) -> bytes:
        return self._state.send(event) or b""

    async def _write(self, data: bytes) -> None:
        if not self._is_lost:
            self._transport.write(data)
        while self._is_full and not self._is_lost:
            await self._wait()

    async def next_event(self) -> h11.Event:
        """Return what the server says next. Raises httpx2's errors."""
        while True:
            with _translated():
                event = self._state.next_event()
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise httpx2.RemoteProtocolError("The server left the protocol.")
            if isinstance(event, h11.Event):
                return event
            await self._more()

    async def _more(self) -> None:
        """Wait until there is more to be read, or the end of it."""
        self._unread = 0
        if not self._is_lost:
            self._transport.resume_reading()
            await self._wait()
            return
        if self._trouble is not None:
            raise httpx2.ReadError(str(self._trouble) or type(self._trouble).__name__) from self._trouble
        if self._state.their_state is h11.SEND_RESPONSE:
            raise httpx2.RemoteProtocolError("The server closed the connection before it answered.")
        self._state.receive_data(b"")  # the end, which is that of the body where nothing told its length

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def rest(self) -> bool:
        """Be ready for the next exchange; return whether that is possible."""
        if self._state.our_state is not h11.DONE or self._state.their_state is not h11.DONE:
            return False
        self._state.start_next_cycle()
        self._unread = len(self._state.trailing_data[0])
        self._transport.resume_reading()  # or nobody would see it closed
        self.rests_since = time.monotonic()
        return self.is_fit

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()
