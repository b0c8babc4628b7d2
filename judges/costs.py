"""What calls may cost and have cost, in billionths of a dollar. Unknown is None, and never nothing."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from judges import prices
from judges.leases import Lease
from judges.ledger import Settlement
from judges.money import nano
from judges.providers.base import ProviderError, Reply, Request, Terminal, Transient, Usage

# A tokenizer that works on bytes makes one token of each at most, and comes near it in rare scripts and in rows of
# symbols; English has about four bytes to a token. Reservations take the first, estimates the second.
BYTES_PER_TOKEN_USUALLY = 4
ENVELOPE_TOKENS = 200
_COUNTS = tuple(field.name for field in fields(Usage))


class Unbounded(Exception):
    """A call that may cost more than anybody can say, where a budget has to hold."""


def request_bytes(request: Request) -> int:
    """Return the size of everything in a request that is billed as its prompt."""
    schema = len(str(request.schema.document)) if request.schema else 0
    texts = (request.system, *(message.text for message in request.messages))
    return schema + sum(len(text.encode("utf-8", "replace")) for text in texts)


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of one model: a project's own rows first, then the table of judges.prices. ``batch``: half price."""

    model: str
    own: tuple[prices.Price, ...] = ()
    batch: bool = False

    def at_most(self, request: Request) -> int | None:
        """Return the most that a call can cost, or None where a price that it may have is unknown."""
        return self.most(request_bytes(request) + ENVELOPE_TOKENS, request.max_tokens)

    def reservation(self, request: Request, *, capped: bool) -> int:
        """Return what is to be reserved for a call. Raises Unbounded where a budget would not hold."""
        most = self.at_most(request)
        if most is None and capped:
            msg = (
                f"The cost of the next call of {self.model} cannot be bounded: no price is known for a prompt as long "
                "as this one may be. Set one on the page of prices, or take the budget away, to go on."
            )
            raise Unbounded(msg)
        return most or 0

    def most(self, input_tokens: int, output_tokens: int) -> int | None:
        """Return the most that a call of up to this size costs, or None."""
        cost = prices.most_of(
            self.model, input_tokens, output_tokens, at=timezone.now(), batch=self.batch, own=self.own
        )
        return None if cost is None else nano(cost)

    def of(self, input_tokens: int, output_tokens: int) -> int | None:
        """Return what a call of this size costs, or None."""
        cost = prices.estimate(
            self.model, input_tokens, output_tokens, at=timezone.now(), batch=self.batch, own=self.own
        )
        return None if cost is None else nano(cost)

    def settlement_of_reply(self, lease: Lease, reply: Reply) -> Settlement:
        """Return what an answered call has cost. Without usage or a price that is unknown."""
        now = timezone.now()
        cost = self._cost(reply.usage, now) if reply.usage else None
        return Settlement(
            lease=lease,
            known=cost is not None or (reply.usage is not None and not self.is_priced),
            cost_nusd=None if cost is None else nano(cost),
            unpriced=cost is None,
            usage=usage_counts(reply.usage),
            status=200,
            model=reply.model,
            request_id=reply.request_id,
            price=self._row(now),
            latency_ms=None if self.batch else round(reply.latency_s * 1000),
        )

    def settlement_of_error(self, lease: Lease, error: ProviderError, latency_s: float) -> Settlement:
        """Return what a failed call has cost: nothing where the provider said no, unknown where nobody did."""
        refused = isinstance(error, Terminal) or (isinstance(error, Transient) and not error.may_be_billed)
        return Settlement(
            lease=lease,
            known=refused,
            cost_nusd=0 if refused else None,
            error=str(error),
            status=getattr(error, "status", None),
            latency_ms=None if self.batch else round(latency_s * 1000),
        )

    @property
    def is_priced(self) -> bool:
        """Return whether the table has this model."""
        return prices.price_of(self.model, timezone.now(), self.own) is not None

    def _cost(self, usage: Usage, at: datetime) -> Decimal | None:
        return prices.cost_of(self.model, usage, at, batch=self.batch, own=self.own)

    def _row(self, at: datetime) -> str:
        row = prices.price_of(self.model, at, self.own)
        if row is None:
            return ""
        text = row.model if row.since == prices.ALWAYS else f"{row.model} since {row.since}"
        return f"{text}, {'set by hand' if row in self.own else 'listed'}{', batch' if self.batch else ''}"


def usage_counts(usage: Usage | None) -> dict[str, Any] | None:
    """Return token counts as the ledger keeps them."""
    return None if usage is None else {name: getattr(usage, name) for name in _COUNTS}
