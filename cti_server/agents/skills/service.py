"""Who can do what, in memory and always at hand."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from cti_server.agents.skills import store
from cti_server.agents.skills.events import AgentSkillsChanged
from cti_server.agents.skills.model import checked_skills
from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_NONE: Final[Mapping[str, int]] = {}


class SkillsService:
    """`mark(user_id)` is called when what is shown of an agent has changed. Empty until `restore()`."""

    def __init__(self, db: "Database", audit: AuditLog, bus: Bus, mark: Callable[[int], None]) -> None:
        self._db = db
        self._audit = audit
        self._bus = bus
        self._mark = mark
        self._skills: dict[int, Mapping[str, int]] = {}

    async def restore(self) -> None:
        """Load everybody's skills. Raises Unavailable."""
        self._skills = dict(await store.skills(self._db))

    def of(self, user_id: int) -> Mapping[str, int]:
        """A user's skills: name to level. Never waits."""
        return self._skills.get(user_id, _NONE)

    @property
    def names(self) -> list[str]:
        """All skills that anybody has."""
        return sorted({name for skills in self._skills.values() for name in skills})

    async def put(self, who: Session, user_id: int, skills: Mapping[str, int]) -> Mapping[str, int]:
        """Put these in place of a user's skills. Raises BadInput, NotFound, Unavailable."""
        checked = checked_skills(skills)
        async with self._db.transaction() as connection:
            await self.write(connection, who, user_id, checked)
        self.changed(user_id, checked)
        return self.of(user_id)

    async def write(self, connection: "Connection", who: Actor, user_id: int, skills: Mapping[str, int]) -> None:
        """Keep checked skills as part of a larger change; `changed` must follow when that is done."""
        await store.put(connection, user_id, skills)
        details = {"before": dict(self.of(user_id)), "after": dict(skills)}
        await self._audit.write(connection, who, "agent.skills", str(user_id), details)

    def changed(self, user_id: int, skills: Mapping[str, int]) -> None:
        """What was written is kept: tell of it."""
        self._skills[user_id] = dict(skills)
        self._bus.publish(AgentSkillsChanged(user_id, tuple(skills.items())))
        self._mark(user_id)
