"""Supervision on calls: who may, whose phone, which channel, and what the PBX made of it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session as SignedIn
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, Forbidden, NotFound, TimedOut, Unavailable
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, LinkChanged
from cti_server.live.views import CallView, LegView
from cti_server.live.words import LegState
from cti_server.monitoring import store
from cti_server.monitoring.events import CallForced
from cti_server.monitoring.model import (
    Act,
    EndReason,
    ForcedJson,
    Live,
    Mode,
    MonitoringJson,
    People,
    Profile,
    Ring,
    Session,
    Spies,
    State,
    Wanted,
    agents_legs,
    channel_id,
    checked_text,
    is_engaged,
    living_leg,
    other_party,
    session_json,
    talking_leg,
    within,
)
from cti_server.monitoring.policy import Policy, Rule, Verdict, checked_rules, plain
from cti_server.monitoring.sessions import ROW, Journal, Sessions
from cti_server.monitoring.words import shown_name

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    ROW: store.write_sessions
}
"""What the journal does with the rows of this room."""
LIMIT: Final = 5.0
"""Seconds for which a command waits for what the PBX makes of it."""
RETRY: Final = 2.0
AUDIT_TRIES: Final = 300


class MonitoringService:
    """The use cases. `sessions` is what others look at; listens from `start()` on."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        spies: Spies,
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        drained: Callable[[], Awaitable[None]] | None = None,
        limit: float = LIMIT,
    ) -> None:
        """`drained` waits until the database has what the journal held (Journal.drained)."""
        self._bus = bus
        self._hub = hub
        self._live = live
        self._people = people
        self._spies = spies
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._drained = drained
        self._limit = limit
        self._policy: Policy | None = None
        self._busy: set[int] = set()
        self._watched: dict[str, list[asyncio.Future[None]]] = {}
        self.sessions = Sessions(bus=bus, hub=hub, live=live, people=people, journal=journal, clock=clock)

    async def start(self) -> None:
        """Begin to listen, and load what the database knows; when it is away, as soon as it is back."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(LinkChanged, self._on_link)
        try:
            await self.restore()
        except CtiError as fault:
            log.warning("monitoring_not_restored", reason=fault.code, again_in=RETRY)
            self._tasks.start("restore-monitoring", self._restore_when_possible())

    async def restore(self) -> None:
        """Load the policy and the sessions that lasted. Raises Unavailable, TimedOut."""
        if self._drained is not None:
            await self._drained()
        self._policy = Policy(await store.rules(self._db))
        self.sessions.load(await store.open_sessions(self._db))
        for pbx, link in self._live.links.items():
            if link.up:
                self.sessions.compare(pbx)

    async def _restore_when_possible(self) -> None:
        while True:
            await asyncio.sleep(RETRY)
            try:
                return await self.restore()
            except CtiError:
                continue

    def _on_call(self, change: CallChanged) -> None:
        self.sessions.hear(change)
        for waiter in self._watched.pop(change.call.id, ()):
            if not waiter.done():
                waiter.set_result(None)

    def _on_link(self, change: LinkChanged) -> None:
        if change.link.up:
            self.sessions.compare(change.link.pbx)

    # -- listen, whisper, barge in

    async def monitor(self, who: SignedIn, agent_id: int, mode: Mode) -> MonitoringJson:
        """Put the supervisor on the agent's call in this mode, or switch to it.

        Raises NotFound, Forbidden `not_allowed`, Conflict (own_call, no_device, not_on_call, supervisor_busy,
        already_listening), TimedOut, Unavailable.
        """
        async with self._one_at_a_time(who):
            call, leg, verdict = self._target(who, agent_id, Act(mode.value))
            session = self.sessions.of_supervisor(who.user_id)
            if session is None:
                session = await self._ring(who, agent_id, call, leg, mode, leg.channel, verdict)
            elif session.agent_leg == leg.id:
                session = await self._switch(session, mode, leg)
            else:
                session = await self._move(who, session, agent_id, call, leg, mode, verdict)
            self._note(who, f"monitoring.{mode}", agent_id, session)
            return session_json(session, self._people)

    async def _ring(
        self,
        who: SignedIn,
        agent_id: int,
        call: CallView,
        leg: LegView,
        mode: Mode,
        target: str,
        verdict: Verdict,
    ) -> Session:
        own = self._own_device(who, call.pbx)
        if is_engaged(self._live.calls, own.pbx, own.device):
            raise Conflict("Your phone is in use. Hang up first.", code="supervisor_busy")
        session = self._session(who, own.device, agent_id, call, leg, mode, verdict)
        if mode is Mode.TAKE_OVER:
            self.sessions.expect_take_over(session.id, call.id)
        self.sessions.put(session)
        number = leg.device.rpartition("/")[2]
        wanted = Ring(
            pbx=call.pbx,
            device=own.device,
            channel_id=session.leg_id,
            mode=mode,
            target=target,
            shown_name=shown_name(mode, self._people.name_of(agent_id) or leg.device, who.language),
            shown_number=number if number.isdigit() else "",
        )
        try:
            await self._spies.ring(wanted)
            return await self._seen_to_ring(session)
        except CtiError:
            self.sessions.end(session.id, EndReason.NOT_ANSWERED)
            raise

    def _session(
        self,
        who: SignedIn,
        device: str,
        agent_id: int,
        call: CallView,
        leg: LegView,
        mode: Mode,
        verdict: Verdict,
        leg_id: str = "",
    ) -> Session:
        token = secrets.token_hex(8)
        now = self._clock.now()
        return Session(
            id=token,
            pbx=call.pbx,
            supervisor_id=who.user_id,
            supervisor_device=device,
            agent_id=agent_id,
            agent_device=leg.device,
            team=self._team(agent_id),
            queue=call.queue,
            call_id=call.id,
            agent_leg=leg.id,
            leg_id=leg_id or channel_id(token, now, call),
            mode=mode,
            told=verdict.tell_agent,
            asked_at=now,
            number=call.number,
        )

    async def _seen_to_ring(self, session: Session) -> Session:
        """Wait until the PBX rings the phone, or says why not."""

        def settled(current: Session | None) -> bool:
            if current is None or current.state is not State.RINGING:
                return True
            found = living_leg(self._live.calls, session.pbx, session.leg_id)
            return found is not None and found[1].state is not LegState.INITIATED

        try:
            current = await self.sessions.until(session.id, settled, self._limit)
        except TimeoutError:
            raise Conflict(
                f"Your phone {session.supervisor_device} does not ring. Is it switched on and registered?",
                code="no_device",
            ) from None
        if current is None:
            raise Conflict("Your phone refused the call, or the agent's call has just ended.", code="supervisor_busy")
        return current

    async def _switch(self, session: Session, mode: Mode, leg: LegView) -> Session:
        if session.mode is mode:
            raise Conflict("You are on this call in this mode already.", code="already_listening")
        await self._redirect(session, mode, leg.channel)
        switched = (self.sessions.get(session.id) or session).switched(mode, self._clock.now())
        self.sessions.put(switched)
        return switched

    async def _move(
        self,
        who: SignedIn,
        before: Session,
        agent_id: int,
        call: CallView,
        leg: LegView,
        mode: Mode,
        verdict: Verdict,
    ) -> Session:
        """From one agent to another with the leg that there is: his phone does not ring again."""
        if before.pbx != call.pbx:
            raise Conflict("You are on a call of another PBX. Stop that first.", code="supervisor_busy")
        await self._redirect(before, mode, leg.channel)
        self.sessions.end(before.id, EndReason.MOVED)
        device = before.supervisor_device
        session = self._session(who, device, agent_id, call, leg, mode, verdict, before.leg_id)
        self.sessions.put(session.put_on(self._clock.now()))
        return self.sessions.get(session.id) or session

    async def _redirect(self, session: Session, mode: Mode, target: str) -> None:
        found = living_leg(self._live.calls, session.pbx, session.leg_id)
        if found is None:
            raise Conflict("Your phone is not on the call any more.", code="not_on_call")
        if session.state is State.RINGING:
            raise Conflict("Your phone still rings. Answer it first.", code="supervisor_busy")
        await self._spies.switch(session.pbx, found[1].channel, mode, target)

    # -- take over

    async def take_over(self, who: SignedIn, agent_id: int) -> MonitoringJson:
        """Give the supervisor the other party of the agent's call, and release the agent.

        With a leg on that call it is done at once; else his phone rings first and the agent keeps the call until it
        is answered. Raises what `monitor` raises, and Conflict `several_parties`.
        """
        async with self._one_at_a_time(who):
            call, leg, verdict = self._target(who, agent_id, Act.TAKE_OVER)
            party = other_party(call, leg.id)
            session = self.sessions.of_supervisor(who.user_id)
            if session is None:
                verdict = replace(verdict, tell_agent=False)  # he is told when he loses the call
                session = await self._ring(who, agent_id, call, leg, Mode.TAKE_OVER, party.channel, verdict)
                self._tasks.start(f"take-over-{session.id}", self._when_taken(who, session))
            elif session.agent_leg != leg.id:
                raise Conflict("You are on another agent's call. Stop that first.", code="supervisor_busy")
            elif session.mode is Mode.TAKE_OVER:
                raise Conflict("You are taking this call over already.", code="already_listening")
            else:
                session = await self._take(who, session, call, party)
            self._note(who, "monitoring.takeOver", agent_id, session)
            return session_json(session, self._people)

    async def _take(self, who: SignedIn, session: Session, call: CallView, party: LegView) -> Session:
        self.sessions.expect_take_over(session.id, call.id)
        try:
            await self._redirect(session, Mode.TAKE_OVER, party.channel)
        except CtiError:
            self.sessions.expect_take_over(session.id, "")
            raise
        try:
            await self.sessions.until(session.id, lambda current: current is None, self._limit)
        except TimeoutError:
            raise TimedOut("The PBX has not said that the call was taken over.") from None
        if not self._has_it(session):
            raise Conflict("The call ended before you had it.", code="not_on_call")
        await self._release_agent(who, session)
        return session.switched(Mode.TAKE_OVER, self._clock.now()).ended(EndReason.TAKEN_OVER, self._clock.now())

    async def _when_taken(self, who: SignedIn, session: Session) -> None:
        """The phone rings: the agent is released when it was answered and the PBX has joined the two."""
        try:
            await self.sessions.until(session.id, lambda current: current is None, 60.0)
        except TimeoutError:
            self.sessions.end(session.id, EndReason.NOT_ANSWERED)
            return
        if self._has_it(session):
            await self._release_agent(who, session)

    def _has_it(self, session: Session) -> bool:
        """Whether the supervisor's phone is in the call now; the other party may have gone at the same moment."""
        joined = living_leg(self._live.calls, session.pbx, session.leg_id)
        return joined is not None and joined[0].id == session.call_id

    async def _release_agent(self, who: SignedIn, session: Session) -> None:
        """End what is left of the agent's leg, and tell him why his call is gone."""
        left = living_leg(self._live.calls, session.pbx, session.agent_leg)
        if left is not None:
            try:
                await self._spies.hang_up(session.pbx, left[1].channel)
            except CtiError as fault:
                log.warning("agent_not_released", call=session.call_id, reason=fault.code)
        self._forced(who, session.agent_id, session.call_id, "takenOver", "")

    # -- stop, release

    async def stop(self, who: SignedIn, session_id: str) -> MonitoringJson:
        """End one's own session. Raises NotFound, TimedOut, Unavailable."""
        session = self.sessions.get(session_id)
        if session is None or session.supervisor_id != who.user_id:
            raise NotFound("You are on no such call.", code="no_such_session")
        found = living_leg(self._live.calls, session.pbx, session.leg_id)
        self.sessions.expect_end(session.id, EndReason.STOPPED)
        if found is None:
            over = self.sessions.end(session.id, EndReason.STOPPED)
        else:
            await self._spies.hang_up(session.pbx, found[1].channel)
            try:
                await self.sessions.until(session.id, lambda current: current is None, self._limit)
            except TimeoutError:
                raise TimedOut("The PBX has not said that your phone is off the call.") from None
            over = session.ended(EndReason.STOPPED, self._clock.now())
        self._note(who, "monitoring.stop", session.agent_id, session)
        return session_json(over or session, self._people)

    async def release(self, who: SignedIn, call_id: str, text: str) -> ForcedJson:
        """Hang up the agents' legs of a call, exactly these channels, and tell the agents why.

        Raises BadInput, NotFound, Forbidden `not_allowed`, Conflict `not_on_call`, TimedOut, Unavailable.
        """
        reason = checked_text(text)
        call = self._live.calls.get(call_id)
        if call is None or call.ended_at is not None:
            raise NotFound("There is no such call.", code="no_such_call")
        legs = agents_legs(call)
        if not legs:
            raise Conflict("No agent talks in this call.", code="not_on_call")
        agents = [self._people.user_of(call.pbx, leg.device) for leg in legs]
        for agent_id in agents:
            self._allowed(who, Act.RELEASE, call, agent_id)
        ended = [await self._spies.hang_up(call.pbx, leg.channel) for leg in legs]
        if not any(ended):
            # They hung up themselves a moment before: nobody is told that a supervisor did it.
            raise Conflict("The call has just ended.", code="not_on_call")
        await self._gone(call, {leg.id for leg in legs})
        for agent_id in agents:
            if agent_id is not None:
                self._forced(who, agent_id, call.id, "released", reason)
        self._audit_later(who, "call.release", call.id, {"text": reason, "agents": [a for a in agents if a]})
        return ForcedJson(call.id, "released", who.name, reason, call.id)

    async def _gone(self, call: CallView, leg_ids: set[str]) -> None:
        try:
            async with asyncio.timeout(self._limit):
                while any(living_leg(self._live.calls, call.pbx, leg_id) for leg_id in leg_ids):
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._watched.setdefault(call.id, []).append(waiter)
                    await waiter
        except TimeoutError:
            raise TimedOut("The PBX has not said that the call has ended.") from None

    def _forced(self, who: SignedIn, agent_id: int, call_id: str, how: str, text: str) -> None:
        told = ForcedJson(call_id, how, who.name, text, call_id)
        self._hub.publish(f"user:{agent_id}", "call.forced", told, self._clock.now())
        self._bus.publish(CallForced(agent_id, call_id, who.user_id, how, text))

    # -- who may

    def _target(self, who: SignedIn, agent_id: int, act: Act) -> tuple[CallView, LegView, Verdict]:
        """The agent's call and his leg in it, when this supervisor may do this there."""
        if agent_id == who.user_id:
            raise Conflict("That is yourself.", code="own_call")
        profile = self._people.profile_of(agent_id)
        if profile is None:
            raise NotFound("This user has no device.", code="no_such_agent")
        found = talking_leg(self._live.calls, profile.pbx, profile.device)
        if found is None:
            raise Conflict("This agent is not on a call.", code="not_on_call")
        call, leg = found
        return call, leg, self._allowed(who, act, call, agent_id)

    def _allowed(self, who: SignedIn, act: Act, call: CallView, agent_id: int | None) -> Verdict:
        if self._policy is None:
            raise Unavailable("It is not known yet who may do this: the database is away.", code="policy_unknown")
        team = self._team(agent_id)
        self._check_scope(who, call)
        verdict = self._policy.judge(who.user_id, act, queue=call.queue, team=team)
        if not verdict.allowed:
            raise Forbidden("You may not do this in this queue or team.", code="not_allowed")
        return verdict

    def _check_scope(self, who: SignedIn, call: CallView) -> None:
        """A call of a queue or of agents outside his scope is none of his business."""
        queues = {part.queue for part in call.segments if part.queue} | ({call.queue} if call.queue else set())
        owned = {leg.device for leg in call.legs if self._people.user_of(call.pbx, leg.device) is not None}
        if not who.scope.sees_call(queues, [self._people.standing(call.pbx, device) for device in owned]):
            raise Forbidden("You may not do this in this queue or team.", code="not_allowed")

    def _team(self, agent_id: int | None) -> str:
        profile = None if agent_id is None else self._people.profile_of(agent_id)
        return profile.team if profile else ""

    def _own_device(self, who: SignedIn, pbx: str) -> Profile:
        profile = self._people.profile_of(who.user_id)
        if profile is None:
            raise Conflict(
                "You have no phone here. An admin gives you one under Agents: your device, without queues.",
                code="no_device",
            )
        if profile.pbx != pbx:
            raise Conflict(f"Your phone is on {profile.pbx}, the agent's call on {pbx}.", code="no_device")
        return profile

    @asynccontextmanager
    async def _one_at_a_time(self, who: SignedIn) -> AsyncIterator[None]:
        if who.user_id in self._busy:
            raise Conflict("Your last command is still being carried out.", code="supervisor_busy")
        self._busy.add(who.user_id)
        try:
            yield
        finally:
            self._busy.discard(who.user_id)

    # -- policy and looking back

    async def policy(self) -> tuple[Rule, ...]:
        """All rules. Raises Unavailable."""
        self._policy = Policy(await store.rules(self._db))
        return self._policy.rules

    async def set_policy(self, who: SignedIn, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """Put these rules in place of all. Raises BadInput, Unavailable."""
        policy = checked_rules(rules)
        async with self._db.transaction() as connection:
            await store.replace_rules(connection, policy.rules)
            details = {"rules": [plain(rule) for rule in policy.rules]}
            await self._audit.write(connection, who, "monitoring.policy", "all", details)
        self._policy = policy
        return policy.rules

    async def page(
        self, who: SignedIn, wanted: Wanted, before: int | None, limit: int
    ) -> tuple[list[MonitoringJson], int | None]:
        """Sessions that `who` may know of, newest first, and the number to go on from. Raises Unavailable."""
        wanted = replace(wanted, within=within(who.user_id, who.scope, self._people))
        found = await store.page(self._db, wanted, before, limit + 1)
        more = found[limit - 1][0] if len(found) > limit else None
        return [session_json(session, self._people) for _, session in found[:limit]], more

    async def every(self, who: SignedIn, wanted: Wanted) -> AsyncIterator[MonitoringJson]:
        """All sessions of `page`, read in steps."""
        before: int | None = None
        while True:
            items, before = await self.page(who, wanted, before, 500)
            for item in items:
                yield item
            if before is None:
                return

    # -- who did it

    def _note(self, who: SignedIn, action: str, agent_id: int, session: Session) -> None:
        details = {"session": session.id, "call": session.call_id, "queue": session.queue, "number": session.number}
        self._audit_later(who, action, str(agent_id), details)

    def _audit_later(self, who: SignedIn, action: str, subject: str, details: Mapping[str, object]) -> None:
        # The PBX has done it already and the journal has the session: the audit log must not make a supervisor wait.
        self._tasks.start(f"audit-{action}", self._write_audit(who, action, subject, details))

    async def _write_audit(self, who: SignedIn, action: str, subject: str, details: Mapping[str, object]) -> None:
        for _ in range(AUDIT_TRIES):
            try:
                return await self._audit.note(who, action, subject, details)
            except (Unavailable, TimedOut):
                await asyncio.sleep(RETRY)
        log.error("audit_not_written", action=action, subject=subject, user=who.user_id)
