"""Channels, devices and numbers by their names: whose is it, and what is it worth."""

import re
from dataclasses import dataclass, field

from cti_server.live.words import LegRole

AGENT_DEVICES = r"PJSIP/\d{3,6}"
"""Default pattern of agents' devices: endpoints named by a short extension."""

# Channels that Asterisk makes for itself.
_SYSTEM = (
    "Local/", "CBAnn/", "CBRec/", "ConfBridgeRecorder/", "Announcer/", "Recorder/", "Snoop/", "Surrogate/",
    "AsyncGoto/", "Message/", "UnicastRTP/", "MulticastRTP/", "Bridge/", "Parked/", "Null/",
)  # fmt: skip
_NO_NUMBER = frozenset(
    {"", "<unknown>", "unknown", "anonymous", "restricted", "withheld", "private", "unavailable", "s"}
)
_DIALLED = re.compile(r"\+?[0-9*#]{2,}")
_KNOWN_DEVICES = 20_000
"""Devices whose kind is remembered; names such as DAHDI's hold the number, so they would grow without end."""


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """Which devices are agents' and which are trunks, as regular expressions over whole names (`PJSIP/1001`).

    What matches neither is a trunk unless it is, or was, a member of a queue.
    """

    agent_devices: str = AGENT_DEVICES
    trunk_devices: str = ""


@dataclass(slots=True)
class Devices:
    """Tells whose channel one is. Devices that were ever a member of a queue are agents' for good."""

    rules: DeviceRules = field(default_factory=DeviceRules)
    members: set[str] = field(default_factory=set)
    _known: dict[str, bool] = field(default_factory=dict)

    def is_agents(self, device: str) -> bool:
        """Is this the device of an agent?"""
        if device in self.members:
            return True
        known = self._known.get(device)
        if known is None:
            known = self._matches(device)
            if len(self._known) >= _KNOWN_DEVICES:
                self._known.clear()
            self._known[device] = known
        return known

    def _matches(self, device: str) -> bool:
        trunks = self.rules.trunk_devices
        if trunks and re.fullmatch(trunks, device):
            return False
        return re.fullmatch(self.rules.agent_devices, device) is not None

    def role(self, channel: str, device: str) -> LegRole:
        """Whose channel it is by its name alone."""
        if is_system(channel):
            return LegRole.SYSTEM
        return LegRole.AGENT if self.is_agents(device) else LegRole.CUSTOMER


def is_system(channel: str) -> bool:
    """Is it a channel that stands for no party (half of a Local pair, announcer, recorder, zombie)?"""
    return channel.startswith(_SYSTEM) or channel.endswith("<ZOMBIE>")


def device_of(channel: str) -> str:
    """The device of a channel: PJSIP/1001-00000001 → PJSIP/1001."""
    device, dash, _ = channel.rpartition("-")
    return device if dash else channel


def twin_of(channel: str) -> str | None:
    """Name of the other half of a Local pair, or None."""
    if not channel.startswith("Local/"):
        return None
    if channel.endswith(";1"):
        return channel[:-1] + "2"
    return channel[:-1] + "1" if channel.endswith(";2") else None


def agent_device(interface: str, state_interface: str) -> str:
    """The device behind a queue membership.

    Members are often Local channels whose state is taken from the real device; hints and custom states name none.
    """
    if not state_interface or not is_endpoint(state_interface):
        return interface
    return state_interface


def is_endpoint(device: str) -> bool:
    """Is it a real endpoint, such as PJSIP/1001, and not a hint, a queue or a Local channel?"""
    technology, slash, _ = device.partition("/")
    return bool(slash) and technology.isalnum() and technology not in {"Local", "CBAnn", "CBRec"}


def number_of(text: str) -> str:
    """The number, or "" when the PBX wrote that it knows none."""
    return "" if text.lower() in _NO_NUMBER else text


def name_of(text: str) -> str:
    """The name, or "" when the PBX wrote that it knows none."""
    return "" if text.lower() in {"<unknown>", "unknown", "anonymous"} else text


def dialled_number(dial_string: str) -> str:
    """The number in what was dialled: 13700003333@trunk, trunk/13700003333, trunk/sip:137…@host; else ""."""
    found = [part for part in re.split(r"[@/:]", dial_string) if _DIALLED.fullmatch(part)]
    return max(found, key=len, default="")
