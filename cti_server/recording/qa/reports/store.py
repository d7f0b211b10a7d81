"""The only SQL of the reports: it reads views alone."""

from typing import TYPE_CHECKING, Final

from cti_server.recording.qa.model import Sight
from cti_server.recording.qa.reports.model import By, FigureRow

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


async def form_names(db: "Database") -> dict[str, str]:
    """Form → its name. Raises Unavailable."""
    return {str(row["id"]): row["name"] for row in await db.fetch("select id, name from qa_form")}
