"""What every provider does around a call: the deadline, the clock, and errors that hold no key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from judges.providers.base import ProviderError, Reply, Secret, Terminal, Transient, Trouble
from judges.providers.errors import from_exception

Result = TypeVar("Result")


async def guarded(call: Callable[[], Awaitable[Result]], *, deadline_s: float, secret: Secret) -> Result:
    """Do something at a provider within a total deadline, whatever the network does; raise none but our own errors."""
    failure: ProviderError
    try:
        async with asyncio.timeout(deadline_s):
            return await call()
    except ProviderError as error:
        failure = error
    except TimeoutError:
        failure = Transient(f"No answer within {deadline_s:g} s.", may_be_billed=True)
    except Exception as error:
        translated = from_exception(error, secret)
        if translated is None:
            raise
        failure = translated
    # Their errors hold the request, and with it the key: ours is raised without a trace of them.
    failure.__cause__ = failure.__context__ = None
    raise failure.with_traceback(None)


async def timed(call: Callable[[], Awaitable[Reply]], *, deadline_s: float, secret: Secret) -> Reply:
    """Make one call within its deadline, and say how long it took."""
    started = time.monotonic()
    reply = await guarded(call, deadline_s=deadline_s, secret=secret)
    return replace(reply, latency_s=time.monotonic() - started)


def require(secret: Secret, variable: str) -> None:
    """Raise Terminal when there is no key, before anything is sent."""
    if not secret:
        raise Terminal(Trouble.KEY, f"There is no key: set {variable}.")


def without_environment(client: Any) -> None:
    """Take from an SDK's client the headers that it has read from the environment of this process.

    They may hold secrets of other services, and a judge's address and key are somebody else's to choose.
    """
    client._custom_headers = {}  # the SDKs cannot be told so in any other way
    for name in ("organization", "project"):  # of OpenAI
        if hasattr(client, name):
            setattr(client, name, None)
