"""A help desk: 李娜 (1) and Bob (2) in team one, Eva (3) in team two, Boss (4) supervises."""

from pathlib import Path
from typing import Any

from cti_server.agents.directory import Directory
from cti_server.agents.help.service import SINKS, HelpService
from cti_server.agents.model import Profile
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from tests.agents.people import User
from tests.calls.made import AT, Hub, Live
from tests.fakes.set_clock import SetClock

PEOPLE = [User(1, "li", "李娜"), User(2, "bob", "Bob"), User(3, "eva", "Eva"), User(4, "boss", "Boss")]
PROFILES = [
    Profile(1, "main", "PJSIP/1001", (), "one"),
    Profile(2, "main", "PJSIP/1002", (), "one"),
    Profile(3, "main", "PJSIP/1003", (), "two"),
]


def person(user_id: int, *roles: str) -> Session:
    name = PEOPLE[user_id - 1].name
    return Session(user_id, user_id, "x", name, frozenset(roles or ("agent",)), "en", False, "", AT, AT)


LI, BOB, EVA, BOSS = person(1), person(2), person(3), person(4, "supervisor")


class Room:
    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.bus, self.hub, self.live, self.clock = Bus(), Hub(), Live(), SetClock(AT)
        self.tasks = Tasks("help")
        self.db = Database(url, pool_size=4, timeout=5.0)
        self.journal = Journal(folder, self.tasks, db=self.db, sinks=dict(SINKS))
        self.people = Directory()
        self.people.load(PROFILES, PEOPLE)
        self.service = self.made()

    def made(self) -> HelpService:
        """As after a start of the server: nothing in memory."""
        self.bus, self.hub = Bus(), Hub()
        return HelpService(
            bus=self.bus,
            hub=self.hub,  # type: ignore[arg-type]
            live=self.live,
            people=self.people,
            journal=self.journal,
            db=self.db,
            audit=AuditLog(self.db, self.clock),
            clock=self.clock,
            tasks=self.tasks,
        )

    async def open(self) -> None:
        await self.db.open()
        for one in PEOPLE:
            await self.db.execute(
                "insert into app_user (login, name, roles) values ($1, $2, '{agent}')", one.login, one.name
            )
        await self.journal.open()

    async def restarted(self) -> HelpService:
        """Another server with the same database."""
        self.service = self.made()
        await self.service.restore()
        return self.service

    async def close(self) -> None:
        await self.journal.close()
        await self.tasks.close()
        await self.db.close()

    def told(self, topic: str) -> list[tuple[str, Any]]:
        """What was told on a topic since the last time."""
        found = [(one.type, one.data) for one in self.hub.told if one.topic == topic]
        self.hub.told = [one for one in self.hub.told if one.topic != topic]
        return found
