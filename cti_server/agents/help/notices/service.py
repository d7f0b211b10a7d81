"""Notices to a team or to all: on top of each agent's page until he has read them or their time is over."""

from dataclasses import replace
from typing import TYPE_CHECKING

from cti_server.agents.help.messages.service import AT_ONCE, MINUTE, TOPIC, count
from cti_server.agents.help.model import (
    LONGEST_NOTICE,
    NOTICES_A_MINUTE,
    Notice,
    NoticeJson,
    People,
    SentNoticeJson,
    checked_team,
    checked_text,
    notice_json,
    notice_within,
    sent_notice_json,
)
from cti_server.agents.help.notices import store
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.auth.rate import TryLimit
from cti_server.core.auth.scope import Scope
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Forbidden, NotFound

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database


class Notices:
    """Those that hold, in memory; all of them in the database."""

    def __init__(self, hub: "PushHub", people: People, db: "Database", audit: AuditLog, clock: Clock) -> None:
        self._hub = hub
        self._people = people
        self._db = db
        self._audit = audit
        self._clock = clock
        self._limit = TryLimit(most=NOTICES_A_MINUTE, window=MINUTE)
        self._held: dict[int, Notice] = {}

    async def restore(self) -> None:
        """Learn which hold. Raises Unavailable."""
        self._held = {notice.id: notice for notice in await store.notices_that_hold(self._db, self._clock.now())}

    def all(self) -> list[SentNoticeJson]:
        """Those that hold, with who has read them, newest first."""
        return [sent_notice_json(one, self._people) for one in reversed(self._holding())]

    def of(self, user_id: int) -> tuple[NoticeJson, ...]:
        """What this user is still to read."""
        wanted = [one for one in self._holding() if user_id not in one.readers and one.concerns(user_id, self._people)]
        return tuple(notice_json(one, self._people) for one in wanted)

    async def page(self, scope: Scope, before: int | None, limit: int) -> tuple[list[SentNoticeJson], int | None]:
        """Those that lie within, also those that are over, newest first. Raises Unavailable."""
        shown: list[SentNoticeJson] = []
        while True:
            found = await store.notices(self._db, before, limit)
            for notice in found:
                told = notice_within(sent_notice_json(notice, self._people), scope, self._people)
                shown += [told] if told is not None else []
                if len(shown) == limit:
                    return shown, notice.id
            if len(found) < limit:
                return shown, None
            before = found[-1].id

    async def send(self, who: Session, team: str, text: str, seconds: float) -> SentNoticeJson:
        """Tell a team (empty: all) something for so long; nobody outside the sender's scope.

        Raises BadInput (also for a team outside), TooMany, Unavailable.
        """
        clean, team = checked_text(text), checked_team(team, self._people, who.scope)
        if not MINUTE <= seconds <= LONGEST_NOTICE:
            raise BadInput("A notice cannot last so long.", field="minutes", allowed="1 to 10080 minutes")
        count(self._limit, who.user_id, self._clock.monotonic())
        now = self._clock.now()
        async with self._db.transaction() as connection:
            notice = await store.add_notice(connection, who, team, clean, now, now + seconds)
            details = {"team": team, "text": clean, "expires_at": notice.expires_at}
            await self._audit.write(connection, who, "notice.send", str(notice.id), details)
        self._held[notice.id] = notice
        for user_id in notice.audience(self._people):
            self._hub.publish(f"user:{user_id}", "notice.shown", notice_json(notice, self._people), now)
        return self._tell(notice)

    async def withdraw(self, who: Session, notice_id: int) -> SentNoticeJson:
        """Take it from all screens.

        Raises NotFound (no_such_notice), Forbidden (notice_reaches_further), Unavailable.
        """
        notice, now = self._known(notice_id), self._clock.now()
        self._check_reach(who, notice)
        async with self._db.transaction() as connection:
            await store.withdraw_notice(connection, notice_id, now)
            await self._audit.write(connection, who, "notice.withdraw", str(notice_id), {"team": notice.team})
        gone = replace(self._held.pop(notice_id, notice), withdrawn_at=now)
        for user_id in notice.audience(self._people):
            self._hub.publish(f"user:{user_id}", "notice.gone", {"id": notice_id}, now)
        return self._tell(gone)

    async def read(self, who: Session, notice_id: int) -> None:
        """One has read it. Raises NotFound (no_such_notice: also one that is not for him), Unavailable."""
        notice, now = self._known(notice_id), self._clock.now()
        if not notice.concerns(who.user_id, self._people):
            raise NotFound("There is no such notice.", code="no_such_notice")
        if who.user_id in notice.readers:
            return
        async with self._db.transaction() as connection:
            await store.read_notice(connection, notice_id, who.user_id, now)
        # What others read while the database was asked is not lost.
        current = self._held.get(notice_id, notice)
        after = replace(current, readers={**current.readers, who.user_id: now})
        if notice_id in self._held:
            self._held[notice_id] = after
        self._hub.publish(f"user:{who.user_id}", "notice.gone", {"id": notice_id}, now)
        self._tell(after)

    async def forget(self, before: float) -> int:
        """Delete what was over before a moment; how many. Raises Unavailable."""
        total = 0
        while (count := await store.forget(self._db, before, AT_ONCE)) == AT_ONCE:
            total += count
        return total + count

    def _known(self, notice_id: int) -> Notice:
        notice = self._held.get(notice_id)
        if notice is None or not notice.holds(self._clock.now()):
            raise NotFound("There is no such notice.", code="no_such_notice")
        return notice

    def _check_reach(self, who: Session, notice: Notice) -> None:
        """Who is limited takes back his own, and what went to nobody outside his scope."""
        if who.scope.whole or notice.sender_id == who.user_id:
            return
        within = [self._people.sees_user(who.scope, user_id) for user_id in notice.audience(self._people)]
        if not any(within):
            raise NotFound("There is no such notice.", code="no_such_notice")
        if not all(within):
            raise Forbidden("This notice went to others than your agents too.", code="notice_reaches_further")

    def _holding(self) -> list[Notice]:
        now = self._clock.now()
        self._held = {key: one for key, one in self._held.items() if one.holds(now)}
        return list(self._held.values())

    def _tell(self, notice: Notice) -> SentNoticeJson:
        shown = sent_notice_json(notice, self._people)
        self._hub.publish(TOPIC, "notice.changed", shown, self._clock.now())
        return shown
