"""Turns what httpx, httpx2 and the SDKs raise, and what providers answer, into our own few errors."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import httpx2

from judges.providers.base import InvalidResponse, ProviderError, Secret, Terminal, Transient, Trouble

TRANSIENT = frozenset({408, 409, 425, 429, 499})
# Somebody gave up waiting, and the provider may have gone on; 52x are those of a well-known proxy
UNANSWERED = frozenset({408, 499, 504, 522, 524})
NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
# 429s that waiting does not cure: the machine-readable codes of both vendors
SPENT = frozenset(
    {
        "enforced_spend_limit_reached",
        "contract_spend_limit_reached",
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_not_active",
        "usage_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
# 400s that are about who asks, and not about what is asked
HELD = frozenset(
    {
        "organization_on_hold",
        "organization_type_not_supported",
        "parent_organization_required",
        "claude_code_key_creator_not_member",
        "cmek_key_disabled",
        "cmek_key_network_blocked",
    }
)
TROUBLES = {401: Trouble.KEY, 402: Trouble.CREDIT, 403: Trouble.FORBIDDEN, 404: Trouble.NOT_FOUND}
SHOWN = 500  # characters of a provider's own words in a message


def from_status(status: int, headers: Mapping[str, str], body: str, secret: Secret) -> ProviderError:
    """Return the error that an answer with a bad status means."""
    words, codes = _words_and_codes(body)
    message = secret.hide_in(f"The provider answered {status}: {words[:SHOWN] or 'no reason given'}")
    if 300 <= status < 400:
        return Terminal(Trouble.ADDRESS, f"The provider answered {status}: redirects are not followed.", status=status)
    if status in (400, 429) and codes & SPENT:
        return Terminal(Trouble.CREDIT, message, status=status)
    if status == 400 and codes & HELD:
        return Terminal(Trouble.FORBIDDEN, message, status=status)
    if status in TRANSIENT or (status >= 500 and status != 501):
        asked = retry_after(headers)
        return Transient(message, retry_after=asked, status=status, may_be_billed=status in UNANSWERED)
    return Terminal(TROUBLES.get(status, Trouble.REQUEST), message, status=status)


def from_exception(error: Exception, secret: Secret) -> ProviderError | None:
    """Return our error for one of theirs, or None when it is none of theirs: a mistake in the program."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or current.__context__
    for link in chain:  # what the transport raised sits below what the SDK made of it
        if isinstance(link, ProviderError):
            return link
        response = getattr(link, "response", None)
        if isinstance(response, httpx2.Response):
            return from_status(response.status_code, response.headers, _text_of(response), secret)
    if isinstance(error, httpx.InvalidURL | httpx2.InvalidURL):
        return Terminal(Trouble.ADDRESS, f"The base URL cannot be read: {error}")
    if isinstance(error, UnicodeError):  # half of a surrogate pair, say: no server would get it either
        return Terminal(Trouble.REQUEST, "The request holds text that cannot be encoded.")
    network = next((link for link in reversed(chain) if isinstance(link, httpx.HTTPError | httpx2.HTTPError)), None)
    if network is None:
        return None
    return from_network(network, secret)


def from_network(error: BaseException, secret: Secret) -> ProviderError:
    """Return the error for a connection that failed, timed out or broke off."""
    name = type(error).__name__
    if name == "DecodingError":
        return InvalidResponse("The answer is not in the encoding that it claims.")
    if name == "LocalProtocolError":  # it repeats what it refuses to send: headers, and the key among them
        return Terminal(Trouble.REQUEST, "The request holds what no request may hold, and was not sent.")
    message = secret.hide_in(f"No answer came ({name}): {str(error)[:SHOWN] or 'no reason given'}")
    return Transient(message, may_be_billed=name not in NEVER_SENT)


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return how many seconds the provider asks to wait; None if it does not say, or not in a way that can be read.

    Whole seconds, fractions, HTTP dates and the milliseconds header are read. A time that has passed is 0; however
    long the wait is, it is returned as it is: the scheduler decides whether to wait or to park.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return max(0.0, milliseconds / 1000)
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is None and value:
        seconds = _seconds_until(value, now or datetime.now(UTC))
    return None if seconds is None else max(0.0, seconds)


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now.timestamp()


def _text_of(response: httpx2.Response) -> str:
    try:
        return response.text
    except httpx2.ResponseNotRead:
        return ""


def _words_and_codes(body: str) -> tuple[str, set[str]]:
    """Find the human and the machine-readable part of an error body, in any of the usual forms."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body.strip() if not body.lstrip().startswith("<") else "a web page, no API error", set()
    inner: Any = document.get("error", document) if isinstance(document, dict) else document
    if not isinstance(inner, dict):
        return str(inner), set()
    details = inner.get("details")
    codes = {inner.get("code"), inner.get("type"), details.get("error_code") if isinstance(details, dict) else None}
    words = inner.get("message") or inner.get("detail") or body
    return str(words), {code for code in codes if isinstance(code, str)}
