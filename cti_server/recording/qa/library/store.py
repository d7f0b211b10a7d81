"""The only SQL of the library."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cti_server.recording.qa.library.model import LibraryJson
from cti_server.recording.qa.model import Sight

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database


async def every(
    db: "Database", sight: Sight, names: Callable[[int], str], evaluation_id: int | None = None
) -> list[LibraryJson]:
    """Excellent calls, newest first, or the one of an evaluation. Raises Unavailable."""
    rows = await db.fetch(
        "select l.evaluation_id, l.title, l.consent, e.agent_id, e.team, e.queue, e.subject_kind as kind, e.subject_id,"
        " e.score, v.seconds, extract(epoch from e.subject_at)::float8 as subject_at,"
        " extract(epoch from l.created_at)::float8 as created_at from qa_library l join report_qa_evaluation e"
        " on e.id = l.evaluation_id join qa_evaluation v on v.id = e.id"
        " where ($1::bigint[] is null or e.agent_id = any($1))"
        " and ($2::text[] is null or e.queue is null or e.queue = any($2)) and ($3::bigint is null or e.id = $3)"
        " order by l.created_at desc limit 300",
        sight.agents,
        sight.queues,
        evaluation_id,
    )
    return [LibraryJson(**dict(row), agent_name=names(row["agent_id"])) for row in rows]
