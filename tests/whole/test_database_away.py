"""PostgreSQL dies during calls: calls and pages go on, and afterwards the history is complete, each call once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.postgres import Postgres
from tests.whole.conftest import AGENTS, staffed
from tests.whole.push import Push
from tests.whole.screens import Screens, screens_of
from tests.whole.site import Site, poll
from tests.whole.test_server_killed import nothing_is_left_open, talking

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    tmp_path_factory: pytest.TempPathFactory, breakable_postgres: Postgres, pbx: Asterisk
) -> AsyncIterator[Site]:
    url = await breakable_postgres.create_database("whole_away")
    here = await staffed(tmp_path_factory.mktemp("site"), url, pbx)
    try:
        yield here
    finally:
        await here.stop()
    here.check_log("database_away")


@pytest_asyncio.fixture(loop_scope="session")
async def screens(site: Site) -> AsyncIterator[Screens]:
    async with screens_of(site, AGENTS) as screens:
        yield screens


async def test_killed_for_some_seconds_during_calls(site: Site, screens: Screens, breakable_postgres: Postgres) -> None:
    boss, page = screens.boss, screens.agent["1001"]
    contact = [{"kind": "phone", "value": "13800040001"}]
    await site.people["admin"].post("/customers", {"name": "赵敏", "contacts": contact})
    mark = boss.mark
    line, _ = await talking(site, page, "1001", "13800040001")  # who called lately is remembered
    line.hangup()
    await screens.all_ready()
    over_the_gap, first = await talking(site, page, "1001", "13800040002")
    asked: list[str] = [first]

    await breakable_postgres.kill()
    await boss.until(lambda: not boss.state["system"]["database"]["up"], "that the database is away", 5.0)
    away = await site.readyz()
    assert [one["name"] for one in away["links"] if not one["up"]] == ["database"]
    assert not away["ready"]

    # The page of 1002 sees a remembered caller, and of an unknown one the number.
    asked.append(await call_of_1002(site, screens, "13800040001", "matched"))
    asked.append(await call_of_1002(site, screens, "13800040003", "numberOnly"))
    gives_up = site.call_in("4002", "13800040004")
    await boss.until(lambda: boss.queues["vip"]["waiting"], "a waiting caller")
    gives_up.hangup()
    await boss.until(lambda: not boss.queues["vip"]["waiting"], "nobody waiting")
    status, problem = await site.people["supervisor"].try_("GET", "/calls")
    assert (status, problem["code"]) == (503, "database_away"), problem

    second = screens.agent["1002"]
    pop_mark = second.mark
    line, last = await talking(site, second, "1002", "13800040005")
    assert second.me["pops"][last]["status"] == "numberOnly"
    over_the_gap.hangup()
    await boss.until(lambda: first not in boss.calls, "the end of the first call")

    await breakable_postgres.restart()
    await boss.until(lambda: boss.state["system"]["database"]["up"], "the database to be back", 10.0)
    await second.first("pop.update", "me", lambda pop: pop["status"] == "new", mark=pop_mark)
    line.hangup()
    await screens.all_ready()
    assert (await site.serves())["ready"]
    await compare(site, boss, mark, [*asked, last])


async def call_of_1002(site: Site, screens: Screens, caller: str, status: str) -> str:
    """A call while the database is away; 1001 is on the phone."""
    page = screens.agent["1002"]
    line, call = await talking(site, page, "1002", caller)
    assert page.me["pops"][call]["status"] == status
    line.hangup()
    await page.until(lambda: page.me["agent"]["state"] == "ready", "1002 ready")
    await screens.pbx_agrees(("1002",))
    return call


async def compare(site: Site, boss: Push, mark: int, known: list[str]) -> None:
    """Every call that the supervisor's page saw end stands in the history once, with all its parts."""
    seen: dict[str, Any] = {heard.data["id"]: heard.data for heard in boss.of("call.cleared", "calls", mark)}
    assert set(known) <= set(seen)
    assert len(seen) == 6

    async def all_there() -> bool | None:
        rows = await site.sql("select pbx || ':' || linkedid as id from call where ended_at is not null")
        return True if set(seen) <= {row["id"] for row in rows} else None

    await poll(all_there, f"all of {sorted(seen)} in the history", 15.0)
    for call_id, call in seen.items():
        row = await site.history(call_id)
        assert (row["outcome"], row["exact"]) == (call["outcome"], call["exact"])
        assert len(row["legs"]) == len(call["legs"])
        kept = [(part["n"], part["kind"], part["result"]) for part in row["segments"]]
        assert kept == [(part["n"], part["kind"], part["result"]) for part in call["segments"]]
        assert row["ended_at"].timestamp() == pytest.approx(call["ended_at"], abs=0.001)
    doubled = await site.sql("select pbx, linkedid from call group by 1, 2 having count(*) > 1")
    assert doubled == []
    talks = await site.sql("select call_id from interaction where call_id = any($1::text[])", known)
    # Also of the caller whose pop was gone before the database could tell who he is.
    assert {row["call_id"] for row in talks} >= set(known), "who talked with whom was not kept"
    await nothing_is_left_open(site)
    assert not site.journal.joinpath("dead.jsonl").exists()


async def test_a_server_that_starts_before_its_database(
    tmp_path_factory: pytest.TempPathFactory, breakable_postgres: Postgres, pbx: Asterisk
) -> None:
    url = await breakable_postgres.create_database("whole_late")
    site = Site(tmp_path_factory.mktemp("late"), url, {"main": pbx})
    await breakable_postgres.kill()
    try:
        await site.start(ready=False)

        async def only_the_database_is_missing() -> Any:
            answer = await site.readyz()
            missing = [one["name"] for one in answer["links"] if not one["up"]]
            return answer if missing == ["database"] else None

        await poll(only_the_database_is_missing, "the link to the PBX without a database", 15.0, site.last_words)
        line = (await site.trunk(pbx.sip_port)).call("4002", caller="13800040009", headers={"X-Trunk": "1"})
        await line.answered()

        async def waits() -> bool:
            return "1. PJSIP/" in await pbx.cli("queue show vip")

        # The PBX answers a moment before the caller joins the queue.
        await poll(waits, "the caller in the queue", 10.0, site.last_words)
        line.hangup()
        await breakable_postgres.restart()
        await site.serves()
        admin = await site.first_admin()

        async def its_call() -> Any:
            page = await admin.get("/calls")
            return page["items"] or None

        calls = await poll(its_call, "the call of before in the history", 10.0, site.last_words)
        assert [(call["number"], call["outcome"]) for call in calls] == [("13800040009", "abandoned")]
        push = await admin.listen("system", "queues", "calls")
        assert push.state["system"]["database"]["up"]
        assert {"support", "vip"} <= set(push.queues)
        agent = await site.agent("1001", "PJSIP/1001", ["support"])
        page = await agent.listen("me")
        await site.phone("1001", pbx)
        line, call = await talking(site, page, "1001", "13800040010")
        line.hangup()
        assert (await site.history(call))["outcome"] == "answered"
    finally:
        await site.stop()
    site.check_log("database_away", "database_away_at_start")
