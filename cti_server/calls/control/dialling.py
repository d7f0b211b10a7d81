"""Calls that an agent makes from the console: his own phone first, then the other side."""

import secrets
from collections import deque
from collections.abc import Callable
from typing import Final

from cti_server.ami import actions
from cti_server.calls.control import dialplan
from cti_server.calls.control.model import Live, People, scene_of
from cti_server.calls.control.numbers import Goal
from cti_server.calls.control.shown import CommandJson, ParkedJson
from cti_server.calls.control.switchboard import Switchboard
from cti_server.calls.control.targets import Targets
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, NotFound, TooMany
from cti_server.live.words import LegState, SegmentKind

MINUTE: Final = 60.0
_NOT_THERE: Final = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})


class Dialling:
    """Click-to-call and taking parked calls."""

    def __init__(
        self,
        live: Live,
        people: People,
        board: Callable[[str], Switchboard],
        targets: Targets,
        clock: Clock,
        *,
        ring_seconds: int,
        auto_answer: bool,
    ) -> None:
        self._live = live
        self._people = people
        self._board = board
        self._targets = targets
        self._clock = clock
        self._ring_seconds = ring_seconds
        self._auto_answer = auto_answer
        self._dials: dict[int, deque[float]] = {}

    async def dial(self, who: Session, number: str) -> tuple[CommandJson, Goal]:
        """Ring the agent's phone and, once it answers, the number. The answer's `call_id` is that of the call to come.

        Raises Conflict (`no_phone`, `phone_unreachable`, `ringing`, `on_a_call`), TooMany, and what finding the number
        raises.
        """
        board, endpoint = await self._own_phone(who)
        goal = await self._targets.number(board, who.user_id, number)
        self._count(who.user_id)
        shown = goal.outside or goal.exten
        variables = {
            dialplan.TARGET: goal.device,
            dialplan.DEVICE: endpoint,
            dialplan.RING_SECONDS: str(self._ring_seconds),
        }
        context = dialplan.INSIDE if goal.service else dialplan.DIAL
        return await self._ring(board, endpoint, goal.exten, context, shown.replace("+", "00"), variables), goal

    async def pickup(self, who: Session, slot: str) -> CommandJson:
        """Take a parked call. Raises NotFound when there is none there, else as `dial` does."""
        board, endpoint = await self._own_phone(who)
        parked = next((one for one in self.parked(who) if one.slot == slot), None)
        if parked is None:
            raise NotFound("Nobody is parked there.", code="not_parked")
        done = await self._ring(board, endpoint, slot, dialplan.PARKED, "", {})
        return CommandJson(done.id, done.call_id, slot)

    def parked(self, who: Session) -> list[ParkedJson]:
        """The parked calls of the agent's PBX, by space."""
        seat = self._people.device_of(who.user_id)
        found = []
        for call in self._live.calls.values():
            if call.parked_in and seat is not None and call.pbx == seat[0]:
                parks = [part.started_at for part in call.segments if part.kind is SegmentKind.PARK]
                since = parks[-1] if parks else call.started_at
                found.append(ParkedJson(call.parked_in, call.id, call.number, call.name, since))
        return sorted(found, key=lambda one: one.slot)

    async def _own_phone(self, who: Session) -> tuple[Switchboard, str]:
        seat = self._people.device_of(who.user_id)
        endpoint = dialplan.endpoint_of(seat[1]) if seat is not None else None
        if seat is None or endpoint is None:
            raise Conflict("You have no phone that could be rung.", code="no_phone")
        pbx, device = seat
        for call in self._live.calls.values():
            scene = scene_of(call, device) if call.pbx == pbx else None
            if scene is not None:
                if scene.mine.state is LegState.ALERTING:
                    raise Conflict("Your phone is ringing.", code="ringing")
                raise Conflict("You are on a call.", code="on_a_call")
        board = self._board(pbx)
        if await board.value(actions.device_state(device)) in _NOT_THERE:
            raise Conflict("Your own phone cannot be reached.", code="phone_unreachable")
        return board, endpoint

    async def _ring(
        self, board: Switchboard, endpoint: str, exten: str, context: str, shown: str, variables: dict[str, str]
    ) -> CommandJson:
        # Ours, so that the call is known before it begins; it becomes its Linkedid.
        channel_id = f"cti-{int(self._clock.now() * 1000)}-{secrets.token_hex(4)}"
        await board.send(
            actions.originate(
                endpoint,
                exten=exten,
                context=context,
                channel_id=channel_id,
                caller_number=shown,
                ring_seconds=self._ring_seconds,
                auto_answer=self._auto_answer,
                variables=variables,
            )
        )
        return CommandJson(channel_id, f"{board.pbx}:{channel_id}")

    def _count(self, user_id: int) -> None:
        """Count a dial of this user. Raises TooMany."""
        now = self._clock.monotonic()
        dials = self._dials.setdefault(user_id, deque())
        while dials and dials[0] <= now - MINUTE:
            dials.popleft()
        if len(dials) >= self._targets.rules.per_minute:
            wait = dials[0] + MINUTE - now
            raise TooMany("Too many calls in a short time.", retry_after=wait, code="too_many_dials")
        dials.append(now)
