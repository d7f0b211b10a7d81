"""The only SQL of erasures."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cti_server.business.erasure.model import Eraser, ErasureJson, ProofJson, Task
from cti_server.core.audit.model import Actor
from cti_server.core.erasing.model import Person, Proof

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_COLUMNS = """id, subject, why, by_login, state, stopped, extract(epoch from started_at)::float8 as started_at,
    extract(epoch from ended_at)::float8 as ended_at"""


async def add(connection: "Connection", who: Actor, subject: str, why: str, person: Person) -> int:
    """A new erasure, running; its number."""
    plain = {name: getattr(person, name) for name in Person.__dataclass_fields__}
    return int(
        await connection.fetchval(
            "insert into erasure (subject, why, by_user, by_login, address, person) values ($1, $2, $3, $4, $5, $6)"
            " returning id",
            subject,
            why,
            who.user_id,
            who.login,
            who.address,
            json.dumps(plain, ensure_ascii=False),
        )
    )


async def running(db: "Database") -> Task | None:
    """The oldest that is to be gone on with. Raises Unavailable."""
    row = await db.fetchrow(
        "select id, subject, why, by_user, by_login, address, person, rooms from erasure where state = 'running'"
        " order by id limit 1"
    )
    if row is None:
        return None
    plain: dict[str, Any] = json.loads(row["person"])
    calls = tuple((pbx, linkedid) for pbx, linkedid in plain.pop("calls"))
    person = Person(**{name: tuple(value) for name, value in plain.items()}, calls=calls)
    who = Eraser(row["by_user"], row["by_login"], row["address"])
    return Task(row["id"], row["subject"], row["why"], person, tuple(row["rooms"]), who)


async def forgotten(db: "Database", erasure_id: int, room: str) -> None:
    """A room has forgotten him. Raises Unavailable."""
    await db.execute(
        "update erasure set rooms = rooms || $2::text where id = $1 and not $2 = any(rooms)", erasure_id, room
    )


async def removed(
    connection: "Connection", erasure_id: int, room: str, counts: Mapping[str, int], proofs: Sequence[Proof]
) -> None:
    """Count what was removed, and keep its proofs."""
    await connection.executemany(
        "insert into erasure_removed as kept (erasure_id, room, kind, count) values ($1, $2, $3, $4)"
        " on conflict (erasure_id, room, kind) do update set count = kept.count + excluded.count",
        [(erasure_id, room, kind, count) for kind, count in counts.items() if count],
    )
    await connection.executemany(
        "insert into erasure_proof (erasure_id, thing, sha256, bytes) values ($1, $2, $3, $4) on conflict do nothing",
        [(erasure_id, one.thing, one.sha256, one.bytes) for one in proofs],
    )


async def stop(connection: "Connection", erasure_id: int, code: str) -> None:
    """It cannot go on until somebody says so."""
    await connection.execute("update erasure set state = 'stopped', stopped = $2 where id = $1", erasure_id, code)


async def go_on(connection: "Connection", erasure_id: int) -> bool:
    """Let one that was stopped go on; False when it was not."""
    return bool(
        await connection.fetchval(
            "update erasure set state = 'running', stopped = '' where id = $1 and state = 'stopped' returning 1",
            erasure_id,
        )
    )


async def end(connection: "Connection", erasure_id: int) -> None:
    """It is done: who he was is known no more."""
    await connection.execute(
        "update erasure set state = 'done', person = null, ended_at = now() where id = $1", erasure_id
    )


async def open_of(db: "Database", subject: str) -> bool:
    """Whether an erasure of this customer is not done yet. Raises Unavailable."""
    return bool(
        await db.fetchval("select exists (select 1 from erasure where subject = $1 and state <> 'done')", subject)
    )


async def page(db: "Database", before: int | None, limit: int) -> list[ErasureJson]:
    """The newest with a number below `before`. Raises Unavailable."""
    rows = await db.fetch(
        f"select {_COLUMNS} from erasure where ($1::bigint is null or id < $1) order by id desc limit $2", before, limit
    )
    return [ErasureJson(**dict(row)) for row in rows]


async def one(
    db: "Connection | Database", erasure_id: int
) -> tuple[ErasureJson, list[str], dict[str, dict[str, int]], list[ProofJson]] | None:
    """An erasure, the rooms that are done, what each removed, and the proofs. Raises Unavailable."""
    row = await db.fetchrow(f"select {_COLUMNS}, rooms from erasure where id = $1", erasure_id)
    if row is None:
        return None
    counts: dict[str, dict[str, int]] = {}
    for line in await db.fetch("select room, kind, count from erasure_removed where erasure_id = $1", erasure_id):
        counts.setdefault(line["room"], {})[line["kind"]] = line["count"]
    proofs = await db.fetch(
        "select thing, sha256, bytes from erasure_proof where erasure_id = $1 order by thing", erasure_id
    )
    plain = dict(row)
    rooms = list(plain.pop("rooms"))
    return ErasureJson(**plain), rooms, counts, [ProofJson(**dict(line)) for line in proofs]
