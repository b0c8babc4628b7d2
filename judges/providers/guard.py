"""Which addresses a judge endpoint may have, so that nobody reaches inside the network through a base URL.

The check is made on the addresses a name resolves to, at the moment of dialling, and the connection is made to the
address that was checked: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from judges.providers.base import Terminal, Trouble

PUBLIC_PORTS = frozenset({80, 443})
PASSWORD = re.compile(r"//[^/?#]*@")  # and the user's name: not to be repeated

# Addresses that the standard library calls global, or may call so in some version, and that lead inside all the same.
REFUSED_V4 = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",  # a cloud's host agent, reachable from its guests
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relay anycast
        "100.64.0.0/10",  # carrier-grade NAT; some clouds keep their metadata service there
    )
)
REFUSED_V6 = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)
UNICAST_V6 = ip_network("2000::/3")  # everything else is NAT64, mapped, local, multicast or unassigned

Resolver = Callable[[str, int], Awaitable[list[str]]]


async def resolve(host: str, port: int) -> list[str]:
    """Return every address of a name, as the operating system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def problem_with_address(text: str) -> str | None:
    """Say why an IP address must not be dialled, or None when it is an ordinary public one."""
    try:
        address = ip_address(text)
    except ValueError:
        return f"{text!r} is not an address"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    public = _is_public_v4(address) if isinstance(address, IPv4Address) else _is_public_v6(address)
    return None if public else f"{text} is not a public address"


def _is_public_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in REFUSED_V4)


def _is_public_v6(address: IPv6Address) -> bool:
    if address.scope_id is not None or address not in UNICAST_V6:
        return False
    return address.is_global and not any(address in network for network in REFUSED_V6)


@dataclass(frozen=True)
class Guard:
    """Decides what may be dialled.

    ``allowed`` lists what an administrator has opened: a host name, ``host:port``, an address or a network such as
    ``10.0.0.0/24``. An allowed host may be private, may use any port (or the one given) and may be reached without TLS.
    """

    allowed: frozenset[str] = frozenset()
    resolver: Resolver = resolve

    def check_url(self, url: str) -> None:
        """Raise Terminal unless a base URL has an acceptable form; its addresses are checked when it is dialled."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError as error:
            raise _refusal(PASSWORD.sub("//", url), str(error)) from None
        problem = self._problem_with_url(parts, host, port)
        if problem:
            raise _refusal(host or PASSWORD.sub("//", url), problem)

    def _problem_with_url(self, parts: SplitResult, host: str, port: int) -> str | None:
        if parts.scheme not in ("http", "https") or not host:
            return "the base URL must start with https:// and name a host"
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            return "the base URL must not hold a user name, a password, a query or a fragment"
        if self.allows(host, port):
            return None
        if parts.scheme == "http":
            return "keys are sent over https only, except to a host that the administrator allows"
        return None if port in PUBLIC_PORTS else f"port {port} is not open to judges"

    def allows(self, host: str, port: int) -> bool:
        """Return whether the administrator has opened this host or address."""
        name = host.lower().rstrip(".")
        opened = {text.lower().replace("[", "").replace("]", "") for text in self.allowed}  # as in http://[::1]:8000
        return name in opened or f"{name}:{port}" in opened or self._in_allowed_network(name)

    def _in_allowed_network(self, name: str) -> bool:
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return any(address in network for network in map(_network, self.allowed) if network is not None)

    async def vet(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host that may be dialled, or raise Terminal. One bad address refuses the host."""
        addresses = await self.resolver(host, port)
        if self.allows(host, port):
            return addresses
        if port not in PUBLIC_PORTS:
            raise _refusal(host, f"port {port} is not open to judges")
        for address in addresses:
            problem = None if self.allows(address, port) else problem_with_address(address)
            if problem:
                raise _refusal(host, problem)
        return addresses


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _refusal(host: str, problem: str) -> Terminal:
    hint = "an administrator can allow the host by JURYBOX_JUDGE_PRIVATE_HOSTS"
    return Terminal(Trouble.ADDRESS, f"The endpoint {host} may not be called: {problem} ({hint}).")
