"""The only SQL of the room of supervision."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.monitoring.model import Act, Session, Wanted, Within
from cti_server.monitoring.policy import Rule, Scope

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_UPSERT = """
insert into monitoring_session as kept (id, revision, pbx, supervisor_id, supervisor_device, agent_id, agent_device,
    team, queue, call_id, agent_leg, leg_id, number, mode, state, told, asked_at, on_at, ended_at, end_reason,
    stretches, exact)
select id, revision, pbx, supervisor_id, supervisor_device, agent_id, agent_device, team, queue, call_id, agent_leg,
    leg_id, number, mode, state, told, to_timestamp(asked_at), to_timestamp(on_at), to_timestamp(ended_at), end_reason,
    stretches, exact
from jsonb_to_recordset($1::jsonb) as r(id text, revision bigint, pbx text, supervisor_id bigint,
    supervisor_device text, agent_id bigint, agent_device text, team text, queue text, call_id text, agent_leg text,
    leg_id text, number text, mode text, state text, told boolean, asked_at float8, on_at float8, ended_at float8,
    end_reason text, stretches jsonb, exact boolean)
on conflict (id) do update set
    revision = excluded.revision, mode = excluded.mode, state = excluded.state, told = excluded.told,
    on_at = excluded.on_at, ended_at = excluded.ended_at, end_reason = excluded.end_reason,
    stretches = excluded.stretches, exact = excluded.exact
where kept.revision < excluded.revision
"""
_COLUMNS = """n, id, revision, pbx, supervisor_id, supervisor_device, agent_id, agent_device, team, queue, call_id,
    agent_leg, leg_id, number, mode, state, told, extract(epoch from asked_at)::float8 as asked_at,
    extract(epoch from on_at)::float8 as on_at, extract(epoch from ended_at)::float8 as ended_at, end_reason, stretches,
    exact"""


async def write_sessions(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal. A picture older than what is kept changes nothing."""
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["id"] not in newest or newest[row["id"]]["revision"] < row["revision"]:
            newest[row["id"]] = row
    await connection.execute(_UPSERT, json.dumps(list(newest.values())))


async def open_sessions(db: "Database") -> list[Session]:
    """Those that are not over. Raises Unavailable."""
    rows = await db.fetch(f"select {_COLUMNS} from monitoring_session where ended_at is null order by n")
    return [_session(row) for row in rows]


async def page(db: "Database", wanted: Wanted, before: int | None, limit: int) -> list[tuple[int, Session]]:
    """Sessions with a number below `before`, newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from monitoring_session where ($1::bigint is null or n < $1)"
        " and ($2::float8 is null or asked_at >= to_timestamp($2))"
        " and ($3::float8 is null or asked_at < to_timestamp($3))"
        " and ($4::bigint is null or supervisor_id = $4) and ($5::bigint is null or agent_id = $5)"
        " and ($6::text is null or queue = $6) and ($7::text is null or team = $7)"
        " and ($8::text is null or call_id = $8)"
        " and ($9::text is null or mode = $9 or stretches @> jsonb_build_array(jsonb_build_object('mode', $9)))"
        " and ($11::bigint is null or supervisor_id = $11 or (($12::text[] is null or team = any($12))"
        "   and ($13::text[] is null or queue = any($13) or (queue is null and agent_id = any($14::bigint[])))))"
        " order by n desc limit $10",
        before,
        wanted.since,
        wanted.until,
        wanted.supervisor_id,
        wanted.agent_id,
        wanted.queue,
        wanted.team,
        wanted.call_id,
        wanted.mode,
        limit,
        *_within(wanted.within),
    )
    return [(row["n"], _session(row)) for row in rows]


def _within(within: Within | None) -> tuple[object, ...]:
    if within is None:
        return None, None, None, None
    return within.own, within.teams, within.queues, within.agents


def _session(row: Any) -> Session:
    plain = {key: value for key, value in dict(row).items() if key != "n"}
    return msgspec.convert({**plain, "stretches": json.loads(plain["stretches"])}, Session)


async def rules(db: "Database") -> list[Rule]:
    """The policy. Raises Unavailable."""
    rows = await db.fetch("select scope, name, allow, users, tell_agent from monitoring_policy")
    return [
        Rule(
            scope=Scope(row["scope"]),
            name=row["name"],
            allow=frozenset(Act(act) for act in row["allow"]),
            users=frozenset(row["users"]),
            tell_agent=row["tell_agent"],
        )
        for row in rows
    ]


async def replace_rules(connection: "Connection", rules: Sequence[Rule]) -> None:
    """Put these in place of all."""
    await connection.execute("delete from monitoring_policy")
    for rule in rules:
        await connection.execute(
            "insert into monitoring_policy (scope, name, allow, users, tell_agent) values ($1, $2, $3, $4, $5)",
            rule.scope,
            rule.name,
            sorted(rule.allow),
            sorted(rule.users),
            rule.tell_agent,
        )
