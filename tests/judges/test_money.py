"""What may be spent: reservations that no bill exceeds, estimates whose bounds hold, nothing unknown for nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges import runner, services, tariffs
from judges.batches import drain as batches
from judges.costs import Tariff, request_bytes
from judges.estimates import estimate, estimate_for
from judges.models import Run
from judges.parameters import Parameters
from judges.planning import Selection
from judges.prices import ALWAYS, PRICES, Price, Tier, cost_of
from judges.providers import Vendor
from judges.providers.base import Message, Request, Role, Usage
from tests.factories import make_project
from tests.fakes.provider import Faults
from tests.judges.making import make_battles, make_run, make_version

LUNA: dict[str, Any] = {"model": "gpt-6-luna", "vendor": Vendor.OPENAI_CHAT}
NANO = 10**9


@pytest.fixture(autouse=True)
def _soon(settings, monkeypatch):
    settings.JUDGE_BATCH_POLL_SECONDS = 0
    monkeypatch.setattr("judges.batches.drain.TICK_S", 0.01)


@pytest.fixture
def project():
    project = make_project()
    make_battles(project, 6)
    return project


def asked(characters: int, max_tokens: int = 100) -> Request:
    return Request("", (Message(Role.USER, ("x" * characters,)),), max_tokens=max_tokens)


# --- reservations ---------------------------------------------------------------------------------------------------


@given(
    model=st.sampled_from(sorted({price.model for price in PRICES})),
    characters=st.integers(1, 271_000),
    shares=st.tuples(*[st.integers(0, 100)] * 4),
    output=st.integers(0, 100),
    batch=st.booleans(),
)
def test_no_bill_is_above_the_reservation_however_the_prompt_is_cut_and_cached(
    model, characters, shares, output, batch
):
    request = asked(characters)
    tokens = request_bytes(request)  # one token per byte: what a rare script or a row of symbols can take
    kinds = [tokens * share // max(1, sum(shares)) for share in shares]
    for_an_hour = kinds[3] if batch else 0  # which is asked for in batches only
    cached = {"cache_read": kinds[1], "cache_write": kinds[2], "cache_write_1h": for_an_hour}
    usage = Usage(input_uncached=tokens - sum(cached.values()), output=output, **cached)
    reserved = Tariff(model, batch=batch).at_most(request)
    billed = cost_of(model, usage, datetime.now(UTC), batch=batch)
    assert reserved is not None
    assert billed is not None
    assert reserved >= billed * NANO


def test_a_longer_prompt_that_is_cheaper_is_reserved_at_the_dearer_price_it_may_have():
    tiers = (Tier(Decimal(10), Decimal(50), 1_000), Tier(Decimal(1), Decimal(5)))
    own = (Price("falling", ALWAYS, tiers),)
    reserved = Tariff("falling", own).at_most(asked(5_000))
    assert reserved is not None
    assert reserved >= Decimal(1_000) * 10 * NANO / 10**6


def test_a_prompt_that_may_reach_an_unknown_tier_has_no_upper_bound():
    assert Tariff("gpt-5.6-sol").at_most(asked(100_000)) is not None
    assert Tariff("gpt-5.6-sol").at_most(asked(300_000)) is None


@pytest.mark.django_db
@pytest.mark.parametrize("mode", Run.Mode.values)
def test_a_budget_refuses_a_call_whose_cost_has_no_upper_bound(project, fake, mode):
    version = make_version(project, base_url=fake.openai_url, **LUNA)
    run = make_run(version, budget_nusd=NANO, mode=mode, engine=Run.Engine.COMMAND)
    tariffs.set_price(
        project, model="gpt-6-luna", since=date(2026, 1, 1), input_usd=Decimal(1), output_usd=Decimal(1), up_to=10
    )
    (batches if mode == Run.Mode.BATCH else runner).drain(run)
    run.refresh_from_db()
    assert (run.state, len(fake.log), run.reserved_nusd) == ("paused", 0, 0)
    assert "cannot be bounded" in run.reason
    assert not run.ledger.exists()
    services.set_budget(run, None)
    services.start(run)
    (batches if mode == Run.Mode.BATCH else runner).drain(run)
    run.refresh_from_db()
    assert (run.state, run.verdicts) == ("done", 12)
    assert run.unpriced_calls == 12


# --- arithmetic by hand -----------------------------------------------------------------------------------------------

OCTOBER = datetime(2026, 10, 6, 23, 59, 59, tzinfo=UTC), datetime(2026, 10, 7, tzinfo=UTC)
BY_HAND = [  # model, usage, moment, batch, dollars: each worked out from the vendors' lists
    ("claude-opus-5-5", Usage(1_000_000, output=1_000_000), OCTOBER[1], False, "24"),
    ("claude-opus-5-5", Usage(1_000_000, output=1_000_000), OCTOBER[1], True, "12"),
    ("claude-sonnet-5-5", Usage(cache_read=1_000_000), OCTOBER[0], False, "0.2"),
    ("claude-sonnet-5-5", Usage(cache_read=1_000_000), OCTOBER[1], False, "0.1"),
    ("claude-haiku-4-5", Usage(cache_write=1_000_000), OCTOBER[1], False, "1.25"),
    ("claude-haiku-4-5", Usage(cache_write_1h=1_000_000), OCTOBER[1], True, "1"),
    ("claude-haiku-5-5", Usage(100_000, output=1_000), OCTOBER[1], False, "0.0105"),
    ("claude-haiku-5-5", Usage(100_001, output=1_000), OCTOBER[1], False, "0.0525005"),
    ("claude-haiku-5-5", Usage(50_000, cache_read=50_001, output=1_000), OCTOBER[1], False, "0.03000005"),
    ("gpt-6-luna", Usage(3_000, cache_read=1_000, output=200, thinking=150), OCTOBER[1], False, "0.00041"),
    ("gpt-6-luna-2026-09-01", Usage(1_000_000), OCTOBER[1], False, "0.1"),
    ("gpt-5.6-terra", Usage(272_000), OCTOBER[1], False, "0.68"),
    ("gpt-5.6-terra", Usage(272_001), OCTOBER[1], False, None),
    ("gpt-6-luna-mini", Usage(1), OCTOBER[1], False, None),
    ("openai/gpt-6-luna", Usage(1), OCTOBER[1], False, None),
    ("GPT-6-Luna", Usage(1), OCTOBER[1], False, None),
]


@pytest.mark.parametrize(("model", "usage", "at", "batch", "dollars"), BY_HAND)
def test_a_bill_is_what_the_list_comes_to_by_hand(model, usage, at, batch, dollars):
    assert cost_of(model, usage, at, batch=batch) == (None if dollars is None else Decimal(dollars))


# --- estimates ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "faults", [Faults(), Faults(plan=("unreadable", "ok")), Faults(rate=1.0, kinds=("unreadable",))]
)
def test_what_a_run_costs_lies_within_what_its_dry_run_said(project, fake, faults):
    fake.configure(faults=faults)
    version = make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=150, repairs=1), **LUNA)
    found = estimate_for(version, Selection())
    run = make_run(version)
    runner.drain(run)
    run.refresh_from_db()
    billed = sum((Fraction(call.usage["output"]) for call in fake.log.records() if call.usage), Fraction(0))
    assert found.at_most_nusd is not None
    assert run.spent_nusd <= found.at_most_nusd
    assert billed <= found.output_limit
    assert estimate(run).cells == 0


@pytest.mark.django_db
def test_a_run_with_the_budget_that_is_enough_for_everything_is_never_stopped_by_it(project, fake):
    def longest(question, rng):
        return json.dumps({"preference": {"reasons": "because " * 200, "verdict": "?"}})

    fake.configure(judge=longest)
    version = make_version(project, base_url=fake.openai_url, parameters=Parameters(max_tokens=450, repairs=1), **LUNA)
    run = make_run(version, budget_nusd=estimate_for(version, Selection()).at_most_nusd)
    runner.drain(run)
    run.refresh_from_db()
    assert (run.state, run.unreadable, len(fake.log)) == ("done", 12, 24)
