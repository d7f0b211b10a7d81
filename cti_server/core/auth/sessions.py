"""From a token to the session behind it, quickly: each request asks."""

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from cti_server.core.auth import store
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import Unavailable

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

_FRESH = 5.0  # a session revoked on another node is refused after this many seconds at the latest
_BLIND = 3600.0  # while the database is away, people who were signed in work on for this long
_SEEN_EVERY = 60.0


class Sessions:
    """Finds sessions by token; remembers up to `most` of them for a few seconds."""

    def __init__(
        self, db: "Database", bus: Bus, clock: Clock, *, idle: float, longest: float, most: int = 20_000
    ) -> None:
        self._db = db
        self._bus = bus
        self._clock = clock
        self._idle = idle
        self._longest = longest
        self._most = most
        self._known: OrderedDict[bytes, tuple[Session, float]] = OrderedDict()
        self._seen: dict[int, float] = {}
        bus.subscribe(SessionEnded, self._on_ended)

    async def find(self, token: str) -> Session | None:
        """The open session of `token`, or None.

        Raises Unavailable when the database is away and the session was not seen within the last hour.
        """
        key = hashlib.sha256(token.encode()).digest()
        now = self._clock.monotonic()
        known = self._known.get(key)
        if known is not None and now - known[1] < _FRESH:
            return known[0]
        try:
            session = await store.find_session(self._db, key, self._idle, self._longest)
        except Unavailable:
            if known is not None and now - known[1] < _BLIND:
                return known[0]
            raise
        self._keep(key, session, now)
        if session is not None:
            await self._note_seen(session, now)
        return session

    def _keep(self, key: bytes, session: Session | None, now: float) -> None:
        if session is None:
            self._known.pop(key, None)
            return
        self._known[key] = (session, now)
        self._known.move_to_end(key)
        while len(self._known) > self._most:
            _, (old, _) = self._known.popitem(last=False)
            self._seen.pop(old.session_id, None)

    async def _note_seen(self, session: Session, now: float) -> None:
        if now - self._seen.get(session.session_id, -_SEEN_EVERY) >= _SEEN_EVERY:
            self._seen[session.session_id] = now
            await store.seen(self._db, session.session_id)

    async def end(self, token: str, reason: str) -> None:
        """End the session of `token`, if it is open, and tell so."""
        session = await self.find(token)
        if session is not None:
            await store.end_session(self._db, session.session_id, reason)
            more = await store.is_signed_in(self._db, session.user_id, self._idle, self._longest)
            self._bus.publish(SessionEnded(session.session_id, session.user_id, more))

    def forget(self) -> None:
        """Ask the database again for every session: an account has changed."""
        self._known.clear()

    def _on_ended(self, event: SessionEnded) -> None:
        for key in [key for key, (session, _) in self._known.items() if session.session_id == event.session_id]:
            del self._known[key]
        self._seen.pop(event.session_id, None)
