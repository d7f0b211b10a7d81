"""An agent's commands on his own calls. Each is a few steps on the PBX; the screen follows what the PBX reports.

Two commands on one call never run at the same time. A command that fails says why by a stable code and takes back what
it had done; what the PBX did meanwhile (somebody hung up) is told on the stream to everybody on the call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from cti_server.ami import actions
from cti_server.calls.control import dialplan
from cti_server.calls.control.consulting import Consulting
from cti_server.calls.control.desk import REPORT_LIMIT, Desk, keep, there
from cti_server.calls.control.dialling import Dialling
from cti_server.calls.control.model import Audit, Command, Live, People, Send, Silence, Stage
from cti_server.calls.control.numbers import DialRules, Target, checked_keys
from cti_server.calls.control.orphans import Orphans
from cti_server.calls.control.shown import CommandJson, DirectoryJson, ParkedJson
from cti_server.calls.control.targets import Targets
from cti_server.calls.control.telling import Telling, directory
from cti_server.calls.events import CustomerIdentified
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind, LinkChanged

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

KEY_PAUSE: Final = 0.06
"""Seconds between two keys, so that the other side takes them for two."""


class ControlService:
    """What agents can do with their calls. Listens from `start()` on."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        send: Send,
        audit: Audit,
        tasks: Tasks,
        clock: Clock,
        rules: DialRules | None = None,
        labels: Mapping[str, str] | None = None,
        ring_seconds: int = 30,
        auto_answer: bool = True,
        customer_name: Callable[[int], Awaitable[str]] | None = None,
    ) -> None:
        """`labels`: what people call the queues. `ring_seconds`: how long a colleague's phone rings. `auto_answer`: an
        agent's phone is asked to answer by itself when he dials from the console. `customer_name`: a customer's name by
        number; raises NotFound, Unavailable."""
        self._bus = bus
        self._live = live
        self._people = people
        self._labels = labels or {}
        self._customer_name = customer_name
        self._tasks = tasks
        self._clock = clock
        self._customers: dict[str, tuple[int, str]] = {}
        self._silence = Silence()
        targets = Targets(live, people, rules or DialRules())
        self._telling = Telling(hub, live, people, self._silence)
        self._desk = Desk(
            live=live,
            people=people,
            send=send,
            audit=audit,
            tasks=tasks,
            clock=clock,
            targets=targets,
            telling=self._telling,
            silence=self._silence,
            ring_seconds=ring_seconds,
        )
        self._orphans = Orphans(self._desk.board, tasks)
        self._dialling = Dialling(
            live, people, self._desk.board, targets, clock, ring_seconds=ring_seconds, auto_answer=auto_answer
        )
        self.consulting = Consulting(self._desk)

    def start(self) -> None:
        """Begin to listen."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(LinkChanged, self._on_link)

    def _on_link(self, change: LinkChanged) -> None:
        if change.link.up:
            self._tasks.start(f"mutes {change.link.pbx}", self._recall(change.link.pbx))

    async def _recall(self, pbx: str) -> None:
        """Somebody may have been muted before we came, or while we were away."""
        for call_id in await self._desk.recall.read(self._desk.board(pbx)):
            self._telling.tell(call_id, self._clock.now())

    def _on_call(self, change: CallChanged) -> None:
        self._desk.watching.heard(change)
        self._orphans.heard(change)
        if change.kind is CallKind.CONNECTION_CLEARED and change.leg_id is not None:
            self._silence.forget(change.leg_id)
        self._telling.heard(change)
        if change.call.id in self._customers:
            self._identify(change.call.id)
        if change.kind is CallKind.CLEARED:
            self._desk.forget(change.call.id)

    # -- simple ones

    async def hangup(self, who: Session, call_id: str) -> CommandJson:
        """Leave the call, or refuse it while it rings. With a colleague asked and talking, he gets the other side."""
        scene = self._desk.scene(who, call_id)
        # No turn: hanging up must work while another command runs; that one then meets what the PBX did.
        await self._desk.board(scene.call.pbx).hangup(scene.mine)
        return self._desk.done(scene)

    async def hold(self, who: Session, call_id: str) -> CommandJson:
        """The other side hears music."""
        async with self._desk.turn(who, call_id, Command.HOLD) as (scene, board):
            await board.hold(there(scene.other), scene.mine)
            await self._desk.held(scene, scene.other)
            return self._desk.done(scene)

    async def retrieve(self, who: Session, call_id: str) -> CommandJson:
        """Talk to the other side again."""
        return await self.consulting.retrieve(who, call_id)

    async def mute(self, who: Session, call_id: str, on: bool) -> CommandJson:
        """Let nobody hear oneself, or let them again. Raises Conflict `mute_unavailable`."""
        async with self._desk.turn(who, call_id, Command.MUTE) as (scene, board):
            if scene.stage is Stage.CONFERENCE:
                room = dialplan.room_of(scene.call.linkedid)
                await board.send(actions.confbridge_mute(room, scene.mine.channel, on))
            else:
                await self._desk.mute_channel(board, scene.mine, on)
            keep(self._silence.muted, scene.mine.id, on)
            await self._desk.recall.note(board, scene.mine)
            return self._desk.done(scene)

    async def dtmf(self, who: Session, call_id: str, digits: str) -> CommandJson:
        """Send keys to the other side."""
        keys = checked_keys(digits)
        async with self._desk.turn(who, call_id, Command.DTMF) as (scene, board):
            for n, key in enumerate(keys):
                if n:
                    await asyncio.sleep(KEY_PAUSE)
                await board.send(actions.play_dtmf(there(scene.other).channel, key))
            return self._desk.done(scene)

    # -- handing on

    async def transfer(self, who: Session, call_id: str, target: Target) -> CommandJson:
        """Send the other side to somebody else, and leave. If nobody takes the call it comes back, then queues."""
        async with self._desk.turn(who, call_id, Command.TRANSFER) as (scene, board):
            goal = await self._desk.targets.find(board, who.user_id, target)
            self._desk.must_differ(scene, goal)
            far = there(scene.far)
            await board.mark(far, self._desk.where(goal, back=scene.mine.device))
            await board.redirect(far, dialplan.transfer_to(queue=bool(goal.queue), service=goal.service), goal.exten)
            self._desk.note(who, "call.transfer", goal, scene.call)
            # While it is still known as on hold, it would be ended as one whose agent has left.
            await self._desk.off_hold(scene, far)
            await board.hangup(scene.mine)
            return self._desk.done(scene)

    async def park(self, who: Session, call_id: str) -> CommandJson:
        """Put the other side on a parking space; `slot` of the answer says which."""
        async with self._desk.turn(who, call_id, Command.PARK) as (scene, board):
            await board.send(actions.park(there(scene.other).channel, back_to=scene.mine.channel))
            parked = await self._desk.watching.until(
                call_id, lambda one: one is None or bool(one.parked_in), REPORT_LIMIT
            )
            if parked is None:
                raise Conflict("The call has ended meanwhile.", code="call_over")
            await board.hangup(scene.mine)
            return self._desk.done(scene, parked.parked_in)

    # -- without a call of one's own

    async def pickup(self, who: Session, slot: str) -> CommandJson:
        """Take a parked call: the agent's own phone rings (or answers by itself), then both talk."""
        return await self._dialling.pickup(who, slot)

    async def dial(self, who: Session, number: str, customer_id: int | None = None) -> CommandJson:
        """Call somebody: the agent's own phone first. `customer_id`: whose number it is, where that is known."""
        name = await self._name_of(customer_id)
        done, goal = await self._dialling.dial(who, number)
        if customer_id is not None and name is not None:
            self._customers[done.call_id] = (customer_id, name)
        self._desk.note(who, "call.dial", goal, None)
        return done

    async def _name_of(self, customer_id: int | None) -> str | None:
        """A customer's name; None without a customer, or while the database is away, which must not stop a call."""
        if customer_id is None or self._customer_name is None:
            return None
        try:
            return await self._customer_name(customer_id)
        except Unavailable:
            return None

    def _identify(self, call_id: str) -> None:
        """The call that an agent makes to a customer has begun: say whose it is."""
        customer_id, name = self._customers.pop(call_id)
        self._bus.publish(CustomerIdentified(call_id, customer_id, name))

    def parked(self, who: Session) -> list[ParkedJson]:
        """The parked calls of the agent's PBX, by space."""
        return self._dialling.parked(who)

    def directory(self, who: Session) -> DirectoryJson:
        """To whom a call can be handed on the agent's PBX."""
        seat = self._people.device_of(who.user_id)
        if seat is None:
            raise Conflict("You have no phone.", code="no_phone")
        return directory(seat[0], who.user_id, self._live, self._people, self._labels)
