"""Joins hands, messages and notices: what is loaded at the start, what is heard, and what the consoles are given."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from cti_server.agents.help import store
from cti_server.agents.help.hands import ROW, TOPIC, Hands
from cti_server.agents.help.messages.service import Messages
from cti_server.agents.help.model import OLDEST_HAND, HelpJson, Journal, People
from cti_server.agents.help.notices.service import Notices
from cti_server.agents.help.sight import sight_of
from cti_server.agents.model import Live
from cti_server.agents.shift.events import ShiftEnded
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.model import Role, Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

SINKS: Final[Mapping[str, "Callable[[Connection, list[dict[str, Any]]], Awaitable[None]]"]] = {ROW: store.write_hands}
"""What the journal does with the rows of this room."""
RETRY: Final = 2.0
DAY: Final = 86400.0
_CHIEFS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})


def may_watch(session: Session) -> bool:
    """Who is asked for help: supervisors and admins."""
    return bool(session.roles & _CHIEFS)


class HelpService:
    """`hands`, `messages` and `notices` are what people use. Listens from `start()` on."""

    def __init__(
        self,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Live,
        people: People,
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
        keep_days: float = 180.0,
    ) -> None:
        """`keep_days`: for how long messages and notices are kept."""
        self._bus = bus
        self._hub = hub
        self._people = people
        self._journal = journal
        self._db = db
        self._clock = clock
        self._tasks = tasks
        self._keep = keep_days * DAY
        self.hands = Hands(hub, live, people, journal, clock)
        self.messages = Messages(hub, people, db, clock)
        self.notices = Notices(hub, people, db, audit, clock)
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=sight_of(people))
        hub.add_part("user", "help", self.of_user)

    def start(self) -> None:
        """Begin to listen, and load what the database knows as soon as it can be asked."""
        self._bus.subscribe(ShiftEnded, lambda event: self.hands.gone(event.user_id, "signedOut"))
        self._bus.subscribe(SessionEnded, self._on_session_ended)
        self._tasks.start("restore-help", self._restore_when_possible())
        self._tasks.start("forget-help", self._forget_daily())

    def snapshot(self) -> dict[str, Any]:
        """What supervisors see: hands, threads with something unread, notices with their readers."""
        return {
            "hands": self.hands.all(),
            "unread": self.messages.unread_by_supervisors(),
            "notices": self.notices.all(),
        }

    def of_user(self, user_id: int) -> HelpJson:
        """What a user sees of his own."""
        return HelpJson(self.hands.of(user_id), self.messages.unread_of(user_id), self.notices.of(user_id))

    async def forget(self) -> None:
        """Delete the messages and notices that are too old. Raises Unavailable."""
        before = self._clock.now() - self._keep
        messages, notices = await self.messages.forget(before), await self.notices.forget(before)
        if messages or notices:
            log.info("help_forgotten", messages=messages, notices=notices)

    async def restore(self) -> None:
        """Load hands, counts and notices. Raises Unavailable, TimedOut."""
        await self._journal.drained()
        self.hands.remember(await store.hands_up(self._db, self._clock.now() - OLDEST_HAND))
        await self.messages.restore()
        await self.notices.restore()

    def _on_session_ended(self, event: SessionEnded) -> None:
        if not event.signed_in:
            self.hands.gone(event.user_id, "sessionEnded")

    async def _forget_daily(self) -> None:
        while True:
            try:
                await self.forget()
            except CtiError as fault:
                log.warning("help_not_forgotten", reason=fault.code)
            await asyncio.sleep(DAY)

    async def _restore_when_possible(self) -> None:
        while True:
            try:
                await self.restore()
            except CtiError as fault:
                log.warning("help_not_restored", reason=fault.code, again_in=RETRY)
                await asyncio.sleep(RETRY)
                continue
            self._tell_all()
            return

    def _tell_all(self) -> None:
        """Who was looking already sees now what was loaded."""
        now = self._clock.now()
        self._hub.publish(TOPIC, "help.list", self.snapshot(), now)
        for profile in self._people:
            self._hub.publish(f"user:{profile.user_id}", "help.mine", self.of_user(profile.user_id), now)
