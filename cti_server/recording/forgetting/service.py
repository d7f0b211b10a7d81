"""What recordings know of a person, and how they forget him."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cti_server.core.audit.model import Actor
from cti_server.core.clock import Clock
from cti_server.core.erasing.model import Found, Person, Proof, Told
from cti_server.core.erasing.service import LIMIT
from cti_server.core.errors import Conflict
from cti_server.recording.forgetting import store
from cti_server.recording.forgetting.model import GONE, blocks_of
from cti_server.recording.keeping.service import Keeping

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

WHY = "the person was erased"


class RecordingsForget:
    """`files(pbx, name)` removes what the PBX left of a recording; `after` drops what memory holds."""

    room = "recordings"

    def __init__(
        self,
        db: "Database",
        keeping: Keeping,
        clock: Clock,
        files: Callable[[str, str, int], Awaitable[None]],
        after: Callable[[], None],
    ) -> None:
        self._db = db
        self._keeping = keeping
        self._clock = clock
        self._files = files
        self._after = after

    async def preview(self, person: Person) -> Found:
        """Recordings that are still there, their notes, and what forbids their deletion. Raises Unavailable."""
        his = await store.his(self._db, person, LIMIT)
        there = [one.id for one in his if one.state not in GONE]
        parts = {"recordings": len(there), "notes": await store.notes_of(self._db, [one.id for one in his])}
        return Found(parts, blocks_of(his, self._clock.now()))

    async def forget(self, person: Person, who: Actor, told: Told) -> None:
        """One after the other, each with its proof; none when one of them must stay.

        Raises Conflict (recording_held, recording_too_young, recording_unfinished), Unavailable.
        """
        his = await store.his(self._db, person, LIMIT)
        if blocks := blocks_of(his, self._clock.now()):
            raise Conflict("Recordings of this person must not be deleted now.", code=blocks[0].code)
        for one in his:
            await self._files(one.pbx, one.name, one.id)
            notes = await store.notes_of(self._db, [one.id])
            async with self._db.transaction() as connection:
                proofs, removed = [], {"notes": notes} if notes else {}
                if one.state not in GONE:
                    kept = await self._keeping.delete_in(connection, who, one.id, WHY)
                    removed["recordings"] = 1
                    if kept.object is not None:
                        proofs.append(Proof(f"recording {kept.id}", kept.sha256, kept.size))
                await store.blank(connection, one.id, person)
                await told(connection, removed, proofs)
        self._after()
