"""Notices to a team or to all: on top of each agent's page until he has read them or their time is over."""

from dataclasses import replace
from typing import TYPE_CHECKING

from cti_server.agents.help.messages.service import MINUTE, TOPIC, count
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
    sent_notice_json,
)
from cti_server.agents.help.notices import store
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.auth.rate import TryLimit
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, NotFound

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
        profile = self._people.profile_of(user_id)
        wanted = [one for one in self._holding() if one.concerns(profile) and user_id not in one.readers]
        return tuple(notice_json(one, self._people) for one in wanted)

    async def page(self, before: int | None, limit: int) -> tuple[list[SentNoticeJson], int | None]:
        """All of them, also those that are over, newest first. Raises Unavailable."""
        found = await store.notices(self._db, before, limit + 1)
        shown = [sent_notice_json(one, self._people) for one in found[:limit]]
        return shown, found[limit - 1].id if len(found) > limit else None

    async def send(self, who: Session, team: str, text: str, seconds: float) -> SentNoticeJson:
        """Tell a team (empty: all) something for so long. Raises BadInput, TooMany, Unavailable."""
        clean, team = checked_text(text), checked_team(team, self._people)
        if not MINUTE <= seconds <= LONGEST_NOTICE:
            raise BadInput("A notice cannot last so long.", field="minutes", allowed="1 to 10080 minutes")
        count(self._limit, who.user_id, self._clock.monotonic())
        now = self._clock.now()
        async with self._db.transaction() as connection:
            notice = await store.add_notice(connection, who.user_id, team, clean, now, now + seconds)
            details = {"team": team, "text": clean, "expires_at": notice.expires_at}
            await self._audit.write(connection, who, "notice.send", str(notice.id), details)
        self._held[notice.id] = notice
        for user_id in self._audience(notice):
            self._hub.publish(f"user:{user_id}", "notice.shown", notice_json(notice, self._people), now)
        return self._tell(notice)

    async def withdraw(self, who: Session, notice_id: int) -> SentNoticeJson:
        """Take it from all screens. Raises NotFound (no_such_notice), Unavailable."""
        notice, now = self._known(notice_id), self._clock.now()
        async with self._db.transaction() as connection:
            await store.withdraw_notice(connection, notice_id, now)
            await self._audit.write(connection, who, "notice.withdraw", str(notice_id), {"team": notice.team})
        gone = replace(self._held.pop(notice_id, notice), withdrawn_at=now)
        for user_id in self._audience(notice):
            self._hub.publish(f"user:{user_id}", "notice.gone", {"id": notice_id}, now)
        return self._tell(gone)

    async def read(self, who: Session, notice_id: int) -> None:
        """One has read it. Raises NotFound (no_such_notice: also one that is not for him), Unavailable."""
        notice, now = self._known(notice_id), self._clock.now()
        if not notice.concerns(self._people.profile_of(who.user_id)):
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

    def _known(self, notice_id: int) -> Notice:
        notice = self._held.get(notice_id)
        if notice is None or not notice.holds(self._clock.now()):
            raise NotFound("There is no such notice.", code="no_such_notice")
        return notice

    def _holding(self) -> list[Notice]:
        now = self._clock.now()
        self._held = {key: one for key, one in self._held.items() if one.holds(now)}
        return list(self._held.values())

    def _audience(self, notice: Notice) -> list[int]:
        return [profile.user_id for profile in self._people if notice.concerns(profile)]

    def _tell(self, notice: Notice) -> SentNoticeJson:
        shown = sent_notice_json(notice, self._people)
        self._hub.publish(TOPIC, "notice.changed", shown, self._clock.now())
        return shown
