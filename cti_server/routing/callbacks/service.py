"""Keeps callbacks, takes turns, and does what people do with them.

The database has the truth; what is open stands in memory as well. Before the PBX is asked for a call the attempt stands
in the database, so a server that dies in between never makes it twice. After a new start the PBX shows the call of an
attempt, or remembers what it came to; where it knows nothing, the attempt counts as made.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.ami.actions import Action, Reply, global_variable, originate_pair
from cti_server.ami.errors import AmiBusy, AmiNotConnected, AmiRefused
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, CtiError, Forbidden, NotFound
from cti_server.core.push.sights import Sight
from cti_server.core.tasks import Tasks
from cti_server.core.worklist.model import checked_reason
from cti_server.core.worklist.service import WorkList, cut
from cti_server.live.changes import AgentChanged, CallChanged, CallKind
from cti_server.live.words import CALLBACK_LEG
from cti_server.routing.callbacks import store
from cti_server.routing.callbacks.model import (
    ASK_AFTER,
    LOST_AFTER,
    OPEN,
    ORPHAN_AFTER,
    Booking,
    CallbackJson,
    Due,
    Line,
    Live,
    People,
    Result,
    Rule,
    State,
    after,
    agent_device,
    attempt_name,
    check_free,
    checked_due,
    checked_rule,
    customer_answered,
    expired,
    is_due,
    joined_of,
    memory_of,
    ready_agents,
    remembered,
    result_of,
    turns,
)
from cti_server.routing.flows.acts import CallerTold
from cti_server.routing.flows.calendars import OpeningHours

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

TOPIC: Final = "callbacks"
WAITS_IN: Final = "cti-callback"
GOES_ON_IN: Final = "cti-callback-dial"
LOOK: Final = 1.0
"""Seconds between two looks whose turn it is, while any callback is open."""
OFFER_SECONDS: Final = 300
"""How long he stands in the queue before he is taken out again, when no agent answers."""
RETRY: Final = 2.0
MOST_BOOKED: Final = 1000
"""Calls of which it is remembered that a callback was asked for in them."""
_CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
SIGHT: Final = Sight(
    items=("items",),
    key=lambda item: item.id,
    shown=lambda scope, item: item if scope.sees_queue(item.queue) else None,
    gone=lambda item: ("callbacks.removed", {"id": item.id}),
)


class Callbacks:
    """Listens and acts from `start()` on. `outside(number)`: what to dial; raises CtiError when it must not be."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        links: Callable[[str], bool],
        line: Line,
        people: People,
        send: Callable[[str, Action], Awaitable[Reply]],
        outside: Callable[[str], str],
        calendars: Callable[[], Mapping[str, OpeningHours]],
        number_key: Callable[[str], str],
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._live = live
        self._links = links
        self._line = line
        self._people = people
        self._send = send
        self._outside = outside
        self._calendars = calendars
        self._number_key = number_key
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._list: WorkList[CallbackJson] = WorkList(
            topic=TOPIC, open_states=OPEN, hub=hub, db=db, audit=audit, clock=clock
        )
        self._attempts: dict[str, int] = {}
        """Call id of an attempt → callback."""
        self._sent: set[str] = set()
        """Attempts that this server has made."""
        self._settling: set[str] = set()
        self._rules: dict[str, Rule] = {}
        self._booked: dict[str, None] = {}
        self.given_up: Callable[[CallbackJson], None] = lambda item: None
        """Told of each whom nobody has reached; set by who joins the rooms."""
        self._stirred = asyncio.Event()
        self.ready = asyncio.Event()
        """Set once what is open was read."""
        hub.register_topic(TOPIC, may=lambda who: bool(who.roles & _CHIEFS), snapshot=self.snapshot, sight=SIGHT)

    def start(self) -> None:
        """Begin to listen; what is open is read as soon as the database can be asked."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._bus.subscribe(AgentChanged, lambda _: self._stirred.set() if self._list.items else None)
        self._tasks.start("callbacks", self._follow())

    def snapshot(self) -> dict[str, list[CallbackJson]]:
        """What is open, in the order of the line."""
        return {"items": sorted(self._list.items.values(), key=lambda one: (-one.priority, one.joined_at, one.id))}

    # -- what flows ask

    async def book(
        self, *, queue: str, number: str, caller: CallerTold, call: str, did: str = "", language: str = "",
        priority: int = 0, due_at: float | None = None,
    ) -> bool:  # fmt: skip
        """Keep that this number is to be called back; False when it must not be dialled. Raises CtiError."""
        key = self._number_key(number)
        if not key:
            return False
        try:
            self._outside(number)
        except CtiError as refused:
            log.info("callback_number_refused", reason=refused.code)
            return False
        pbx, _, linkedid = call.partition(":")
        now = self._clock.now()
        joined = joined_of(self._live.calls.get(call), queue, now)
        customer = int(caller.customer_id) if caller.customer_id.isdecimal() else None
        item, new = await store.book(
            self._db,
            Booking(
                pbx, linkedid, queue, number, key, caller.name, customer, did, language, priority, joined, due_at, now
            ),
            self._people.name_of,
        )
        log.info("callback_booked", id=item.id, queue=queue, new=new)
        self._booked[call] = None
        while len(self._booked) > MOST_BOOKED:
            del self._booked[next(iter(self._booked))]
        self._tell(item)
        return True

    async def has_open(self, number: str) -> bool:
        """Is a callback to this number open?"""
        key = self._number_key(number) if number else ""
        return bool(key) and any(item.number_key == key for item in self._list.items.values())

    def kept_place(self, call_id: str) -> bool:
        """Has the caller of this call asked to be called back? He has not been lost then."""
        return call_id in self._booked or any(item.call_id == call_id for item in self._list.items.values())

    async def due_of(self, user_id: int) -> list[Due]:
        """Those that this user has taken on himself (agents/day)."""
        own = [item for item in self._list.items.values() if item.claimed_by == user_id]
        return [
            Due(str(one.id), one.number, one.name, one.customer_id, one.booked_at, one.due_at, one.attempts)
            for one in sorted(own, key=lambda one: (one.joined_at, one.id))
        ]

    # -- turns

    async def _follow(self) -> None:
        while True:
            try:
                await self.refresh()
                break
            except CtiError as fault:
                log.warning("callbacks_not_read", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    await self._stirred.wait()
            except TimeoutError:
                pass
            self._stirred.clear()
            try:
                await self.look()
            except CtiError as fault:
                log.warning("callbacks_not_looked_at", reason=fault.code)
                await asyncio.sleep(RETRY)

    async def refresh(self) -> None:
        """Read what is open, and the rules. Raises Unavailable."""
        self._rules = {rule.queue: rule for rule in await store.rules(self._db)}
        found = await store.open_ones(self._db, self._people.name_of)
        self._attempts = {f"{item.pbx}:{item.attempt}": item.id for item in found if item.attempt}
        self._list.fill(found, self.snapshot)
        self.ready.set()

    async def look(self) -> None:
        """Give up what has waited too long, settle what was lost, and offer those whose turn it is. Raises CtiError."""
        now = self._clock.now()
        for item in list(self._list.items.values()):
            if expired(item, self.rule_of(item.queue), now):
                self._gone(await store.end(self._db, item.id, State.FAILED, "expired", self._people.name_of))
            elif item.state == State.OFFERED:
                await self._lost(item, now)
        calendars = self._calendars()
        due: dict[tuple[str, str], list[CallbackJson]] = {}
        for item in self._list.items.values():
            if self._links(item.pbx) and is_due(item, self.rule_of(item.queue), calendars, now):
                due.setdefault((item.pbx, item.queue), []).append(item)
        for (pbx, queue), items in due.items():
            ready = ready_agents(self._live.queues.get((pbx, queue)), self._live.agents)
            # Who is on his way into the queue takes an agent, too, although nobody rings yet.
            coming = sum(1 for one in self._list.items.values() if self._is_coming(one, pbx, queue))
            for turn in turns(items, self._line.standing(pbx, queue), ready - coming):
                await self._offer(turn.item, turn.position)

    def _is_coming(self, item: CallbackJson, pbx: str, queue: str) -> bool:
        if item.state != State.OFFERED or (item.pbx, item.queue) != (pbx, queue):
            return False
        call = self._live.calls.get(f"{pbx}:{item.attempt}")
        return call is None or not call.segments

    async def _lost(self, item: CallbackJson, now: float) -> None:
        """An attempt of which the PBX shows nothing, although its link is up: its end went by unseen."""
        call_id = f"{item.pbx}:{item.attempt}"
        since = now - (item.offered_at or now)
        unseen = call_id not in self._live.calls and call_id not in self._settling
        if not unseen or since <= ASK_AFTER or not self._links(item.pbx):
            return
        result = await self._asked(item)
        if result is None and since > (LOST_AFTER if item.attempt in self._sent else ORPHAN_AFTER):
            result = Result.INTERRUPTED
        if result is not None and call_id not in self._live.calls:
            await self._settle(item, result, None)

    async def _asked(self, item: CallbackJson) -> Result | None:
        """What the PBX remembers of an attempt that is over; None when it knows nothing."""
        try:
            reply = await self._send(item.pbx, global_variable(memory_of(item.id)))
        except CtiError as fault:
            log.info("callback_not_remembered", id=item.id, reason=fault.code)
            return None
        return remembered(reply.headers.get("Value", ""), item.attempt or "")

    async def _offer(self, item: CallbackJson, position: int) -> None:
        """Put him into the queue. Whatever happens, no second call is made for this attempt."""
        try:
            exten = self._outside(item.number)
        except CtiError as refused:
            self._gone(await store.end(self._db, item.id, State.FAILED, refused.code, self._people.name_of))
            return
        attempt = attempt_name(item.id, item.attempts + 1, secrets.token_hex(4))
        offered = await store.offer(self._db, item.id, attempt, self._clock.now(), self._people.name_of)
        if offered is None:
            return
        self._attempts[f"{item.pbx}:{attempt}"] = item.id
        self._sent.add(attempt)
        self._tell(offered)
        kept = self._line.arriving(item.pbx, item.queue, attempt + CALLBACK_LEG, item.joined_at, item.priority)
        try:
            await self._send(item.pbx, self._call(offered, attempt, exten, position, kept))
        except (AmiRefused, AmiNotConnected, AmiBusy) as refusal:
            log.warning("callback_refused", id=item.id, reason=refusal.sentence)
            await self._settle(offered, Result.REFUSED, None)
        except BadInput as fault:
            log.warning("callback_impossible", id=item.id, field=fault.field)
            await self._settle(offered, Result.FAILED, None)
        except CtiError as fault:
            # It may have been sent all the same: what the PBX shows decides (`_lost`).
            log.warning("callback_not_confirmed", id=item.id, reason=fault.code)

    def _call(self, item: CallbackJson, attempt: str, exten: str, position: int, kept: Mapping[str, str]) -> Action:
        shown = "".join(sign for sign in item.number if sign in "0123456789*#+")[:20]
        return originate_pair(
            exten,
            waits_in=WAITS_IN,
            goes_on_in=GOES_ON_IN,
            channel_id=attempt,
            other_id=attempt + CALLBACK_LEG,
            caller_number=shown,
            seconds=OFFER_SECONDS,
            variables={
                "CTI_QUEUE": item.queue,
                "CTI_SHOWN": shown,
                "CTI_SHOWN_NAME": item.name,
                "CTI_POSITION": str(position),
                "CTI_QUEUE_PRIO": str(item.priority),
                "CTI_DID": item.did,
                "CTI_KEPT": memory_of(item.id),
                "CTI_ATTEMPT": attempt,
                **kept,
                "__CTI_DATA": f"callback={item.id}&callback_try={item.attempts + 1}",
            },
        )

    # -- what is heard

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        callback_id = self._attempts.get(call.id)
        if callback_id is not None:
            if change.kind is CallKind.CLEARED and call.id not in self._settling:
                item = self._list.items.get(callback_id)
                if item is not None and item.attempt:
                    device = agent_device(call)
                    user = self._people.user_of(call.pbx, device) if device else None
                    self._settling.add(call.id)
                    self._tasks.start("callback-over", self._over(item, result_of(call), user, call.id))
        elif self._list.items and change.kind is CallKind.ESTABLISHED and customer_answered(call) is not None:
            # Somebody talks with him anyway: he called again, or an agent has dialled him.
            key = self._number_key(call.number)
            for item in list(self._list.items.values()):
                if item.number_key == key and item.state in (State.WAITING, State.CLAIMED) and call.answered_at:
                    self._tasks.start("callback-reached", self._reached(item))

    async def _over(self, item: CallbackJson, result: Result, user_id: int | None, call_id: str) -> None:
        try:
            if result is Result.INTERRUPTED:
                result = await self._asked(item) or result
            while True:
                try:
                    await self._settle(item, result, user_id)
                    return
                except CtiError as fault:
                    log.warning("callback_not_settled", id=item.id, reason=fault.code, again_in=RETRY)
                    await asyncio.sleep(RETRY)
        finally:
            self._settling.discard(call_id)
            self._attempts.pop(call_id, None)
            self._sent.discard(item.attempt or "")

    async def _reached(self, item: CallbackJson) -> None:
        try:
            self._gone(await store.end(self._db, item.id, State.REACHED, "", self._people.name_of))
        except CtiError as fault:
            log.warning("callback_not_settled", id=item.id, reason=fault.code)

    async def _settle(self, item: CallbackJson, result: Result, user_id: int | None) -> None:
        """Keep what an attempt came to, and what becomes of the callback. Raises Unavailable."""
        then = after(item, result, self.rule_of(item.queue), self._clock.now())
        attempt = item.attempt or ""
        found = await store.settle(self._db, attempt, result.value, user_id, then, self._people.name_of)
        log.info("callback_attempt", id=item.id, result=result.value, then=then.state.value)
        self._gone(found)

    def _gone(self, item: CallbackJson | None) -> None:
        if item is not None:
            self._tell(item)
            if item.state == State.FAILED:
                self.given_up(item)

    def _tell(self, item: CallbackJson) -> None:
        self._list.tell(item)
        self._stirred.set()

    # -- what people do

    def _mine(self, who: Session) -> list[str] | None:
        """The queues of somebody who is only an agent; None: as his scope says."""
        if who.roles & _CHIEFS:
            return None
        key = self._people.device_of(who.user_id)
        return sorted(self._people.standing(*key)[1]) if key is not None else []

    async def page(
        self, who: Session, states: list[str], queue: str | None, before: int | None, limit: int
    ) -> tuple[list[CallbackJson], int | None]:
        """Callbacks in these states that lie within, newest first. Raises Unavailable."""
        queues = self._mine(who)
        if queue is not None:
            queues = [queue] if queues is None or queue in queues else []
        found = await store.page(self._db, states, queues, before, limit + 1, self._people.name_of, who.scope)
        return cut(found, limit)

    async def claim(self, who: Session, callback_id: int, *, called: bool = False) -> CallbackJson:
        """Take it on oneself; `called`: and count a try, for the number is about to be rung. Raises CtiError."""

        async def act(connection: "Connection", item: CallbackJson) -> CallbackJson:
            check_free(item, who.user_id)
            return await store.change(
                connection, item.id, State.CLAIMED, self._people.name_of, claimed_by=who.user_id, due_at=item.due_at,
                called=called,
            )  # fmt: skip

        return await self._change(who, callback_id, "callback.call" if called else "callback.claim", act)

    async def release(self, who: Session, callback_id: int) -> CallbackJson:
        """Give it back to the line. Raises CtiError."""

        async def act(connection: "Connection", item: CallbackJson) -> CallbackJson:
            check_free(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.change(connection, item.id, State.WAITING, self._people.name_of, due_at=item.due_at)

        return await self._change(who, callback_id, "callback.release", act)

    async def reschedule(self, who: Session, callback_id: int, due_at: float | None) -> CallbackJson:
        """Another moment; None: as soon as it is his turn. Raises CtiError."""
        checked_due(due_at, self._clock.now())

        async def act(connection: "Connection", item: CallbackJson) -> CallbackJson:
            check_free(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.change(
                connection, item.id, item.state, self._people.name_of, claimed_by=item.claimed_by, due_at=due_at
            )

        return await self._change(who, callback_id, "callback.reschedule", act)

    async def cancel(self, who: Session, callback_id: int, reason: str) -> CallbackJson:
        """Nobody is to call him, for a reason. Raises CtiError."""
        why = checked_reason(reason, needed=True)

        async def act(connection: "Connection", item: CallbackJson) -> CallbackJson:
            check_free(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.change(
                connection, item.id, State.CANCELLED, self._people.name_of, due_at=item.due_at, ended_by=who.user_id,
                reason=why,
            )  # fmt: skip

        return await self._change(who, callback_id, "callback.cancel", act)

    async def _change(
        self,
        who: Session,
        callback_id: int,
        action: str,
        act: "Callable[[Connection, CallbackJson], Awaitable[CallbackJson]]",
    ) -> CallbackJson:
        mine = self._mine(who)
        changed = await self._list.change(
            who,
            callback_id,
            action,
            locked=lambda connection, wanted: store.locked(connection, wanted, self._people.name_of),
            within=lambda item: who.scope.sees_queue(item.queue) and (mine is None or item.queue in mine),
            missing=NotFound("There is no such callback.", code="no_such_callback"),
            act=act,
            details=lambda item: {"number": item.number, "state": item.state, "reason": item.reason},
        )
        self._stirred.set()
        return changed

    def rule_of(self, queue: str) -> Rule:
        """How callbacks of a queue are tried."""
        return self._rules.get(queue) or Rule(queue)

    def rules(self, who: Session) -> list[Rule]:
        """Those of every queue that there is or that has one, within his scope."""
        names = sorted({*(name for _, name in self._live.queues), *self._rules})
        return [self.rule_of(name) for name in names if who.scope.sees_queue(name)]

    async def put_rule(self, who: Session, rule: Rule) -> Rule:
        """Make this the rule of its queue. Raises BadInput, Forbidden, Unavailable."""
        if Role.ADMIN not in who.roles:
            raise Forbidden("Only an admin changes these rules.")
        checked_rule(rule)
        async with self._db.transaction() as connection:
            await store.put_rule(connection, rule)
            await self._audit.write(connection, who, "callback.rule", rule.queue, {"tries": rule.tries})
        self._rules[rule.queue] = rule
        return rule
