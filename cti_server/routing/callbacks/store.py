"""The only SQL of callbacks."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.routing.callbacks.model import After, Booking, CallbackJson, Rule

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = """id, revision, state, pbx, queue, number, name, customer_id, pbx || ':' || linkedid as call_id, did,
    priority, extract(epoch from joined_at)::float8 as joined_at, extract(epoch from booked_at)::float8 as booked_at,
    extract(epoch from due_at)::float8 as due_at, extract(epoch from not_before)::float8 as not_before, attempts,
    attempt, extract(epoch from offered_at)::float8 as offered_at, claimed_by,
    extract(epoch from ended_at)::float8 as ended_at, ended_by, reason, number_key"""
_NEXT = "revision = nextval('callback_revision')"
Names = Callable[[int], str]


async def book(db: "Database", booking: Booking, names: Names) -> tuple[CallbackJson, bool]:
    """Keep it; whether it is new. An open one of the number is put right instead. Raises Unavailable."""
    async with db.transaction() as connection:
        made = await connection.fetchrow(
            "insert into callback (pbx, queue, number_key, number, name, customer_id, linkedid, did, language,"
            " priority, joined_at, due_at, booked_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, to_timestamp($11), to_timestamp($12), to_timestamp($13))"
            " on conflict (number_key) where state in ('waiting', 'claimed', 'offered') do nothing"
            f" returning {_COLUMNS}",
            booking.pbx,
            booking.queue,
            booking.number_key,
            booking.number,
            booking.name,
            booking.customer_id,
            booking.linkedid,
            booking.did,
            booking.language,
            booking.priority,
            booking.joined_at,
            booking.due_at,
            booking.booked_at,
        )
        if made is not None:
            return _item(made, names), True
        row = await connection.fetchrow(
            f"update callback set due_at = to_timestamp($2), not_before = null, {_NEXT}"
            f" where number_key = $1 and state in ('waiting', 'claimed', 'offered') returning {_COLUMNS}",
            booking.number_key,
            booking.due_at,
        )
        return _item(row, names), False


async def open_ones(db: "Database", names: Names) -> list[CallbackJson]:
    """Everything that is not over. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from callback where state in ('waiting', 'claimed', 'offered') order by joined_at, id"
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
) -> list[CallbackJson]:
    """Callbacks in these states and queues (None: all), within a scope, the newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from callback where state = any($1::text[]) and ($2::text[] is null or queue = any($2))"
        " and ($3::bigint is null or id < $3) and ($5::text[] is null or queue = any($5)) order by id desc limit $4",
        states,
        queues,
        before,
        limit,
        sorted(scope.queues) or None,
    )
    return [_item(row, names) for row in rows]


async def locked(connection: "Connection", callback_id: int, names: Names) -> CallbackJson | None:
    """One that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(f"select {_COLUMNS} from callback where id = $1 for update", callback_id)
    return None if row is None else _item(row, names)


async def offer(db: "Database", callback_id: int, attempt: str, now: float, names: Names) -> CallbackJson | None:
    """Keep that he is about to be called; None when he is not waiting any more. Raises Unavailable."""
    async with db.transaction() as connection:
        row = await connection.fetchrow(
            f"update callback set state = 'offered', attempt = $2, offered_at = to_timestamp($3), {_NEXT}"
            f" where id = $1 and state = 'waiting' returning {_COLUMNS}",
            callback_id,
            attempt,
            now,
        )
        if row is None:
            return None
        await connection.execute(
            "insert into callback_attempt (attempt, callback_id) values ($1, $2)", attempt, callback_id
        )
        return _item(row, names)


async def settle(
    db: "Database", attempt: str, result: str, user_id: int | None, then: After, names: Names
) -> CallbackJson | None:
    """Keep what an attempt came to, once; None when that was kept already. Raises Unavailable."""
    async with db.transaction() as connection:
        first = await connection.fetchval(
            "update callback_attempt set result = $2, user_id = $3, ended_at = now()"
            " where attempt = $1 and result is null returning callback_id",
            attempt,
            result,
            user_id,
        )
        if first is None:
            return None
        row = await connection.fetchrow(
            "update callback set state = $3, attempts = $4, not_before = to_timestamp($5), reason = $6, attempt = null,"
            f" ended_at = case when $3 = 'waiting' then null else now() end, {_NEXT}"
            f" where id = $1 and attempt = $2 and state = 'offered' returning {_COLUMNS}",
            first,
            attempt,
            then.state.value,
            then.attempts,
            then.not_before,
            then.reason,
        )
        return None if row is None else _item(row, names)


async def end(db: "Database", callback_id: int, state: str, reason: str, names: Names) -> CallbackJson | None:
    """It is over without an attempt of ours; None when it was already. Raises Unavailable."""
    row = await db.fetchrow(
        f"update callback set state = $2, reason = $3, ended_at = now(), {_NEXT}"
        f" where id = $1 and state in ('waiting', 'claimed') returning {_COLUMNS}",
        callback_id,
        state,
        reason,
    )
    return None if row is None else _item(row, names)


async def change(
    connection: "Connection",
    callback_id: int,
    state: str,
    names: Names,
    *,
    claimed_by: int | None = None,
    due_at: float | None = None,
    ended_by: int | None = None,
    reason: str = "",
    called: bool = False,
) -> CallbackJson:
    """What people do with it. `called`: one more attempt."""
    row = await connection.fetchrow(
        "update callback set state = $2, claimed_by = $3,"
        " claimed_at = case when $3::bigint is null then null else coalesce(claimed_at, now()) end,"
        " due_at = to_timestamp($4), not_before = null, ended_by = $5, reason = $6, attempts = attempts + $7,"
        f" ended_at = case when $5::bigint is null then null else now() end, {_NEXT}"
        f" where id = $1 returning {_COLUMNS}",
        callback_id,
        state,
        claimed_by,
        due_at,
        ended_by,
        reason,
        int(called),
    )
    return _item(row, names)


async def rules(db: "Database") -> list[Rule]:
    """The rules that somebody made. Raises Unavailable."""
    rows = await db.fetch(
        "select queue, tries, gap_seconds, expire_seconds, calendar from callback_rule order by queue"
    )
    return [Rule(**dict(row)) for row in rows]


async def put_rule(connection: "Connection", rule: Rule) -> None:
    """Make this the rule of its queue."""
    await connection.execute(
        "insert into callback_rule (queue, tries, gap_seconds, expire_seconds, calendar) values ($1, $2, $3, $4, $5)"
        " on conflict (queue) do update set tries = excluded.tries, gap_seconds = excluded.gap_seconds,"
        " expire_seconds = excluded.expire_seconds, calendar = excluded.calendar",
        rule.queue,
        rule.tries,
        rule.gap_seconds,
        rule.expire_seconds,
        rule.calendar,
    )


def _item(row: Any, names: Names) -> CallbackJson:
    plain = dict(row)
    claimer, ender = plain["claimed_by"], plain.pop("ended_by")
    return CallbackJson(
        **plain,
        claimed_by_name=names(claimer) if claimer is not None else "",
        ended_by_name=names(ender) if ender is not None else "",
    )
