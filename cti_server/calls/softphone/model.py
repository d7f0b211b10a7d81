"""What browser phones are, who may use one and what is kept of their audio (pure)."""

import re
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from cti_server.core.auth.scope import Scope
from cti_server.core.errors import BadInput
from cti_server.live.views import AgentView, CallView
from cti_server.live.words import LegState

Device = tuple[str, str]
"""PBX and device."""

CHECKS: Final = ("microphone", "speaker", "notification", "network")
"""What must be "ok" before an agent with a browser phone may be ready."""
SAMPLE_EVERY: Final = 10.0
"""Seconds between two reports on one call; only the last one may come sooner."""
DOMAIN: Final = "cti.invalid"
"""What stands behind the @ of a phone's address. Nothing that can be looked up: the PBX goes by what is before it."""
REGISTER_SECONDS: Final = 60
"""How long a registration lasts on the PBX (config/asterisk/pjsip_webrtc_cti.conf)."""

KEY: Final = "softphone_key"
QUALITY: Final = "softphone_quality"
"""Kinds of the journal's rows."""

_WORD = re.compile(r"[A-Za-z0-9_.:@+-]{1,120}")


class Live(Protocol):
    """The live truth over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Calls that are not over, by id."""

    @property
    def agents(self) -> Mapping[Device, AgentView]:
        """By PBX and device."""


class Owned(Protocol):
    """A user's device."""

    @property
    def user_id(self) -> int:
        """Whose."""

    @property
    def key(self) -> Device:
        """PBX and device."""


class People(Protocol):
    """Who owns which device now."""

    def __iter__(self) -> Iterator[Owned]:
        """All devices that somebody owns."""

    def device_of(self, user_id: int) -> Device | None:
        """PBX and device of a user; None when he has none."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within a scope."""


class Journal(Protocol):
    """Where history is written."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""


class Doorkeeper(Protocol):
    """Lets phones in at a PBX, and out. All raise CtiError when that cannot be done."""

    def give(self, pbx: str, endpoint: str, user: str, password: str) -> Awaitable[None]:
        """`endpoint` may register with this name and password, and with no other."""

    def take(self, pbx: str, endpoint: str, *, registered: bool = True) -> Awaitable[None]:
        """Nobody may register as `endpoint` any more; a registration that it has ends."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server that browsers may use."""

    urls: str
    username: str = ""
    credential: str = ""


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """How the site uses browser phones. `websockets`: PBX → address of its SIP over websocket."""

    enabled: bool = False
    devices: str = r"PJSIP/\d{3,6}w"
    """Which devices are browser phones, as a regular expression over the whole name."""
    websockets: Mapping[str, str] = field(default_factory=dict)
    ice_servers: tuple[IceServer, ...] = ()
    key_seconds: float = 3600.0
    """How long a password is good when the page does not come back; a page that lives gets a new one at half of it."""

    def is_browser_phone(self, device: str) -> bool:
        """Whether this device is one."""
        return self.enabled and re.fullmatch(self.devices, device) is not None


@dataclass(frozen=True, slots=True)
class PhoneKey:
    """That a session's phone may register now. Times in unix seconds. The password is not kept."""

    pbx: str
    device: str
    key: str
    """The SIP user name, made for this once."""
    user_id: int
    session_id: int
    issued_at: float
    expires_at: float
    passed_at: float | None = None

    @property
    def endpoint(self) -> str:
        """The device without its technology."""
        return self.device.partition("/")[2]


@dataclass(frozen=True, slots=True)
class PhoneJson:
    """A user's browser phone as the consoles know it; `key` names the page that has it, null when no page has."""

    device: str
    key: str | None
    since: float | None
    passed: bool


@dataclass(frozen=True, slots=True)
class IssuedJson:
    """What a page needs to register. Seconds; `expires_at` in unix seconds."""

    key: str
    password: str
    uri: str
    websocket: str
    ice_servers: tuple[IceServer, ...]
    register_seconds: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class Figures:
    """How the audio of a call was so far, as the browser counted it. Milliseconds."""

    packets_received: int
    packets_lost: int
    packets_sent: int
    jitter_ms: float
    codec: str
    remote_lost: int | None = None
    rtt_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Quality:
    """The audio of one call of a browser phone. Times in unix seconds, lengths in milliseconds."""

    pbx: str
    device: str
    user_id: int
    sip_call_id: str
    call_id: str | None
    leg_id: str | None
    started_at: float
    updated_at: float
    final: bool
    samples: int
    packets_received: int
    packets_lost: int
    packets_sent: int
    remote_lost: int | None
    jitter_ms: float
    jitter_ms_max: float
    rtt_ms: float | None
    rtt_ms_max: float | None
    codec: str

    def row(self) -> dict[str, Any]:
        """For the journal."""
        return asdict(self)


def connect_sources(addresses: Iterable[str]) -> list[str]:
    """The origins of these websocket addresses, for the pages' content policy. Raises BadInput for one that is none."""
    found: dict[str, None] = {}
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in ("ws", "wss") or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
            raise BadInput(
                f"{address!r} is no websocket address.",
                field="softphone.websockets",
                allowed="wss://host:port/path (ws:// only on this machine)",
            )
        found[f"{parts.scheme}://{parts.netloc}"] = None
    return list(found)


def checked_word(value: str, name: str) -> str:
    """`value` when it is a name as pages make them. Raises BadInput."""
    if not _WORD.fullmatch(value):
        raise BadInput(f"{name} is not acceptable.", field=name, allowed="1 to 120 letters, digits and _ . : @ + -")
    return value


def passes(results: Mapping[str, str]) -> bool:
    """Whether every check that counts came out well."""
    return all(results.get(name) == "ok" for name in CHECKS)


def leg_of(device: str, agent: AgentView | None, calls: Mapping[str, CallView]) -> tuple[str, str] | None:
    """Call and leg which this device has now, the newest one; None when it has none."""
    known = calls.values() if agent is None else (calls[one] for one in agent.call_ids if one in calls)
    legs = [
        (leg.started_at, call.id, leg.id)
        for call in known
        for leg in call.legs
        if leg.device == device and leg.state is not LegState.CLEARED
    ]
    return max(legs)[1:] if legs else None


def first_sample(
    key: PhoneKey, sip_call_id: str, where: tuple[str, str] | None, told: Figures, at: float, final: bool
) -> Quality:
    """What is kept of the first report on a call."""
    call_id, leg_id = where or (None, None)
    return Quality(
        pbx=key.pbx,
        device=key.device,
        user_id=key.user_id,
        sip_call_id=sip_call_id,
        call_id=call_id,
        leg_id=leg_id,
        started_at=at,
        updated_at=at,
        final=final,
        samples=1,
        packets_received=told.packets_received,
        packets_lost=told.packets_lost,
        packets_sent=told.packets_sent,
        remote_lost=told.remote_lost,
        jitter_ms=told.jitter_ms,
        jitter_ms_max=told.jitter_ms,
        rtt_ms=told.rtt_ms,
        rtt_ms_max=told.rtt_ms,
        codec=told.codec,
    )


def next_sample(before: Quality, told: Figures, at: float, final: bool) -> Quality:
    """What is kept after a further report: counters as they are now, the mean and the worst of the rest."""
    count = before.samples + 1
    return replace(
        before,
        updated_at=at,
        final=final,
        samples=count,
        packets_received=max(before.packets_received, told.packets_received),
        packets_lost=max(before.packets_lost, told.packets_lost),
        packets_sent=max(before.packets_sent, told.packets_sent),
        remote_lost=told.remote_lost if told.remote_lost is not None else before.remote_lost,
        jitter_ms=before.jitter_ms + (told.jitter_ms - before.jitter_ms) / count,
        jitter_ms_max=max(before.jitter_ms_max, told.jitter_ms),
        rtt_ms=_mean(before.rtt_ms, told.rtt_ms, count),
        rtt_ms_max=max((one for one in (before.rtt_ms_max, told.rtt_ms) if one is not None), default=None),
        codec=told.codec or before.codec,
    )


def _mean(before: float | None, told: float | None, count: int) -> float | None:
    if before is None or told is None:
        return told if before is None else before
    return before + (told - before) / count
