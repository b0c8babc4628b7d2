"""Base URLs that lead inside: however an address is written, nothing that is not public is dialled."""

from __future__ import annotations

import asyncio
import os
from ipaddress import IPv6Address
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from judges.providers import ProviderSettings, Vendor, build
from judges.providers.base import Message, ProviderError, Request, Role, Schema, Secret, Terminal, Trouble
from judges.providers.guard import Guard, problem_with_address
from judges.providers.pools import Pool

ADDRESSES = """
127.0.0.1 127.1 127.0.1 127.255.255.254 0 0.0.0.0 0.0.0.1 00000.0.0.0 2130706433 017700000001 0x7f000001 0X7F000001
0177.0.0.1 0177.0.0.01 0x7f.0.0.1 0x7f.1 0x7f.0x0.0x0.0x1 127.0x1 127.000.000.001 127.0.0.1. localhost LOCALHOST
localhost. localhost.localdomain ip6-localhost
[::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::127.0.0.1] [::7f00:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1]
[2002:7f00:1::] [2002:a9fe:a9fe::] [2001:0:7f00:1::] [2001:db8::1] [fe80::1] [fe80::1%25lo] [fe80::1%lo] [fc00::1]
[fd00:ec2::254] [ff02::1] [ff0e::1] [100::1] [3fff::1] [5f00::1] [2001:10::1] [::ffff:169.254.169.254]
10.0.0.1 10.1 012.0.0.1 167772161 172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 3232235521 169.254.169.254
169.16689662 2852039166 0xa9fea9fe 0251.0376.0251.0376 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 192.0.2.1
192.88.99.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
１２７.０.０.１ ①②⑦.⓪.⓪.① 127。0。0。1 127．0．0．1 ｌｏｃａｌｈｏｓｔ loc\N{SOFT HYPHEN}alhost lоcalhost
user@127.0.0.1 user:pass@127.0.0.1 example.com@127.0.0.1 api.openai.com:443@127.0.0.1 127.0.0.1:80 127.0.0.1:443
127.0.0.1:22 127.0.0.1:6379 127.0.0.1:0 127.0.0.1:65536 127.0.0.1:443@example.com 127.0.0.1\\@example.com
127.0.0.1%2f@example.com 127.0.0.1%00.example.com 127.0.0.1%0a.example.com [::1%25].example [::1 ::1] ..
"""
INSIDE = ADDRESSES.split()
FORMS = (
    "https://{}/v1", "https://{}", "http://{}/v1", "https:{}/v1", "https:///{}/v1", "//{}/v1", "{}/v1",
    "https://{}/v1/..;/@example.com", "https://{}?x=1", "https://{}#x", "ftp://{}/v1", "file://{}/etc/passwd",
    "gopher://{}:6379/_INFO", "unix://{}/var/run/docker.sock", "http+unix://{}/v1", " https://{}/v1", "https://{}/\tv1",
    "ht\ntps://{}/v1",
)  # fmt: skip

PRIVATE = (
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "198.18.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "168.63.129.16"),
    *("192.88.99.1", "192.0.0.8", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("2002:7f00:1::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "4000::1", "localhost"),
)
PUBLIC = ("8.8.8.8", "1.1.1.1", "160.79.104.10", "2606:4700::1111", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8")

SCHEMA = Schema("verdict", {"type": "object", "properties": {"better": {"type": "string", "enum": ["A", "B"]}}})
ASKED = Request("Judge.", (Message(Role.USER, ("Which?",)),), SCHEMA)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture
def dialled(monkeypatch) -> list[str]:
    """What would have been dialled."""
    addresses: list[str] = []

    async def dial(pool: Pool, origin: Any, address: str) -> Any:
        addresses.append(address)
        raise OSError("nothing is dialled here")

    monkeypatch.setattr(Pool, "_dial", dial)
    for name in PROXIES:
        monkeypatch.setenv(name, "http://127.0.0.1:3128")
    return addresses


def ask(vendor: Vendor, url: str, **changes: Any) -> None:
    settings = ProviderSettings(vendor, "gpt-6-luna", Secret("sk-0123456789abcdef"), url, deadline_s=10.0)
    provider = build(settings)
    vars(provider).update(changes)

    async def complete() -> None:
        try:
            await provider.complete(ASKED)
        finally:
            await provider.aclose()

    asyncio.run(complete())


@pytest.mark.parametrize("host", INSIDE)
def test_no_way_to_write_an_inner_address_is_dialled(dialled, host):
    for form in FORMS:
        with pytest.raises(ProviderError):
            ask(Vendor.COMPATIBLE, form.format(host))
    assert dialled == []


@pytest.mark.parametrize("vendor", list(Vendor))
@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost.", "169.254.169.254"])
def test_no_vendor_dials_inside_and_none_takes_a_proxy_from_the_environment(dialled, vendor, host):
    with pytest.raises(ProviderError):
        ask(vendor, f"https://{host}/v1")
    assert dialled == []
    with pytest.raises(ProviderError):  # the address itself, and not the proxy that the environment names
        ask(vendor, "https://8.8.8.8/v1")
    assert dialled == ["8.8.8.8"]
    assert os.environ["https_proxy"]


@pytest.mark.parametrize("vendor", list(Vendor))
def test_a_name_that_answers_otherwise_each_time_is_dialled_where_it_was_vetted(dialled, vendor):
    answers = iter([["8.8.8.8"], ["127.0.0.1"], ["8.8.4.4", "169.254.169.254"], ["1.1.1.1"], []] * 9)

    async def resolver(host: str, port: int) -> list[str]:
        return next(answers)

    for _ in range(5):
        with pytest.raises(ProviderError):
            ask(vendor, "https://judge.example/v1", guard=Guard(resolver=resolver))
    assert dialled == ["8.8.8.8", "1.1.1.1"]


@given(st.ip_addresses())
@example(IPv6Address("::ffff:100:0"))
@example(IPv6Address("::ffff:7f00:1"))
def test_an_address_is_public_in_every_form_or_in_none(address):
    forms = [str(address)]
    if address.version == 4:
        forms += [f"::ffff:{address}"]
    else:
        forms += [address.exploded, address.compressed.upper()]
    problems = {problem_with_address(form) is None for form in forms}
    assert len(problems) == 1
    if problems == {True}:
        meant = getattr(address, "ipv4_mapped", None) or address  # Python calls all of ::ffff:0:0/96 reserved
        ways_in = ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_reserved", "is_unspecified")
        assert meant.is_global
        assert not any(getattr(meant, way) for way in ways_in)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_leads_inside_is_refused(address):
    assert problem_with_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_dialled(address):
    assert problem_with_address(address) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://judge.example/v1",
        "ftp://judge.example/v1",
        "file:///etc/passwd",
        "https://",
        "judge.example/v1",
        "https://user:pass@judge.example/v1",
        "https://judge.example/v1?x=1",
        "https://judge.example/v1#x",
        "https://judge.example:6379/v1",
        "https://judge.example:notaport/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
def test_a_base_url_of_a_doubtful_form_is_refused(url):
    with pytest.raises(Terminal) as refused:
        Guard().check_url(url)
    assert refused.value.kind is Trouble.ADDRESS


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("localhost", "http://LOCALHOST:11434/v1"),
        ("judge.internal:8000", "http://judge.internal:8000/v1"),
        ("10.0.0.0/24", "http://10.0.0.7:8000/v1"),
    ],
)
def test_an_administrator_can_open_a_host_a_port_or_a_network(allowed, url):
    Guard(frozenset({allowed})).check_url(url)
