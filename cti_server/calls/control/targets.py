"""Whom a call can go to: what an agent named, as the PBX reaches it, asked there before anything is moved."""

import re
from typing import Final

from cti_server.ami import actions
from cti_server.calls.control import dialplan
from cti_server.calls.control.model import Live, People
from cti_server.calls.control.numbers import DialRules, Goal, Target, TargetKind, outside_exten, plain_number
from cti_server.calls.control.switchboard import Switchboard
from cti_server.core.errors import BadInput, Conflict
from cti_server.live.words import AgentState

_NOT_THERE: Final = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})
_QUEUE: Final = re.compile(r"[^,()$\"\\|&\x00-\x1f\x7f]{1,100}")
_DEVICE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}/[A-Za-z0-9_.@-]{1,64}")


class Targets:
    """Finds goals."""

    def __init__(self, live: Live, people: People, rules: DialRules) -> None:
        self._live = live
        self._people = people
        self.rules = rules

    async def find(self, board: Switchboard, user_id: int, target: Target) -> Goal:
        """The goal of a target for this user.

        Raises BadInput (`bad_number`, `forbidden_number`, `unknown_target`) and Conflict (`oneself`, `unreachable`).
        """
        if target.kind is TargetKind.QUEUE:
            return self._queue(board.pbx, target.value)
        if target.kind is TargetKind.AGENT:
            return await self._agent(board, user_id, target.value)
        number = plain_number(target.value)
        if target.kind is TargetKind.EXTERNAL:
            return await self._external(board, number)
        goal = await self._inside(board, user_id, number)
        if goal is None and await self._exists(board, dialplan.OUTSIDE, number):
            goal = await self._external(board, number.removeprefix(self.rules.outside_prefix))
        if goal is None:
            raise unknown("There is no such extension.")
        return goal

    async def number(self, board: Switchboard, user_id: int, number: str) -> Goal:
        """The goal of a number that was clicked: a colleague's, a service's, else one outside. Raises as `find`."""
        plain = plain_number(number, "number")
        return await self._inside(board, user_id, plain) or await self._external(board, plain)

    async def _inside(self, board: Switchboard, user_id: int, number: str) -> Goal | None:
        if "+" in number:
            return None
        device = f"PJSIP/{number}"
        known = self._people.user_of(board.pbx, device) is not None or (board.pbx, device) in self._live.agents
        plain = number.isdigit()
        if known or (plain and await board.value(actions.device_state(device)) != "INVALID"):
            return await self._of_device(board, user_id, device, number)
        return Goal(number, service=True) if await self._exists(board, dialplan.INSIDE, number) else None

    def _queue(self, pbx: str, name: str) -> Goal:
        if (pbx, name) not in self._live.queues or not _QUEUE.fullmatch(name):
            raise unknown("There is no such queue.")
        return Goal(dialplan.ANY, queue=name)

    async def _agent(self, board: Switchboard, user_id: int, value: str) -> Goal:
        seat = self._people.device_of(int(value)) if value.isascii() and value.isdigit() and len(value) < 19 else None
        if seat is None or seat[0] != board.pbx:
            raise unknown("There is no such agent.")
        number = dialplan.endpoint_of(seat[1]) or ""
        return await self._of_device(board, user_id, seat[1], number)

    async def _of_device(self, board: Switchboard, user_id: int, device: str, number: str) -> Goal:
        if self._people.device_of(user_id) == (board.pbx, device):
            raise Conflict("That is your own phone.", code="oneself")
        agent = self._live.agents.get((board.pbx, device))
        if agent is not None and agent.state is AgentState.UNREACHABLE:
            raise _unreachable()
        if await board.value(actions.device_state(device)) in _NOT_THERE:
            raise _unreachable()
        if not _DEVICE.fullmatch(device):
            raise _unreachable()
        return Goal(number if re.fullmatch(r"[0-9*#]{1,20}", number) else dialplan.ANY, device=device)

    async def _external(self, board: Switchboard, number: str) -> Goal:
        exten = outside_exten(number, self.rules)
        if not await self._exists(board, dialplan.OUTSIDE, exten):
            raise unknown("This number cannot be dialled here.")
        return Goal(exten, outside=number)

    async def _exists(self, board: Switchboard, context: str, number: str) -> bool:
        return await board.value(actions.dialplan_exists(context, number)) == "1"


def unknown(sentence: str) -> BadInput:
    """Nobody and nothing by that name."""
    return BadInput(
        sentence, field="value", allowed="who or what the directory or the dialplan knows", code="unknown_target"
    )


def _unreachable() -> Conflict:
    return Conflict("That phone cannot be reached now.", code="unreachable")
