"""The only SQL of voicemail."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.routing.voicemail.model import Pending, Sound, VoicemailJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = """id, revision, state, pbx, pbx || ':' || linkedid as call_id, queue, number, did,
    extract(epoch from began_at)::float8 as began_at, coalesce(seconds, 0) as seconds, heard_at is null as new,
    claimed_by, extract(epoch from ended_at)::float8 as ended_at, ended_by, reason"""
_NEXT = "revision = nextval('voicemail_revision')"
Names = Callable[[int], str]


async def write_begun(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: messages that began."""
    for row in rows:
        await connection.execute(
            "insert into voicemail (pbx, file, linkedid, uniqueid, queue, number, did, began_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, to_timestamp($8)) on conflict (pbx, file) do nothing",
            row["pbx"],
            row["file"],
            row["linkedid"],
            row["uniqueid"],
            row["queue"],
            row["number"],
            row["did"],
            row["at"],
        )


async def pending(db: "Database") -> list[Pending]:
    """Messages whose file is not taken in yet. Raises Unavailable."""
    rows = await db.fetch(
        "select id, pbx, file, linkedid, uniqueid, extract(epoch from began_at)::float8 as began_at"
        " from voicemail where state = 'recording' order by id limit 500"
    )
    return [Pending(**dict(row)) for row in rows]


async def taken(
    db: "Database", message_id: int, state: str, seconds: float, size: int, name: str | None, names: Names
) -> VoicemailJson | None:
    """Its file was taken in, or there was nothing in it. Raises Unavailable."""
    row = await db.fetchrow(
        f"update voicemail set state = $2, seconds = $3, size = $4, object = $5, {_NEXT}"
        f" where id = $1 and state = 'recording' returning {_COLUMNS}",
        message_id,
        state,
        seconds,
        size,
        name,
    )
    return None if row is None else _item(row, names)


async def work(db: "Database", names: Names, limit: int) -> list[VoicemailJson]:
    """What is to be done, the oldest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from voicemail where state in ('open', 'claimed') order by id limit $1", limit
    )
    return [_item(row, names) for row in rows]


async def page(
    db: "Database",
    states: list[str],
    queues: list[str] | None,
    before: int | None,
    limit: int,
    names: Names,
    scope: Scope = EVERYTHING,
) -> list[VoicemailJson]:
    """Messages in these states and queues (None: all), within a scope, the newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from voicemail where state = any($1::text[]) and ($2::text[] is null or queue = any($2))"
        " and ($3::bigint is null or id < $3) and ($5::text[] is null or queue = any($5)) order by id desc limit $4",
        states,
        queues,
        before,
        limit,
        sorted(scope.queues) or None,
    )
    return [_item(row, names) for row in rows]


async def locked(connection: "Connection", message_id: int, names: Names) -> VoicemailJson | None:
    """One that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(
        f"select {_COLUMNS} from voicemail where id = $1 and state not in ('recording', 'empty') for update", message_id
    )
    return None if row is None else _item(row, names)


async def sound(connection: "Connection", message_id: int) -> Sound | None:
    """Where its sound is."""
    row = await connection.fetchrow(
        "select object, size from voicemail where id = $1 and object is not null", message_id
    )
    return None if row is None else Sound(row["object"], row["size"])


async def change(
    connection: "Connection",
    message_id: int,
    state: str,
    names: Names,
    *,
    claimed_by: int | None = None,
    ended_by: int | None = None,
    reason: str = "",
    heard: bool = False,
) -> VoicemailJson:
    """What people do with it."""
    row = await connection.fetchrow(
        "update voicemail set state = $2, claimed_by = $3,"
        " claimed_at = case when $3::bigint is null then null else coalesce(claimed_at, now()) end, ended_by = $4,"
        " ended_at = case when $4::bigint is null then null else coalesce(ended_at, now()) end, reason = $5,"
        " heard_at = case when $6 then coalesce(heard_at, now()) else heard_at end,"
        f" {_NEXT} where id = $1 returning {_COLUMNS}",
        message_id,
        state,
        claimed_by,
        ended_by,
        reason,
        heard,
    )
    return _item(row, names)


async def heard(connection: "Connection", message_id: int, names: Names) -> VoicemailJson:
    """Somebody listens."""
    row = await connection.fetchrow(
        f"update voicemail set heard_at = coalesce(heard_at, now()), {_NEXT} where id = $1 returning {_COLUMNS}",
        message_id,
    )
    return _item(row, names)


async def overdue(db: "Database", days: int) -> list[tuple[int, str]]:
    """Number and object of those that are kept no longer: over for so many days. Raises Unavailable."""
    rows = await db.fetch(
        "select id, object from voicemail where state in ('done', 'dismissed') and object is not null"
        " and ended_at < now() - make_interval(days => $1) order by id limit 200",
        days,
    )
    return [(row["id"], row["object"]) for row in rows]


async def deleted(db: "Database", message_id: int) -> None:
    """Its sound is gone. Raises Unavailable."""
    await db.execute(f"update voicemail set state = 'deleted', object = null, {_NEXT} where id = $1", message_id)


def _item(row: Any, names: Names) -> VoicemailJson:
    plain = dict(row)
    claimer, ender = plain["claimed_by"], plain.pop("ended_by")
    return VoicemailJson(
        **plain,
        claimed_by_name=names(claimer) if claimer is not None else "",
        ended_by_name=names(ender) if ender is not None else "",
    )
