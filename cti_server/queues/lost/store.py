"""The only SQL of the list of lost calls."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.queues.lost.model import LostJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = """id, revision, state, number, name, number_key is not null as callable, calls, queues, longest_wait,
    extract(epoch from first_at)::float8 as first_at, extract(epoch from last_at)::float8 as last_at, claimed_by,
    extract(epoch from claimed_at)::float8 as claimed_at, attempts,
    extract(epoch from attempt_at)::float8 as attempt_at, extract(epoch from ended_at)::float8 as ended_at, ended_by,
    reason"""
_COUNT_ONE_MORE = """
update lost_caller set calls = calls + 1, first_at = least(first_at, to_timestamp($2)),
    last_at = greatest(last_at, to_timestamp($2)), longest_wait = greatest(longest_wait, $3),
    queues = case when $4::text is null or $4 = any(queues) then queues else queues || $4 end,
    name = case when $5 = '' then name else $5 end, revision = nextval('lost_revision')
where number_key = $1 and state in ('open', 'claimed') returning id
"""
_OPEN = """
insert into lost_caller (number_key, number, name, queues, calls, first_at, last_at, longest_wait)
values ($1, $2, $3, case when $4::text is null then '{}'::text[] else array[$4] end, 1, to_timestamp($5),
    to_timestamp($5), $6) returning id
"""
_REACHED = """
insert into lost_reached as kept (number_key, at)
select number_key, to_timestamp(at) from unnest($1::text[], $2::float8[]) as r(number_key, at)
on conflict (number_key) do update set at = greatest(kept.at, excluded.at)
"""
_REACH = """
update lost_caller as item set state = r.kind, ended_at = to_timestamp(r.at), revision = nextval('lost_revision')
from unnest($1::text[], $2::float8[], $3::text[]) as r(number_key, at, kind)
where item.number_key = r.number_key and item.state in ('open', 'claimed') and item.last_at <= to_timestamp(r.at)
"""
_ONE_AFTER_ANOTHER = "select pg_advisory_xact_lock(3100317)"
"""Who follows the list must never see a higher revision before a lower: they are given and committed in order."""
Names = Callable[[int], str]


async def write_contacts(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal. Whatever the order of the rows and however often they come, the list is the same.

    A number is in the list exactly when a call of it was lost later than we last spoke with it.
    """
    await connection.execute(_ONE_AFTER_ANOTHER)
    reached: dict[str, dict[str, Any]] = {}
    for row in rows:
        lost, key = row["kind"] == "lost", row["number_key"]
        # Most rows tell of callers who were reached: written together, as far as no number is told of twice.
        if reached and (lost or key in reached):
            await _reached(connection, list(reached.values()))
            reached = {}
        if lost:
            await _lost(connection, row)
        elif key:
            reached[key] = row
    if reached:
        await _reached(connection, list(reached.values()))


async def _lost(connection: "Connection", row: dict[str, Any]) -> None:
    key = row["number_key"] or None
    new = await connection.fetchval(
        "insert into lost_contact (pbx, linkedid, at) values ($1, $2, to_timestamp($3))"
        " on conflict (pbx, linkedid) do nothing returning 1",
        row["pbx"],
        row["linkedid"],
        row["at"],
    )
    if not new:
        return
    if key is not None and await connection.fetchval(
        "select at >= to_timestamp($2) from lost_reached where number_key = $1", key, row["at"]
    ):
        return
    lost_id = None
    if key is not None:
        lost_id = await connection.fetchval(_COUNT_ONE_MORE, key, row["at"], row["waited"], row["queue"], row["name"])
    if lost_id is None:
        lost_id = await connection.fetchval(
            _OPEN, key, row["number"], row["name"], row["queue"], row["at"], row["waited"]
        )
    await connection.execute(
        "update lost_contact set lost_id = $3 where pbx = $1 and linkedid = $2", row["pbx"], row["linkedid"], lost_id
    )


async def _reached(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    keys, times = [row["number_key"] for row in rows], [row["at"] for row in rows]
    await connection.execute(_REACHED, keys, times)
    await connection.execute(_REACH, keys, times, [row["kind"] for row in rows])


async def work(db: "Database", names: Names, limit: int) -> list[LostJson]:
    """The items that are not over, the oldest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from lost_caller where state in ('open', 'claimed') order by first_at, id limit $1", limit
    )
    return [_item(row, names) for row in rows]


async def newest(db: "Database") -> int:
    """The highest revision. Raises Unavailable."""
    return int(await db.fetchval("select coalesce(max(revision), 0) from lost_caller"))


async def changed_since(db: "Database", revision: int, names: Names, limit: int = 1000) -> list[LostJson]:
    """What changed after a revision, in order. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from lost_caller where revision > $1 order by revision limit $2", revision, limit
    )
    return [_item(row, names) for row in rows]


async def page(
    db: "Database",
    states: list[str],
    queue: str | None,
    before: int | None,
    limit: int,
    names: Names,
    scope: Scope = EVERYTHING,
) -> list[LostJson]:
    """Items within a scope in these states, the newest first, with a number below `before`. Raises Unavailable.

    The scope is tested as `lies_within` of the model does.
    """
    rows = await db.fetch(
        f"select {_COLUMNS} from lost_caller where state = any($1::text[])"
        " and ($2::text is null or $2 = any(queues)) and ($3::bigint is null or id < $3)"
        " and ($5::text[] is null or queues && $5) and (not $6 or cardinality(queues) > 0) order by id desc limit $4",
        states,
        queue,
        before,
        limit,
        sorted(scope.queues) or None,
        bool(scope.teams),
    )
    return [_item(row, names) for row in rows]


async def locked(connection: "Connection", lost_id: int, names: Names) -> LostJson | None:
    """An item that nobody else changes until the transaction ends."""
    await connection.execute(_ONE_AFTER_ANOTHER)
    row = await connection.fetchrow(f"select {_COLUMNS} from lost_caller where id = $1 for update", lost_id)
    return None if row is None else _item(row, names)


async def other_open(connection: "Connection", lost_id: int) -> bool:
    """Whether the same caller has an item that is open, other than this one."""
    return bool(
        await connection.fetchval(
            "select exists (select 1 from lost_caller a join lost_caller b on a.number_key = b.number_key"
            " where a.id = $1 and b.id <> a.id and b.state in ('open', 'claimed'))",
            lost_id,
        )
    )


async def claim(connection: "Connection", lost_id: int, user_id: int, names: Names) -> LostJson:
    """Give the item to a user."""
    return _item(
        await connection.fetchrow(
            "update lost_caller set state = 'claimed', claimed_by = $2,"
            " claimed_at = case when claimed_by = $2 then claimed_at else now() end,"
            f" revision = nextval('lost_revision') where id = $1 returning {_COLUMNS}",
            lost_id,
            user_id,
        ),
        names,
    )


async def give_back(connection: "Connection", lost_id: int, names: Names) -> LostJson:
    """Let anybody take it; also what was over."""
    return _item(
        await connection.fetchrow(
            "update lost_caller set state = 'open', claimed_by = null, claimed_at = null, ended_at = null,"
            " ended_by = null, reason = '', revision = nextval('lost_revision')"
            f" where id = $1 returning {_COLUMNS}",
            lost_id,
        ),
        names,
    )


async def attempt(connection: "Connection", lost_id: int, names: Names) -> LostJson:
    """Somebody is about to call back."""
    return _item(
        await connection.fetchrow(
            "update lost_caller set attempts = attempts + 1, attempt_at = now(), revision = nextval('lost_revision')"
            f" where id = $1 returning {_COLUMNS}",
            lost_id,
        ),
        names,
    )


async def end(
    connection: "Connection", lost_id: int, state: str, user_id: int, reason: str, now: float, names: Names
) -> LostJson:
    """Done or dismissed by somebody."""
    return _item(
        await connection.fetchrow(
            "update lost_caller set state = $2, ended_by = $3, reason = $4, ended_at = to_timestamp($5),"
            f" revision = nextval('lost_revision') where id = $1 returning {_COLUMNS}",
            lost_id,
            state,
            user_id,
            reason,
            now,
        ),
        names,
    )


def _item(row: Any, names: Names) -> LostJson:
    plain = dict(row)
    claimer, ender = plain["claimed_by"], plain["ended_by"]
    return LostJson(
        **{**plain, "queues": tuple(plain["queues"])},
        claimed_by_name=names(claimer) if claimer is not None else "",
        ended_by_name=names(ender) if ender is not None else "",
    )
