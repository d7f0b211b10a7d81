"""Writing, reading and checking the audit log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cti_server.core.audit import store
from cti_server.core.audit.model import (
    FIRST_HASH,
    REDACT,
    Actor,
    AuditEntry,
    chained_hash,
    content_hash,
    vouchers,
)
from cti_server.core.clock import Clock

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


REDACTED_AT_ONCE: Final = 500


class AuditLog:
    """The append-only log of who did what."""

    def __init__(self, db: "Database", clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def write(
        self,
        connection: "Connection",
        who: Actor,
        action: str,
        subject: str,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Add an entry inside the caller's open transaction, so that the deed and its record stand or fall together."""
        number, before = await store.lock_head(connection)
        entry = AuditEntry(
            id=number + 1,
            at=round(self._clock.now(), 3),
            user_id=who.user_id,
            login=who.login,
            address=who.address,
            action=action,
            subject=subject,
            details=details or {},
        )
        await store.append(connection, replace(entry, hash=chained_hash(before, entry)))

    async def note(self, who: Actor, action: str, subject: str, details: Mapping[str, object] | None = None) -> None:
        """Add an entry in a transaction of its own, for deeds that change no row."""
        async with self._db.transaction() as connection:
            await self.write(connection, who, action, subject, details)

    async def page(self, *, before: int | None = None, action: str | None = None, limit: int = 50) -> list[AuditEntry]:
        """The newest entries below number `before`, newest first, at most `limit`."""
        return await store.page(self._db, before=before, action=action, limit=limit)

    async def first_break(self) -> int | None:
        """The number of the first entry that was altered or is missing; None when the chain is whole.

        Entries cut off the very end show as the number after the last one, because the head still names them.
        """
        before, expected = FIRST_HASH, 1
        # Vouchers stand in the same chain: one that was forged breaks it where it stands.
        vouched = vouchers(await store.of_action(self._db, REDACT))
        async for entry in store.in_order(self._db):
            whole = entry.hash == chained_hash(before, entry) or (
                vouched.get(entry.id) == (entry.hash.hex(), content_hash(entry))
            )
            if entry.id != expected or not whole:
                return expected
            before, expected = entry.hash, expected + 1
        async with self._db.transaction() as connection:
            number, head = await store.lock_head(connection)
        return None if number == expected - 1 and head == before else expected

    async def redact(self, connection: "Connection", who: Actor, words: str, mark: str) -> int:
        """Put `mark` where entries have what the regular expression `words` fits, within the caller's transaction.

        The hashes of the chain stay; an entry vouches for the new content of each. How many entries there were.
        """
        count = 0
        while changed := await store.redact(connection, words, mark, REDACTED_AT_ONCE):
            told = [[entry.id, entry.hash.hex(), content_hash(entry)] for entry in changed]
            await self.write(connection, who, REDACT, str(len(told)), {"entries": told})
            count += len(told)
        return count

    async def naming(self, words: str) -> int:
        """How many entries have what the regular expression fits. Raises Unavailable."""
        return await store.naming(self._db, words)
