"""What a judge sends and gets back, whoever the provider is, and the ways in which a call can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Role(StrEnum):
    """Who speaks in a message to a provider."""

    USER = "user"
    ASSISTANT = "assistant"


class Stop(StrEnum):
    """Why the model stopped. Only END means that it said all it wanted to say; of OTHER nobody knows."""

    END = "end"
    LENGTH = "length"  # cut off at the output limit
    BROKEN = "broken"  # cut off by the provider for some other reason
    REFUSAL = "refusal"  # the model or a filter of the provider declined
    OTHER = "other"


class Secret:
    """A key that shows its last four characters at most, wherever it is printed."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the key itself, to put into a header and nowhere else."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return a text without the key in it: providers echo keys in their error messages."""
        forms = (self._value, repr(self._value)[1:-1])  # as it is, and as a program would quote it
        for form in forms if self._value else ():
            text = text.replace(form, "[key]")
        return text

    def hide_in_bytes(self, body: bytes) -> bytes:
        """Return an answer without the key in it: some servers show the request that they were sent."""
        return body.replace(self._value.encode("utf-8", "surrogateescape"), b"[key]") if self._value else body

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        shown = self._value[-4:] if len(self._value) >= 12 else ""
        return f"Secret(…{shown})"

    def __reduce__(self) -> str:
        msg = "a key is not to be pickled: pass its name"
        raise TypeError(msg)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a provider. ``parts`` are joined by an empty line.

    A provider with prompt caching may cache up to the end of any part but the last, so the parts that calls have in
    common come first.
    """

    role: Role
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the whole message."""
        return "\n\n".join(self.parts)


@dataclass(frozen=True, slots=True)
class Schema:
    """The JSON schema of the answer, in the subset that the vendors share, under a name of [A-Za-z0-9_-]."""

    name: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Params:
    """Settings of the sampling that a judge version asks for; None leaves it to the provider.

    What a model does not take is withheld and reported in ``Reply.withheld``: see capabilities.gate().
    """

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    effort: str | None = None  # none, minimal, low, medium, high, xhigh, max: not every model knows each


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a judge. ``max_tokens`` covers thinking too: too few cut the verdict off.

    ``logprobs`` asks for so many alternatives to each token of the answer, where the model gives them; 0 for none.
    """

    system: str
    messages: tuple[Message, ...]
    schema: Schema | None = None
    max_tokens: int = 8192
    params: Params = Params()
    logprobs: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Billed tokens in disjoint kinds, except that ``thinking`` is a part of ``output``.

    The prompt's total is input_uncached + cache_read + cache_write + cache_write_1h, however the vendor counts.
    """

    input_uncached: int = 0
    cache_read: int = 0
    cache_write: int = 0  # kept for five minutes, or for the vendor's usual time
    output: int = 0
    thinking: int = 0
    cache_write_1h: int = 0

    @property
    def prompt(self) -> int:
        """Return all tokens of the prompt."""
        return self.input_uncached + self.cache_read + self.cache_write + self.cache_write_1h


@dataclass(frozen=True, slots=True)
class Token:
    """A token of an answer with its natural log-probability, and the likeliest tokens in its place with theirs."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from a call that was answered, and has to be paid for.

    ``usage`` is None when the provider did not say: unknown, not zero. ``text`` may be empty. ``model`` is the id that
    the provider reports. ``raw`` is the provider's document with long strings cut. ``logprobs`` are those of ``text``,
    empty where there are none. ``chances`` are the probabilities of the labels of each field of the answer, from an API
    that decides instead of writing.
    """

    text: str
    stop: Stop
    model: str
    usage: Usage | None
    refusal: str | None = None
    request_id: str = ""
    latency_s: float = 0.0
    withheld: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)
    logprobs: tuple[Token, ...] = ()
    chances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Provider(Protocol):
    """One judge model behind one API."""

    async def complete(self, request: Request) -> Reply:
        """Ask once: no retries, whatever happens. Raises Transient, Terminal or InvalidResponse, and nothing else."""

    async def aclose(self) -> None:
        """Close the connections. A provider belongs to the event loop of its first call."""


class Trouble(StrEnum):
    """What a terminal error is about."""

    KEY = "key"  # missing, wrong or revoked
    FORBIDDEN = "forbidden"
    CREDIT = "credit"  # no money left, or a spending limit reached
    NOT_FOUND = "not_found"  # no such model or no such address
    ADDRESS = "address"  # the endpoint may not be called, or sends us elsewhere
    REQUEST = "request"  # this request is refused; another one may be fine


class ProviderError(Exception):
    """A call that brought no reply. Messages are fit to be shown: they hold no key."""


class Transient(ProviderError):
    """Worth another try. ``retry_after``: seconds the provider asks us to wait, None if it does not say.

    ``may_be_billed`` is True when the request had been sent and the answer was lost on the way.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, status: int | None = None, may_be_billed: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.status = status
        self.may_be_billed = may_be_billed


class Terminal(ProviderError):
    """Trying again would fail again. ``kind`` says what somebody has to put right."""

    def __init__(self, kind: Trouble, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status

    @property
    def stops_judge(self) -> bool:
        """Return whether every other call of this judge would fail for the same reason."""
        return self.kind is not Trouble.REQUEST


class InvalidResponse(ProviderError):
    """An answer with a good status that is no reply of this API: a login page, broken or endless JSON.

    ``raw`` is what came, cut short.
    """

    def __init__(self, message: str, *, raw: str = "") -> None:
        super().__init__(message)
        self.raw = raw
