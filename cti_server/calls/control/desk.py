"""What every command of call control needs: one's own call, one's turn on it, and the word when it is done."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from cti_server.ami import actions
from cti_server.ami.errors import AmiRefused
from cti_server.calls.control import dialplan
from cti_server.calls.control.model import (
    SENTENCES,
    Audit,
    Command,
    Live,
    People,
    Scene,
    Send,
    Silence,
    refusal,
    scene_of,
)
from cti_server.calls.control.numbers import Goal
from cti_server.calls.control.recall import Recall
from cti_server.calls.control.shown import CommandJson
from cti_server.calls.control.switchboard import Switchboard
from cti_server.calls.control.targets import Targets
from cti_server.calls.control.telling import Telling
from cti_server.calls.control.watching import Watching
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, NotFound, TimedOut
from cti_server.core.tasks import Tasks
from cti_server.live.views import CallView, LegView
from cti_server.live.words import LegState, Place

log = structlog.get_logger(__name__)

REPORT_LIMIT: Final = 4.0
"""Seconds that a command waits for the PBX to report a step before the next one."""
TURN_LIMIT: Final = 5.0
PHONE_LIMIT: Final = 1.0
"""Seconds that a phone has to take back what its own key holds, when a command needs it."""


class Desk:
    """Shared by the commands of all agents. Two commands on one call never run at the same time."""

    def __init__(
        self,
        *,
        live: Live,
        people: People,
        send: Send,
        audit: Audit,
        tasks: Tasks,
        clock: Clock,
        targets: Targets,
        telling: Telling,
        silence: Silence,
        ring_seconds: int,
    ) -> None:
        self.live = live
        self.people = people
        self.tasks = tasks
        self.targets = targets
        self.silence = silence
        self.recall = Recall(live, silence)
        self.telling = telling
        self.ring_seconds = ring_seconds
        self.watching = Watching(live)
        self._send = send
        self._audit = audit
        self._clock = clock
        self._turns: dict[str, asyncio.Lock] = {}

    def forget(self, call_id: str) -> None:
        """A call is over."""
        self._turns.pop(call_id, None)

    def board(self, pbx: str) -> Switchboard:
        """The PBX of this name."""
        return Switchboard(pbx, self._send)

    def scene(self, who: Session, call_id: str) -> Scene:
        """One's own call. Raises NotFound, also when there is such a call and it is somebody else's."""
        device = self.people.device_of(who.user_id)
        call = self.live.calls.get(call_id)
        scene = scene_of(call, device[1]) if call is not None and device is not None and device[0] == call.pbx else None
        if scene is None:
            raise NotFound("You have no such call.", code="no_such_call")
        return scene

    @asynccontextmanager
    async def turn(
        self, who: Session, call_id: str, command: Command, *more: Command
    ) -> AsyncIterator[tuple[Scene, Switchboard]]:
        """One's turn on a call, once the command is possible. Raises NotFound, Conflict, TimedOut."""
        self.scene(who, call_id)
        lock = self._turns.setdefault(call_id, asyncio.Lock())
        try:
            await asyncio.wait_for(lock.acquire(), TURN_LIMIT)
        except TimeoutError:
            raise TimedOut("Another command on this call is still running.", code="still_running") from None
        try:
            scene = self.scene(who, call_id)
            for one in (command, *more):
                if code := refusal(scene, one):
                    raise Conflict(SENTENCES[code], code=code)
            yield scene, self.board(scene.call.pbx)
        except AmiRefused as refused:
            if call_id not in self.live.calls:
                raise Conflict("The call has ended meanwhile.", code="call_over") from None
            raise refused
        finally:
            lock.release()

    def done(self, scene: Scene, slot: str | None = None) -> CommandJson:
        """The answer to a command that the PBX has taken."""
        self.telling.tell(scene.call.id, self._clock.now())
        return CommandJson(secrets.token_hex(8), scene.call.id, slot)

    async def held(self, scene: Scene, other: LegView | None, place: Place = Place.WAIT) -> None:
        """Wait until the agent's leg stands in its place and the other one on hold: before that nothing can be bridged.

        Raises TimedOut, Conflict when either is gone.
        """

        def both(call: CallView | None) -> bool:
            return _at(call, scene.mine, place) and (other is None or _at(call, other, Place.HOLD))

        call = await self.watching.until(scene.call.id, both, REPORT_LIMIT)
        if call is None or any(leg is not None and _gone(call, leg) for leg in (scene.mine, other)):
            raise Conflict("Somebody has hung up meanwhile.", code="call_over")

    async def off_hold(self, scene: Scene, other: LegView) -> None:
        """Wait until a leg that was sent on has left its place on hold, or is gone. Raises TimedOut."""

        def left(call: CallView | None) -> bool:
            leg = _living(call, other)
            return leg is None or leg.place is not Place.HOLD

        await self.watching.until(scene.call.id, left, REPORT_LIMIT)

    async def phone_open(self, scene: Scene) -> None:
        """The agent's own phone must send his voice, or nobody would hear him ask. Raises Conflict `held_by_phone`.

        A page takes the call back just before it asks; that may still be on its way.
        """

        def opened(call: CallView | None) -> bool:
            mine = _living(call, scene.mine)
            return mine is None or mine.state is not LegState.HELD or mine.place is not None

        try:
            await self.watching.until(scene.call.id, opened, PHONE_LIMIT)
        except TimedOut:
            raise Conflict(SENTENCES["held_by_phone"], code="held_by_phone") from None

    async def talking(self, scene: Scene) -> None:
        """Wait until the agent's leg is out of the waiting place, or gone. Raises TimedOut."""
        await self.watching.until(scene.call.id, lambda call: _at(call, scene.mine, None), REPORT_LIMIT)

    def where(self, goal: Goal, back: str = "") -> dict[str, str]:
        """The variables by which a leg finds its goal; `back`: the device to which it returns."""
        return {
            dialplan.TARGET: goal.device,
            dialplan.TO_QUEUE: goal.queue,
            dialplan.BACK: back,
            dialplan.RING_SECONDS: str(self.ring_seconds),
        }

    @staticmethod
    def must_differ(scene: Scene, goal: Goal) -> None:
        """Raise Conflict when the goal is on the call already."""
        there = {leg.device for leg in scene.call.legs if leg.state is not LegState.CLEARED}
        if goal.device and goal.device in there:
            raise Conflict("He is on this call already.", code="already_there")

    def note(self, who: Session, action: str, goal: Goal, call: CallView | None) -> None:
        """Write it to the audit log beside the command: the phones do not wait for the database."""
        if not goal.outside and action != "call.dial":
            return
        details = {"call": call.id} if call is not None else {}
        subject = goal.outside or goal.device or goal.exten
        self.tasks.start(f"audit {action}", self._write(who, action, subject, details))

    async def _write(self, who: Session, action: str, subject: str, details: Mapping[str, object]) -> None:
        try:
            await self._audit.note(who, action, subject, details)
        except CtiError as fault:
            log.error("deed_not_audited", action=action, subject=subject, user=who.login, reason=fault.sentence)

    @staticmethod
    async def mute_channel(board: Switchboard, leg: LegView, on: bool) -> None:
        """Mute a leg outside a conference. Raises Conflict `mute_unavailable`."""
        try:
            await board.send(actions.mute_audio(leg.channel, on))
        except AmiRefused as refused:
            if "not set" in refused.message:
                raise Conflict(
                    "The PBX cannot mute: its module res_mutestream is not loaded.", code="mute_unavailable"
                ) from None
            raise


def there(leg: LegView | None) -> LegView:
    """The leg, or Conflict when there is none."""
    if leg is None:
        raise Conflict(SENTENCES["nobody_there"], code="nobody_there")
    return leg


def keep(kept: set[str], leg_id: str, on: bool) -> None:
    """Put a leg into a set, or take it out."""
    if on:
        kept.add(leg_id)
    else:
        kept.discard(leg_id)


def _living(call: CallView | None, leg: LegView) -> LegView | None:
    legs = call.legs if call is not None else ()
    return next((one for one in legs if one.id == leg.id and one.state is not LegState.CLEARED), None)


def _gone(call: CallView, leg: LegView) -> bool:
    return _living(call, leg) is None


def _at(call: CallView | None, leg: LegView, place: Place | None) -> bool:
    """Is this leg there now, or gone for good?"""
    now = _living(call, leg)
    return now is None or now.place is place
