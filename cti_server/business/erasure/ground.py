"""What lies below the rooms and knows people too: the audit log, and the journal with its files."""

from typing import TYPE_CHECKING

from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.erasing.model import MARK, Found, Person, Told
from cti_server.core.erasing.service import LIMIT
from cti_server.core.journal import Journal

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class AuditForget:
    """The audit log keeps who did what; whom it was about is taken out, and the chain stays whole."""

    room = "audit"

    def __init__(self, audit: AuditLog, db: "Database") -> None:
        self._audit = audit
        self._db = db

    async def preview(self, person: Person) -> Found:
        """How many entries name him. Raises Unavailable."""
        return Found({"auditEntries": await self._audit.naming(person.own_words)})

    async def forget(self, person: Person, who: Actor, told: Told) -> None:
        """Redact them. Raises Unavailable."""
        async with self._db.transaction(limit=LIMIT) as connection:
            count = await self._audit.redact(connection, who, person.own_words, MARK)
            await told(connection, {"auditEntries": count}, ())


class JournalForget:
    """Rows that PostgreSQL has go from the disk; those that nobody took no longer name him."""

    room = "journal"

    def __init__(self, journal: Journal, db: "Database") -> None:
        self._journal = journal
        self._db = db

    async def preview(self, person: Person) -> Found:
        """Nothing that could be counted."""
        return Found()

    async def forget(self, person: Person, who: Actor, told: Told) -> None:
        """Raises TimedOut, Unavailable."""
        letters = await self._journal.forget(person.own_words, MARK)
        async with self._db.transaction() as connection:
            await told(connection, {"letters": letters}, ())
