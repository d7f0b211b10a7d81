"""Brings the queues of a PBX to what a shift wants: who is a member, and for which reason he is paused."""

import contextlib
from collections.abc import Mapping

from cti_server.agents.model import Device, Members
from cti_server.agents.shift.model import SIGNED_OUT, Duty, Note, Wanted, wanted
from cti_server.core.errors import Conflict, CtiError
from cti_server.live.views import AgentView, MembershipView


class PbxSide:
    """Does what a duty wants. Every method raises CtiError when the PBX is away or refuses.

    What was done last is remembered, because the live model hears of it a moment later than we do.
    """

    def __init__(self, members: Members, agents: Mapping[Device, AgentView]) -> None:
        self._members = members
        self._agents = agents
        self._done: dict[int, Wanted] = {}

    def is_done(self, duty: Duty) -> bool:
        """Whether the PBX has what the duty wants, as far as our own doing goes."""
        return self._done.get(duty.user_id) == wanted(duty)

    def forget(self, user_id: int) -> None:
        """Nothing is known of what the PBX has."""
        self._done.pop(user_id, None)

    async def join(self, duty: Duty, name: str, penalties: Mapping[str, int]) -> list[Note]:
        """Make him a member of the duty's queues alone, all or none of them. `penalties`: of all queues he may have."""
        pause = wanted(duty).pause
        known = self._present(duty.key)
        added: list[str] = []
        self.forget(duty.user_id)
        try:
            for queue in duty.queues:
                added += [] if queue in known else [queue]
                await self._members.add(duty.pbx, queue, duty.device, name, penalties.get(queue, 0), pause)
            left = await self._leave(duty.key, [queue for queue in penalties if queue not in duty.queues])
            if any(member.paused != (pause is not None) for member in known.values()):
                # He was a member before, by his profile or for ever by the PBX's own configuration.
                await self._pause(duty, pause)
        except BaseException:
            for queue in added:
                with contextlib.suppress(CtiError):
                    await self._members.remove(duty.pbx, queue, duty.device)
            raise
        self._done[duty.user_id] = wanted(duty)
        return left

    async def carry(self, duty: Duty, name: str, penalties: Mapping[str, int]) -> list[Note]:
        """Pause or unpause him in all his queues, or end all his memberships."""
        want = wanted(duty)
        self.forget(duty.user_id)
        if not want.member:
            notes = await self._leave(duty.key, [*penalties, *self._present(duty.key)])
        else:
            notes = []
            try:
                await self._pause(duty, want.pause)
            except Conflict:
                # Somebody else has ended his memberships.
                for queue in duty.queues:
                    await self._members.add(duty.pbx, queue, duty.device, name, penalties.get(queue, 0), want.pause)
        self._done[duty.user_id] = want
        return notes

    async def bring(self, duty: Duty, name: str, penalties: Mapping[str, int]) -> None:
        """After everything was asked of the PBX: put right what differs. A PBX that restarted has forgotten all."""
        want, present = wanted(duty), self._present(duty.key)
        self.forget(duty.user_id)
        if not want.member:
            await self._leave(duty.key, list(present))
        else:
            await self._leave(duty.key, [queue for queue in present if queue not in duty.queues])
            for queue in duty.queues:
                await self._bring_place(duty, present.get(queue), queue, name, penalties.get(queue, 0))
            own = [member for queue, member in present.items() if queue in duty.queues]
            if any((member.reason if member.paused else None) != want.pause for member in own):
                await self._pause(duty, want.pause)
        self._done[duty.user_id] = want

    async def _bring_place(
        self, duty: Duty, member: MembershipView | None, queue: str, name: str, penalty: int
    ) -> None:
        if member is not None and member.dynamic and member.penalty != penalty:
            await self._members.penalty(duty.pbx, queue, duty.device, penalty)
        if member is None:
            await self._members.add(duty.pbx, queue, duty.device, name, penalty, wanted(duty).pause)

    async def _pause(self, duty: Duty, reason: str | None) -> None:
        """Pause him everywhere; unpause him only where he serves, for in others he may be a member for ever."""
        if reason is None and any(queue not in duty.queues for queue in self._present(duty.key)):
            for queue in duty.queues:
                await self._members.pause(duty.pbx, duty.device, None, queue)
            return
        await self._members.pause(duty.pbx, duty.device, reason)

    async def _leave(self, key: Device, queues: list[str]) -> list[Note]:
        """Leave queues; in those where he is a member for ever he is paused."""
        notes = []
        for queue in dict.fromkeys(queues):
            if not await self._members.leave(key[0], queue, key[1]):
                await self._members.pause(key[0], key[1], SIGNED_OUT, queue)
                notes.append(Note(queue, "static"))
        return notes

    def _present(self, key: Device) -> dict[str, MembershipView]:
        agent = self._agents.get(key)
        return {member.queue: member for member in agent.memberships} if agent is not None else {}
