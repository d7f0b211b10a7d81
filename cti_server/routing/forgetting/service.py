"""What flows and what they leave behind know of a person."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cti_server.core.audit.model import Actor
from cti_server.core.erasing.model import Found, Person, Told
from cti_server.core.erasing.service import Rows
from cti_server.routing.forgetting import store
from cti_server.routing.voicemail.model import FOLDER, Shelf

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


def flow_work(db: "Database", after: Callable[[Person], Awaitable[None]] | None = None) -> Rows:
    """Callbacks, answers, lists and decisions as a room that can forget a person."""
    return Rows("routing", db, store.PARTS, after)


class MessagesForget:
    """Messages that he left, with their sounds. `after` tells the consoles."""

    room = "voicemail"

    def __init__(
        self, db: "Database", shelf: Shelf, folders: Mapping[str, Path], after: Callable[[Person], Awaitable[None]]
    ) -> None:
        self._db = db
        self._shelf = shelf
        self._folders = folders
        self._after = after

    async def preview(self, person: Person) -> Found:
        """How many messages. Raises Unavailable."""
        return Found({"messages": len(await store.messages(self._db, person))})

    async def forget(self, person: Person, who: Actor, told: Told) -> None:
        """One after the other, the sound first: no row may say that it is gone while it is not. Raises Unavailable."""
        for message_id, _, pbx, file, name in await store.messages(self._db, person):
            if name is not None:
                await self._shelf.delete(name)
            if pbx in self._folders:
                path = self._folders[pbx] / FOLDER / f"{file}.wav"
                await asyncio.to_thread(path.unlink, True)
            async with self._db.transaction() as connection:
                await store.forget_message(connection, message_id)
                await told(connection, {"messages": 1}, ())
        await self._after(person)
