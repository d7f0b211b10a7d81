"""Moves the legs of a call on the PBX, step by step; a step that fails is followed by the way back.

Every method raises what sending raises (CtiError). Channels are named exactly, as the PBX reported them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from cti_server.ami import actions
from cti_server.ami.actions import Action, Destination, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.calls.control import dialplan
from cti_server.calls.control.model import Send
from cti_server.core.errors import CtiError
from cti_server.live.views import LegView

log = structlog.get_logger(__name__)

_GONE = "No such channel"


class Switchboard:
    """One PBX as the commands use it."""

    def __init__(self, pbx: str, send: Send) -> None:
        self.pbx = pbx
        self._send = send

    async def send(self, action: Action) -> Reply:
        """Send one action, once."""
        return await self._send(self.pbx, action)

    async def value(self, question: Action) -> str:
        """What a question is answered."""
        return (await self.send(question)).headers.get("Value", "")

    async def mark(self, leg: LegView, variables: Mapping[str, str]) -> None:
        """Set variables on a leg."""
        for name, value in variables.items():
            await self.send(actions.set_variable(leg.channel, name, value))

    async def hangup(self, leg: LegView) -> None:
        """End a leg; fine when it has ended."""
        try:
            await self.send(actions.hangup(leg.channel))
        except AmiRefused as refused:
            if _GONE not in refused.message:
                raise

    async def redirect(self, leg: LegView, context: str, exten: str = dialplan.ANY) -> None:
        """Send one leg elsewhere."""
        await self.send(actions.redirect(leg.channel, exten=exten, context=context))

    async def part(self, first: LegView, to: tuple[str, str], second: LegView, second_to: tuple[str, str]) -> None:
        """Send two legs that are bridged with one another each to (context, extension)."""
        await self.send(
            actions.redirect_both(
                Destination(first.channel, to[1], to[0]), Destination(second.channel, second_to[1], second_to[0])
            )
        )

    async def hold(self, other: LegView, mine: LegView, mine_to: tuple[str, str] = (dialplan.WAIT, "0")) -> None:
        """Take two bridged legs apart: the other side to the music, the agent to `mine_to`."""
        await asyncio.gather(
            self.mark(other, {dialplan.WITH: mine.channel}), self.mark(mine, {dialplan.WITH: other.channel})
        )
        await self.part(other, (dialplan.HOLD, dialplan.ANY), mine, mine_to)

    async def join(self, first: LegView, second: LegView, *leaving: LegView) -> None:
        """Bridge two legs; they and the `leaving` ones end afterwards instead of waiting again."""
        legs = (first, second, *leaving)
        await asyncio.gather(*(self.mark(leg, {dialplan.TALKED: "1"}) for leg in legs))
        await self.or_back(
            lambda: self.send(actions.bridge(first.channel, second.channel)),
            lambda: self._unmark(legs),
        )

    async def _unmark(self, legs: tuple[LegView, ...]) -> None:
        for leg in legs:
            await self.mark(leg, {dialplan.TALKED: ""})

    async def or_back(self, step: Callable[[], Awaitable[object]], back: Callable[[], Awaitable[object]]) -> None:
        """Take a step; when it fails take back what was done before it, and raise why."""
        try:
            await step()
        except CtiError as fault:
            try:
                await back()
            except CtiError as second:
                log.warning("way_back_failed", pbx=self.pbx, first=fault.code, second=second.sentence)
            raise
