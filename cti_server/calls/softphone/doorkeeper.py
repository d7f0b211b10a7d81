"""Lets browser phones in at a PBX and out: a password by AMI, and the end of a registration by SIP."""

import secrets
from collections.abc import Awaitable, Callable, Mapping

import structlog

from cti_server.ami.actions import Action, Reply
from cti_server.ami.phone_keys import give_key, take_key
from cti_server.calls.softphone.model import DOMAIN
from cti_server.calls.softphone.unregister import RegistrarFault, forget_contacts

log = structlog.get_logger(__name__)


class PbxDoorkeeper:
    """`Doorkeeper` over AMI. `send(pbx, action)` hands an action to the link of a PBX and returns its answer.

    `websockets`: PBX → address of its SIP over websocket; by it a registration is ended at once. Without it the PBX
    forgets the phone by itself within a minute, because its next registration is refused.
    """

    def __init__(
        self, send: Callable[[str, Action], Awaitable[Reply]], websockets: Mapping[str, str], *, limit: float = 3.0
    ) -> None:
        self._send = send
        self._websockets = websockets
        self._limit = limit

    async def give(self, pbx: str, endpoint: str, user: str, password: str) -> None:
        """`endpoint` may register with this name and password, and with no other. Raises CtiError."""
        await self._send(pbx, give_key(endpoint, user, password))

    async def take(self, pbx: str, endpoint: str, *, registered: bool = True) -> None:
        """Nobody may register as `endpoint` any more; a registration that it has ends. Raises CtiError."""
        url = self._websockets.get(pbx)
        if registered and url:
            await self._end_registration(pbx, endpoint, url)
        await self._send(pbx, take_key(endpoint))

    async def _end_registration(self, pbx: str, endpoint: str, url: str) -> None:
        """For a moment the key is ours: nobody else's works, and with it every contact is taken back."""
        user, password = f"s{secrets.token_hex(8)}", secrets.token_urlsafe(32)
        await self._send(pbx, give_key(endpoint, user, password))
        try:
            await forget_contacts(url, f"sip:{endpoint}@{DOMAIN}", user, password, limit=self._limit)
        except (RegistrarFault, OSError, TimeoutError) as fault:
            log.warning("softphone_registration_left", pbx=pbx, endpoint=endpoint, reason=str(fault))
