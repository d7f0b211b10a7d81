"""How far a journal has been written to PostgreSQL; changed in the same transaction as the rows themselves."""

from cti_server.core.storage.connecting import Connection


async def locked(connection: Connection, journal: str) -> int:
    """The number of the last row written, locked until the transaction ends; 0 for a journal never seen."""
    await connection.execute(
        "insert into journal_position (journal, position) values ($1, 0) on conflict (journal) do nothing", journal
    )
    found = await connection.fetchval("select position from journal_position where journal = $1 for update", journal)
    return int(found)


async def set_to(connection: Connection, journal: str, position: int) -> None:
    """Everything up to `position` is written once this transaction commits."""
    await connection.execute(
        "update journal_position set position = $2, written_at = now() where journal = $1", journal, position
    )
