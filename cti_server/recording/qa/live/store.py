"""The only SQL of scores that begin live."""

from typing import TYPE_CHECKING

import msgspec

from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.live.model import Bindable

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

FIGURES = ("seconds", "silence", "longest_silence", "talk_over", "agent_share", "rate_agent")


async def youngest(db: "Database", since: float) -> float | None:
    """When the last score began, after `since`, that is still of a call and no recording. Raises Unavailable."""
    found = await db.fetchval(
        "select extract(epoch from max(created_at))::float8 from qa_evaluation where subject_kind = 'call'"
        " and created_at > to_timestamp($1)",
        since,
    )
    return None if found is None else float(found)


async def bindable(db: "Database", since: float) -> list[Bindable]:
    """Scores of calls whose recording has been filed; of several the longest. Raises Unavailable."""
    rows = await db.fetch(
        "select distinct on (e.id) e.id, e.grader_id, e.state, e.version, e.version_id, e.answers::text as answers,"
        " extract(epoch from e.subject_at)::float8 as began, r.id as recording_id,"
        " extract(epoch from r.started_at)::float8 as started_at, r.seconds::float8, r.silence::float8,"
        " r.longest_silence::float8, r.talk_over::float8, r.agent_share::float8, r.rate_agent::float8"
        " from qa_evaluation e join recording r on r.pbx = regexp_replace(e.subject_id, ':[^:]*$', '')"
        " and r.linkedid = substring(e.subject_id from '[^:]*$') and r.state = 'ready'"
        " join recording_agent a on a.recording_id = r.id and a.user_id = e.agent_id"
        " where e.subject_kind = 'call' and e.created_at > to_timestamp($1)"
        " and not exists (select 1 from qa_evaluation o where o.subject_kind = 'recording'"
        " and o.subject_id = r.id::text"
        " and o.agent_id = e.agent_id and o.grader_id = e.grader_id and o.purpose = e.purpose)"
        " order by e.id, r.seconds desc nulls last, r.id",
        since,
    )
    return [
        Bindable(
            **{name: row[name] for name in row.keys() if name not in (*FIGURES, "answers")},  # noqa: SIM118 (a record)
            answers=msgspec.json.decode(row["answers"], type=dict[str, Answer]),
            figures={name: row[name] for name in FIGURES},
        )
        for row in rows
    ]


async def bind(connection: "Connection", one: Bindable, answers: dict[str, Answer]) -> bool:
    """The score is of the recording from now on; False when the draft was saved meanwhile."""
    return bool(
        await connection.fetchval(
            "update qa_evaluation e set subject_kind = 'recording', subject_id = r.id::text, subject_at = r.started_at,"
            " seconds = r.seconds, queue = coalesce(r.queue, e.queue), answers = $4::text::jsonb,"
            " version = e.version + 1 from recording r"
            " where e.id = $1 and e.version = $2 and e.subject_kind = 'call' and r.id = $3 returning 1",
            one.id,
            one.version,
            one.recording_id,
            msgspec.json.encode(answers).decode(),
        )
    )
