"""The only SQL of calibrations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cti_server.recording.qa.model import Subject

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_ROWS = """select c.id, c.title, f.name as form_name, v.version as form_version, c.state, c.master_id, c.version_id,
    c.subject_kind, c.subject_id, c.agent_id, extract(epoch from c.created_at)::float8 as created_at,
    extract(epoch from c.closed_at)::float8 as closed_at,
    array(select g.user_id from qa_calibration_grader g where g.calibration_id = c.id order by g.user_id) as graders,
    array(select e.grader_id from qa_evaluation e where e.purpose = 'calibration' and e.ref_id = c.id
        and e.state <> 'draft' order by e.grader_id) as done,
    (select e.id from qa_evaluation e where e.purpose = 'calibration' and e.ref_id = c.id and e.grader_id = $1)
        as evaluation_id
    from qa_calibration c join qa_form_version v on v.id = c.version_id join qa_form f on f.id = v.form_id"""


async def every(db: "Database", user_id: int) -> list[dict[str, Any]]:
    """All, newest first. Raises Unavailable."""
    return [dict(row) for row in await db.fetch(f"{_ROWS} order by c.id desc limit 200", user_id)]


async def one(db: "Database", user_id: int, calibration_id: int) -> dict[str, Any] | None:
    """One; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(f"{_ROWS} where c.id = $2", user_id, calibration_id)
    return None if row is None else dict(row)


async def add(
    connection: "Connection",
    title: str,
    version_id: int,
    subject: Subject,
    agent_id: int,
    master: int,
    graders: Sequence[int],
    by: int,
) -> int:
    """A new one; its number."""
    number = int(
        await connection.fetchval(
            "insert into qa_calibration (title, version_id, subject_kind, subject_id, agent_id, master_id, created_by)"
            " values ($1, $2, $3, $4, $5, $6, $7) returning id",
            title,
            version_id,
            subject.kind,
            subject.id,
            agent_id,
            master,
            by,
        )
    )
    await connection.executemany(
        "insert into qa_calibration_grader (calibration_id, user_id) values ($1, $2)",
        [(number, user_id) for user_id in graders],
    )
    return number


async def close(connection: "Connection", calibration_id: int) -> None:
    """Nobody scores any more; all may compare."""
    await connection.execute(
        "update qa_calibration set state = 'closed', closed_at = coalesce(closed_at, now()) where id = $1",
        calibration_id,
    )


async def people(db: "Database") -> list[tuple[int, str]]:
    """Who may be invited: graders who can sign in, by name. Raises Unavailable."""
    rows = await db.fetch("select id, name from qa_grader order by name, id limit 500")
    return [(row["id"], row["name"]) for row in rows]
