"""Asking a colleague while the other side hears music, handing over to him, and conferences of three."""

import structlog

from cti_server.ami import actions
from cti_server.calls.control import dialplan
from cti_server.calls.control.desk import REPORT_LIMIT, Desk, keep, there
from cti_server.calls.control.model import Command, Scene, Stage, scene_of
from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.calls.control.shown import CommandJson
from cti_server.calls.control.switchboard import Switchboard
from cti_server.core.auth.model import Session
from cti_server.core.errors import Conflict, CtiError, NotFound
from cti_server.live.views import CallView, LegView
from cti_server.live.words import Place

log = structlog.get_logger(__name__)


class Consulting:
    """The commands with a third party."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def consult(self, who: Session, call_id: str, target: Target) -> CommandJson:
        """Put the other side on hold and ring somebody. When he cannot be had the other side stays on hold."""
        async with self._desk.turn(who, call_id, Command.CONSULT) as (scene, board):
            return await self._ask(who, scene, board, target)

    async def _ask(self, who: Session, scene: Scene, board: Switchboard, target: Target) -> CommandJson:
        if target.kind is TargetKind.QUEUE:
            raise Conflict("A queue cannot be asked; transfer the call there.", code="not_a_person")
        goal = await self._desk.targets.find(board, who.user_id, target)
        self._desk.must_differ(scene, goal)
        if goal.service:
            raise Conflict("Nobody can be asked there; transfer the call.", code="not_a_person")
        await self._desk.phone_open(scene)
        await board.mark(scene.mine, self._desk.where(goal))
        place = (dialplan.CONSULT, goal.exten)
        if scene.held is not None:
            await board.redirect(scene.mine, *place)
        else:
            await board.hold(there(scene.other), scene.mine, place)
        self._desk.note(who, "call.consult", goal, scene.call)
        await self._placed(scene)
        return self._desk.done(scene)

    async def _placed(self, scene: Scene) -> None:
        """Wait until the consultation has begun; it may be over at once, when the colleague cannot be had."""
        before = scene.mine.place

        def begun(call: CallView | None) -> bool:
            now = scene_of(call, scene.mine.device) if call is not None else None
            return now is None or (now.held is not None and (now.mine.place is not before or bool(now.mine.tried)))

        await self._desk.watching.until(scene.call.id, begun, REPORT_LIMIT)

    async def retrieve(self, who: Session, call_id: str) -> CommandJson:
        """Talk to the other side again."""
        async with self._desk.turn(who, call_id, Command.RETRIEVE) as (scene, board):
            await board.join(there(scene.held), scene.mine)
            await self._desk.talking(scene)
            return self._desk.done(scene)

    async def swap(self, who: Session, call_id: str) -> CommandJson:
        """Talk to the one on hold; the other one waits instead."""
        async with self._desk.turn(who, call_id, Command.SWAP) as (scene, board):
            held, other = there(scene.held), there(scene.other)
            await board.hold(other, scene.mine)

            async def to(leg: LegView) -> None:
                await board.join(leg, scene.mine)
                await self._desk.talking(scene)

            # Both must have come to their waits: sooner they cannot be bridged.
            await board.or_back(lambda: self._desk.held(scene, other), lambda: to(other))
            await board.or_back(lambda: to(held), lambda: to(other))
            return self._desk.done(scene)

    async def complete(self, who: Session, call_id: str) -> CommandJson:
        """Bring the two others together, and leave."""
        async with self._desk.turn(who, call_id, Command.COMPLETE) as (scene, board):
            # The one on hold last: when he comes it is clear that the agent is left out.
            await board.join(there(scene.other), there(scene.held), scene.mine)
            await board.hangup(scene.mine)
            return self._desk.done(scene)

    async def cancel(self, who: Session, call_id: str) -> CommandJson:
        """Let the colleague go and talk to the other side again."""
        async with self._desk.turn(who, call_id, Command.CANCEL) as (scene, board):
            colleague = scene.colleague
            if colleague is not None and colleague is scene.held:
                await board.hangup(colleague)
                return self._desk.done(scene)
            if colleague is not None:
                await board.hangup(colleague)
            else:
                await board.redirect(scene.mine, dialplan.WAIT)
            await self._desk.held(scene, None)
            await self._back_to_far(scene, board)
            return self._desk.done(scene)

    async def _back_to_far(self, scene: Scene, board: Switchboard) -> None:
        call = self._desk.live.calls.get(scene.call.id)
        held = next((leg for leg in call.legs if leg.place is Place.HOLD), None) if call is not None else None
        if held is None:
            raise Conflict("The other side has hung up meanwhile.", code="nobody_there")
        await board.join(held, scene.mine)
        await self._desk.talking(scene)

    # -- three and more

    async def conference(self, who: Session, call_id: str, target: Target | None) -> CommandJson:
        """Bring all sides of a consultation together; with a target, ask him first and join when he answers."""
        if target is None:
            async with self._desk.turn(who, call_id, Command.CONFERENCE, Command.COMPLETE) as (scene, board):
                await self._meet(scene, board)
                return self._desk.done(scene)
        async with self._desk.turn(who, call_id, Command.CONFERENCE, Command.CONSULT) as (scene, board):
            done = await self._ask(who, scene, board, target)
        self._desk.tasks.start(f"conference {call_id}", self._meet_when_answered(who, call_id))
        return done

    async def _meet(self, scene: Scene, board: Switchboard) -> None:
        held, other, mine = there(scene.held), there(scene.other), scene.mine
        room = dialplan.room_of(scene.call.linkedid)
        colleague = scene.colleague
        for leg in (mine, *((colleague,) if colleague is not None else ())):
            await board.mark(leg, {dialplan.MARKED: "1"})
        await board.redirect(held, dialplan.ROOM, room)
        await board.or_back(
            lambda: board.part(other, (dialplan.ROOM, room), mine, (dialplan.ROOM, room)),
            lambda: board.redirect(held, dialplan.HOLD),
        )
        # The room knows nothing of how the channel was muted before.
        if mine.id in self._desk.silence.muted:
            await self._desk.mute_channel(board, mine, False)
            self._desk.silence.muted.discard(mine.id)
            await self._desk.recall.note(board, mine)

    async def _meet_when_answered(self, who: Session, call_id: str) -> None:
        """Join as soon as the third one answers; when he does not come, the other side is taken back."""
        device = self._desk.people.device_of(who.user_id)

        def decided(call: CallView | None) -> bool:
            scene = scene_of(call, device[1]) if call is not None and device is not None else None
            return scene is None or scene.stage is not Stage.ASKING

        try:
            await self._desk.watching.until(call_id, decided, self._desk.ring_seconds + 60.0)
            stage = self._desk.scene(who, call_id).stage
            if stage is Stage.CONSULTING:
                await self.conference(who, call_id, None)
            elif stage is Stage.HELD:
                await self.retrieve(who, call_id)
        except CtiError as fault:
            log.info("conference_not_joined", call=call_id, code=fault.code)

    async def member(self, who: Session, call_id: str, leg_id: str, what: str, on: bool = True) -> CommandJson:
        """`mute` a member of one's conference, let him `listen-only`, or `remove` him."""
        async with self._desk.turn(who, call_id, Command.MEMBERS) as (scene, board):
            leg = next((leg for leg in scene.members if leg.id == leg_id), None)
            if leg is None:
                raise NotFound("There is no such member.", code="no_such_member")
            room = dialplan.room_of(scene.call.linkedid)
            if what == "remove":
                if leg.id == scene.mine.id:
                    raise Conflict("Hang up to leave the conference.", code="oneself")
                await board.send(actions.confbridge_kick(room, leg.channel))
                return self._desk.done(scene)
            kept = self._desk.silence.listen_only if what == "listen-only" else self._desk.silence.muted
            rest = self._desk.silence.muted if what == "listen-only" else self._desk.silence.listen_only
            await board.send(actions.confbridge_mute(room, leg.channel, on or leg.id in rest))
            keep(kept, leg.id, on)
            await self._desk.recall.note(board, leg)
            return self._desk.done(scene)
