"""Which address a provider dials: the one that was checked, each time the name is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from judges.providers import ProviderSettings, Vendor, build
from judges.providers.base import Provider, ProviderError, Secret, Terminal, Transient, Trouble
from judges.providers.guard import Guard
from tests.fakes.provider import Running, running_provider
from tests.judges.asking import KEY, MODELS, VENDORS, ask, failure, request


@pytest.fixture(scope="module")
def fake() -> Iterator[Running]:
    with running_provider() as running:
        yield running


def answering(*answers: list[str]) -> Callable[[str, int], Any]:
    left = list(answers)

    async def resolver(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


def guarded(vendor: Vendor, url: str, guard: Guard) -> Provider:
    provider = build(
        ProviderSettings(vendor, MODELS[vendor], Secret(KEY), url, deadline_s=20.0, allowed_hosts=guard.allowed)
    )
    vars(provider)["guard"] = guard
    return provider


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["64:ff9b::7f00:1"]])
def test_a_name_that_resolves_to_a_private_address_is_not_dialled(vendor, addresses):
    provider = guarded(vendor, "https://judge.example/v1", Guard(resolver=answering(addresses)))
    error = failure(provider, "hello")
    assert isinstance(error, Terminal)
    assert error.kind is Trouble.ADDRESS


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_address_that_was_checked_is_the_one_that_is_dialled(fake, vendor):
    path = "" if vendor is Vendor.ANTHROPIC else "/v1"
    # nobody can resolve this name but our resolver, so the call can only have gone to the address that it gave
    guard = Guard(frozenset({"judge.invalid"}), resolver=answering(["127.0.0.1"]))
    assert ask(guarded(vendor, f"http://judge.invalid:{fake.port}{path}", guard), request()).text


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_second_answer_of_the_name_server_is_checked_again(fake, vendor):
    guard = Guard(resolver=answering(["192.0.2.1"], ["127.0.0.1"]))
    for _ in range(2):
        error = failure(guarded(vendor, "https://judge.example/v1", guard), "hello")
        assert isinstance(error, Terminal)


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("url", ["https://a..b/v1", "https://exa mple/v1", "https://" + "a" * 70 + ".example/v1"])
def test_a_host_that_is_no_name_is_one_of_our_errors(vendor, url):
    with pytest.raises(ProviderError):
        ask(guarded(vendor, url, Guard()), request())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_name_that_does_not_resolve_or_a_closed_port_is_worth_another_try(vendor):
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("name or service not known")

    allowed = frozenset({"judge.invalid", "127.0.0.1"})
    for url, resolver in (("http://judge.invalid", nowhere), ("http://127.0.0.1:9", answering(["127.0.0.1"]))):
        error = failure(guarded(vendor, url, Guard(allowed, resolver)), "hello")
        assert isinstance(error, Transient)
        assert not error.may_be_billed
