"""The only SQL of flows' drafts, versions and numbers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_FLOW = """key, draft::text as draft, revision, draft_by, extract(epoch from draft_at)::float8 as draft_at, published,
    (select extract(epoch from published_at)::float8 from flow_version v
     where v.flow = f.key and v.version = f.published) as published_at,
    (select v.document::text is distinct from f.draft::text from flow_version v
     where v.flow = f.key and v.version = f.published) as changed,
    array(select did from flow_number n where n.flow = f.key order by did) as numbers"""


async def flows(db: "Database") -> list[Any]:
    """All flows by key. Raises Unavailable."""
    return await db.fetch(f"select {_FLOW} from flow f order by key")


async def flow(db: "Database | Connection", key: str) -> Any:
    """One flow or None. Raises Unavailable."""
    return await db.fetchrow(f"select {_FLOW} from flow f where key = $1", key)


async def lock(connection: "Connection", key: str) -> Any:
    """One flow that nobody else changes until the transaction ends, or None."""
    await connection.execute("select 1 from flow where key = $1 for update", key)
    return await flow(connection, key)


async def add(connection: "Connection", key: str, draft: str, by: int) -> bool:
    """Make a flow; False when the key is taken."""
    made = await connection.fetchval(
        "insert into flow (key, draft, draft_by) values ($1, $2, $3) on conflict do nothing returning 1", key, draft, by
    )
    return bool(made)


async def save(connection: "Connection", key: str, draft: str, by: int) -> None:
    """Keep a draft."""
    await connection.execute(
        "update flow set draft = $2, draft_by = $3, draft_at = now(), revision = revision + 1 where key = $1",
        key,
        draft,
        by,
    )


async def remove(connection: "Connection", key: str) -> None:
    """Forget a flow with its versions."""
    await connection.execute("delete from flow where key = $1", key)


async def publish(connection: "Connection", key: str, note: str, by: int) -> int:
    """Make the draft the next version, and the live one; its number."""
    version = int(
        await connection.fetchval(
            "insert into flow_version (flow, version, document, note, published_by)"
            " select key, coalesce((select max(version) from flow_version where flow = $1), 0) + 1, draft, $2, $3"
            " from flow where key = $1 returning version",
            key,
            note,
            by,
        )
    )
    await point(connection, key, version)
    return version


async def point(connection: "Connection", key: str, version: int | None) -> None:
    """New calls follow this version from now on; None: no version."""
    await connection.execute("update flow set published = $2, revision = revision + 1 where key = $1", key, version)


async def versions(db: "Database", key: str) -> list[Any]:
    """The versions of a flow, newest first. Raises Unavailable."""
    return await db.fetch(
        "select v.version, v.document->>'title' as title, v.note, v.published_by,"
        " extract(epoch from v.published_at)::float8 as published_at, v.version = f.published as live"
        " from flow_version v join flow f on f.key = v.flow where v.flow = $1 order by v.version desc",
        key,
    )


async def document(db: "Database | Connection", key: str, version: int) -> str | None:
    """A version's document, None when there is no such version. Raises Unavailable."""
    found = await db.fetchval("select document::text from flow_version where flow = $1 and version = $2", key, version)
    return None if found is None else str(found)


async def live(db: "Database") -> list[Any]:
    """The version of each flow that new calls follow. Raises Unavailable."""
    return await db.fetch(
        "select f.key, v.version, v.document::text as document from flow f"
        " join flow_version v on v.flow = f.key and v.version = f.published"
    )


async def numbers(db: "Database") -> list[Any]:
    """Which number follows which flow. Raises Unavailable."""
    return await db.fetch(
        "select did, flow, set_by, extract(epoch from set_at)::float8 as set_at from flow_number order by did"
    )


async def set_number(connection: "Connection", did: str, key: str, by: int) -> None:
    """Let a number follow a flow."""
    await connection.execute(
        "insert into flow_number (did, flow, set_by) values ($1, $2, $3)"
        " on conflict (did) do update set flow = excluded.flow, set_by = excluded.set_by, set_at = now()",
        did,
        key,
        by,
    )


async def clear_number(connection: "Connection", did: str) -> bool:
    """Let a number follow no flow; False when it followed none."""
    return bool(await connection.fetchval("delete from flow_number where did = $1 returning 1", did))
