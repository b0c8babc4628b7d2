"""What calls cost. Prices have a date from which they hold and tiers by the length of the prompt; unknown is None.

Dollars per million tokens, as the vendors listed them on 2026-11-21 (standard service, no regional surcharge). Where a
model's own rate for cache reads or writes was not seen, the highest rate in use stands in its place, so that a budget
is never understated. The rows are data: add one with a new date when a price changes, and never edit an old one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from judges.providers import Vendor
from judges.providers.base import Usage

MILLION = Decimal(1_000_000)
CACHE_READ = Decimal("0.1")  # of the input price: the highest in use; some models charge 0.05 or 0.025
CACHE_WRITE = Decimal("1.25")
CACHE_WRITE_1H = Decimal(2)
BATCH = Decimal("0.5")
ALWAYS = date.min  # the first row of a model: no earlier price is known
SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")  # a dated snapshot costs what its model costs


@dataclass(frozen=True, slots=True)
class Tier:
    """Prices of a whole call whose prompt has at most ``up_to`` tokens (None: any number)."""

    input: Decimal
    output: Decimal
    up_to: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the table: what a model costs from a date on."""

    model: str
    since: date
    tiers: tuple[Tier, ...]
    cache_read: Decimal = CACHE_READ

    def tier(self, prompt_tokens: int) -> Tier | None:
        """Return the tier of a prompt; None where the vendor has one whose price we do not know."""
        return next((tier for tier in self.tiers if tier.up_to is None or prompt_tokens <= tier.up_to), None)


def _row(model: str, input_price: str, output_price: str, *, since: date = ALWAYS, cache_read: str = "0.1") -> Price:
    return Price(model, since, (Tier(Decimal(input_price), Decimal(output_price)),), Decimal(cache_read))


def _tiers(model: str, *tiers: tuple[str, str, int | None]) -> Price:
    rows = (Tier(Decimal(input_price), Decimal(output_price), up_to) for input_price, output_price, up_to in tiers)
    return Price(model, ALWAYS, tuple(rows))


PRICES: tuple[Price, ...] = (
    _row("claude-opus-5-5", "4", "20"),
    _row("claude-opus-5", "5", "25"),
    _row("claude-sonnet-5-5", "2", "10"),
    _row("claude-sonnet-5-5", "2", "10", since=date(2026, 10, 7), cache_read="0.05"),  # reads at half the price
    _row("claude-fable-5-1", "10", "50"),
    _row("claude-haiku-4-5", "1", "5"),
    _tiers("claude-haiku-5-5", ("0.10", "0.50", 100_000), ("0.50", "2.50", None)),
    _row("gpt-6-sol", "2", "10"),
    _row("gpt-6-luna", "0.10", "0.50"),
    _row("gpt-6-luna decisions", "0.10", "0"),
    # Longer prompts have a tier of their own, whose price was not seen.
    _tiers("gpt-5.6-sol", ("5", "30", 272_000)),
    _tiers("gpt-5.6-terra", ("2.50", "15", 272_000)),
    _tiers("gpt-5.6-luna", ("1", "6", 272_000)),
)


def price_name(vendor: str, model: str) -> str:
    """Return the name of a model's rows. The Decisions API bills a model's prompts alone, so it has rows of its own."""
    return f"{model} decisions" if vendor == Vendor.OPENAI_DECISIONS else model


def price_of(model: str, at: datetime, own: Sequence[Price] = ()) -> Price | None:
    """Return the row that holds for a model at a moment, or None for a model that is not in the table.

    ``own`` are rows that somebody has set by hand. They win, whatever their date, under the model's full name first.
    """
    day = at.astimezone(UTC).date()
    for table, name in ((own, model), (own, SNAPSHOT.sub("", model)), (PRICES, SNAPSHOT.sub("", model))):
        rows = [price for price in table if price.model == name and price.since <= day]
        if rows:
            return max(rows, key=lambda price: price.since)
    return None


def cost_of(
    model: str, usage: Usage, at: datetime, *, batch: bool = False, own: Sequence[Price] = ()
) -> Decimal | None:
    """Return the cost of a call in dollars, exactly. None means unknown: it is not free."""
    price = price_of(model, at, own)
    tier = price.tier(usage.prompt) if price else None
    if price is None or tier is None:
        return None
    prompt = (
        usage.input_uncached
        + usage.cache_read * price.cache_read
        + usage.cache_write * CACHE_WRITE
        + usage.cache_write_1h * CACHE_WRITE_1H
    )
    cost = (prompt * tier.input + usage.output * tier.output) / MILLION  # thinking is a part of the output
    return cost * BATCH if batch else cost


def most_of(
    model: str,
    prompt_tokens: int,
    output_tokens: int,
    *,
    at: datetime | None = None,
    batch: bool = False,
    own: Sequence[Price] = (),
) -> Decimal | None:
    """Return the most that a call of up to so many tokens can cost; None where a price that it may have is unknown.

    Whatever tier the prompt reaches, and if all of it is written to a cache, which costs more than reading it; in a
    batch to one that keeps it for an hour.
    """
    price = price_of(model, at or datetime.now(UTC), own)
    dearest = price.tier(prompt_tokens) if price else None
    if price is None or dearest is None:
        return None
    reached = price.tiers[: price.tiers.index(dearest) + 1]
    prompt = prompt_tokens * (CACHE_WRITE_1H if batch else CACHE_WRITE) * max(tier.input for tier in reached)
    cost = (prompt + output_tokens * max(tier.output for tier in reached)) / MILLION
    return cost * BATCH if batch else cost


def estimate(
    model: str,
    input_tokens: int,
    output_tokens: int,
    *,
    at: datetime | None = None,
    batch: bool = False,
    own: Sequence[Price] = (),
) -> Decimal | None:
    """Return what a call of this size costs with nothing read from a cache, or None for an unknown model."""
    usage = Usage(input_uncached=input_tokens, output=output_tokens)
    return cost_of(model, usage, at or datetime.now(UTC), batch=batch, own=own)
