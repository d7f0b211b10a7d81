"""The only SQL of the room of queues: it reads the view that the history of calls offers."""

from typing import TYPE_CHECKING, Any

from cti_server.queues.figures import Wait, WaitEnd
from cti_server.queues.model import QueueKey, callback_end, wait_end, wait_key

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


async def waits_of_day(db: "Database", start: float, end: float) -> list[tuple[QueueKey, int, Wait]]:
    """Every finished wait whose caller entered between two moments (unix seconds), with its queue and key.

    Raises Unavailable when the database is away.
    """
    rows = await db.fetch(
        "select pbx, linkedid, n, queue, result, extract(epoch from entered_at)::float8 as entered_at, wait_seconds,"
        " callback, reached"
        " from report_calls_queue_segment"
        " where entered_at >= to_timestamp($1) and entered_at < to_timestamp($2) and left_at is not null",
        start,
        end,
    )
    return [
        (
            (row["pbx"], row["queue"]),
            wait_key(":".join((row["pbx"], row["linkedid"])), row["n"]),
            Wait(row["entered_at"], 0.0 if row["callback"] else max(0.0, row["wait_seconds"]), end_of_wait),
        )
        for row in rows
        if row["result"] is not None and (end_of_wait := _end(row)) is not None
    ]


def _end(row: Any) -> WaitEnd | None:
    return callback_end(row["result"], reached=row["reached"]) if row["callback"] else wait_end(row["result"])
