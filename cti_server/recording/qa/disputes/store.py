"""The only SQL of disputes, coaching and consent."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from cti_server.recording.qa.disputes.model import CoachingJson
from cti_server.recording.qa.model import Sight

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

Names = Callable[[int], str]


async def acknowledge(connection: "Connection", evaluation_id: int, at: float) -> bool:
    """The agent accepts it; False when it is not open for that."""
    return bool(
        await connection.fetchval(
            "update qa_evaluation set state = 'acknowledged', acknowledged_at = to_timestamp($2), version = version + 1"
            " where id = $1 and state = 'submitted' returning 1",
            evaluation_id,
            at,
        )
    )


async def dispute(connection: "Connection", evaluation_id: int, text: str, question: str, at: float) -> bool:
    """A round begins; False when it is not open for that."""
    changed = await connection.fetchval(
        "update qa_evaluation set state = 'disputed', version = version + 1 where id = $1 and state = 'submitted'"
        " returning 1",
        evaluation_id,
    )
    if not changed:
        return False
    await connection.execute(
        "insert into qa_dispute (evaluation_id, round, at, text, question) select $1, count(*) + 1, to_timestamp($4),"
        " $2, $3 from qa_dispute where evaluation_id = $1",
        evaluation_id,
        text,
        question,
        at,
    )
    return True


async def answer(
    connection: "Connection", evaluation_id: int, verdict: str, text: str, user_id: int, at: float, until: float
) -> bool:
    """The round ends, and the score is open for the agent until `until`; False when there is no open round."""
    found = await connection.fetchval(
        "update qa_dispute set verdict = $2, answer = $3, answered_by = $4, answered_at = to_timestamp($5)"
        " where evaluation_id = $1 and verdict = '' returning 1",
        evaluation_id,
        verdict,
        text,
        user_id,
        at,
    )
    if found:
        await connection.execute(
            "update qa_evaluation set state = 'submitted', dispute_until = to_timestamp($2), seen_at = null,"
            " version = version + 1 where id = $1",
            evaluation_id,
            until,
        )
    return bool(found)


async def coach(
    connection: "Connection", evaluation_id: int, agent_id: int, question: str, text: str, due: date | None, by: int
) -> int:
    """A new task of coaching; its number."""
    return int(
        await connection.fetchval(
            "insert into qa_coaching (evaluation_id, agent_id, question, text, due, created_by)"
            " values ($1, $2, $3, $4, $5, $6) returning id",
            evaluation_id,
            agent_id,
            question,
            text,
            due,
            by,
        )
    )


async def coaching(
    db: "Database", agent_id: int | None, sight: Sight, names: Names, number: int | None = None
) -> list[CoachingJson]:
    """Coaching of one agent or of those within, open first. Raises Unavailable."""
    rows = await db.fetch(
        "select c.id, c.evaluation_id, c.agent_id, c.question, coalesce(a.label, '') as label, c.text, c.due,"
        " extract(epoch from c.created_at)::float8 as created_at, c.created_by,"
        " extract(epoch from c.done_at)::float8 as done_at from qa_coaching c"
        " left join qa_answer a on a.evaluation_id = c.evaluation_id and a.question = c.question"
        " where ($1::bigint is null or c.agent_id = $1) and ($2::bigint[] is null or c.agent_id = any($2))"
        " and ($3::bigint is null or c.id = $3) order by c.done_at desc nulls first, c.due nulls last, c.id desc"
        " limit 300",
        agent_id,
        sight.agents,
        number,
    )
    return [_coaching(row, names) for row in rows]


def _coaching(row: Any, names: Names) -> CoachingJson:
    due = row["due"].isoformat() if row["due"] is not None else None
    plain = {**dict(row), "due": due, "created_by": names(row["created_by"])}
    return CoachingJson(**plain, agent_name=names(row["agent_id"]))


async def coached(connection: "Connection", number: int, user_id: int) -> None:
    """It is done."""
    await connection.execute(
        "update qa_coaching set done_at = coalesce(done_at, now()), done_by = coalesce(done_by, $2) where id = $1",
        number,
        user_id,
    )


async def propose(connection: "Connection", evaluation_id: int, title: str, by: int) -> bool:
    """Ask the agent whether the call may be shown; False when he was asked already."""
    return bool(
        await connection.fetchval(
            "insert into qa_library (evaluation_id, title, created_by) values ($1, $2, $3) on conflict do nothing"
            " returning 1",
            evaluation_id,
            title,
            by,
        )
    )


async def consent(connection: "Connection", evaluation_id: int, given: bool) -> bool:
    """The agent says yes or no; False when he was not asked."""
    return bool(
        await connection.fetchval(
            "update qa_library set consent = $2, decided_at = now() where evaluation_id = $1 returning 1",
            evaluation_id,
            "given" if given else "refused",
        )
    )
