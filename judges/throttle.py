"""What a provider's key may do per minute, counted in the database for all workers together.

A bucket per key holds a minute's worth of requests and tokens at most, and fills up steadily. Calls are granted before
they are booked; the tokens of an answer that were granted and not used go back. A provider that asks for a pause parks
the key: then nobody calls. Times are the database's: machines disagree about the time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from judges.clock import database_now
from judges.models import JudgeVersion, Throttle
from judges.providers import Vendor
from judges.providers.base import Secret

MINUTE_S = 60.0
HOSTS: dict[str, str] = {  # of judges without an address of their own
    Vendor.ANTHROPIC: "api.anthropic.com",
    Vendor.OPENAI_CHAT: "api.openai.com",
    Vendor.OPENAI_RESPONSES: "api.openai.com",
    Vendor.OPENAI_DECISIONS: "api.openai.com",
}
LONGEST_WAIT_S = 5.0  # then look again: somebody may have raised the limit


@dataclass(frozen=True, slots=True)
class Grant:
    """How many of the calls asked for may be made now, and after how many seconds to ask for the rest."""

    calls: int
    wait_s: float = 0.0


def identity(version: JudgeVersion, secret: Secret) -> str:
    """Return what stands for a key at a server: a hash that gives away neither.

    Providers count what a key asks for, through whichever of their APIs.
    """
    host = urlsplit(version.base_url).netloc.lower() or HOSTS.get(version.provider, "")
    text = f"{host}\0{secret.reveal()}"
    return hmac.new(f"judges.throttle:{settings.SECRET_KEY}".encode(), text.encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def set_limits(who: str, *, requests: int | None, tokens: int | None) -> Throttle:
    """Limit a key to so many requests and tokens per minute; None lifts a limit.

    The bucket starts full. What has been taken out of it by then stays out, or a limit that is set again with every
    run would hold nobody.
    """
    throttle = Throttle.objects.select_for_update().get_or_create(identity=who)[0]
    _fill_up(throttle, database_now())
    throttle.requests_left = _left(requests, throttle.requests_per_minute, throttle.requests_left)
    throttle.tokens_left = _left(tokens, throttle.tokens_per_minute, throttle.tokens_left)
    throttle.requests_per_minute, throttle.tokens_per_minute = requests, tokens
    throttle.save()
    return throttle


def _left(limit: int | None, earlier: int | None, left: float) -> float:
    """Return what a bucket of a new size holds, out of which as much was taken as out of the earlier one."""
    return float(limit or 0) - (earlier - left if earlier else 0.0)


def limits_of(whos: Sequence[str]) -> dict[str, Throttle]:
    """Return what is on record about some keys."""
    return {found.identity: found for found in Throttle.objects.filter(identity__in=whos)}


@transaction.atomic
def grant(who: str, tokens: Sequence[int]) -> Grant:
    """Take the calls that fit, in order, each with its tokens, out of the key's bucket.

    A call that is larger than a minute's worth of tokens is granted from a full bucket, or it would wait for ever.
    """
    throttle = Throttle.objects.select_for_update().filter(identity=who).first()
    if throttle is None:
        return Grant(len(tokens))
    now = database_now()
    if throttle.parked_until and throttle.parked_until > now:
        return Grant(0, min(LONGEST_WAIT_S, (throttle.parked_until - now).total_seconds()))
    _fill_up(throttle, now)
    granted = 0
    for size in tokens:
        if not _fits(throttle, size):
            break
        throttle.requests_left -= 1 if throttle.requests_per_minute else 0
        throttle.tokens_left -= size if throttle.tokens_per_minute else 0
        granted += 1
    throttle.save(update_fields=["requests_left", "tokens_left", "counted_at"])
    return Grant(granted, 0.0 if granted == len(tokens) else _wait(throttle, tokens[granted]))


def give_back(who: str, *, requests: int = 0, tokens: int = 0) -> None:
    """Put back what was granted and not used; what was used beyond it is taken out (``tokens`` below zero)."""
    if requests or tokens:
        Throttle.objects.filter(identity=who).update(
            requests_left=F("requests_left") + requests, tokens_left=F("tokens_left") + tokens
        )


def park(who: str, seconds: float, reason: str) -> None:
    """Let no worker call with this key for so long; a longer pause that is under way stays."""
    until = database_now() + timedelta(seconds=seconds)
    throttle, is_new = Throttle.objects.get_or_create(
        identity=who, defaults={"parked_until": until, "reason": reason[:300]}
    )
    if not is_new:
        earlier = Q(parked_until__isnull=True) | Q(parked_until__lt=until)
        Throttle.objects.filter(earlier, pk=throttle.pk).update(parked_until=until, reason=reason[:300])


def _fill_up(throttle: Throttle, now: datetime) -> None:
    """Add what a steady flow has brought since the last time; a clock that stands still or goes back adds nothing."""
    since = max(0.0, (now - throttle.counted_at).total_seconds()) if throttle.counted_at else MINUTE_S
    share = since / MINUTE_S
    requests, tokens = throttle.requests_per_minute or 0, throttle.tokens_per_minute or 0
    throttle.requests_left = min(requests, throttle.requests_left + requests * share)
    throttle.tokens_left = min(tokens, throttle.tokens_left + tokens * share)
    throttle.counted_at = now


def _fits(throttle: Throttle, size: int) -> bool:
    if throttle.requests_per_minute and throttle.requests_left < 1:
        return False
    limit = throttle.tokens_per_minute
    return not limit or throttle.tokens_left >= min(size, limit)


def _wait(throttle: Throttle, size: int) -> float:
    """Return the seconds until the next call fits."""
    waits = [0.0]
    if throttle.requests_per_minute:
        waits.append((1 - throttle.requests_left) * MINUTE_S / throttle.requests_per_minute)
    if throttle.tokens_per_minute:
        missing = min(size, throttle.tokens_per_minute) - throttle.tokens_left
        waits.append(missing * MINUTE_S / throttle.tokens_per_minute)
    return min(LONGEST_WAIT_S, max(waits))
