"""The only SQL of the room of queues: it reads the view that the history of calls offers."""

from itertools import groupby
from typing import TYPE_CHECKING, Any

from cti_server.live.views import SegmentView
from cti_server.live.words import SegmentKind, SegmentResult
from cti_server.queues.figures import Wait
from cti_server.queues.model import QueueKey, waits_of

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


async def waits_of_day(db: "Database", start: float, end: float) -> list[tuple[QueueKey, int, Wait]]:
    """Every finished wait whose caller entered between two moments (unix seconds), with its queue and key.

    Raises Unavailable when the database is away.
    """
    rows = await db.fetch(
        "select pbx, linkedid, n, queue, result, uniqueid, reached,"
        " extract(epoch from entered_at)::float8 as entered_at, extract(epoch from left_at)::float8 as left_at"
        " from report_calls_queue_segment"
        " where entered_at >= to_timestamp($1) and entered_at < to_timestamp($2) and left_at is not null"
        " and result is not null order by pbx, linkedid, n",
        start,
        end,
    )
    found: list[tuple[QueueKey, int, Wait]] = []
    for call, parts in groupby(rows, lambda row: (row["pbx"], row["linkedid"])):
        mine = list(parts)
        told = waits_of(call, [_segment(row) for row in mine], reached=mine[0]["reached"])
        found += [(key, number, wait) for key, number, wait in told if wait is not None]
    return found


def _segment(row: Any) -> SegmentView:
    return SegmentView(
        n=row["n"],
        kind=SegmentKind.QUEUE,
        started_at=row["entered_at"],
        ended_at=max(row["left_at"], row["entered_at"]),
        result=SegmentResult(row["result"]),
        queue=row["queue"],
        leg_id=row["uniqueid"],
    )
