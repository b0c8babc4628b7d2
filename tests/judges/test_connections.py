"""Our HTTP/1.1: what is sent, what is read, and when a connection is used again. Servers say whatever a test wants."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from judges.providers.base import InvalidResponse
from judges.providers.connections import Origin, head
from judges.providers.guard import Guard
from judges.providers.pools import Pool

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on loopback that counts its connections and keeps what it was sent."""

    def __init__(self, *answers: bytes, closes: bool = False) -> None:
        self.answers, self.closes = list(answers), closes
        self.connections = 0
        self.bodies: list[bytes] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        while (request := await _request(reader)) is not None:
            self.bodies.append(request)
            writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
            if self.closes:
                break
        writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> bytes | None:
    """Return the body of the next request, or None when there is none."""
    try:
        top = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return await reader.readexactly(int(length.split(b":")[1]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


@asynccontextmanager
async def serving(server: Server, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        server.hang_up()
        listening.close()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def pool_at(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Callable[..., Awaitable[bytes]]]:
    """Give a function that posts a body to a server and returns the body of the answer."""
    pool = Pool(Guard(frozenset({"127.0.0.1", "localhost"})), tls or ssl.create_default_context())

    async def post(
        body: bytes | AsyncIterator[bytes] = b"body", *, length: int = 4, at_most: int = 10_000, host: str = "127.0.0.1"
    ) -> bytes:
        asked = head("POST", b"/", [(b"host", host.encode()), (b"content-length", b"%d" % length)])
        incoming = await pool.send(Origin(host, port, tls is not None), asked, body)
        return await incoming.read(at_most)

    try:
        yield post
    finally:
        await pool.aclose()


def posting(server: Server, *bodies: bytes, at_once: bool = False) -> list[bytes]:
    """Post bodies one after the other, or all at once."""

    async def run() -> list[bytes]:
        async with serving(server) as port, pool_at(port) as post:
            if at_once:
                return list(await asyncio.gather(*(post(body) for body in bodies)))
            return [await post(body) for body in bodies]

    return asyncio.run(run())


def test_requests_in_turn_share_one_connection():
    server = Server(ANSWER)
    assert posting(server, b"one.", b"two.", b"six.") == [b"hi"] * 3
    assert (server.connections, server.bodies) == (1, [b"one.", b"two.", b"six."])


def test_requests_at_once_have_a_connection_each():
    server = Server(ANSWER)
    assert posting(server, *[b"body"] * 20, at_once=True) == [b"hi"] * 20
    assert server.connections == 20


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\n\r\nhi",  # ends where the connection does
    ],
)
def test_a_connection_that_the_server_ends_is_not_used_again(answer):
    server = Server(answer, closes=True)
    assert posting(server, b"one.", b"two.") == [b"hi", b"hi"]
    assert server.connections == 2


def test_a_connection_that_was_closed_while_it_rested_is_replaced():
    server = Server(ANSWER)

    async def run() -> None:
        async with serving(server) as port, pool_at(port) as post:
            await post()
            server.hang_up()
            await asyncio.sleep(0.05)
            assert await post() == b"hi"

    asyncio.run(run())
    assert server.connections == 2


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one():
    server = Server(ANSWER + ANSWER.replace(b"hi", b"no"), ANSWER)
    assert posting(server, b"one.", b"two.") == [b"hi", b"hi"]
    assert server.connections == 2


def test_chunks_and_interim_answers_are_read():
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    server = Server(b"HTTP/1.1 100 Continue\r\n\r\n" + chunked)
    assert posting(server, b"one.", b"two.") == [b"hello", b"hello"]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-le", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\nhi", httpx2.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200_000, httpx2.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-encoding: gzip\r\n\r\nhi", InvalidResponse),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n" + b"x" * 20_000, InvalidResponse),
    ],
)
def test_what_is_no_whole_answer_of_a_fair_size_is_an_error(answer, error):
    with pytest.raises(error):
        posting(Server(answer, closes=True), b"body")


def test_what_cannot_stand_in_a_header_is_not_sent():
    with pytest.raises(httpx2.LocalProtocolError):
        head("POST", b"/", [(b"host", b"x"), (b"authorization", b"Bearer a\r\nx-evil: 1")])


def test_a_large_body_goes_out_and_comes_in_in_parts():
    size = 3_000_000
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"y" * size)

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * (size // 30)

    async def run() -> bytes:
        async with serving(server) as port, pool_at(port) as post:
            return await post(parts(), length=size, at_most=size)

    assert asyncio.run(run()) == b"y" * size
    assert server.bodies == [b"x" * size]


def test_a_call_that_is_given_up_takes_its_connection_with_it():
    server = Server(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", ANSWER)

    async def run() -> None:
        async with serving(server) as port, pool_at(port) as post:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await post()
            assert await post() == b"hi"

    asyncio.run(run())
    assert server.connections == 2


def test_tls_is_verified_for_the_name_that_was_asked_for(tmp_path):
    theirs, ours = _tls_for("localhost", tmp_path)

    async def run() -> None:
        async with serving(Server(ANSWER), theirs) as port:
            async with pool_at(port, ours) as post:
                assert await post(host="localhost") == b"hi"
                assert await post(host="localhost") == b"hi"
                with pytest.raises(httpx2.ConnectError, match=r"127\.0\.0\.1"):
                    await post(host="127.0.0.1")  # not the name in the certificate
            async with pool_at(port, ssl.create_default_context()) as post:
                with pytest.raises(httpx2.ConnectError, match="self-signed"):
                    await post(host="localhost")

    asyncio.run(run())


def _tls_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the settings of a server with a certificate of its own making, and of a client that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate = folder / "server.pem"
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate.write_bytes(private + made.public_bytes(pem))
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    return theirs, ssl.create_default_context(cadata=made.public_bytes(pem).decode())
