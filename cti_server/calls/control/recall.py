"""Who is muted, after the server or its link was away: read from the PBX, on which each leg carries it itself.

Asterisk lists who is muted in a conference (`ConfbridgeList`), and nothing else: not why, and not whether MUTEAUDIO is
on. So each mute leaves the variable CTI_SILENCE on its channel, and what the PBX lists of a room goes before it.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog

from cti_server.ami import actions
from cti_server.ami.errors import AmiRefused
from cti_server.calls.control import dialplan
from cti_server.calls.control.model import Live, Silence
from cti_server.calls.control.switchboard import Switchboard
from cti_server.core.errors import CtiError
from cti_server.live.views import CallView, LegView
from cti_server.live.words import LegRole, LegState, Place

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 16
"""Questions that are under way at the same time."""


class Recall:
    """Notes on the PBX who is muted, and reads it again."""

    def __init__(self, live: Live, silence: Silence) -> None:
        self._live = live
        self._silence = silence

    async def note(self, board: Switchboard, leg: LegView) -> None:
        """Leave on the channel how it is muted. Never raises: the mute itself is done, and this is for a restart."""
        try:
            await board.mark(leg, {dialplan.SILENCE: self._silence.words(leg.id)})
        except CtiError as fault:
            log.warning("mute_not_noted", pbx=board.pbx, channel=leg.channel, reason=fault.sentence)

    async def read(self, board: Switchboard) -> list[str]:
        """Ask for all legs that may be muted; the ids of the calls of which something else is known now."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(call: CallView) -> bool:
            async with slots:
                try:
                    return await self._read_call(board, call)
                except CtiError as fault:
                    log.warning("mute_not_read", pbx=board.pbx, call=call.id, reason=fault.sentence)
                    return False

        calls = [call for call in self._live.calls.values() if call.pbx == board.pbx and _legs(call)]
        changed = await asyncio.gather(*map(one, calls))
        return [call.id for call, told in zip(calls, changed, strict=True) if told]

    async def _read_call(self, board: Switchboard, call: CallView) -> bool:
        legs = _legs(call)
        room = await self._muted_in_room(board, call) if any(leg.place is Place.ROOM for leg in legs) else None
        changed = False
        for leg in legs:
            words = await self._words_on(board, leg)
            if room is not None and leg.place is Place.ROOM:
                words = (words or {"muted"}) if leg.channel in room else set()
            changed = self._silence.put(leg.id, words) or changed
        return changed

    @staticmethod
    async def _words_on(board: Switchboard, leg: LegView) -> set[str]:
        try:
            value = await board.value(actions.get_variable(leg.channel, dialplan.SILENCE))
        except AmiRefused:
            return set()  # the channel is gone
        return set(value.split())

    @staticmethod
    async def _muted_in_room(board: Switchboard, call: CallView) -> set[str] | None:
        """The channels that the room keeps silent; None when the PBX does not list it."""
        try:
            reply = await board.send(actions.confbridge_list(dialplan.room_of(call.linkedid)))
        except AmiRefused:
            return None
        return {item.get("Channel", "") for item in reply.items if item.get("Muted") == "Yes"}


def _legs(call: CallView) -> list[LegView]:
    """The legs that can have been muted: agents', and everybody's in a conference."""
    return [leg for leg in _living(call.legs) if leg.role is LegRole.AGENT or leg.place is Place.ROOM]


def _living(legs: Iterable[LegView]) -> Iterable[LegView]:
    return (leg for leg in legs if leg.answered_at is not None and leg.state is not LegState.CLEARED)
