"""From which pages requests may come, and what a trusted proxy may tell of the sender (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}


def _origin(text: str) -> tuple[str, str, int] | None:
    """(scheme, host, port) of `scheme://host[:port]` and nothing more; None for anything else, `null` too."""
    try:
        parts: SplitResult = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    if parts.scheme not in _PORTS or not parts.hostname or not plain:
        return None
    return parts.scheme, parts.hostname.rstrip("."), port or _PORTS[parts.scheme]


class Origins:
    """The allow-list of pages.

    With a public URL configured, that origin and `allowed` are all that may speak to us. Without one the page must
    come from the very host and port that the request was sent to, which is what a browser does on a plain install.
    Raises ValueError for an entry that is no origin.
    """

    def __init__(self, public_url: str = "", allowed: Iterable[str] = ()) -> None:
        self._same_host = not public_url
        self._known: set[tuple[str, str, int]] = set()
        for text in (*([public_url] if public_url else []), *allowed):
            parts = urlsplit(text)
            found = _origin(f"{parts.scheme}://{parts.netloc}")
            if found is None:
                raise ValueError(f"{text!r} is no origin: write http(s)://host or http(s)://host:port")
            self._known.add(found)

    def allows(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this `Origin` may speak to the address in `Host`. No Origin is not an allowed one."""
        found = _origin(origin) if origin else None
        if found is None:
            return False
        if found in self._known:
            return True
        # The scheme of the page is not compared: a proxy in front may have taken the TLS off.
        return self._same_host and bool(host) and _origin(f"{found[0]}://{host}") == found


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a request, as far as we can know."""

    address: str
    secure: bool
    direct: bool
    """No proxy stands or claims to stand in between."""
    trusted_proxy: bool = False

    @property
    def on_this_machine(self) -> bool:
        """Came from a loopback address with no proxy in between that could stand for somebody far away."""
        try:
            return self.direct and ip_address(self.address).is_loopback
        except ValueError:
            return False


class Proxies:
    """Believes `X-Forwarded-For` and `-Proto` of trusted proxies and of nobody else.

    Raises ValueError for an entry that is neither an address nor a network.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted: list[IPv4Network | IPv6Network] = [ip_network(each, strict=False) for each in trusted]

    def _trusts(self, address: str) -> bool:
        try:
            found = ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)

    def sender(self, peer: str, secure: bool, headers: Mapping[str, str]) -> Sender:
        """The sender of a request that came over a connection from `peer`; `secure`: that connection had TLS."""
        claims = any(name in headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"))
        if not self._trusts(peer):
            return Sender(peer, secure, direct=not claims)
        address = peer
        # From the right: each trusted proxy vouches for the entry that it wrote itself.
        for hop in reversed(headers.get("X-Forwarded-For", "").split(",")):
            hop = hop.strip()
            try:
                ip_address(hop)
            except ValueError:
                break
            address = hop
            if not self._trusts(hop):
                break
        proto = headers.get("X-Forwarded-Proto", "").strip().lower()
        return Sender(address, proto == "https" if proto else secure, direct=not claims, trusted_proxy=True)
