"""Requests to other programs, without being led where we must not go.

Only hosts that the configuration names; the name is resolved once, the address is judged, and it is this address that
is connected to, so that a name which changes its mind in between leads nowhere. No redirects, no proxies from the
environment, no more than so many bytes and seconds. (OWASP ASVS 5.0 1.3.6, 13.2.4, 13.2.6.)
"""

import asyncio
import contextlib
import ipaddress
import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult

log = structlog.get_logger(__name__)

LARGEST_ANSWER: Final = 64 * 1024
LONGEST: Final = 5.0
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Forbidden(OSError):
    """This address must not be connected to."""


def may_connect(address: str, networks: Sequence[Network]) -> bool:
    """Is this a public address, or in one of the networks that are named on purpose?"""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            ip = inside
    if any(ip.version == network.version and ip in network for network in networks):
        return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class Checked(AbstractResolver):
    """Gives addresses that may be connected to, and no other."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of a host. Raises Forbidden when it has none that may be connected to, OSError when it has none."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, family=socket.AF_UNSPEC)
        good = [each for each in found if may_connect(str(each[4][0]), self._networks)]
        if not good:
            raise Forbidden(f"{host} has no address that may be connected to")
        return [
            ResolveResult(
                hostname=host, host=str(each[4][0]), port=port, family=each[0], proto=each[2],
                flags=socket.AI_NUMERICHOST,
            )
            for each in good
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing to close."""


class Outgoing:
    """Asks other programs. `hosts`: `crm.example.com`, `crm.example.com:8443`, `*.example.com`; empty: nobody.

    `networks`: private networks in which those hosts may be; without them only public addresses are connected to.
    """

    def __init__(self, hosts: Sequence[str], networks: Sequence[str] = ()) -> None:
        self._hosts = [host.lower() for host in hosts]
        self._networks: list[Network] = [ipaddress.ip_network(each) for each in networks]
        self._session: aiohttp.ClientSession | None = None

    def host_allowed(self, url: str) -> bool:
        """May this address be asked, as far as its text tells? A place for data in the host is never allowed."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or "$" in parts.netloc:
            return False
        if any(sign in url for sign in "\\\r\n\t ") or not host.isascii():
            return False
        with contextlib.suppress(ValueError):
            if not may_connect(str(ipaddress.ip_address(host)), self._networks):
                return False
        default = port == (443 if parts.scheme == "https" else 80)
        return any(_matches(pattern, host, port, default=default) for pattern in self._hosts)

    async def fetch(self, url: str, *, method: str, body: Mapping[str, str] | None, timeout: float) -> tuple[int, Any]:
        """Status and JSON of the answer (None when it has none); status 0 when it could not be had. Never raises."""
        if not self.host_allowed(url):
            log.warning("outgoing_refused", host=urlsplit_host(url))
            return 0, None
        try:
            async with asyncio.timeout(min(timeout, LONGEST)):
                return await self._ask(url, method, body)
        except (TimeoutError, OSError, aiohttp.ClientError, ValueError, RecursionError) as fault:
            log.warning("outgoing_failed", host=urlsplit_host(url), reason=type(fault).__name__)
            return 0, None

    async def _ask(self, url: str, method: str, body: Mapping[str, str] | None) -> tuple[int, Any]:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=Checked(self._networks), use_dns_cache=False, limit=100)
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=False, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
            )
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        async with self._session.request(
            method, url, json=None if body is None else dict(body), headers=headers, allow_redirects=False
        ) as answer:
            raw = bytearray()
            while chunk := await answer.content.readany():
                raw += chunk
                if len(raw) > LARGEST_ANSWER:
                    answer.close()
                    raise ValueError("the answer is too large")
            return answer.status, json.loads(raw) if raw.strip() else None

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()


def urlsplit_host(url: str) -> str:
    """The host of an address for a log line; what follows it may hold somebody's data."""
    with contextlib.suppress(ValueError):
        return (urlsplit(url).hostname or "")[:100]
    return ""


def _matches(pattern: str, host: str, port: int, *, default: bool) -> bool:
    name, colon, wanted = pattern.partition(":")
    if (colon and wanted != str(port)) or (not colon and not default):
        return False
    return host == name or (name.startswith("*.") and host.endswith(name[1:]) and host != name[2:])
