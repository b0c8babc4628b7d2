"""What can go wrong with a call, and which call it happens to.

A fault is a name, some with an argument after a colon:

``429`` ``429:2`` ``429:0.5`` ``429:-1`` ``429:1e9`` ``429:date`` ``429:ms`` ``429:none``  too many requests, with the
    shapes of Retry-After that servers send (whole seconds, fraction, negative, absurd, HTTP date, milliseconds, none)
``429:spend``                  too many requests that mean "the money is gone"
``400`` ``401`` ``402`` ``403`` ``404`` ``408`` ``409`` ``413`` ``422`` ``500`` ``502`` ``503`` ``529``  the provider's
    own error body
``redirect``                   302 to another address
``reset`` ``hang`` ``drip`` ``huge`` ``endless`` ``fin``  no answer: RST, silence, one byte every 0.2 s, a body of a
    gigabyte, one that never ends, and one that is broken off half way
``garbage`` ``html`` ``list``  status 200, but broken JSON, a login page, or JSON of another shape
``gzip`` ``bad-utf8`` ``sse-error``  status 200, but a gigabyte compressed, bytes that are no text, an event of error
``refusal`` ``filtered`` ``truncated`` ``empty`` ``unreadable``  billed answers without a verdict
``wrong-model`` ``no-usage``   a good answer with another model id, or without token counts
``tool-call`` ``two-choices`` ``negative-usage``  an answer of another form than was asked for: see bends.py
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from email.utils import formatdate
from time import time

from tests.fakes.bends import BENDS

STATUSES = ("400", "401", "402", "403", "404", "408", "409", "413", "422", "429", "500", "502", "503", "529")
BREAKAGES = ("reset", "hang", "drip", "huge", "endless", "fin")
BODIES = ("garbage", "html", "list", "redirect", "gzip", "bad-utf8", "sse-error")
SPEECH = ("refusal", "filtered", "truncated", "empty", "unreadable", "wrong-model", "no-usage", *BENDS)
RETRY_AFTER = ("none", "spend", "date", "ms")

# What a rate draws from: everything that a run must live through, without the ones that stop it or slow a test down.
PASSING = ("429:0", "500", "503", "529", "reset", "garbage", "html", "refusal", "truncated", "empty", "unreadable")


@dataclass(frozen=True)
class Faults:
    """Which call gets which fault.

    ``plan`` names the fault of each attempt at the same body: ("429", "ok") refuses every body once. ``match`` gives a
    fault to every call whose body contains a text. Where neither says anything, ``rate`` draws from ``kinds``.
    """

    rate: float = 0.0
    kinds: tuple[str, ...] = PASSING
    plan: tuple[str, ...] = ()
    match: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name in (*self.kinds, *self.plan, *(fault for _, fault in self.match)):
            check_name(name)

    def choose(self, body: bytes, attempt: int, rng: random.Random) -> str | None:
        """Return the fault of this call, or None for a good answer."""
        for text, fault in self.match:
            if text.encode() in body:
                return None if fault == "ok" else fault
        if attempt <= len(self.plan):
            planned = self.plan[attempt - 1]
            return None if planned == "ok" else planned
        return rng.choice(self.kinds) if rng.random() < self.rate else None


def check_name(name: str) -> None:
    """Raise ValueError for a fault that does not exist, so that a misspelt plan cannot pass as a good provider."""
    base, _, argument = name.partition(":")
    if name == "ok" or base in (*STATUSES, *BREAKAGES, *BODIES, *SPEECH):
        if argument and argument not in RETRY_AFTER:
            float(argument)
        return
    msg = f"unknown fault {name!r}"
    raise ValueError(msg)


def retry_after_headers(argument: str) -> dict[str, str]:
    """Return the Retry-After header of a 429 in the shape that its argument asks for."""
    if argument in ("none", "spend"):
        return {}
    if argument == "date":
        return {"retry-after": formatdate(time() + 2, usegmt=True)}
    if argument == "ms":
        return {"retry-after-ms": "250"}
    return {"retry-after": argument or "1"}
