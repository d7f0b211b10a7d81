"""The only SQL of plans and tasks."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from cti_server.recording.qa.assignment.model import Candidate, Drawn, PlanJson, PlanRules, TaskJson
from cti_server.recording.qa.model import RECORDING, Sight

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

Names = Callable[[int], str]
_PLANS = """select p.id, p.name, p.form_id, f.name as form_name, p.rules::text as rules, p.active,
    count(t.id) filter (where t.state = 'open')::int as open, count(t.id) filter (where t.state = 'claimed')::int
    as claimed, count(t.id) filter (where t.state = 'done')::int as done,
    extract(epoch from p.scheduled_at)::float8 as scheduled_at, extract(epoch from d.drawn_at)::float8 as last_draw_at,
    d.drawn as last_drawn
    from qa_plan p join qa_form f on f.id = p.form_id
    left join lateral (select w.drawn_at, w.drawn from qa_draw w where w.plan_id = p.id
        order by w.week desc limit 1) d on true
    left join qa_task t on t.plan_id = p.id and t.week = (select max(w.week) from qa_task w where w.plan_id = p.id)"""
_TASKS = """select t.id, t.plan_id, p.name as plan_name, p.form_id, t.week, t.subject_id, t.agent_id, t.queue,
    extract(epoch from t.subject_at)::float8 as subject_at, t.seconds, t.why::text as why, t.state,
    coalesce((p.rules ->> 'blind')::boolean, false) as blind, t.claimed_by,
    (select e.id from qa_evaluation e where e.task_id = t.id order by e.id desc limit 1) as evaluation_id
    from qa_task t join qa_plan p on p.id = t.plan_id"""


async def plans(db: "Database") -> list[PlanJson]:
    """All plans. Raises Unavailable."""
    rows = await db.fetch(f"{_PLANS} group by p.id, f.name, d.drawn_at, d.drawn order by p.active desc, p.id")
    return [_plan(row) for row in rows]


async def plan(db: "Database", plan_id: int) -> PlanJson | None:
    """A plan; None when there is none. Raises Unavailable."""
    row = await db.fetchrow(f"{_PLANS} where p.id = $1 group by p.id, f.name, d.drawn_at, d.drawn", plan_id)
    return None if row is None else _plan(row)


def _plan(row: Any) -> PlanJson:
    return PlanJson(**{**dict(row), "rules": msgspec.json.decode(row["rules"], type=PlanRules)})


async def put_plan(
    connection: "Connection",
    plan_id: int | None,
    name: str,
    form_id: int,
    rules: PlanRules,
    active: bool,
    by: int,
    at: float,
) -> int:
    """Make a plan (no number) or change it; its number.

    A schedule that is new or another begins at `at`: what lies before was never missed.
    """
    text = msgspec.json.encode(rules).decode()
    begins = at if active and rules.schedule is not None else None
    if plan_id is None:
        made = await connection.fetchval(
            "insert into qa_plan (name, form_id, rules, active, created_by, scheduled_at)"
            " values ($1, $2, $3::text::jsonb, $4, $5, to_timestamp($6)) returning id",
            name,
            form_id,
            text,
            active,
            by,
            begins,
        )
        return int(made)
    await connection.execute(
        "update qa_plan set name = $2, form_id = $3, rules = $4::text::jsonb, active = $5, scheduled_at ="
        " case when $6::float8 is null then null when rules -> 'schedule' = $4::text::jsonb -> 'schedule'"
        " then coalesce(scheduled_at, to_timestamp($6)) else to_timestamp($6) end where id = $1",
        plan_id,
        name,
        form_id,
        text,
        active,
        begins,
    )
    return plan_id


async def draws(db: "Database", plan_id: int, since: date) -> set[date]:
    """The weeks from `since` on in which a plan drew by its schedule. Raises Unavailable."""
    rows = await db.fetch("select week from qa_draw where plan_id = $1 and week >= $2", plan_id, since)
    return {row["week"] for row in rows}


async def begin_draw(connection: "Connection", plan_id: int, week: date, due_at: float, now: float) -> bool:
    """A plan draws in this week by its schedule; False when it has, here or on another node."""
    return bool(
        await connection.fetchval(
            "insert into qa_draw (plan_id, week, due_at, drawn_at, candidates, drawn)"
            " values ($1, $2, to_timestamp($3), to_timestamp($4), 0, 0) on conflict do nothing returning 1",
            plan_id,
            week,
            due_at,
            now,
        )
    )


async def end_draw(connection: "Connection", plan_id: int, week: date, candidates: int, drawn: int) -> None:
    """What came of it."""
    await connection.execute(
        "update qa_draw set candidates = $3, drawn = $4 where plan_id = $1 and week = $2",
        plan_id,
        week,
        candidates,
        drawn,
    )


async def candidates(
    db: "Database", since: float, until: float, team_of: Callable[[int], str], sight: Sight, most: int
) -> list[Candidate]:
    """Parts in calls that can be heard and are not scored yet, newest first. Raises Unavailable."""
    rows = await db.fetch(
        "select c.recording_id::text as subject_id, c.agent_id, c.queue, c.outcome,"
        " extract(epoch from c.started_at)::float8 as at, c.seconds, c.longest_silence::float8 as longest_silence,"
        " c.low_csat, c.csat, c.detractor, c.complaint, extract(epoch from c.first_at)::float8 as first_at"
        " from qa_candidate c"
        " where c.started_at >= to_timestamp($1) and c.started_at < to_timestamp($2)"
        " and ($3::bigint[] is null or c.agent_id = any($3)) and ($4::text[] is null or c.queue = any($4))"
        " and not exists (select 1 from qa_evaluation e where e.subject_kind = $5"
        " and e.subject_id = c.recording_id::text and e.agent_id = c.agent_id and e.purpose = 'score')"
        " order by c.started_at desc limit $6",
        since,
        until,
        sight.agents,
        sight.queues,
        RECORDING,
        most,
    )
    return [Candidate(**dict(row), team=team_of(row["agent_id"])) for row in rows]


async def taken(db: "Database", plan_id: int, week: date) -> dict[int, int]:
    """How many calls of each agent this plan has drawn in a week. Raises Unavailable."""
    rows = await db.fetch(
        "select agent_id, count(*)::int as n from qa_task where plan_id = $1 and week = $2 group by agent_id",
        plan_id,
        week,
    )
    return {row["agent_id"]: row["n"] for row in rows}


async def add_tasks(connection: "Connection", plan_id: int, week: date, drawn: Sequence[Drawn]) -> int:
    """Put what was drawn on the list; how many are new."""
    count = 0
    for one in drawn:
        call = one.candidate
        count += bool(
            await connection.fetchval(
                "insert into qa_task (plan_id, week, subject_kind, subject_id, agent_id, queue, subject_at, seconds,"
                " why) values ($1, $2, $3, $4, $5, $6, to_timestamp($7), $8, $9::text::jsonb) on conflict do nothing"
                " returning 1",
                plan_id,
                week,
                RECORDING,
                call.subject_id,
                call.agent_id,
                call.queue,
                call.at,
                call.seconds,
                json.dumps(one.why, ensure_ascii=False),
            )
        )
    return count


async def tasks(db: "Database", user_id: int, state: str | None, sight: Sight, names: Names) -> list[TaskJson]:
    """The work list: one's own first, then what is open; never one's own calls. Raises Unavailable."""
    rows = await db.fetch(
        f"{_TASKS} where t.agent_id <> $1 and ($2::text is null or t.state = $2) and (t.state <> 'done' or $2 = 'done')"
        " and ($3::bigint[] is null or t.agent_id = any($3)) and ($4::text[] is null or t.queue is null"
        " or t.queue = any($4)) order by (t.claimed_by = $1) desc nulls last, t.state, t.week desc, t.id limit 300",
        user_id,
        state,
        sight.agents,
        sight.queues,
    )
    return [_task(row, names) for row in rows]


async def task(connection: "Connection", task_id: int, names: Names) -> TaskJson | None:
    """A task that nobody else changes until the transaction ends."""
    row = await connection.fetchrow(f"{_TASKS} where t.id = $1 for update of t", task_id)
    return None if row is None else _task(row, names)


def _task(row: Any, names: Names) -> TaskJson:
    plain = {**dict(row), "week": row["week"].isoformat(), "why": json.loads(row["why"])}
    claimer = row["claimed_by"]
    return TaskJson(
        **plain, agent_name=names(row["agent_id"]), claimed_by_name="" if claimer is None else names(claimer)
    )


async def used(connection: "Connection", user_id: int, plan_id: int, week: date) -> int:
    """How many calls of a plan's week a grader has taken; until the transaction ends he takes no other beside it."""
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('qa-quota', $1))", user_id)
    return int(
        await connection.fetchval(
            "select count(*) from qa_task where claimed_by = $1 and plan_id = $2 and week = $3", user_id, plan_id, week
        )
    )


async def claim(connection: "Connection", task_id: int, user_id: int | None) -> None:
    """Give a task to a grader, or back (None)."""
    await connection.execute(
        "update qa_task set claimed_by = $2::bigint, claimed_at = case when $2::bigint is null then null else now()"
        " end, state = case when $2::bigint is null then 'open' else 'claimed' end where id = $1",
        task_id,
        user_id,
    )
