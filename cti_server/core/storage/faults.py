"""What an error of the database means for the one who asked."""

import asyncio
from enum import StrEnum

import asyncpg

from cti_server.core.errors import Unavailable


class Fault(StrEnum):
    """What can be done about an error."""

    AWAY = "away"  # the server or the way to it is gone, full or read-only: wait until it is back
    AGAIN = "again"  # this attempt lost (deadlock, serialisation, time limit): the same may succeed at once
    REFUSED = "refused"  # these values will never be taken
    SCHEMA = "schema"  # a table, column or right is missing: no values would be taken until somebody repairs it
    OTHER = "other"  # not an error of the database


# Classes of SQLSTATE (PostgreSQL documentation, appendix A), the longest prefix counts.
_STATES = {
    "08": Fault.AWAY,  # connection
    "25006": Fault.AWAY,  # read-only: a standby, or a primary that has become one
    "28": Fault.AWAY,  # wrong password
    "3D": Fault.AWAY,  # no such database
    "40": Fault.AGAIN,  # serialisation, deadlock
    "42": Fault.SCHEMA,
    "3F": Fault.SCHEMA,
    "53": Fault.AWAY,  # disk full, out of memory, too many connections
    "55P03": Fault.AGAIN,  # lock not available
    "57": Fault.AWAY,  # shutdown, crash, cannot connect now
    "57014": Fault.AGAIN,  # cancelled: statement_timeout
    "58": Fault.AWAY,  # I/O error of the server
    "XX": Fault.AWAY,  # corruption or an internal error of the server
}
_DISK_FULL = "53100"


def judge(error: BaseException) -> Fault:
    """Say what an exception out of a database call means."""
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(str(error.sqlstate or ""))
    if isinstance(error, asyncpg.DataError):  # an argument that does not fit its parameter; also an InterfaceError
        return Fault.REFUSED
    if isinstance(error, Unavailable | OSError | TimeoutError | EOFError | asyncio.IncompleteReadError):
        return Fault.AWAY
    if isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError):
        return Fault.AWAY
    return Fault.OTHER


def _by_state(state: str) -> Fault:
    for length in (5, 2):
        if (found := _STATES.get(state[:length])) is not None:
            return found
    return Fault.REFUSED


def spoken(error: BaseException) -> Unavailable | None:
    """The error for people behind one that is nobody's fault but the database's; None for all others."""
    if isinstance(error, Unavailable):
        return error
    if getattr(error, "sqlstate", None) == _DISK_FULL:
        return Unavailable("The disk of the database is full.", code="database_full")
    fault = judge(error)
    if isinstance(error, TimeoutError) or fault is Fault.AGAIN:
        return Unavailable("The database did not answer in time.", code="database_slow")
    if fault is Fault.AWAY:
        return Unavailable("The database is away.", code="database_away")
    return None
