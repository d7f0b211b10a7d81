"""A supervisor's phone on an agent's call, by the context [cti-spy] of the dialplan (see config/asterisk)."""

from collections.abc import Awaitable, Callable
from typing import Final

from cti_server.ami.actions import Action, Reply, hangup, originate, redirect, set_variable
from cti_server.ami.errors import AmiRefused
from cti_server.core.errors import Conflict
from cti_server.monitoring.model import Mode, Ring

CONTEXT: Final = "cti-spy"
RING_SECONDS: Final = 30
EXTENSIONS: Final = {Mode.LISTEN: "4", Mode.WHISPER: "5", Mode.BARGE: "6", Mode.TAKE_OVER: "7"}
_PJSIP: Final = "PJSIP/"


class PbxSpies:
    """`Spies` over AMI. `send(pbx, action)` hands an action to the link of a PBX and returns its answer."""

    def __init__(self, send: Callable[[str, Action], Awaitable[Reply]], *, auto_answer: bool = True) -> None:
        """`auto_answer`: the supervisor has just asked for the call, so his phone is asked to answer by itself."""
        self._send = send
        self.auto_answer = auto_answer

    async def ring(self, wanted: Ring) -> None:
        """Ring the supervisor's phone. Raises Conflict `no_device` for one that cannot be rung, and CtiError."""
        if not wanted.device.startswith(_PJSIP):
            raise Conflict("Your device cannot be rung; only PJSIP phones can.", code="no_device")
        await self._send(
            wanted.pbx,
            originate(
                wanted.device.removeprefix(_PJSIP),
                exten=EXTENSIONS[wanted.mode],
                context=CONTEXT,
                channel_id=wanted.channel_id,
                caller_name=wanted.shown_name,
                caller_number=wanted.shown_number,
                ring_seconds=RING_SECONDS,
                auto_answer=self.auto_answer,
                variables={_variable(wanted.mode): wanted.target},
            ),
        )

    async def switch(self, pbx: str, channel: str, mode: Mode, target: str) -> None:
        """Another mode, or another target, on the leg that there is. Raises Conflict `not_on_call`, and CtiError."""
        try:
            await self._send(pbx, set_variable(channel, _variable(mode), target))
            await self._send(pbx, redirect(channel, exten=EXTENSIONS[mode], context=CONTEXT))
        except AmiRefused as refusal:
            raise Conflict("The call has just ended.", code="not_on_call") from refusal

    async def hang_up(self, pbx: str, channel: str) -> bool:
        """End exactly this channel; False when it was gone already. Raises CtiError."""
        try:
            await self._send(pbx, hangup(channel))
        except AmiRefused as refusal:
            if "No such channel" not in refusal.message:
                raise
            return False
        return True


def _variable(mode: Mode) -> str:
    return "CTI_SPY_TAKE" if mode is Mode.TAKE_OVER else "CTI_SPY_ON"
