"""A list of things that people share out among themselves: each is claimed, given back, and ended by somebody.

What is open stands in memory and is told to the consoles; what somebody does with an item happens in one transaction
with its line in the audit log. What the things are, who may see one and what may be done with it, its room knows.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Generic, TypeVar

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import NotFound
from cti_server.core.worklist.model import Item

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Connection, Database

T = TypeVar("T", bound=Item)


class WorkList(Generic[T]):
    """What is open of one kind. `topic` also begins the names of its messages; at most `most` stand in memory."""

    def __init__(
        self,
        *,
        topic: str,
        open_states: Collection[str],
        hub: "PushHub",
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        most: int = 5_000,
    ) -> None:
        self.items: dict[int, T] = {}
        self._topic = topic
        self._open = frozenset(open_states)
        self._hub = hub
        self._db = db
        self._audit = audit
        self._clock = clock
        self._most = most

    def fill(self, items: Iterable[T], snapshot: Callable[[], object]) -> None:
        """These are open now; told as `<topic>.list`."""
        self.items = {item.id: item for item in items}
        self._hub.publish(self._topic, f"{self._topic}.list", snapshot(), self._clock.now())

    def tell(self, item: T) -> None:
        """An item has changed; told as `<topic>.changed`, unless a newer picture of it was told already."""
        known = self.items.get(item.id)
        if known is not None and known.revision >= item.revision:
            return
        if item.state in self._open and (known is not None or len(self.items) < self._most):
            self.items[item.id] = item
        else:
            self.items.pop(item.id, None)
        self._hub.publish(self._topic, f"{self._topic}.changed", item, self._clock.now())

    async def change(
        self,
        who: Session,
        item_id: int,
        action: str,
        *,
        locked: "Callable[[Connection, int], Awaitable[T | None]]",
        within: Callable[[T], bool],
        missing: NotFound,
        act: "Callable[[Connection, T], Awaitable[T]]",
        details: Callable[[T], Mapping[str, object]],
    ) -> T:
        """Let somebody do something with an item that nobody else changes meanwhile, and write down that he did.

        Raises `missing` for one that is not there or not `within` his reach, and what `act` raises; then nothing is
        kept.
        """
        async with self._db.transaction() as connection:
            item = await locked(connection, item_id)
            if item is None or not within(item):
                raise missing
            changed = await act(connection, item)
            await self._audit.write(connection, who, action, str(item_id), dict(details(changed)))
        self.tell(changed)
        return changed


def cut(found: list[T], limit: int) -> tuple[list[T], int | None]:
    """A page out of one more than was asked for, and where the next one begins; None: there is none."""
    return found[:limit], found[limit - 1].id if len(found) > limit else None
