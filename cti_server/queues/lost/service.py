"""Keeps the list of lost calls: hears how calls end, tells the consoles, and does what people do with an item."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, Forbidden, NotFound
from cti_server.core.push.sights import Sight
from cti_server.core.tasks import Tasks
from cti_server.core.worklist.model import checked_reason
from cti_server.core.worklist.service import WorkList, cut
from cti_server.live.changes import CallChanged, CallKind
from cti_server.queues.lost import store
from cti_server.queues.lost.model import (
    WORK,
    Callback,
    ContactKind,
    GivenUp,
    LostJson,
    State,
    check_callable,
    check_claim,
    check_hold,
    check_undo,
    contact_of,
    contact_of_given_up,
    lies_within,
)

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

ROW: Final = "lost_contact"
"""Kind of the journal's rows."""
SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {
    ROW: store.write_contacts
}
"""What the journal does with the rows of this room."""
TOPIC: Final = "lost"
GATHER: Final = 0.2
"""Seconds for which changes of the list gather before it is read."""
SIGHT: Final = Sight(
    items=("items",),
    key=lambda item: item.id,
    shown=lambda scope, item: item if lies_within(scope, item.queues) else None,
    gone=lambda item: ("lost.removed", {"id": item.id}),
)
RETRY: Final = 2.0
MOST_SHOWN: Final = 2000
"""Items that are kept in memory for the consoles; the rest stands in the list that is asked for by pages."""
_CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""

    def drained(self) -> Awaitable[None]:
        """Wait until the database has every row appended so far. Raises TimedOut."""


class LostCalls:
    """The list. Listens from `start()` on.

    `number_key` gives the digits by which a number is found, `name_of` a user's name; `agents_may`: agents see the
    list and work on it; `least_wait` seconds below which a caller has only misdialled.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        number_key: Callable[[str], str],
        name_of: Callable[[int], str],
        agents_may: bool = False,
        least_wait: float = 0.0,
    ) -> None:
        self._bus = bus
        self._hub = hub
        self._journal = journal
        self._db = db
        self._audit = audit
        self._clock = clock
        self._tasks = tasks
        self._number_key = number_key
        self._names = name_of
        self._least_wait = least_wait
        self._agents_may = agents_may
        self._list: WorkList[LostJson] = WorkList(
            topic=TOPIC, open_states=WORK, hub=hub, db=db, audit=audit, clock=clock, most=MOST_SHOWN
        )
        self._revision: int | None = None
        self._talking: set[str] = set()
        self._stirred = asyncio.Event()
        self.kept_place: Callable[[str], bool] = lambda call_id: False
        """Whether the caller of a call will be called back without being in this list; set by who joins the rooms."""
        hub.register_topic(TOPIC, may=self.may_see, snapshot=self.snapshot, sight=SIGHT)

    def start(self) -> None:
        """Begin to listen, and read the list as soon as the database can be asked."""
        self._bus.subscribe(CallChanged, self._on_call)
        self._stirred.set()
        self._tasks.start("follow-lost-calls", self._follow())

    def may_see(self, who: Session) -> bool:
        """Supervisors and admins, and agents where the setting says so."""
        return bool(who.roles & _CHIEFS) or (self._agents_may and Role.AGENT in who.roles)

    def snapshot(self) -> dict[str, list[LostJson]]:
        """What is to be done, the longest waiting first."""
        return {"items": sorted(self._list.items.values(), key=lambda item: (item.first_at, item.id))}

    # -- what is heard

    def _on_call(self, change: CallChanged) -> None:
        call = change.call
        over = change.kind is CallKind.CLEARED
        # Told twice at most: when the two begin to talk, and when it is over.
        if not over and (call.answered_at is None or call.id in self._talking):
            return
        contact = contact_of(call, self._number_key(call.number), least_wait=self._least_wait)
        if over:
            self._talking.discard(call.id)
        else:
            self._talking.add(call.id)
        if contact is None or (contact.kind is ContactKind.LOST and self.kept_place(call.id)):
            return
        self._journal.append(ROW, contact.row())
        if contact.kind is ContactKind.LOST or self._list.items:
            self._stirred.set()

    def given_up(self, item: GivenUp) -> None:
        """He kept his place, and nobody has reached him: he is lost now."""
        self._journal.append(ROW, contact_of_given_up(item, self._number_key(item.number), self._clock.now()).row())
        self._stirred.set()

    async def _follow(self) -> None:
        """Whenever something was journaled, read what the database made of it and tell it."""
        while True:
            await self._stirred.wait()
            await asyncio.sleep(GATHER)
            self._stirred.clear()
            try:
                await self._journal.drained()
                await self.refresh()
            except CtiError as fault:
                log.warning("lost_calls_not_read", reason=fault.code, again_in=RETRY)
                self._stirred.set()
                await asyncio.sleep(RETRY)

    async def refresh(self) -> None:
        """Read what is new in the list, and tell it. Raises Unavailable."""
        if self._revision is None:
            revision = await store.newest(self._db)
            self._list.fill(await store.work(self._db, self._names, MOST_SHOWN), self.snapshot)
            self._revision = revision
            return
        for item in await store.changed_since(self._db, self._revision, self._names):
            self._list.tell(item)
            self._revision = max(self._revision, item.revision)

    async def callbacks(self, user_id: int) -> list[Callback]:
        """Whom this user has taken on himself to call back, the longest waiting first."""
        own = [item for item in self._list.items.values() if item.claimed_by == user_id and item.callable]
        return [
            Callback(str(item.id), item.number, item.name, item.first_at, item.attempts)
            for item in sorted(own, key=lambda item: (item.first_at, item.id))
        ]

    # -- what people do

    async def page(
        self, who: Session, states: list[str], queue: str | None, before: int | None, limit: int
    ) -> tuple[list[LostJson], int | None]:
        """Items in these states, newest first. Raises Forbidden, Unavailable."""
        self._check(who)
        found = await store.page(self._db, states, queue, before, limit + 1, self._names, who.scope)
        return cut(found, limit)

    async def claim(self, who: Session, lost_id: int) -> LostJson:
        """Take an item. Raises NotFound, Forbidden, Conflict (already_claimed, lost_is_over), Unavailable."""

        async def act(connection: "Connection", item: LostJson) -> LostJson:
            check_claim(item, who.user_id)
            return await store.claim(connection, item.id, who.user_id, self._names)

        return await self._change(who, lost_id, "lost.claim", act)

    async def release(self, who: Session, lost_id: int) -> LostJson:
        """Give it back. Raises NotFound, Forbidden, Conflict, Unavailable."""

        async def act(connection: "Connection", item: LostJson) -> LostJson:
            check_hold(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            return await store.give_back(connection, item.id, self._names)

        return await self._change(who, lost_id, "lost.release", act)

    async def call_back(self, who: Session, lost_id: int) -> LostJson:
        """Take it and count an attempt; the caller of this rings `number`. Raises what `claim` raises."""

        async def act(connection: "Connection", item: LostJson) -> LostJson:
            check_callable(item)
            check_claim(item, who.user_id)
            await store.claim(connection, item.id, who.user_id, self._names)
            return await store.attempt(connection, item.id, self._names)

        return await self._change(who, lost_id, "lost.callBack", act)

    async def done(self, who: Session, lost_id: int, note: str) -> LostJson:
        """It is dealt with. Raises NotFound, Forbidden, Conflict, BadInput, Unavailable."""
        return await self._end(who, lost_id, State.DONE, checked_reason(note, needed=False), "lost.done")

    async def dismiss(self, who: Session, lost_id: int, reason: str) -> LostJson:
        """Nothing is to be done, for a reason. Raises NotFound, Forbidden, Conflict, BadInput, Unavailable."""
        return await self._end(who, lost_id, State.DISMISSED, checked_reason(reason, needed=True), "lost.dismiss")

    async def _end(self, who: Session, lost_id: int, state: State, reason: str, action: str) -> LostJson:
        async def act(connection: "Connection", item: LostJson) -> LostJson:
            check_hold(item, who.user_id, chief=bool(who.roles & _CHIEFS))
            now = self._clock.now()
            return await store.end(connection, item.id, state, who.user_id, reason, now, self._names)

        return await self._change(who, lost_id, action, act)

    async def undo(self, who: Session, lost_id: int) -> LostJson:
        """Take back one's own done or dismissed. Raises NotFound, Forbidden, Conflict (too_late, newer_open)."""

        async def act(connection: "Connection", item: LostJson) -> LostJson:
            check_undo(item, self._clock.now())
            if item.ended_by != who.user_id and not who.roles & _CHIEFS:
                raise Forbidden("Somebody else has ended this.", code="claimed_by_other")
            if await store.other_open(connection, item.id):
                raise Conflict("The same caller has been lost again meanwhile.", code="newer_open")
            return await store.give_back(connection, item.id, self._names)

        return await self._change(who, lost_id, "lost.undo", act)

    async def _change(
        self,
        who: Session,
        lost_id: int,
        action: str,
        act: "Callable[[Connection, LostJson], Awaitable[LostJson]]",
    ) -> LostJson:
        self._check(who)
        return await self._list.change(
            who,
            lost_id,
            action,
            locked=lambda connection, wanted: store.locked(connection, wanted, self._names),
            within=lambda item: lies_within(who.scope, item.queues),
            missing=NotFound("There is no such lost call.", code="no_such_lost_call"),
            act=act,
            details=lambda item: {"number": item.number, "state": item.state, "reason": item.reason},
        )

    def _check(self, who: Session) -> None:
        if not self.may_see(who):
            raise Forbidden("Your role does not allow this.")
