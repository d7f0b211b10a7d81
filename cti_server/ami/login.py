"""From an open connection to a PBX that is ready: banner, login, FullyBooted, who it is and what we may do there."""

import asyncio
import hashlib
import ssl
from dataclasses import dataclass, field

import structlog

from cti_server.ami import actions
from cti_server.ami.errors import AmiLoginRefused, AmiNotSpoken, AmiRefused
from cti_server.ami.protocol import LinkProtocol
from cti_server.ami.watchdog import Beat

log = structlog.get_logger(__name__)

# What the product uses, and the class of `write` in manager.conf that grants it.
NEEDED = {
    "CoreShowChannels": "reporting",
    "CoreSettings": "reporting",
    "Status": "reporting",
    "DeviceStateList": "reporting",
    "ParkedCalls": "call",
    "QueueAdd": "agent",
    "QueueRemove": "agent",
    "QueuePause": "agent",
    "QueuePenalty": "agent",
    "Originate": "originate",
    "Redirect": "call",
    "Hangup": "call",
    "Getvar": "call",
    "Setvar": "call",
    "UserEvent": "user",
}

OF_MODULES = frozenset({"ParkedCalls", "DeviceStateList"})
"""Those of them that are there only with a module that not every PBX loads (res_parking, res_manager_devicestate)."""


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """Limits and pauses, in seconds."""

    connect: float = 5.0
    banner: float = 5.0
    login: float = 5.0
    boot: float = 10.0
    """How long to wait for FullyBooted before going on without it (it never comes without read class `system`)."""
    retry_first: float = 1.0
    retry_most: float = 30.0
    retry_refused_port: float = 4.0
    """The longest pause while nobody listens at the port: such a try costs next to nothing."""
    retry_login: float = 21.0
    """The shortest pause after a refused login: three tries a minute do not trip fail2ban or fill the PBX's log."""
    steady: float = 10.0
    """A link that was ready for so long begins anew with the shortest pause."""
    beat: Beat = field(default_factory=Beat)


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """How to reach one PBX and as whom (`[[pbx]]` in cti.toml)."""

    name: str
    host: str
    user: str
    secret: str = field(repr=False)
    port: int = 5038
    md5: bool = True
    """Log in by MD5 challenge; False sends the secret in the clear."""
    tls: ssl.SSLContext | None = None
    events: str = "on"
    """Event classes to receive: "on" for all that the account may, or a list such as "system,call,agent,user"."""
    times: LinkTimes = field(default_factory=LinkTimes)


@dataclass(frozen=True, slots=True)
class PbxIdentity:
    """What a PBX says of itself. Empty text where it may not be asked."""

    asterisk_version: str = ""
    ami_version: str = ""
    system_name: str = ""
    started: str = ""
    """Date and time of its start by its own clock, in whole seconds. Another value after a reconnect means that it was
    restarted; the same value does not prove that it was not."""
    warnings: tuple[str, ...] = ()
    """What an operator should put right, in English."""


async def log_in(link: LinkProtocol, settings: LinkSettings) -> None:
    """Raises AmiLoginRefused (wrong account), AmiNotSpoken (not an AMI port), AmiTimeout, AmiLinkLost."""
    times = settings.times
    if not await link.reach(link.greeted, times.banner):
        raise AmiNotSpoken(f"{settings.host}:{settings.port} does not greet as an Asterisk manager port does.")
    try:
        if settings.md5:
            answer = await link.exchange(actions.challenge(), times.login)
            # MD5 is what the protocol asks for (main/manager.c, authenticate); it only keeps the secret off the wire.
            key = hashlib.md5((answer.headers.get("Challenge", "") + settings.secret).encode())  # noqa: S324
            login = actions.login_md5(settings.user, key.hexdigest(), settings.events)
        else:
            login = actions.login_plain(settings.user, settings.secret, settings.events)
        await link.exchange(login, times.login)
    except AmiRefused as refusal:
        raise AmiLoginRefused(
            f'PBX "{settings.name}" ({settings.host}:{settings.port}) refuses the AMI login of user "{settings.user}": '
            f'{refusal.message}. Check "user" and "secret" of [[pbx]] name = "{settings.name}" against the account in '
            "its manager.conf, and the permit, deny and acl lines there.",
            message=refusal.message,
        ) from None


async def wait_booted(link: LinkProtocol, limit: float) -> tuple[str, ...]:
    """Wait until the PBX is ready to be asked; returns warnings. Logins are accepted before it is."""
    if await link.reach(link.booted, limit):
        return ()
    link.boot_assumed = True
    return (
        f'No FullyBooted event came within {limit:g} s of the login: give the AMI account read class "system", '
        "else a restart of the PBX is seen late.",
    )


async def identify(link: LinkProtocol, warnings: tuple[str, ...] = ()) -> PbxIdentity:
    """Ask the PBX who it is and what we may do. Refusals become warnings."""
    settings, status, granted = await asyncio.gather(
        _ask(link, actions.core_settings()), _ask(link, actions.core_status()), _ask(link, actions.list_commands())
    )
    missing = missing_classes(granted) if granted else {}
    warnings += tuple(
        f'The AMI account lacks write class "{name}": {", ".join(needing)} will be refused.'
        for name, needing in missing.items()
    )
    for warning in warnings:
        log.warning("ami_account", warning=warning)
    return PbxIdentity(
        asterisk_version=settings.get("AsteriskVersion", ""),
        ami_version=settings.get("AMIversion", "") or link.version,
        system_name=settings.get("SystemName", ""),
        started=f"{status.get('CoreStartupDate', '')} {status.get('CoreStartupTime', '')}".strip(),
        warnings=warnings,
    )


async def _ask(link: LinkProtocol, action: actions.Action) -> dict[str, str]:
    try:
        return dict((await link.exchange(action)).headers)
    except AmiRefused:
        return {}


def missing_classes(granted: dict[str, str]) -> dict[str, list[str]]:
    """From the answer to ListCommands: each class of `write` that is missing, with the actions that need it."""
    missing: dict[str, list[str]] = {}
    for action, name in NEEDED.items():
        if action not in granted:
            missing.setdefault(name, []).append(action)
    # The action of a module that this PBX does not load is no fault of the account.
    return {name: lacking for name, lacking in missing.items() if not OF_MODULES.issuperset(lacking)}
