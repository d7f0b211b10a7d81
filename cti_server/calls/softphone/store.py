"""The only SQL of the browser phones."""

import json
from typing import TYPE_CHECKING, Any

from cti_server.calls.softphone.model import PhoneKey, Quality

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_UPSERT_KEYS = """
insert into softphone_key (pbx, device, key, user_id, session_id, issued_at, expires_at, passed_at)
select pbx, device, key, user_id, session_id, to_timestamp(issued_at), to_timestamp(expires_at), to_timestamp(passed_at)
from jsonb_to_recordset($1::jsonb) as r(pbx text, device text, key text, user_id bigint, session_id bigint,
    issued_at float8, expires_at float8, passed_at float8)
on conflict (pbx, device) do update set key = excluded.key, user_id = excluded.user_id,
    session_id = excluded.session_id, issued_at = excluded.issued_at, expires_at = excluded.expires_at,
    passed_at = excluded.passed_at
"""
_DELETE_KEYS = """
delete from softphone_key k using jsonb_to_recordset($1::jsonb) as r(pbx text, device text)
where k.pbx = r.pbx and k.device = r.device
"""
_UPSERT_QUALITY = """
insert into softphone_quality as kept (pbx, device, user_id, sip_call_id, call_id, leg_id, started_at, updated_at,
    final, samples, packets_received, packets_lost, packets_sent, remote_lost, jitter_ms, jitter_ms_max, rtt_ms,
    rtt_ms_max, codec)
select pbx, device, user_id, sip_call_id, call_id, leg_id, to_timestamp(started_at), to_timestamp(updated_at), final,
    samples, packets_received, packets_lost, packets_sent, remote_lost, jitter_ms, jitter_ms_max, rtt_ms, rtt_ms_max,
    codec
from jsonb_to_recordset($1::jsonb) as r(pbx text, device text, user_id bigint, sip_call_id text, call_id text,
    leg_id text, started_at float8, updated_at float8, final boolean, samples integer, packets_received bigint,
    packets_lost bigint, packets_sent bigint, remote_lost bigint, jitter_ms float8, jitter_ms_max float8,
    rtt_ms float8, rtt_ms_max float8, codec text)
on conflict (pbx, device, sip_call_id) do update set call_id = coalesce(kept.call_id, excluded.call_id),
    leg_id = coalesce(kept.leg_id, excluded.leg_id), updated_at = excluded.updated_at, final = excluded.final,
    samples = excluded.samples, packets_received = excluded.packets_received, packets_lost = excluded.packets_lost,
    packets_sent = excluded.packets_sent, remote_lost = excluded.remote_lost, jitter_ms = excluded.jitter_ms,
    jitter_ms_max = excluded.jitter_ms_max, rtt_ms = excluded.rtt_ms, rtt_ms_max = excluded.rtt_ms_max,
    codec = excluded.codec
where kept.updated_at <= excluded.updated_at
"""


async def write_keys(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: of several rows of one device the last one stands; one without a key ends it."""
    last = {(row["pbx"], row["device"]): row for row in rows}
    gone = [row for row in last.values() if row.get("key") is None]
    kept = [row for row in last.values() if row.get("key") is not None]
    if gone:
        await connection.execute(_DELETE_KEYS, json.dumps(gone))
    if kept:
        await connection.execute(_UPSERT_KEYS, json.dumps(kept))


async def write_quality(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: of several rows of one call the last one stands."""
    last = {(row["pbx"], row["device"], row["sip_call_id"]): row for row in rows}
    await connection.execute(_UPSERT_QUALITY, json.dumps(list(last.values())))


async def keys(db: "Database") -> list[tuple[PhoneKey, bool]]:
    """All keys, each with whether its session is still open. Raises Unavailable."""
    rows = await db.fetch(
        "select k.pbx, k.device, k.key, k.user_id, k.session_id, extract(epoch from k.issued_at)::float8 as issued_at,"
        " extract(epoch from k.expires_at)::float8 as expires_at,"
        " extract(epoch from k.passed_at)::float8 as passed_at, s.id is not null as open"
        " from softphone_key k left join user_session s on s.id = k.session_id and s.ended_at is null"
        " order by k.pbx, k.device"
    )
    return [(PhoneKey(**{name: row[name] for name in PhoneKey.__slots__}), row["open"]) for row in rows]


async def quality(db: "Database", call_id: str, user_id: int | None) -> list[Quality]:
    """The audio of each browser phone in a call; of this user's only when one is named. Raises Unavailable."""
    rows = await db.fetch(
        "select pbx, device, user_id, sip_call_id, call_id, leg_id, final, samples, packets_received, packets_lost,"
        " extract(epoch from started_at)::float8 as started_at, extract(epoch from updated_at)::float8 as updated_at,"
        " packets_sent, remote_lost, jitter_ms, jitter_ms_max, rtt_ms, rtt_ms_max, codec from softphone_quality"
        " where call_id = $1 and ($2::bigint is null or user_id = $2) order by started_at",
        call_id,
        user_id,
    )
    return [Quality(**dict(row)) for row in rows]
