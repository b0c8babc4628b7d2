"""Prices set by hand: they win over the shipped ones, tier by tier and date by date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from judges import tariffs
from judges.models import PriceRow
from judges.prices import cost_of, price_of
from judges.providers.base import Usage
from tests.factories import make_project, make_user
from tests.judges.making import make_battles, make_run, make_version

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MILLION = 1_000_000


def put(project, model="local-judge", since=date(2026, 1, 1), up_to=None, **prices):
    chosen = {"input_usd": Decimal(1), "output_usd": Decimal(2), **prices}
    return tariffs.set_price(project, model=model, since=since, up_to=up_to, **chosen)


def first_input(project, model):
    price = price_of(model, NOW, tariffs.own_prices(project.pk))
    assert price is not None
    return price.tiers[0].input


def cost(project, usage, model="local-judge", at=NOW):
    return cost_of(model, usage, at, own=tariffs.own_prices(project.pk))


def test_a_price_set_by_hand_makes_an_unknown_model_known():
    project = make_project()
    usage = Usage(input_uncached=MILLION, output=MILLION)
    assert cost(project, usage) is None
    put(project)
    assert cost(project, usage) == 3
    assert cost(make_project(), usage) is None


def test_it_wins_over_the_shipped_row_and_over_its_date():
    project = make_project()
    put(project, model="claude-sonnet-5-5", since=date(2025, 1, 1), input_usd=Decimal("0.5"))
    assert first_input(project, "claude-sonnet-5-5") == Decimal("0.5")


def test_a_snapshot_takes_its_model_s_price_unless_it_has_its_own():
    project = make_project()
    put(project, model="gpt-9")
    put(project, model="gpt-9-2026-10-01", input_usd=Decimal(7))
    assert first_input(project, "gpt-9-2026-09-01") == 1
    assert first_input(project, "gpt-9-2026-10-01") == 7


def test_a_price_holds_from_its_day_on():
    project = make_project()
    put(project, since=date(2026, 11, 22))
    assert cost(project, Usage(output=1)) is None
    assert cost(project, Usage(output=1), at=NOW + timedelta(days=1)) == Decimal("0.000002")


def test_tiers_of_one_date_are_one_price_and_a_longer_prompt_has_none():
    project = make_project()
    put(project, up_to=1_000)
    put(project, up_to=2_000, input_usd=Decimal(10))
    assert cost(project, Usage(input_uncached=1_000)) == Decimal("0.001")
    assert cost(project, Usage(input_uncached=1_001)) == Decimal("0.01001")
    assert cost(project, Usage(input_uncached=2_001)) is None
    put(project, up_to=None, input_usd=Decimal(20))
    assert cost(project, Usage(input_uncached=2_001)) == Decimal("0.04002")


def test_setting_the_same_price_again_replaces_it():
    project = make_project()
    put(project)
    put(project, input_usd=Decimal(5))
    assert [row.input_usd for row in PriceRow.objects.all()] == [5]


def test_a_run_is_booked_and_settled_by_the_price_set_by_hand(fake):
    from judges import runner

    project = make_project()
    put(project, model="fake-judge", input_usd=Decimal(0), output_usd=Decimal(4))
    make_battles(project, 1)
    run = make_run(make_version(project, base_url=fake.openai_url), budget_nusd=10**9)
    runner.drain(run)
    booked = list(run.ledger.values_list("cost_nusd", "output", "price"))
    assert [cost for cost, _, _ in booked] == [4_000 * (output or 0) for _, output, _ in booked]
    assert run.spent_nusd == sum(cost or 0 for cost, _, _ in booked) > 0
    assert run.unpriced_calls == 0
    assert {price for _, _, price in booked} == {"fake-judge since 2026-01-01, set by hand"}


def test_a_researcher_sets_and_removes_a_price_on_the_page(client):
    project, user = make_project(), make_user("rita")
    project.memberships.create(user=user, role="researcher")
    client.force_login(user)
    make_version(project)
    page = client.get(reverse("judges:access", args=[project.slug])).content.decode()
    assert "No price is known for <code>fake-judge</code>" in page
    fields = {"model": "fake-judge", "since": "2026-11-01", "input_usd": "0.25", "output_usd": "1", "cache_read": "0.1"}
    page = client.post(reverse("judges:set_price", args=[project.slug]), fields, follow=True).content.decode()
    assert "No price is known" not in page
    row = PriceRow.objects.get()
    assert (row.input_usd, row.cache_read, row.up_to) == (Decimal("0.25"), Decimal("0.1"), None)
    client.post(reverse("judges:drop_price", args=[project.slug, row.pk]))
    assert not PriceRow.objects.exists()


@pytest.mark.parametrize("wrong", [{"input_usd": "-1"}, {"since": "soon"}, {"model": ""}, {"cache_read": "2"}])
def test_a_wrong_price_is_refused(client, wrong):
    project, user = make_project(), make_user("rita")
    project.memberships.create(user=user, role="researcher")
    client.force_login(user)
    fields = {"model": "m", "since": "2026-11-01", "input_usd": "1", "output_usd": "1", "cache_read": "1"} | wrong
    assert client.post(reverse("judges:set_price", args=[project.slug]), fields).status_code == 422
    assert not PriceRow.objects.exists()
