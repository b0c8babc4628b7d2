"""Prices: the listed figures, their tiers and dates, and unknown that stays unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from judges.prices import PRICES, cost_of, estimate, price_of
from judges.providers.base import Usage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILLION = 1_000_000


@pytest.mark.parametrize(
    ("model", "prompt", "expected"),
    [  # a million tokens out; the prompt decides the tier. Figures as listed in November 2026.
        ("claude-opus-5-5", MILLION, "24"),
        ("claude-sonnet-5-5", MILLION, "12"),
        ("claude-fable-5-1", MILLION, "60"),
        ("claude-haiku-4-5-20251001", MILLION, "6"),
        ("claude-haiku-5-5", 100_000, "0.51"),
        ("claude-haiku-5-5", 100_001, "2.5500005"),
        ("gpt-6-sol", MILLION, "12"),
        ("gpt-6-luna", MILLION, "0.60"),
        ("gpt-6-luna-2026-09-30", MILLION, "0.60"),
        ("gpt-5.6-terra", 100_000, "15.25"),
    ],
)
def test_a_call_costs_what_the_vendor_lists(model, prompt, expected):
    assert estimate(model, prompt, MILLION, at=NOW) == Decimal(expected)


@pytest.mark.parametrize(
    "model", ["", "local-judge", "claude-opus-9", "gpt-6-luna-mini", "gpt-6-luna-20", "GPT-6-LUNA"]
)
def test_an_unknown_model_has_no_price_and_is_not_free(model):
    assert estimate(model, 1_000, 10, at=NOW) is None
    assert cost_of(model, Usage(), NOW) is None


def test_a_tier_that_was_not_seen_is_unknown():
    assert estimate("gpt-5.6-sol", 272_000, 10, at=NOW) is not None
    assert estimate("gpt-5.6-sol", 272_001, 10, at=NOW) is None


def test_each_kind_of_token_has_its_own_rate():
    base = Usage(input_uncached=MILLION)
    rates = {
        "uncached": cost_of("claude-opus-5-5", base, NOW),
        "read": cost_of("claude-opus-5-5", Usage(cache_read=MILLION), NOW),
        "written": cost_of("claude-opus-5-5", Usage(cache_write=MILLION), NOW),
        "written for an hour": cost_of("claude-opus-5-5", Usage(cache_write_1h=MILLION), NOW),
    }
    assert rates == {
        "uncached": Decimal(4),
        "read": Decimal("0.4"),
        "written": Decimal(5),
        "written for an hour": Decimal(8),
    }


def test_thinking_is_paid_as_output_and_once():
    with_thinking = Usage(output=1_000, thinking=900)
    assert cost_of("gpt-6-sol", with_thinking, NOW) == cost_of("gpt-6-sol", Usage(output=1_000), NOW)


def test_cached_tokens_count_for_the_tier():
    low, high = Usage(cache_read=100_000), Usage(cache_read=100_000, input_uncached=1)
    assert cost_of("claude-haiku-5-5", low, NOW) == Decimal("0.001")
    assert cost_of("claude-haiku-5-5", high, NOW) == Decimal("0.0050005")


def test_a_price_holds_from_its_date_in_utc():
    usage = Usage(cache_read=MILLION)
    change = datetime(2026, 10, 7, tzinfo=UTC)
    assert cost_of("claude-sonnet-5-5", usage, change - timedelta(seconds=1)) == Decimal("0.2")
    assert cost_of("claude-sonnet-5-5", usage, change) == Decimal("0.1")
    east = timezone(timedelta(hours=9))
    assert cost_of("claude-sonnet-5-5", usage, datetime(2026, 10, 7, 8, tzinfo=east)) == Decimal("0.2")


def test_a_batch_costs_half():
    assert estimate("gpt-6-sol", MILLION, 0, at=NOW, batch=True) == Decimal(1)


def test_rows_of_one_model_have_different_dates():
    rows = [(price.model, price.since) for price in PRICES]
    assert len(rows) == len(set(rows))
    assert price_of("claude-sonnet-5-5", NOW) == max(
        (price for price in PRICES if price.model == "claude-sonnet-5-5"), key=lambda price: price.since
    )
