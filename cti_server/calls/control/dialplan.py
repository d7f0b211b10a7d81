"""Names in the dialplan piece `config/asterisk/extensions_cti.conf` by which the legs of a call are moved."""

from typing import Final

HOLD: Final = "cti-hold"
WAIT: Final = "cti-wait"
CONSULT: Final = "cti-consult"
TRANSFER: Final = "cti-transfer"
TRANSFER_QUEUE: Final = "cti-transfer-queue"
TRANSFER_INSIDE: Final = "cti-transfer-inside"
ROOM: Final = "cti-room"
DIAL: Final = "cti-dial"
OUTSIDE: Final = "cti-outside"
"""The site's own context: which numbers may be dialled, and over which line."""
INSIDE: Final = "cti-inside"
"""The site's own context: extensions that are nobody's phone, to which a caller may be sent."""
PARKED: Final = "parkedcalls"
"""Where res_parking makes the spaces, see res_parking_cti.conf."""

ANY: Final = "0"
"""The extension where it says nothing."""

WITH: Final = "CTI_WITH"
TALKED: Final = "CTI_TALKED"
TARGET: Final = "CTI_TARGET"
BACK: Final = "CTI_BACK"
TO_QUEUE: Final = "CTI_TO_QUEUE"
MARKED: Final = "CTI_MARKED"
DEVICE: Final = "CTI_DEVICE"
RING_SECONDS: Final = "CTI_RING_SECONDS"
SILENCE: Final = "CTI_SILENCE"
"""On a leg that is muted: `muted`, `listens`, or both; see `recall`. The dialplan does not read it."""


def transfer_to(*, queue: bool, service: bool) -> str:
    """The context that takes a leg to a queue, to an extension that is nobody's phone, or to a person."""
    if service:
        return TRANSFER_INSIDE
    return TRANSFER_QUEUE if queue else TRANSFER


def room_of(linkedid: str) -> str:
    """The conference room of a call: the digits of its Linkedid, which no other call has at that time."""
    return "".join(sign for sign in linkedid if sign in "0123456789")[-20:]


def endpoint_of(device: str) -> str | None:
    """The PJSIP endpoint of a device; None for one that cannot be rung by name (Local/…)."""
    technology, _, name = device.partition("/")
    return name if technology == "PJSIP" and name else None
