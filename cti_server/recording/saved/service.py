"""Keeping searches, and finding those that one may see."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.erasing.service import Rows
from cti_server.core.errors import BadInput, Conflict, NotFound
from cti_server.recording.saved import store
from cti_server.recording.saved.model import MOST_OWN, SavedJson, checked_filters, checked_name, checked_roles

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


class SavedSearches:
    """`names` tells a user's name."""

    def __init__(self, db: "Database", audit: AuditLog, names: Callable[[int], str]) -> None:
        self._db = db
        self._audit = audit
        self._names = names
        self.forgetting = Rows("searches", db, store.PARTS)

    async def listing(self, who: Session) -> list[SavedJson]:
        """One's own, and those that are shared with one's roles. Raises Unavailable."""
        return await store.seen(self._db, who.user_id, sorted(who.roles), self._names)

    async def show(self, who: Session, search_id: int) -> SavedJson:
        """One of these. Raises NotFound, Unavailable."""
        found = await store.one(self._db, search_id, who.user_id, sorted(who.roles), self._names)
        if found is None:
            raise NotFound("There is no such search.", code="no_such_search")
        return found

    async def add(self, who: Session, name: str, filters: Mapping[str, str], roles: list[Role]) -> SavedJson:
        """Keep a search. Raises BadInput, Conflict (search_name_taken, too_many_searches), Forbidden, Unavailable."""
        given = checked_name(name), checked_filters(filters), checked_roles(roles, who)
        async with self._db.transaction() as connection:
            if await store.count(connection, who.user_id) >= MOST_OWN:
                raise Conflict(f"You keep {MOST_OWN} searches already.", code="too_many_searches")
            await self._check_name(connection, who, given[0], None)
            made = await store.add(connection, who.user_id, *given)
            await self._told(connection, who, made, given[2])
        return await self.show(who, made)

    async def change(
        self,
        who: Session,
        search_id: int,
        name: str | None,
        filters: Mapping[str, str] | None,
        roles: list[Role] | None,
    ) -> SavedJson:
        """Rename, replace or share one's own. Raises NotFound, BadInput, Conflict, Forbidden, Unavailable."""
        new_name = None if name is None else checked_name(name)
        new_filters = None if filters is None else checked_filters(filters)
        new_roles = None if roles is None else checked_roles(roles, who)
        async with self._db.transaction() as connection:
            await self._own(connection, who, search_id)
            if new_name is not None:
                await self._check_name(connection, who, new_name, search_id)
            await store.change(connection, search_id, new_name, new_filters, new_roles)
            if new_roles is not None:
                await self._told(connection, who, search_id, new_roles)
        return await self.show(who, search_id)

    async def remove(self, who: Session, search_id: int) -> None:
        """Remove one's own; admins also what others share with them. Raises NotFound, Unavailable."""
        async with self._db.transaction() as connection:
            await self._own(connection, who, search_id, chief=Role.ADMIN in who.roles)
            await store.remove(connection, search_id)

    async def _own(self, connection: "Connection", who: Session, search_id: int, *, chief: bool = False) -> None:
        found = await store.one(connection, search_id, who.user_id, sorted(who.roles), self._names)
        if found is None or not (found.own or chief):
            raise NotFound("There is no such search of yours.", code="no_such_search")

    async def _check_name(self, connection: "Connection", who: Session, name: str, but: int | None) -> None:
        if await store.taken(connection, who.user_id, name, but):
            raise BadInput("You have a search of this name.", field="name", allowed="another", code="search_name_taken")

    async def _told(self, connection: "Connection", who: Session, search_id: int, roles: list[str]) -> None:
        """Who shares what with whom is in the audit log; what one keeps for oneself is nobody's business."""
        if roles:
            await self._audit.write(connection, who, "recording.search", str(search_id), {"roles": roles})
