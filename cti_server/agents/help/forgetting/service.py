"""What messages, notices and raised hands know of a person."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cti_server.agents.help.forgetting import store
from cti_server.core.erasing.model import Person
from cti_server.core.erasing.service import Rows

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


def forgetting(db: "Database", after: Callable[[Person], Awaitable[None]] | None = None) -> Rows:
    """This room as one that can forget a person."""
    return Rows("help", db, store.PARTS, after)
