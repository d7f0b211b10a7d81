"""The only SQL of the keys of recordings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database


async def keep(connection: "Connection", recording_id: int, master: str, wrapped: bytes) -> None:
    """The wrapped key of a recording, in the place of one there was."""
    await connection.execute(
        "insert into recording_key (recording_id, master, wrapped) values ($1, $2, $3)"
        " on conflict (recording_id) do update set master = excluded.master, wrapped = excluded.wrapped",
        recording_id,
        master,
        wrapped,
    )


async def forget(connection: "Connection", recording_id: int) -> None:
    """There is no key, or it is to be known no more."""
    await connection.execute("delete from recording_key where recording_id = $1", recording_id)


async def of(db: "Database", recording_id: int) -> tuple[str, bytes] | None:
    """Fingerprint of the master and wrapped key; None: this sound is not sealed. Raises Unavailable."""
    row = await db.fetchrow("select master, wrapped from recording_key where recording_id = $1", recording_id)
    return None if row is None else (row["master"], row["wrapped"])


async def under_others(
    connection: "Connection", master: str, openable: list[str], after: int, limit: int
) -> list[tuple[int, str, bytes]]:
    """Keys above number `after` under another of the `openable` masters, locked until the transaction ends."""
    rows = await connection.fetch(
        "select recording_id, master, wrapped from recording_key where master <> $1 and master = any($2)"
        " and recording_id > $3 order by recording_id limit $4 for update",
        master,
        openable,
        after,
        limit,
    )
    return [(row["recording_id"], row["master"], row["wrapped"]) for row in rows]


async def counts(db: "Database") -> dict[str, int]:
    """How many keys are under each master. Raises Unavailable."""
    rows = await db.fetch("select master, count(*) as n from recording_key group by master order by master")
    return {row["master"]: row["n"] for row in rows}
