"""Preview, start, go on, tell: one erasure after the other, room by room.

What is to be done stands in the database before anything is touched, and each room says in its own transaction what it
removed: a server that falls in between goes on where it was.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from cti_server.business.erasure import store
from cti_server.business.erasure.model import (
    BlockJson,
    Calls,
    Drains,
    ErasureJson,
    Live,
    People,
    PreviewJson,
    StepJson,
    Task,
    check_blocks,
    check_confirmed,
    checked_why,
    on_the_line,
    with_calls,
)
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.erasing.model import Knows, Person, Proof
from cti_server.core.errors import BadInput, Conflict, CtiError, NotFound, TimedOut, Unavailable
from cti_server.core.tasks import Tasks

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

RETRY: Final = 5.0


class Erasures:
    """Works from `start()` on. `rooms` in the order in which they forget; those that may refuse come first."""

    def __init__(
        self,
        *,
        people: People,
        calls: Calls,
        rooms: Sequence[Knows],
        live: Live,
        journal: Drains,
        db: "Database",
        audit: AuditLog,
        tasks: Tasks,
    ) -> None:
        self._people = people
        self._calls = calls
        self._rooms = tuple(rooms)
        self._live = live
        self._journal = journal
        self._db = db
        self._audit = audit
        self._tasks = tasks
        self._stirred = asyncio.Event()

    def start(self) -> None:
        """Go on with what was begun, and wait for more."""
        self._stirred.set()
        self._tasks.start("erase-people", self._work())

    # -- what admins ask

    async def preview(self, customer_id: int | None, number: str | None) -> PreviewJson:
        """What would go of a customer, or of a number. Raises BadInput, NotFound, Conflict, Unavailable, TimedOut."""
        return (await self._previewed(customer_id, number))[1]

    async def begin(
        self, who: Session, customer_id: int | None, number: str | None, *, why: str, confirm: str
    ) -> ErasureJson:
        """Begin to erase. Raises BadInput, NotFound, Conflict (also: recording_held …), Unavailable, TimedOut."""
        person, shown = await self._previewed(customer_id, number)
        check_confirmed(confirm, shown.confirm)
        reason = checked_why(why, person)
        check_blocks(shown.blocks)
        subject = f"customer {shown.customer_id}" if shown.customer_id is not None else "number"
        if shown.customer_id is not None and await store.open_of(self._db, subject):
            raise Conflict("This customer is being erased already.", code="erasure_running")
        async with self._db.transaction() as connection:
            erasure_id = await store.add(connection, who, subject, reason, person)
            details = {"subject": subject, "why": reason, "found": shown.found}
            await self._audit.write(connection, who, "customer.erase", str(erasure_id), details)
        self._stirred.set()
        return await self.show(erasure_id)

    async def go_on(self, who: Session, erasure_id: int) -> ErasureJson:
        """Let one that was stopped go on. Raises NotFound, Conflict, Unavailable."""
        async with self._db.transaction() as connection:
            if not await store.go_on(connection, erasure_id):
                raise Conflict("This erasure does not stand still.", code="erasure_not_stopped")
            await self._audit.write(connection, who, "customer.erase.goOn", str(erasure_id), {})
        self._stirred.set()
        return await self.show(erasure_id)

    async def page(self, before: int | None, limit: int) -> tuple[list[ErasureJson], int | None]:
        """Erasures, the newest first. Raises Unavailable."""
        found = await store.page(self._db, before, limit + 1)
        return found[:limit], found[limit - 1].id if len(found) > limit else None

    async def show(self, erasure_id: int) -> ErasureJson:
        """One with its progress and proof. Raises NotFound, Unavailable."""
        async with self._db.connection() as connection:
            return await self._shown(connection, erasure_id)

    async def _shown(self, connection: "Connection", erasure_id: int) -> ErasureJson:
        found = await store.one(connection, erasure_id)
        if found is None:
            raise NotFound("There is no such erasure.", code="no_such_erasure")
        one, done, counts, proofs = found
        steps, now = [], one.state == "running"
        for room in self._rooms:
            state = "done" if room.room in done or one.state == "done" else "running" if now else "waiting"
            now = now and state == "done"
            steps.append(StepJson(room.room, state, counts.get(room.room, {})))
        return replace(one, steps=tuple(steps), proofs=tuple(proofs))

    async def _previewed(self, customer_id: int | None, number: str | None) -> tuple[Person, PreviewJson]:
        if (customer_id is None) == (number is None):
            raise BadInput("Say who: a customer or a number.", field="customer_id", allowed="customer_id or number")
        await self._journal.drained()
        told = (
            self._people.of_customer(customer_id) if customer_id is not None else self._people.of_number(number or "")
        )
        person, confirm = await told
        calls = await self._calls.calls_of(list(person.customers), list(person.keys))
        his = frozenset(number for _, _, number, _ in calls if number and self._people.key(number) in person.keys)
        person = with_calls(person, calls, his)
        found: dict[str, dict[str, int]] = {}
        blocks = self._line_of(person)
        for room in self._rooms:
            part = await room.preview(person)
            found[room.room] = {kind: count for kind, count in part.parts.items() if count}
            blocks += [BlockJson(one.code, room.room, one.count, one.until) for one in part.blocks]
        customer = person.customers[0] if person.customers else None
        numbers = tuple(dict.fromkeys(person.keys))
        return person, PreviewJson(customer, confirm, numbers, len(person.calls), found, tuple(blocks))

    def _line_of(self, person: Person) -> list[BlockJson]:
        numbers = {call.number for call in self._live.calls.values() if call.number}
        busy = on_the_line(self._live, person, {number: self._people.key(number) for number in numbers})
        return [BlockJson("on_the_line", "calls", 1, None)] if busy else []

    # -- the work

    async def _work(self) -> None:
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            try:
                while (task := await store.running(self._db)) is not None:
                    await self.erase(task)
            except (Unavailable, TimedOut) as fault:
                log.warning("erasure_waits", reason=fault.code, again_in=RETRY)
                self._stirred.set()
                await asyncio.sleep(RETRY)

    async def erase(self, task: Task) -> None:
        """Room by room, from where it was. What a room refuses stops it. Raises Unavailable, TimedOut."""
        try:
            for room in self._rooms:
                if room.room not in task.rooms:
                    await self._forget(task, room)
        except (Unavailable, TimedOut):
            raise
        except CtiError as fault:
            await self._stop(task, fault.code)
        except Exception:
            log.exception("erasure_failed", erasure=task.id)
            await self._stop(task, "internal")
        else:
            await self._end(task)

    async def _forget(self, task: Task, room: Knows) -> None:
        if self._line_of(task.person):
            raise Conflict("This person is in a call now.", code="on_the_line")

        async def told(connection: "Connection", counts: Mapping[str, int], proofs: Sequence[Proof]) -> None:
            await store.removed(connection, task.id, room.room, counts, proofs)

        await self._journal.drained()
        await room.forget(task.person, task.who, told)
        await store.forgotten(self._db, task.id, room.room)

    async def _stop(self, task: Task, code: str) -> None:
        async with self._db.transaction() as connection:
            await store.stop(connection, task.id, code)
            await self._audit.write(connection, task.who, "customer.erase.stopped", str(task.id), {"reason": code})

    async def _end(self, task: Task) -> None:
        """The proof: what was removed, and the hashes of the sounds; nothing that names him."""
        async with self._db.transaction() as connection:
            await store.end(connection, task.id)
            done = await self._shown(connection, task.id)
            details = {
                "subject": task.subject,
                "why": task.why,
                "removed": {step.room: step.removed for step in done.steps if step.removed},
                "sha256": {one.thing: one.sha256 for one in done.proofs},
            }
            await self._audit.write(connection, task.who, "customer.erased", str(task.id), details)
