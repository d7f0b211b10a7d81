"""The only SQL of surveys."""

from typing import TYPE_CHECKING, Any

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.routing.survey.model import Sums

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_SURVEY = """key, title, share, queues::text as queues, questions::text as questions, active, revision, changed_by,
    extract(epoch from changed_at)::float8 as changed_at"""


async def surveys(db: "Database") -> list[Any]:
    """All of them. Raises Unavailable."""
    return await db.fetch(f"select {_SURVEY} from survey order by key")


async def put(
    connection: "Connection",
    key: str,
    title: str,
    share: int,
    queues: str,
    questions: str,
    active: bool,
    by: int,
    before: int,
) -> bool:
    """Make a survey (`before` 0) or change the one that was seen; False when somebody else was faster."""
    if before == 0:
        return bool(
            await connection.fetchval(
                "insert into survey (key, title, share, queues, questions, active, changed_by)"
                " values ($1, $2, $3, $4, $5, $6, $7) on conflict (key) do nothing returning 1",
                key,
                title,
                share,
                queues,
                questions,
                active,
                by,
            )
        )
    return bool(
        await connection.fetchval(
            "update survey set title = $2, share = $3, queues = $4, questions = $5, active = $6, changed_by = $7,"
            " changed_at = now(), revision = revision + 1 where key = $1 and revision = $8 returning 1",
            key,
            title,
            share,
            queues,
            questions,
            active,
            by,
            before,
        )
    )


async def write_answers(connection: "Connection", rows: list[dict[str, Any]]) -> None:
    """Sink of the journal: a question was asked (value null), or answered. The first answer stands."""
    for row in rows:
        await connection.execute(
            "insert into survey_answer as kept (pbx, linkedid, survey, question, kind, label, queue, user_id, language,"
            " asked_at, value) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, to_timestamp($10), $11)"
            " on conflict (pbx, linkedid, survey, question) do update set value = coalesce(kept.value, excluded.value)",
            row["pbx"],
            row["linkedid"],
            row["survey"],
            row["question"],
            row["kind"],
            row["label"],
            row["queue"],
            row["user_id"],
            row["language"],
            row["at"],
            row["value"],
        )


async def of_call(db: "Database", pbx: str, linkedid: str) -> list[Any]:
    """What the caller of a call answered. Raises Unavailable."""
    return await db.fetch(
        "select survey, question, kind, label, queue, user_id, extract(epoch from asked_at)::float8 as at, value"
        " from report_routing_survey where pbx = $1 and linkedid = $2 order by survey, question",
        pbx,
        linkedid,
    )


async def sums(
    db: "Database", since: float, until: float, survey: str | None, users: list[int] | None, scope: Scope = EVERYTHING
) -> list[Sums]:
    """Answers by survey, kind, queue and agent; `users`: only with these agents. Raises Unavailable."""
    rows = await db.fetch(
        "select survey, kind, queue, user_id, count(*)::int as asked, count(value)::int as answered,"
        " coalesce(sum(value), 0)::int as total,"
        " count(*) filter (where satisfied or promotes = 1)::int as good,"
        " count(*) filter (where value <= 2 and kind = 'csat' or promotes = -1)::int as bad"
        " from report_routing_survey where asked_at >= to_timestamp($1) and asked_at < to_timestamp($2)"
        " and ($3::text is null or survey = $3) and ($4::bigint[] is null or user_id = any($4))"
        " and ($5::text[] is null or queue = any($5)) group by survey, kind, queue, user_id"
        " order by survey, kind, queue, user_id",
        since,
        until,
        survey,
        users,
        sorted(scope.queues) or None,
    )
    return [Sums(**dict(row)) for row in rows]


async def handled(
    db: "Database", since: float, until: float, by: str, users: list[int] | None, scope: Scope = EVERYTHING
) -> dict[tuple[str | None, int | None], int]:
    """How many calls agents took from queues, by (queue, None), (None, user) or (None, None). Raises Unavailable."""
    rows = await db.fetch(
        "select case when $3 = 'queue' then queue end as queue, case when $3 = 'agent' then user_id end as user_id,"
        " count(distinct call_id)::int as calls from report_calls_agent_segment"
        " where kind = 'talk' and queue is not null and not merged and direction = 'inbound'"
        " and started_at >= to_timestamp($1) and started_at < to_timestamp($2)"
        " and ($4::bigint[] is null or user_id = any($4)) and ($5::text[] is null or queue = any($5)) group by 1, 2",
        since,
        until,
        by,
        users,
        sorted(scope.queues) or None,
    )
    return {(row["queue"], row["user_id"]): row["calls"] for row in rows}
