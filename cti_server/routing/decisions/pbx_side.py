"""app_queue of a PBX, as the director asks it. What it really does is told in docs/decisions/0120-app-queue.md."""

from collections.abc import Awaitable, Callable
from typing import Final

from cti_server.ami.actions import (
    Action,
    Reply,
    get_variable,
    queue_change_priority,
    queue_penalty,
    queue_status,
    queue_withdraw,
)
from cti_server.ami.errors import AmiRefused
from cti_server.routing.decisions.keeping import VARIABLE
from cti_server.routing.decisions.model import Standing

_NOBODY: Final = ("No such caller", "Interface not found", "No such queue")
# "Unable to set penalty for the interface" / "Invalid interface" : manager_queue_member_penalty in app_queue.c.
_NO_MEMBER: Final = ("Invalid interface", "Unable to", "not found")


class PbxEngine:
    """`Engine` over AMI. `send(pbx, action)` hands an action to the link of a PBX and returns its answer."""

    def __init__(self, send: Callable[[str, Action], Awaitable[Reply]]) -> None:
        self._send = send

    async def standings(self, pbx: str, queue: str) -> tuple[Standing, ...]:
        """Who waits, in order, with which priority. Raises CtiError."""
        reply = await self._send(pbx, queue_status(queue))
        entries = [item for item in reply.items if item.get("Event") == "QueueEntry" and item.get("Queue") == queue]
        found = [
            Standing(item.get("Uniqueid", ""), int(item.get("Position", "0")), int(item.get("Priority", "0")))
            for item in entries
        ]
        return tuple(sorted(found, key=lambda one: one.position))

    async def set_priority(self, pbx: str, queue: str, channel: str, priority: int) -> bool:
        """Give a caller another priority and his new place at once. Raises CtiError."""
        return await self._ask(pbx, queue_change_priority(queue, channel, priority), _NOBODY)

    async def set_penalty(self, pbx: str, queue: str, device: str, penalty: int) -> bool:
        """Give a member another penalty. Raises CtiError."""
        return await self._ask(pbx, queue_penalty(device, penalty, queue=queue), _NO_MEMBER)

    async def kept(self, pbx: str, channel: str) -> str:
        """What the PBX keeps for us of a caller. Raises CtiError."""
        try:
            return (await self._send(pbx, get_variable(channel, VARIABLE))).headers.get("Value", "")
        except AmiRefused:
            return ""  # he is gone

    async def withdraw(self, pbx: str, queue: str, channel: str, info: str) -> bool:
        """Send a caller back to the dialplan (Asterisk 18.11 and newer). Raises CtiError."""
        return await self._ask(pbx, queue_withdraw(queue, channel, info), _NOBODY)

    async def _ask(self, pbx: str, action: Action, gone: tuple[str, ...]) -> bool:
        try:
            await self._send(pbx, action)
        except AmiRefused as refusal:
            if not any(text in refusal.message for text in gone):
                raise
            return False
        return True
