"""The only SQL of the reports: it reads views alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from cti_server.recording.qa.model import Sight
from cti_server.recording.qa.reports.model import By, FigureRow, GraderRow, Sums, TrendRow

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

_KEYS: Final = {
    By.AGENT: "e.agent_id::text", By.TEAM: "e.team", By.QUEUE: "coalesce(e.queue, '')", By.GRADER: "e.grader_id::text",
    By.FORM: "e.form_id::text", By.QUESTION: "e.question",
    By.WEEK: "to_char(date_trunc('week', e.submitted_at at time zone $5), 'YYYY-MM-DD')",
}  # fmt: skip
_FIGURES: Final = """count(*)::int as evaluations, avg(e.score) as score, min(e.score) as lowest,
    avg(e.failed::int)::float8 as failed, avg(e.disputed::int)::float8 as disputed,
    avg(e.changed::int)::float8 as changed, avg(e.acknowledged::int)::float8 as acknowledged"""
_OF_QUESTION: Final = """count(*)::int as evaluations, 100 * avg(e.share) as score, 100 * min(e.share) as lowest,
    avg(e.question_failed::int)::float8 as failed, avg(e.disputed::int)::float8 as disputed,
    avg(e.changed::int)::float8 as changed, avg(e.acknowledged::int)::float8 as acknowledged"""
_WHERE: Final = """where e.submitted_at >= to_timestamp($1) and e.submitted_at < to_timestamp($2)
    and ($3::bigint[] is null or e.agent_id = any($3)) and ($4::text[] is null or e.queue is null or e.queue = any($4))
    and $5::text is not null and ($6::bigint is null or e.form_id = $6)"""


async def figures(
    db: "Database", by: By, since: float, until: float, sight: Sight, zone: str, form_id: int | None
) -> list[FigureRow]:
    """One line for each group, lowest score first; weeks in order. Times in unix seconds. Raises Unavailable."""
    question = by is By.QUESTION
    label = "max(e.label)" if question else "''"
    order = "1" if by is By.WEEK else "score nulls last, 1"
    # Only fixed texts of this file are joined; every value is an argument.
    sql = " ".join((
        "select", _KEYS[by], "as key,", label, "as label,", _OF_QUESTION if question else _FIGURES,
        "from report_qa_answer e" if question else "from report_qa_evaluation e", _WHERE, "group by 1 order by", order,
        "limit 1000",
    ))  # fmt: skip
    rows = await db.fetch(sql, since, until, sight.agents, sight.queues, zone, form_id)
    return [FigureRow(**dict(row)) for row in rows]


async def trend(
    db: "Database", by: By, since: float, until: float, sight: Sight, zone: str, form_id: int | None
) -> list[TrendRow]:
    """One point for each group and week in which there is a score, in order. Raises Unavailable."""
    question = by is By.QUESTION
    sql = " ".join((
        "select", _KEYS[by], "as key,", "max(e.label)" if question else "''", "as label,", _KEYS[By.WEEK], "as week,",
        "count(*)::int as evaluations,", "100 * avg(e.share)" if question else "avg(e.score)", "as score",
        "from report_qa_answer e" if question else "from report_qa_evaluation e", _WHERE,
        "group by 1, 3 order by 1, 3 limit 5000",
    ))  # fmt: skip
    rows = await db.fetch(sql, since, until, sight.agents, sight.queues, zone, form_id)
    return [TrendRow(**dict(row)) for row in rows]


async def output(
    db: "Database", since: float, until: float, sight: Sight, names: Callable[[int], str]
) -> list[GraderRow]:
    """What each grader did, the busiest first. Raises Unavailable."""
    rows = await db.fetch(
        "select e.grader_id as key, count(*) filter (where e.purpose = 'score')::int as evaluations,"
        " count(*) filter (where e.purpose = 'recheck')::int as rechecks,"
        " count(*) filter (where e.purpose = 'calibration')::int as calibrations,"
        " coalesce(sum(e.seconds), 0)::float8 as heard,"
        " percentile_cont(0.5) within group (order by e.taken) as taken, avg(e.score) as score, avg(e.off) as off,"
        " avg(e.disputed::int)::float8 as disputed, avg(e.changed::int)::float8 as changed from report_qa_output e"
        " where e.submitted_at >= to_timestamp($1) and e.submitted_at < to_timestamp($2)"
        " and ($3::bigint[] is null or e.agent_id = any($3))"
        " and ($4::text[] is null or e.queue is null or e.queue = any($4))"
        " group by 1 order by 2 desc, 1 limit 1000",
        since,
        until,
        sight.agents,
        sight.queues,
    )
    return [GraderRow(**{**dict(row), "key": str(row["key"])}, label=names(row["key"])) for row in rows]


_RECORDING_KEYS: Final = {
    By.AGENT: "e.agent_id::text", By.QUEUE: "coalesce(e.queue, '')",
    By.WEEK: "to_char(date_trunc('week', e.started_at at time zone $5), 'YYYY-MM-DD')",
}  # fmt: skip


async def recordings(db: "Database", by: By, since: float, until: float, sight: Sight, zone: str) -> list[Sums]:
    """What was recorded, by agent, queue or week; a call of two agents is one in its queue. Raises Unavailable."""
    # Only fixed texts of this file are joined; every value is an argument.
    sql = " ".join((
        "with one as (select e.id,", _RECORDING_KEYS[by], "as key, bool_or(e.scored) as scored,"
        " max(e.seconds) as seconds,"
        " max(e.silence) as silence, max(e.talk_over) as talk_over, max(e.longest_silence) as longest_silence"
        " from report_qa_recording e where e.started_at >= to_timestamp($1) and e.started_at < to_timestamp($2)"
        " and ($3::bigint[] is null or e.agent_id = any($3))"
        " and ($4::text[] is null or e.queue is null or e.queue = any($4)) and $5::text is not null group by 1, 2)"
        " select key, count(*)::int as recordings, count(*) filter (where scored)::int as scored,"
        " coalesce(sum(seconds), 0)::float8 as seconds, coalesce(sum(silence), 0)::float8 as silence,"
        " coalesce(sum(talk_over), 0)::float8 as talk_over,"
        " coalesce(sum(seconds) filter (where silence is not null), 0)::float8 as measured,"
        " max(longest_silence)::float8 as longest_silence from one group by 1 order by 1 limit 1000",
    ))  # fmt: skip
    return [Sums(**dict(row)) for row in await db.fetch(sql, since, until, sight.agents, sight.queues, zone)]


async def form_names(db: "Database") -> dict[str, str]:
    """Form → its name. Raises Unavailable."""
    return {str(row["id"]): row["name"] for row in await db.fetch("select id, name from qa_form")}
