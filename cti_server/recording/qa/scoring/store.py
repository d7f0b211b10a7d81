"""The only SQL of scores."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.recording.qa.forms.model import Answer, Line, Score
from cti_server.recording.qa.model import Sight, Subject
from cti_server.recording.qa.scoring.model import DisputeJson, EvaluationRow, RevisionJson

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

Names = Callable[[int], str]

_AGAIN = """(select r.score from qa_evaluation r where r.purpose = 'recheck' and r.ref_id = e.id and r.state <> 'draft'
    order by r.submitted_at desc limit 1)"""
_ROWS = f"""select e.id, e.purpose, e.ref_id, e.task_id, e.subject_kind as kind, e.subject_id, e.agent_id, e.team,
    e.queue,
    extract(epoch from e.subject_at)::float8 as subject_at, e.seconds, e.version_id, v.form_id, f.name as form_name,
    v.version as form_version, coalesce((v.document ->> 'pass_score')::float8, 80) as pass_score,
    coalesce((v.document ->> 'excellent')::float8, 95) as excellent, e.grader_id, e.blind, e.state, e.score, e.failed,
    {_AGAIN} as recheck_score, coalesce({_AGAIN}, e.score) as final_score, e.comment, e.version, e.revision,
    (select count(*) from qa_dispute d where d.evaluation_id = e.id)::int as rounds,
    extract(epoch from e.created_at)::float8 as created_at, extract(epoch from e.submitted_at)::float8 as submitted_at,
    extract(epoch from e.dispute_until)::float8 as dispute_until, extract(epoch from e.seen_at)::float8 as seen_at
    from qa_evaluation e join qa_form_version v on v.id = e.version_id join qa_form f on f.id = v.form_id"""


def _row(row: Any, names: Names) -> EvaluationRow:
    plain = {**dict(row), "failed": tuple(row["failed"])}
    return EvaluationRow(**plain, agent_name=names(row["agent_id"]), grader_name=names(row["grader_id"]))


async def one(db: "Database", evaluation_id: int, names: Names) -> EvaluationRow | None:
    """An evaluation; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(f"{_ROWS} where e.id = $1", evaluation_id)
    return None if row is None else _row(row, names)


async def answers(db: "Database", evaluation_id: int) -> dict[str, Answer]:
    """What is answered. Raises Unavailable."""
    text = await db.fetchval("select answers::text from qa_evaluation where id = $1", evaluation_id)
    return msgspec.json.decode(text, type=dict[str, Answer])


async def page(
    db: "Database", wanted: dict[str, Any], sight: Sight, grader: int, before: int | None, limit: int, names: Names
) -> list[EvaluationRow]:
    """Evaluations, newest first. Drafts are shown to their own grader alone; the scores of others on a call that he is
    yet to score blindly are not. Raises Unavailable.
    """
    rows = await db.fetch(
        f"{_ROWS} where e.purpose <> 'calibration' and (e.state <> 'draft' or e.grader_id = $1)"
        " and ($2::bigint[] is null or e.agent_id = any($2))"
        " and ($3::text[] is null or e.queue is null or e.queue = any($3)) and ($4::bigint is null or e.id < $4)"
        " and ($5::bigint is null or e.agent_id = $5) and ($6::bigint is null or e.grader_id = $6)"
        " and ($7::text is null or e.state = $7) and ($8::text is null or e.queue = $8)"
        " and ($9::bigint is null or v.form_id = $9) and ($10::float8 is null or e.submitted_at >= to_timestamp($10))"
        " and ($11::float8 is null or e.submitted_at < to_timestamp($11))"
        " and ($13::text is null or e.subject_id = $13) and ($14::text is null or e.team = $14)"
        " and ($15::text is null or exists (select 1 from report_qa_answer q where q.id = e.id"
        " and q.question = $15 and q.share < 1))"
        " and ($16::text is null or e.purpose = $16)"
        " and (e.grader_id = $1 or not exists (select 1 from qa_evaluation o where o.grader_id = $1 and o.blind"
        " and o.state = 'draft' and o.subject_kind = e.subject_kind and o.subject_id = e.subject_id))"
        " order by e.id desc limit $12",
        grader,
        sight.agents,
        sight.queues,
        before,
        wanted.get("agent_id"),
        wanted.get("grader_id"),
        wanted.get("state"),
        wanted.get("queue"),
        wanted.get("form_id"),
        wanted.get("since"),
        wanted.get("until"),
        limit,
        wanted.get("subject_id"),
        wanted.get("team"),
        wanted.get("question"),
        wanted.get("purpose"),
    )
    return [_row(row, names) for row in rows]


async def of_agent(db: "Database", agent_id: int, before: int | None, limit: int, names: Names) -> list[EvaluationRow]:
    """What an agent is told, newest first. Raises Unavailable."""
    rows = await db.fetch(
        f"{_ROWS} where e.agent_id = $1 and e.purpose = 'score' and e.state <> 'draft'"
        " and ($2::bigint is null or e.id < $2) order by e.id desc limit $3",
        agent_id,
        before,
        limit,
    )
    return [_row(row, names) for row in rows]


async def rechecks(db: "Database", evaluation_id: int, names: Names) -> list[EvaluationRow]:
    """Submitted re-checks of an evaluation. Raises Unavailable."""
    rows = await db.fetch(
        f"{_ROWS} where e.purpose = 'recheck' and e.ref_id = $1 and e.state <> 'draft' order by e.id", evaluation_id
    )
    return [_row(row, names) for row in rows]


async def of_calibration(db: "Database", calibration_id: int, names: Names) -> list[EvaluationRow]:
    """All evaluations of a calibration, drafts too. Raises Unavailable."""
    rows = await db.fetch(f"{_ROWS} where e.purpose = 'calibration' and e.ref_id = $1 order by e.id", calibration_id)
    return [_row(row, names) for row in rows]


async def same(
    db: "Database", purpose: str, subject: Subject, agent_id: int, grader_id: int, ref_id: int | None
) -> int | None:
    """The evaluation that this grader has begun already. Raises Unavailable."""
    found = await db.fetchval(
        "select id from qa_evaluation where purpose = $1 and subject_kind = $2 and subject_id = $3 and agent_id = $4"
        " and grader_id = $5 and coalesce(ref_id, 0) = coalesce($6, 0)",
        purpose,
        subject.kind,
        subject.id,
        agent_id,
        grader_id,
        ref_id,
    )
    return None if found is None else int(found)


async def blind_open(db: "Database", grader_id: int, kind: str, subject_id: str) -> bool:
    """Whether this grader is yet to score this subject without knowing of others. Raises Unavailable."""
    return bool(
        await db.fetchval(
            "select exists (select 1 from qa_evaluation where grader_id = $1 and blind and state = 'draft'"
            " and subject_kind = $2 and subject_id = $3)",
            grader_id,
            kind,
            subject_id,
        )
    )


async def add(
    connection: "Connection", subject: Subject, answers_json: str, given: dict[str, Any], at: float
) -> int | None:
    """A new draft; None when this grader has one already."""
    return await connection.fetchval(  # type: ignore[no-any-return]
        "insert into qa_evaluation (purpose, ref_id, task_id, subject_kind, subject_id, agent_id, team,"
        " queue, subject_at, seconds, version_id, grader_id, blind, answers, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8,"
        " to_timestamp($9), $10, $11, $12, $13, $14::text::jsonb, to_timestamp($15)) on conflict do nothing"
        " returning id",
        given["purpose"],
        given["ref_id"],
        given["task_id"],
        subject.kind,
        subject.id,
        given["agent_id"],
        given["team"],
        subject.queue,
        subject.at,
        subject.seconds,
        given["version_id"],
        given["grader_id"],
        given["blind"],
        answers_json,
        at,
    )


async def save(
    connection: "Connection", evaluation_id: int, answers_json: str, comment: str, score: float | None, version: int
) -> bool:
    """Keep a draft; False when it was saved elsewhere meanwhile, or is submitted."""
    return bool(
        await connection.fetchval(
            "update qa_evaluation set answers = $2::text::jsonb, comment = $3, score = $4, version = version + 1,"
            " saved_at = now() where id = $1 and version = $5 and state = 'draft' returning 1",
            evaluation_id,
            answers_json,
            comment,
            score,
            version,
        )
    )


async def submit(
    connection: "Connection", evaluation_id: int, user_id: int, told: dict[str, Any], score: Score, version: int
) -> bool:
    """Lock a draft, or put a new revision in the place of the old; False when it changed meanwhile.

    `told`: answers (JSON), comment, reason, at, dispute_until (unix seconds).
    """
    revision = await connection.fetchval(
        "update qa_evaluation set answers = $2::text::jsonb, comment = $3, score = $4, failed = $5,"
        " version = version + 1, revision = revision + 1, state = 'submitted',"
        " submitted_at = coalesce(submitted_at, to_timestamp($6)),"
        " dispute_until = to_timestamp($7), seen_at = null, acknowledged_at = null where id = $1 and version = $8"
        " returning revision",
        evaluation_id,
        told["answers"],
        told["comment"],
        score.score,
        list(score.failed),
        told["at"],
        told["dispute_until"],
        version,
    )
    if revision is None:
        return False
    await connection.execute(
        "insert into qa_revision (evaluation_id, revision, at, user_id, reason, answers, comment, score, failed)"
        " values ($1, $2, to_timestamp($3), $4, $5, $6::text::jsonb, $7, $8, $9)",
        evaluation_id,
        revision,
        told["at"],
        user_id,
        told["reason"],
        told["answers"],
        told["comment"],
        score.score,
        list(score.failed),
    )
    await _lines(connection, evaluation_id, score.lines)
    # A change while a dispute is open is its answer.
    await connection.execute(
        "update qa_dispute set verdict = 'changed', answer = $2, answered_by = $3, answered_at = to_timestamp($4)"
        " where evaluation_id = $1 and verdict = ''",
        evaluation_id,
        told["reason"],
        user_id,
        told["at"],
    )
    await connection.execute(
        "update qa_task set state = 'done', done_at = to_timestamp($2) from qa_evaluation e"
        " where e.id = $1 and qa_task.id = e.task_id",
        evaluation_id,
        told["at"],
    )
    return True


async def _lines(connection: "Connection", evaluation_id: int, lines: Sequence[Line]) -> None:
    await connection.execute("delete from qa_answer where evaluation_id = $1", evaluation_id)
    await connection.executemany(
        "insert into qa_answer (evaluation_id, question, label, weight, share, na, failed)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [(evaluation_id, one.question, one.label, one.weight, one.share, one.na, one.failed) for one in lines],
    )


async def discard(connection: "Connection", evaluation_id: int) -> None:
    """Throw a draft away."""
    await connection.execute("delete from qa_evaluation where id = $1 and state = 'draft'", evaluation_id)


async def revisions(db: "Database", evaluation_id: int, names: Names) -> tuple[RevisionJson, ...]:
    """What was submitted, in order. Raises Unavailable."""
    rows = await db.fetch(
        "select revision, extract(epoch from at)::float8 as at, user_id, reason, score from qa_revision"
        " where evaluation_id = $1 order by revision",
        evaluation_id,
    )
    return tuple(RevisionJson(r["revision"], r["at"], names(r["user_id"]), r["reason"], r["score"]) for r in rows)


async def disputes(db: "Database", evaluation_id: int, names: Names) -> tuple[DisputeJson, ...]:
    """The rounds, in order. Raises Unavailable."""
    rows = await db.fetch(
        "select round, extract(epoch from at)::float8 as at, text, question, verdict, answer,"
        " extract(epoch from answered_at)::float8 as answered_at, answered_by from qa_dispute"
        " where evaluation_id = $1 order by round",
        evaluation_id,
    )
    return tuple(
        DisputeJson(**{**dict(r), "answered_by": names(r["answered_by"]) if r["answered_by"] is not None else ""})
        for r in rows
    )


async def library_of(db: "Database", evaluation_id: int) -> str:
    """Consent for the library: asked, given, refused; empty: not proposed. Raises Unavailable."""
    found = await db.fetchval("select consent from qa_library where evaluation_id = $1", evaluation_id)
    return "" if found is None else str(found)


async def task(db: "Database", task_id: int) -> dict[str, Any] | None:
    """A task with its plan's form and rules. Raises Unavailable."""
    row = await db.fetchrow(
        "select t.id, t.subject_kind, t.subject_id, t.agent_id, t.state, t.claimed_by, p.form_id,"
        " coalesce((p.rules ->> 'blind')::boolean, false) as blind from qa_task t join qa_plan p on p.id = t.plan_id"
        " where t.id = $1",
        task_id,
    )
    return None if row is None else dict(row)


async def touch(connection: "Connection", evaluation_id: int, at: float) -> None:
    """The agent has looked at it."""
    await connection.execute(
        "update qa_evaluation set seen_at = coalesce(seen_at, to_timestamp($2)) where id = $1", evaluation_id, at
    )
