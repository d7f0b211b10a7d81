"""Short messages: one thread for each agent, all supervisors on the other side. Kept before they are told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cti_server.agents.help.messages import store
from cti_server.agents.help.model import (
    MESSAGES_A_MINUTE,
    MessageJson,
    People,
    Unread,
    checked_text,
    message_json,
)
from cti_server.core.auth.model import Session
from cti_server.core.auth.rate import TryLimit
from cti_server.core.clock import Clock
from cti_server.core.errors import TooMany

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database

TOPIC: Final = "help"
MINUTE: Final = 60.0
AT_ONCE: Final = 5000
"""Rows deleted in one transaction, so that nobody waits for it."""


def count(limit: TryLimit, user_id: int, now: float) -> None:
    """Book one text of this user. Raises TooMany (too_many_messages)."""
    try:
        limit.count(str(user_id), now)
    except TooMany as full:
        sentence = "Too many messages in a short time."
        raise TooMany(sentence, retry_after=full.retry_after, code="too_many_messages") from None


class Messages:
    """What agents and supervisors write to one another."""

    def __init__(self, hub: "PushHub", people: People, db: "Database", clock: Clock) -> None:
        self._hub = hub
        self._people = people
        self._db = db
        self._clock = clock
        self._limit = TryLimit(most=MESSAGES_A_MINUTE, window=MINUTE)
        self._unread: dict[int, Unread] = {}

    async def restore(self) -> None:
        """Learn what is unread in each thread. Raises Unavailable."""
        self._unread = await store.unread(self._db)

    def unread_of(self, user_id: int) -> int:
        """How many messages an agent has not read."""
        return self._unread.get(user_id, Unread()).by_agent

    def unread_by_supervisors(self) -> list[dict[str, int]]:
        """Threads in which an agent has written something that no supervisor has read."""
        found = {user_id: one.by_supervisors for user_id, one in self._unread.items() if one.by_supervisors}
        return [{"user_id": user_id, "unread": found[user_id]} for user_id in sorted(found)]

    async def page(self, agent_id: int, before: int | None, limit: int) -> tuple[list[MessageJson], int | None]:
        """A thread, newest first. Raises Unavailable."""
        found = await store.thread(self._db, agent_id, before, limit + 1)
        shown = [message_json(one, self._people) for one in found[:limit]]
        return shown, found[limit - 1].id if len(found) > limit else None

    async def send(self, who: Session, agent_id: int, text: str, *, from_agent: bool) -> MessageJson:
        """Write into an agent's thread. Raises BadInput, TooMany, NotFound (no_such_user), Unavailable."""
        clean = checked_text(text)
        count(self._limit, who.user_id, self._clock.monotonic())
        now = self._clock.now()
        async with self._db.transaction() as connection:
            message = await store.add_message(
                connection, agent_id, who.user_id, from_agent=from_agent, text=clean, at=now
            )
            unread = await store.unread(connection, agent_id)
        shown = message_json(message, self._people)
        self._tell(agent_id, "message.new", {"message": shown}, unread)
        return shown

    async def read(self, who: Session, agent_id: int, up_to: int, *, by_agent: bool) -> None:
        """The other side's messages up to this one were on the screen. Raises Unavailable."""
        now = self._clock.now()
        async with self._db.transaction() as connection:
            changed = await store.mark_read(connection, agent_id, up_to, who.user_id, by_agent=by_agent, at=now)
            unread = await store.unread(connection, agent_id)
        if changed:
            told = {"by_agent": by_agent, "up_to": up_to, "at": now, "by_name": who.name}
            self._tell(agent_id, "message.read", told, unread)

    async def forget(self, before: float) -> int:
        """Delete what was sent before a moment; how many. Raises Unavailable."""
        total = 0
        while True:
            async with self._db.transaction() as connection:
                count, threads = await store.forget(connection, before, AT_ONCE)
                unread = {agent_id: await store.unread(connection, agent_id) for agent_id in threads}
            for agent_id, left in unread.items():
                self._tell(agent_id, "message.forgotten", {}, left)
            total += count
            if count < AT_ONCE:
                return total

    def _tell(self, agent_id: int, kind: str, data: Mapping[str, object], unread: Mapping[int, Unread]) -> None:
        now = self._unread[agent_id] = unread.get(agent_id, Unread())
        told = {"agent_id": agent_id, **data, "unread": now}
        for topic in (TOPIC, f"user:{agent_id}"):
            self._hub.publish(topic, kind, told, self._clock.now())
