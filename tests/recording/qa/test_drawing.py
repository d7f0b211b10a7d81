"""What plans draw from on a real database: answers of surveys, complaints, first calls; and the draw by a schedule."""

import asyncio
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from cti_server.core.tasks import Tasks
from cti_server.recording.qa.assignment.model import PlanRules
from cti_server.recording.qa.assignment.schedule import Schedule
from cti_server.recording.qa.assignment.service import AGAIN
from tests.recording.archive import AT
from tests.recording.qa.house import DAY, LI, ZHAO, House

pytestmark = pytest.mark.database
ZONE = ZoneInfo("Asia/Shanghai")


async def answer(house: House, n: int, value: int | None, *, user_id: int | None = LI, kind: str = "csat") -> None:
    """What the customer of recording `n` answered after the call."""
    await house.db.execute(
        "insert into survey_answer (pbx, linkedid, survey, question, kind, user_id, asked_at, value)"
        " values ('main', $1, 'after', $2, $3, $4, to_timestamp($5), $6)",
        f"pbx1-{n}.0", 0 if kind == "csat" else 1, kind, user_id, AT + n, value,
    )  # fmt: skip


async def complained(house: House, n: int) -> None:
    """The agent wrote down that the customer of recording `n` complained."""
    customer = await house.db.fetchval("insert into customer (name) values ('Wang') returning id")
    await house.db.execute(
        "insert into interaction (customer_id, call_id, user_id, at, outcome_code)"
        " values ($1, $2, $3, to_timestamp($4), 'complaint')",
        customer, f"main:pbx1-{n}.0", LI, AT + n,
    )  # fmt: skip


async def drawn(house: House, rules: PlanRules, form: int) -> set[str]:
    work = house.quality.assignment
    plan = await work.put(house.qa, None, "Plan", form, rules, active=True)
    await work.draw(house.qa, plan.id)
    rows = await house.db.fetch("select subject_id from qa_task where plan_id = $1", plan.id)
    return {row["subject_id"] for row in rows}


async def test_low_satisfaction_is_what_customers_answered(house: House) -> None:
    form = await house.form()
    ids = [str(await house.recording(n, tags=["low-csat"] if n == 7 else [])) for n in range(8)]
    await answer(house, 0, 1)
    await answer(house, 1, 2)
    await answer(house, 2, 3)
    await answer(house, 3, 1, user_id=ZHAO)  # about a colleague in the same call
    await answer(house, 4, None)  # asked, not answered
    await answer(house, 5, 6, kind="nps")
    await answer(house, 6, 9, kind="nps")
    low = {ids[0], ids[1], ids[5], ids[7]}
    assert await drawn(house, PlanRules(per_agent=50, low_csat=True), form) == low
    assert await drawn(house, PlanRules(per_agent=50, low_csat=True, csat_at_most=3), form) == low | {ids[2]}
    because = await house.db.fetchval("select why -> 'because' from qa_task where subject_id = $1 limit 1", ids[5])
    assert because == '["nps"]'


async def test_complaints_are_what_agents_wrote_down(house: House) -> None:
    form = await house.form()
    ids = [str(await house.recording(n)) for n in range(3)]
    await complained(house, 1)
    assert await drawn(house, PlanRules(per_agent=50, complaint=True), form) == {ids[1]}


async def test_an_agent_is_new_by_his_first_call_not_by_his_first_recording(house: House) -> None:
    form = await house.form()
    mine, his = str(await house.recording(1, LI)), str(await house.recording(2, ZHAO))
    # Zhao talked a year ago, when nothing was recorded.
    call = await house.db.fetchval(
        "insert into call (pbx, linkedid, revision, state, direction, number, number_key, name, withheld, dialled,"
        " started_at, wait_seconds, talk_seconds, held_seconds, data, exact) values ('main', 'pbx1-old.0', 1, 'ended',"
        " 'inbound', '', '', '', false, '', to_timestamp($1), 0, 60, 0, '{}', true) returning id",
        AT - 365 * DAY,
    )
    await house.db.execute(
        "insert into call_segment (call_id, n, kind, device, user_id, started_at, held_seconds, exact)"
        " values ($1, 0, 'talk', 'PJSIP/1002', $2, to_timestamp($3), 0, true)",
        call, ZHAO, AT - 365 * DAY,
    )  # fmt: skip
    assert await drawn(house, PlanRules(per_agent=50, new_days=30), form) == {mine}
    assert await drawn(house, PlanRules(per_agent=50), form) == {mine, his}


def monday(house: House) -> tuple[date, float]:
    """The Monday after the house's now, and its 06:00 in unix seconds."""
    now = datetime.fromtimestamp(house.clock.now(), ZONE)
    day = date.fromordinal(now.date().toordinal() + 7 - now.weekday())
    return day, datetime(day.year, day.month, day.day, 6, tzinfo=ZONE).timestamp()


async def test_a_plan_draws_by_its_schedule_once_and_what_was_missed_later(house: House) -> None:
    form, work = await house.form(), house.quality.assignment
    week, moment = monday(house)
    recent = await house.recording(int(moment - AT - DAY))
    await house.recording(int(moment - AT - 8 * DAY))  # older than the week that it draws from
    rules = PlanRules(per_agent=2, schedule=Schedule(1, "06:00"))
    plan = await work.put(house.qa, None, "Weekly", form, rules, active=True)
    assert plan.next_draw_at == moment
    await work.draw_due()
    assert await house.db.fetchval("select count(*) from qa_task") == 0, "a plan made on a Thursday missed nothing"
    house.clock.pass_seconds(moment + 3 * 3600 - house.clock.now())  # the server was down at six
    await work.draw_due()
    await work.draw_due()
    rows = await house.db.fetch("select subject_id, week from qa_task")
    assert [(row["subject_id"], row["week"]) for row in rows] == [(str(recent), week)]
    (shown,) = await work.plans()
    assert (shown.last_drawn, shown.last_draw_at) == (1, house.clock.now())
    assert await house.audited() == ["qa.form.create", "qa.form.publish", "qa.plan", "qa.draw"]
    # What somebody saves without touching the schedule changes nothing; another schedule begins now.
    same = await work.put(house.qa, plan.id, "Renamed", form, rules, active=True)
    assert same.scheduled_at == plan.scheduled_at
    other = await work.put(house.qa, plan.id, "Renamed", form, PlanRules(schedule=Schedule(1, "07:00")), active=True)
    assert other.scheduled_at == house.clock.now()
    off = await work.put(house.qa, plan.id, "Renamed", form, rules, active=False)
    assert (off.scheduled_at, off.next_draw_at) == (None, None)


async def test_two_nodes_draw_one_week_once(house: House) -> None:
    form, work = await house.form(), house.quality.assignment
    _, moment = monday(house)
    for n in range(6):
        await house.recording(int(moment - AT - DAY) + n)
    plan = await work.put(house.qa, None, "Weekly", form, PlanRules(per_agent=2, schedule=Schedule()), active=True)
    house.clock.pass_seconds(moment + 1 - house.clock.now())
    await asyncio.gather(*(work.draw_due() for _ in range(3)))
    assert await house.db.fetchval("select count(*) from qa_task") == 2
    rows = await house.db.fetch("select drawn, candidates from qa_draw where plan_id = $1", plan.id)
    assert [(row["drawn"], row["candidates"]) for row in rows] == [(2, 6)]
    assert (await house.audited()).count("qa.draw") == 1


async def test_a_plan_that_cannot_be_drawn_does_not_stop_the_others(house: House) -> None:
    form, work = await house.form(), house.quality.assignment
    _, moment = monday(house)
    await house.recording(int(moment - AT - DAY))
    for name in ("Broken", "Whole"):
        await work.put(house.qa, None, name, form, PlanRules(schedule=Schedule()), active=True)
    # What the database refuses of one plan alone.
    await house.db.execute(
        "create function refuse() returns trigger language plpgsql as $$ begin"
        " if new.plan_id = 1 then raise exception using errcode = '57014'; end if; return new; end $$"
    )
    await house.db.execute("create trigger refuse before insert on qa_draw for each row execute function refuse()")
    house.clock.pass_seconds(moment + 1 - house.clock.now())
    assert await work.draw_due() == pytest.approx(AGAIN, abs=0.1), "it is tried again soon"
    assert [row["plan_id"] for row in await house.db.fetch("select plan_id from qa_draw")] == [2]


async def test_a_new_schedule_wakes_who_draws(house: House) -> None:
    form, work, tasks = await house.form(), house.quality.assignment, Tasks("test")
    _, moment = monday(house)
    await house.recording(int(moment - AT - DAY))
    work.start(tasks)
    try:
        house.clock.pass_seconds(moment - 0.01 - house.clock.now())
        await work.put(house.qa, None, "Weekly", form, PlanRules(schedule=Schedule()), active=True)
        house.clock.pass_seconds(1)
        async with asyncio.timeout(10):
            while not await house.db.fetchval("select count(*) from qa_draw"):  # noqa: ASYNC110 (a row tells nobody)
                await asyncio.sleep(0.02)
    finally:
        await tasks.close()
