"""Agents: who works with which device, in which state, for how long, and for which queues."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.agents import store
from cti_server.agents.directory import Directory
from cti_server.agents.events import AgentProfileChanged
from cti_server.agents.intervals import INTERVAL, Intervals, Journal
from cti_server.agents.live_agents import LiveAgents
from cti_server.agents.members import MemberKeeper
from cti_server.agents.model import (
    Accounts,
    Days,
    Live,
    MemberChange,
    Members,
    Profile,
    ProfileJson,
    QueuePlace,
    checked_profile,
)
from cti_server.agents.moves.service import MovesService
from cti_server.agents.shift.model import ShiftRules
from cti_server.agents.shift.service import SINKS as SHIFT_SINKS
from cti_server.agents.shift.service import ShiftService
from cti_server.agents.skills.service import SkillsService
from cti_server.agents.today import Today, segment_key, told_work, work_of
from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, CtiError, NotFound
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, CallChanged, CallKind, LinkChanged
from cti_server.live.views import CallView, SegmentView

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    INTERVAL: store.write_intervals,
    **SHIFT_SINKS,
}
"""What the journal does with the rows of this room."""
RESTORE_PAUSE = 2.0


class AgentsService:
    """Joins profiles, states, figures and memberships. `directory` is what other rooms ask who owns a device; `shift`
    is the agents' working time, to be told by `shift.watch(hub)` whose consoles listen; `skills` what they can do;
    `moves` changes many of them at once."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        db: "Database",
        journal: Journal,
        audit: AuditLog,
        accounts: Accounts,
        members: Members,
        clock: Clock,
        tasks: Tasks,
        days: Days,
        pbxs: Collection[str],
        shift_rules: ShiftRules | None = None,
    ) -> None:
        self._bus = bus
        self._live = live
        self._db = db
        self._journal = journal
        self._audit = audit
        self._accounts = accounts
        self._clock = clock
        self._tasks = tasks
        self._pbxs = frozenset(pbxs)
        self.directory = Directory(live.agents)
        self._intervals = Intervals(journal, self.directory.user_of)
        self._today = Today(days, clock.now())
        self.skills = SkillsService(db, audit, bus, self._mark_user)
        self._shown = LiveAgents(
            hub,
            live,
            self.directory,
            self._today,
            clock,
            lambda who: self.shift.in_brief(who),
            self.skills.of,
        )
        self._keeper = MemberKeeper(members, live.agents)
        self._saving = asyncio.Lock()
        self._booked: dict[str, tuple[SegmentView, ...]] = {}
        self.shift = ShiftService(
            bus=bus,
            hub=hub,
            live=live,
            directory=self.directory,
            db=db,
            journal=journal,
            audit=audit,
            members=members,
            clock=clock,
            tasks=tasks,
            mark=self._shown.mark,
            rules=shift_rules,
        )

        self.moves = MovesService(
            hub=hub,
            live=live,
            db=db,
            clock=clock,
            tasks=tasks,
            days=days,
            roster=self,
            directory=self.directory,
            skills=self.skills,
        )

    async def start(self) -> None:
        """Load what the database knows and begin to listen; when it is away, load as soon as it is back."""
        try:
            await self.restore()
        except CtiError as fault:
            log.warning("agents_not_restored", reason=fault.code, again_in=RESTORE_PAUSE)
            self._tasks.start("restore-agents", self._restore_when_possible())
        self._bus.subscribe(AgentChanged, self._on_agent)
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(LinkChanged, self._on_link)
        self.shift.start()
        self.moves.start()

    def close(self) -> None:
        """Send nothing further."""
        self._shown.close()

    # -- what is heard

    def _on_agent(self, change: AgentChanged) -> None:
        self._intervals.hear(change.agent, change.at)
        self._shown.mark((change.agent.pbx, change.agent.device), change.kind)

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        over = change.kind is CallKind.CLEARED
        # Segments that are the same object as before have been booked already; what is over may have been merged.
        if over or call.segments is not self._booked.get(call.id):
            self._book_work(call)
            self._booked[call.id] = call.segments
        if over:
            del self._booked[call.id]
        self._shown.mark_parties(call)

    def _book_work(self, call: CallView) -> None:
        now = self._clock.now()
        for device, key, work in told_work(call):
            owner = self.directory.user_of(call.pbx, device)
            if self._today.book((call.pbx, device) if owner is None else owner, key, work, now):
                self._shown.mark((call.pbx, device))

    def _on_link(self, change: LinkChanged) -> None:
        if not change.link.up:
            return
        self._intervals.compare(change.link.pbx, self._live.agents, change.at)
        self.shift.link_up(change.link.pbx)
        self._tasks.start(f"members-{change.link.pbx}", self._bring_members(change.link.pbx))

    def _mark_user(self, user_id: int) -> None:
        key = self.directory.device_of(user_id)
        if key is not None:
            self._shown.mark(key)

    # -- after a restart

    async def restore(self) -> None:
        """Load profiles, people, open stretches and the day so far. Raises Unavailable, TimedOut."""
        self.directory.load(await store.profiles(self._db), await self._accounts.list_users())
        # What the last run wrote may still be on its way.
        await self._journal.drained()
        self._intervals.remember(await store.open_intervals(self._db))
        await self.shift.restore()
        await self.skills.restore()
        await self.moves.restore()
        now = self._clock.now()
        for row in await store.segments_of_day(self._db, *self._today.bounds):
            times = (row["started_at"], row["ended_at"], row["held_seconds"])
            work = work_of(row["kind"], row["result"], *times, merged=row["merged"])
            whose = (row["pbx"], row["device"]) if row["user_id"] is None else row["user_id"]
            if work is not None:
                self._today.book(whose, segment_key(":".join((row["pbx"], row["linkedid"])), row["n"]), work, now)

    async def _restore_when_possible(self) -> None:
        while True:
            await asyncio.sleep(RESTORE_PAUSE)
            try:
                await self.restore()
            except CtiError:
                continue
            for profile in self.directory:
                self._intervals.owner_changed(profile.key, self._clock.now())
                self._shown.mark(profile.key)
            for pbx, link in self._live.links.items():
                if link.up:
                    self._intervals.compare(pbx, self._live.agents, self._clock.now())
                    self.shift.link_up(pbx)
                    await self._bring_members(pbx)
            return

    async def _bring_members(self, pbx: str) -> None:
        """A PBX that restarted has forgotten its dynamic members."""
        async with self._saving:
            await self._keeper.retry_removals(pbx)
            for profile in [profile for profile in self.directory if profile.pbx == pbx]:
                if self.shift.governs(profile.user_id):
                    await self.shift.bring(profile.user_id)
                elif profile.always_on:
                    await self._keeper.bring(profile, self.directory.name_of(profile.user_id))

    # -- profiles

    async def profiles(self, scope: Scope = EVERYTHING) -> list[ProfileJson]:
        """The profiles within a scope, by user number. Raises Unavailable."""
        self.directory.meet(await self._accounts.list_users())
        seen = [profile for profile in self.directory if self.directory.sees(scope, *profile.key)]
        return [self.directory.shown(profile) for profile in seen]

    def profile(self, user_id: int) -> ProfileJson | None:
        """A user's profile; None when he has no device."""
        profile = self.directory.profile_of(user_id)
        return None if profile is None else self.directory.shown(profile)

    async def save(
        self,
        who: Session,
        user_id: int,
        pbx: str,
        device: str,
        queues: Sequence[QueuePlace],
        team: str,
        always_on: bool = True,
        location: str = "",
    ) -> ProfileJson:
        """Keep a profile and bring the PBX in step; what the PBX refuses stands in `members` of the answer.

        Raises BadInput, NotFound (no such user), Conflict (device taken), Unavailable (database away).
        """
        profile = checked_profile(user_id, pbx, device, queues, team, always_on, location)
        self._check_pbx(profile)
        self.directory.meet(await self._accounts.list_users())
        if not self.directory.knows(user_id):
            raise NotFound("There is no such user.", code="no_such_user")
        async with self._saving:
            before = self.directory.profile_of(user_id)
            async with self._db.transaction() as connection:
                await store.save(connection, profile)
                await self._audit.write(connection, who, "agent.profile", str(user_id), _details(before, profile))
            self.directory.put(profile)
            return await self._told(user_id, before, profile)

    async def remove(self, who: Session, user_id: int) -> None:
        """Take a user's device away and end his memberships. Raises NotFound, Unavailable."""
        async with self._saving:
            before = self.directory.profile_of(user_id)
            if before is None:
                raise NotFound("This user has no device.", code="no_such_profile")
            async with self._db.transaction() as connection:
                await store.delete(connection, user_id)
                await self._audit.write(connection, who, "agent.profile", str(user_id), _details(before, None))
            self.directory.drop(user_id)
            await self._told(user_id, before, None)

    def _check_pbx(self, profile: Profile) -> None:
        if profile.pbx not in self._pbxs:
            raise BadInput("There is no such PBX.", field="pbx", allowed=", ".join(sorted(self._pbxs)))
        link = self._live.links.get(profile.pbx)
        if link is None or not link.up:
            return
        known = {name for pbx, name in self._live.queues if pbx == profile.pbx}
        for place in profile.queues:
            if place.queue not in known:
                allowed = ", ".join(sorted(known)[:20]) or "none: this PBX has no queues"
                raise BadInput(f"{profile.pbx} has no queue {place.queue!r}.", field="queues", allowed=allowed)

    async def _told(self, user_id: int, before: Profile | None, after: Profile | None) -> ProfileJson:
        """Tell everybody of a change that is kept, and bring the PBX in step."""
        now = self._clock.now()
        keys = {profile.key for profile in (before, after) if profile is not None}
        for key in keys:
            self._intervals.owner_changed(key, now)
            self._shown.mark(key)
        if before is None or after is None or before.key != after.key:
            self._bus.publish(
                AgentProfileChanged(user_id, before.key if before else None, after.key if after else None)
            )
        members = await self._bring_profile(user_id, before, after)
        return replace(self.directory.shown(after or before or Profile(user_id, "", "")), members=tuple(members))

    # -- changes for many (agents/moves)

    async def rearrange(
        self,
        who: Actor,
        plan: Callable[[], Mapping[int, tuple[QueuePlace, ...]]],
        details: Mapping[str, object],
        also: "Callable[[Connection], Awaitable[None]]",
    ) -> Mapping[int, tuple[Profile, Profile]]:
        """Keep other queues for several agents, all or none; `plan` is asked while nobody else changes any.

        The former and the new profile of each; `follow` brings the PBX. Raises NotFound, Conflict, Unavailable.
        """
        async with self._saving:
            changed: dict[int, tuple[Profile, Profile]] = {}
            async with self._db.transaction() as connection:
                for user_id, places in plan().items():
                    before = self.directory.profile_of(user_id)
                    if before is None:
                        raise NotFound("This user has no device.", code="no_such_profile")
                    after = replace(before, queues=places)
                    changed[user_id] = before, after
                    await store.save(connection, after)
                    told = {**_details(before, after), **details}
                    await self._audit.write(connection, who, str(details["action"]), str(user_id), told)
                await also(connection)
            for _, after in changed.values():
                self.directory.put(after)
                self._shown.mark(after.key)
        return changed

    async def follow(
        self, user_id: int, before: Profile, after: Profile, signed_in: Collection[str] | None
    ) -> list[MemberChange]:
        """Bring the PBX in step with one agent of `rearrange`; what it made of each membership, never raises.

        `signed_in`: the queues that he had chosen when he last had those that he gets back.
        """
        async with self._saving:
            if self.directory.profile_of(user_id) != after:
                return []  # changed again meanwhile, and that change brings the PBX
            return await self._bring_profile(user_id, before, after, signed_in)

    def at_work(self, user_id: int) -> tuple[bool, tuple[str, ...] | None]:
        """Whether he is to be a member of queues now, and those that he is signed in to (None: no shift)."""
        profile = self.directory.profile_of(user_id)
        chosen = self.shift.queues_of(user_id)
        return bool(chosen) if chosen is not None else profile is not None and profile.always_on, chosen

    async def _bring_profile(
        self,
        user_id: int,
        before: Profile | None,
        after: Profile | None,
        signed_in: Collection[str] | None = None,
    ) -> list[MemberChange]:
        name = self.directory.name_of(user_id)
        if not self.shift.governs(user_id):
            return await self._keeper.change(before, after if after is None or after.always_on else _idle(after), name)
        moved = before is not None and (after is None or after.key != before.key)
        done = await self._keeper.change(before, None, name) if moved else []
        fault = await self.shift.profile_changed(user_id, before, after, signed_in)
        if fault is not None and before is not None and after is not None:
            places = sorted({place.queue for place in set(before.queues) ^ set(after.queues)})
            done += [MemberChange(queue, "change", False, fault.sentence) for queue in places]
        return done


def _idle(profile: Profile) -> Profile:
    """The profile without its queues: of somebody who is a member only while he is signed in."""
    return replace(profile, queues=())


def _details(before: Profile | None, after: Profile | None) -> dict[str, object]:
    return {"before": _plain(before), "after": _plain(after)}


def _plain(profile: Profile | None) -> dict[str, object] | None:
    if profile is None:
        return None
    places = [{"queue": place.queue, "penalty": place.penalty} for place in profile.queues]
    return {
        "pbx": profile.pbx,
        "device": profile.device,
        "queues": places,
        "team": profile.team,
        "always_on": profile.always_on,
        "location": profile.location,
    }
