"""What supervision knows of a person."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cti_server.core.erasing.model import Person
from cti_server.core.erasing.service import Rows
from cti_server.monitoring.forgetting import store

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


def forgetting(db: "Database", after: Callable[[Person], Awaitable[None]] | None = None) -> Rows:
    """This room as one that can forget a person."""
    return Rows("monitoring", db, store.PARTS, after)
