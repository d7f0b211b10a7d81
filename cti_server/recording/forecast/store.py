"""The only SQL of the forecast."""

from typing import TYPE_CHECKING, Final

from cti_server.recording.forecast.model import WINDOW, ClassOf

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

LIMIT: Final = 300.0
"""Seconds: it reads every row, once an hour."""
_STORED: Final = """
select coalesce(queue, nullif(direction, ''), 'inbound') as name,
    case when hold = '' and delete_after is not null
        then greatest(0, ceil(extract(epoch from delete_after - now()) / 86400))::int end as due,
    sum(size)::bigint as size
from recording where state = 'ready' and size is not null group by 1, 2
"""
_CAME: Final = f"""
select coalesce(queue, nullif(direction, ''), 'inbound') as name, sum(size)::bigint as size,
    coalesce(avg(extract(epoch from delete_after - started_at)) / 86400, 36500)::float8 as keep_days,
    (extract(epoch from now() - (select min(started_at) from recording where state = 'ready')) / 86400)::float8 as over
from recording where state = 'ready' and size is not null and started_at > now() - interval '{WINDOW} days' group by 1
"""


async def classes(db: "Database") -> list[ClassOf]:
    """What is stored and came, by class. Raises Unavailable."""
    stored: dict[str, int] = {}
    due: dict[str, dict[int, int]] = {}
    for row in await db.fetch(_STORED, timeout=LIMIT):
        stored[row["name"]] = stored.get(row["name"], 0) + row["size"]
        if row["due"] is not None:
            due.setdefault(row["name"], {})[row["due"]] = row["size"]
    came = {row["name"]: row for row in await db.fetch(_CAME, timeout=LIMIT)}
    return [
        ClassOf(
            name,
            size,
            came[name]["size"] if name in came else 0,
            came[name]["over"] if name in came else WINDOW,
            came[name]["keep_days"] if name in came else 0.0,
            due.get(name, {}),
        )
        for name, size in sorted(stored.items())
    ]
