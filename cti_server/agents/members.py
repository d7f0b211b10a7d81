"""Memberships in the queues of a PBX: made and ended by AMI, and kept as the profiles say."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from cti_server.agents.model import Device, MemberChange, Members, Profile, QueuePlace
from cti_server.ami.actions import Action, Reply, queue_add, queue_pause, queue_penalty, queue_remove
from cti_server.ami.errors import AmiRefused
from cti_server.core.errors import CtiError
from cti_server.live.views import AgentView
from cti_server.live.words import OWN_PENALTY

log = structlog.get_logger(__name__)

# Texts of app_queue (manager_add_queue_member, manager_remove_queue_member).
_ALREADY: Final = "Already there"
_ABSENT: Final = ("Not there", "No such queue")
_STATIC: Final = "not dynamic"


class PbxMembers:
    """`Members` over AMI. `send(pbx, action)` hands an action to the link of a PBX and returns its answer."""

    def __init__(self, send: Callable[[str, Action], Awaitable[Reply]]) -> None:
        self._send = send

    async def add(self, pbx: str, queue: str, device: str, name: str, penalty: int, pause: str | None = None) -> None:
        """Make `device` a member, paused for the reason `pause` if given; fine when it is one. Raises CtiError."""
        try:
            await self._send(pbx, queue_add(queue, device, name=name, penalty=penalty, paused=pause is not None))
        except AmiRefused as refusal:
            if _ALREADY not in refusal.message:
                raise
        if pause is not None:
            # QueueAdd takes no reason; and who was a member already is not paused by it.
            await self.pause(pbx, device, pause, queue)

    async def remove(self, pbx: str, queue: str, device: str) -> None:
        """End its membership; fine when there is none. Raises CtiError."""
        try:
            await self._send(pbx, queue_remove(queue, device))
        except AmiRefused as refusal:
            if not any(text in refusal.message for text in _ABSENT):
                raise

    async def leave(self, pbx: str, queue: str, device: str) -> bool:
        """As `remove`; False when the PBX's own configuration makes it a member, which nobody can end from here."""
        try:
            await self.remove(pbx, queue, device)
        except AmiRefused as refusal:
            if _STATIC not in refusal.message:
                raise
            return False
        return True

    async def penalty(self, pbx: str, queue: str, device: str, penalty: int) -> None:
        """Give a member another penalty. Raises CtiError."""
        await self._send(pbx, queue_penalty(device, penalty, queue=queue))

    async def pause(self, pbx: str, device: str, reason: str | None, queue: str | None = None) -> None:
        """Pause `device` for a reason, or end its pause (None), in one queue or in all of its. Raises CtiError."""
        await self._send(pbx, queue_pause(device, reason is not None, reason=reason or "", queue=queue))


class MemberKeeper:
    """Brings the memberships on the PBX in step with the profiles."""

    def __init__(self, members: Members, agents: Mapping[Device, AgentView]) -> None:
        self._members = members
        self._agents = agents
        self._to_remove: dict[tuple[str, str, str], None] = {}

    async def change(self, before: Profile | None, after: Profile | None, name: str) -> list[MemberChange]:
        """End what only `before` names, make what `after` names; says for each what became of it, never raises."""
        done: list[MemberChange] = []
        keeps = {place.queue for place in after.queues} if after and before and after.key == before.key else set()
        if before is not None:
            for place in before.queues:
                if place.queue not in keeps:
                    done.append(await self._remove(before.pbx, place.queue, before.device))
        if after is not None:
            done += await self.bring(after, name)
        return done

    async def bring(self, profile: Profile, name: str) -> list[MemberChange]:
        """Make the memberships of a profile that the PBX does not have, or has with another penalty."""
        agent = self._agents.get(profile.key)
        present = {one.queue: one for one in agent.memberships} if agent else {}
        done: list[MemberChange] = []
        for place in profile.queues:
            self._to_remove.pop((profile.pbx, place.queue, profile.device), None)
            member = present.get(place.queue)
            if member is None:
                done.append(await self._add(profile, place, name))
            elif member.dynamic and place.penalty not in (member.penalty, member.penalty % OWN_PENALTY):
                done.append(await self._penalty(profile, place))
        return done

    async def retry_removals(self, pbx: str) -> None:
        """Try again to end the memberships that could not be ended while the link was down."""
        for key in [key for key in self._to_remove if key[0] == pbx]:
            await self._remove(*key)

    async def _add(self, profile: Profile, place: QueuePlace, name: str) -> MemberChange:
        try:
            await self._members.add(profile.pbx, place.queue, profile.device, name, place.penalty)
        except CtiError as fault:
            log.warning(
                "member_not_added", pbx=profile.pbx, queue=place.queue, device=profile.device, reason=str(fault)
            )
            return MemberChange(place.queue, "add", False, fault.sentence)
        return MemberChange(place.queue, "add", True)

    async def _penalty(self, profile: Profile, place: QueuePlace) -> MemberChange:
        try:
            await self._members.penalty(profile.pbx, place.queue, profile.device, place.penalty)
        except CtiError as fault:
            log.warning("penalty_not_set", pbx=profile.pbx, queue=place.queue, device=profile.device, reason=str(fault))
            return MemberChange(place.queue, "penalty", False, fault.sentence)
        return MemberChange(place.queue, "penalty", True)

    async def _remove(self, pbx: str, queue: str, device: str) -> MemberChange:
        key = (pbx, queue, device)
        try:
            await self._members.remove(pbx, queue, device)
        except CtiError as fault:
            self._to_remove[key] = None
            log.warning("member_not_removed", pbx=pbx, queue=queue, device=device, reason=str(fault))
            return MemberChange(queue, "remove", False, fault.sentence)
        self._to_remove.pop(key, None)
        return MemberChange(queue, "remove", True)
