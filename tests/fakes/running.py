"""Running the fake provider: as a server on loopback, or in a thread beside a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.fakes.batches import Job
from tests.fakes.http1 import Connection
from tests.fakes.log import CallLog
from tests.fakes.server import FakeProvider, Settings


async def serve(provider: FakeProvider, port: int, *, started: Callable[[int], None], stop: asyncio.Event) -> None:
    """Serve on loopback until ``stop`` is set; ``started`` is called with the port that was taken."""
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(provider.handle, connections), "127.0.0.1", port, backlog=1024)
    started(server.sockets[0].getsockname()[1])
    await stop.wait()
    server.close()
    for connection in list(connections):
        connection.close()
    await asyncio.sleep(0)  # let the aborted transports say goodbye


@dataclass
class Running:
    """A fake provider at work. ``base_url`` has no path; OpenAI's clients want ``openai_url``."""

    port: int
    provider: FakeProvider

    @property
    def base_url(self) -> str:
        """Return the address that Anthropic's client wants."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """Return the address that OpenAI's client wants."""
        return f"{self.base_url}/v1"

    @property
    def log(self) -> CallLog:
        """Return the call log."""
        return self.provider.log

    def configure(self, **changes: Any) -> None:
        """Change settings while it runs."""
        self.provider.settings = replace(self.provider.settings, **changes)

    def batches(self) -> list[Job]:
        """Return the batches that were handed in, in order."""
        return sorted((job for desk in self.provider.desks for job in desk.jobs.values()), key=lambda job: job.number)


class _Thread(threading.Thread):
    """The thread of a server: knows its port once ``ready`` is set."""

    def __init__(self, provider: FakeProvider, port: int) -> None:
        super().__init__(name="fake-provider", daemon=True)
        self.provider = provider
        self.port = port
        self.ready = threading.Event()

    def run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._running_loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await serve(self.provider, self.port, started=self._listening, stop=self._ending)

    def _listening(self, port: int) -> None:
        self.port = port
        self.ready.set()

    def stop(self) -> None:
        self._running_loop.call_soon_threadsafe(self._ending.set)
        self.join(10)


@contextmanager
def running_provider(*, port: int = 0, log_path: Path | None = None, **settings: Any) -> Iterator[Running]:
    """Run a fake provider in a thread: ``with running_provider(faults=Faults(plan=("429",))) as fake: …``.

    Keyword arguments are those of Settings.
    """
    log = CallLog(log_path)
    thread = _Thread(FakeProvider(Settings(**settings), log), port)
    thread.start()
    if not thread.ready.wait(10):
        msg = "the fake provider did not start"
        raise RuntimeError(msg)
    try:
        yield Running(thread.port, thread.provider)
    finally:
        thread.stop()
        log.close()
