"""Just enough HTTP/1.1 for a fake server: keep-alive, Content-Length bodies, and the ways a connection can go wrong.

Written on asyncio's protocols because the stream classes cost twice the CPU, and the fake must not be the bottleneck
of what is measured against it.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

REASON = {200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One complete request. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A whole answer, or, with a ``breakage``, one of the ways in which none arrives."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    breakage: str = ""  # "reset", "hang", "drip" "huge", "endless" or "fin"

    def encoded(self) -> bytes:
        """Return the bytes to send."""
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head = (
            f"HTTP/1.1 {self.status} {REASON.get(self.status, 'Status')}\r\n"
            f"content-type: {self.content_type}\r\ncontent-length: {len(self.body)}\r\n{extra}\r\n"
        )
        return head.encode("latin-1") + self.body


def json_response(status: int, document: object, **headers: str) -> HttpResponse:
    """Return a JSON answer; header names take underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, json.dumps(document).encode(), headers=named)


Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Connection(asyncio.Protocol):
    """One client connection. Requests on it are answered one after the other."""

    def __init__(self, handler: Handler, open_connections: set[Connection]) -> None:
        self._handler = handler
        self._open = open_connections
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._task is None:
            self._serve_next()

    def close(self) -> None:
        """Drop the connection, whatever it is doing."""
        self._transport.abort()

    def _serve_next(self) -> None:
        request = self._take_request()
        self._task = asyncio.get_running_loop().create_task(self._serve(request)) if request else None

    async def _serve(self, request: HttpRequest) -> None:
        response = await self._handled(request)
        if response.breakage:
            await self._misbehave(response)
            return
        if not self._transport.is_closing():
            self._transport.write(response.encoded())
            self._serve_next()

    async def _handled(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._handler(request)
        except Exception as error:  # a bug of the fake must reach the test that met it, not hang it
            return json_response(501, {"error": {"message": f"bug in the fake provider: {error!r}"}})

    def _take_request(self) -> HttpRequest | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        request_line, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        method, target, _version = request_line.split(" ")
        pairs = (line.split(":", 1) for line in lines)
        headers = {name.strip().lower(): value.strip() for name, value in pairs}
        size = int(headers.get("content-length", "0"))
        if len(self._buffer) < end + 4 + size:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + size])
        del self._buffer[: end + 4 + size]
        path, _, query = target.partition("?")
        return HttpRequest(method, path, query, headers, body)

    async def _misbehave(self, response: HttpResponse) -> None:
        if response.breakage == "reset":
            self._reset()
        elif response.breakage == "drip":
            await self._drip(response.encoded())
        elif response.breakage == "huge":
            await self._flood()
        elif response.breakage == "endless":
            await self._go_on()
        elif response.breakage == "fin":
            self._transport.write(response.encoded()[:-4])
            self._transport.close()
        # "hang": the task ends, the connection stays open and silent until the client gives up

    def _reset(self) -> None:
        sock = self._transport.get_extra_info("socket")
        # lingering for zero seconds makes the kernel send RST instead of FIN
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    async def _drip(self, payload: bytes) -> None:
        for byte in payload:
            self._transport.write(bytes([byte]))
            await asyncio.sleep(0.2)

    async def _go_on(self) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        self._transport.write(head)
        while not self._transport.is_closing():
            self._transport.write(b"1\r\n \r\n")
            await asyncio.sleep(0.02)

    async def _flood(self) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1073741824\r\n\r\n"
        )
        while not self._transport.is_closing():
            self._transport.write(b'{"padding": "' + b"x" * 65_536)
            await asyncio.sleep(0.001)
