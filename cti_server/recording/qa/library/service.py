"""What is in the library for whom, and hearing it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cti_server.core.auth.model import Session
from cti_server.core.errors import NotFound
from cti_server.recording.qa.library import store
from cti_server.recording.qa.library.model import LibraryJson, shown_to_agent
from cti_server.recording.qa.model import GRADERS, Kinds, People, Playing, Sight, Subjects, sight_of

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


class Library:
    """Graders see what lies within their scope, also what is asked for still; agents what they may hear."""

    def __init__(self, db: "Database", kinds: Kinds, people: People) -> None:
        self._db = db
        self._kinds = kinds
        self._people = people

    async def every(self, who: Session) -> list[LibraryJson]:
        """Newest first. Raises Unavailable."""
        return await self._within(who, None)

    async def _within(self, who: Session, evaluation_id: int | None) -> list[LibraryJson]:
        grader = bool(who.roles & GRADERS)
        sight = sight_of(self._people, who.scope) if grader else Sight()
        found = await store.every(self._db, sight, self._people.name_of, evaluation_id)
        if not grader:
            profile = self._people.profile_of(who.user_id)
            team, queues = (profile.team, {place.queue for place in profile.queues}) if profile else ("", set[str]())
            found = [one for one in found if shown_to_agent(one, who.user_id, team, queues)]
        return [replace(one, may_hear=self._hears(who, one)) for one in found]

    def _hears(self, who: Session, one: LibraryJson) -> bool:
        return one.consent == "given" and self._kinds.of(one.kind).lends(who)

    # -- hearing

    async def recording(self, who: Session, evaluation_id: int) -> Any:
        """One as a player draws it. Raises NotFound, Forbidden, Unavailable."""
        subjects, subject_id = await self._one(who, evaluation_id)
        return await subjects.lent(who, subject_id)

    async def listen(self, who: Session, evaluation_id: int) -> str:
        """A key for its sound, audited. Raises NotFound, Forbidden, Unavailable."""
        subjects, subject_id = await self._one(who, evaluation_id)
        return await subjects.lend(who, subject_id)

    async def sound(self, who: Session, evaluation_id: int, key: str) -> Playing:
        """What a key opens. Raises NotFound, Unavailable."""
        subjects, subject_id = await self._one(who, evaluation_id)
        return await subjects.sound(who, subject_id, key)

    async def _one(self, who: Session, evaluation_id: int) -> tuple[Subjects, str]:
        """Who took his consent back is heard no more, also by whoever has a key. Raises NotFound."""
        found = await self._within(who, evaluation_id)
        if not found or found[0].consent != "given":
            raise NotFound("There is no such call in the library.", code="not_in_library")
        return self._kinds.of(found[0].kind), found[0].subject_id
