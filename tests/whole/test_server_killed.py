"""kill -9 of the server during calls: afterwards every page is right, every call is one row, nothing is left over."""

import os
import time

import pytest

from cti_server.sandbox.phones.call import Call
from tests.whole.push import Push
from tests.whole.screens import Screens
from tests.whole.site import Site, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


async def talking(site: Site, page: Push, agent: str, caller: str) -> tuple[Call, str]:
    """A call of `support` that this agent has answered, and its id."""
    mark = page.mark
    line = site.call_in("4000", caller)
    ringing = await site.phones[agent].incoming()
    pop = await page.first("pop.show", "me", mark=mark)
    await ringing.answer()
    await line.answered()
    await page.until(lambda: page.me["calls"][pop["call_id"]]["answered_at"], "the answer")
    return line, pop["call_id"]


async def rows_of(site: Site, call_id: str) -> list[dict[str, object]]:
    pbx, _, linkedid = call_id.rpartition(":")
    return await site.sql("select * from call where pbx = $1 and linkedid = $2", pbx, linkedid)


async def segments_of(site: Site, call_id: str) -> dict[int, tuple[object, ...]]:
    _, _, linkedid = call_id.rpartition(":")
    rows = await site.sql(
        "select n, kind, s.started_at from call_segment s join call c on c.id = s.call_id where linkedid = $1", linkedid
    )
    return {row["n"]: (row["kind"], row["started_at"]) for row in rows}


async def test_killed_and_started_again_during_calls(site: Site, screens: Screens) -> None:
    first, second, boss = screens.agent["1001"], screens.agent["1002"], screens.boss
    going_on, a = await talking(site, first, "1001", "13800020001")
    ends_unseen, b = await talking(site, second, "1002", "13800020002")
    waits = site.call_in("4002", "13800020003")
    gives_up = site.call_in("4002", "13800020004")
    await boss.until(lambda: len(boss.queues["vip"]["waiting"]) == 2, "two waiting callers")
    by_number = {caller["number"]: caller["call_id"] for caller in boss.queues["vip"]["waiting"]}
    c, d = by_number["13800020003"], by_number["13800020004"]
    waiting_since = {caller["call_id"]: caller["joined_at"] for caller in boss.queues["vip"]["waiting"]}
    await boss.until(lambda: boss.agents["PJSIP/1001"]["state"] == "busy", "the first agent busy")
    shown_before, busy_since = first.me["calls"][a], boss.agents["PJSIP/1001"]["since"]

    async def all_written() -> bool | None:
        kinds = [sorted(kind for kind, _ in (await segments_of(site, call)).values()) for call in (a, b, c, d)]
        return True if kinds == [["queue", "ring", "talk"]] * 2 + [["queue"]] * 2 else None

    await poll(all_written, "the open calls in the history", 5.0)
    written_before = await segments_of(site, a)

    await site.kill_server()
    ends_unseen.hangup()
    gives_up.hangup()
    await site.phones["1002"].idle()
    started = time.monotonic()
    await site.start()
    await screens.reopen()
    await check_screens(screens, a, b, c)
    took = time.monotonic() - started
    # On a machine that has more to do than it can, everything takes longer by as much.
    slowness = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert took < 10 * slowness, f"the pages were right after {took:.1f} s"
    first, boss = screens.agent["1001"], screens.boss
    assert first.me["calls"][a]["answered_at"] == pytest.approx(shown_before["answered_at"], abs=0.01)
    assert boss.agents["PJSIP/1001"]["since"] == pytest.approx(busy_since, abs=1.0)
    assert boss.queues["vip"]["waiting"][0]["joined_at"] == pytest.approx(waiting_since[c], abs=1.0)

    for call in (b, d):
        lost = await site.history(call)
        assert lost["exact"] is False
        assert [part["result"] for part in lost["segments"] if not part["exact"]] == ["interrupted"]
        assert not [part for part in lost["segments"] if part["ended_at"] is None]

    going_on.hangup()
    waits.hangup()
    assert (await site.history(a))["outcome"] == "answered"
    await site.history(c)
    for call in (a, b, c, d):
        assert len(await rows_of(site, call)) == 1
    kept = await segments_of(site, a)
    assert kept == written_before, "a segment that was written before is another one now"
    await screens.all_ready()
    await nothing_is_left_open(site)


async def nothing_is_left_open(site: Site) -> None:
    """No ghost in the history, and every agent in one state."""
    assert await site.sql("select linkedid from call where ended_at is null") == []
    torn = "select call_id from call_segment s join call c on c.id = call_id where s.ended_at is null"
    assert await site.sql(f"{torn} and c.ended_at is not null") == []
    open_states = await site.sql("select pbx, device from agent_interval where ended_at is null")
    states = [(row["pbx"], row["device"]) for row in open_states]
    assert len(states) == len(set(states)), "an agent is in two states at once"


async def check_screens(pages: Screens, a: str, b: str, c: str) -> None:
    """Everybody's page shows the two calls that go on, and no ghost."""
    agent, other, boss = pages.agent["1001"], pages.agent["1002"], pages.boss
    await boss.until(lambda: set(boss.calls) == {a, c}, "the two calls that go on")
    await agent.until(lambda: agent.me["agent"]["state"] == "busy", "busy")
    await agent.until(lambda: set(agent.me["calls"]) == {a}, "the own call")
    await agent.until(lambda: agent.me["pops"].get(a, {}).get("state") == "talking", "the pop")
    await boss.until(lambda: boss.agents["PJSIP/1002"]["state"] == "ready", "1002 ready")
    await other.until(lambda: not other.me["calls"], "no ghost at 1002")
    await boss.until(lambda: [one["call_id"] for one in boss.queues["vip"]["waiting"]] == [c], "one waiting caller")


async def test_killed_while_a_phone_rings(site: Site, screens: Screens) -> None:
    page = screens.agent["1001"]
    mark = page.mark
    line = site.call_in("4000", "13800020005")
    ringing = await site.phones["1001"].incoming()
    pop = await page.first("pop.show", "me", mark=mark)
    await site.kill_server()
    await site.start()
    await screens.reopen()
    page = screens.agent["1001"]
    await page.until(lambda: page.me["pops"].get(pop["call_id"], {}).get("state") == "ringing", "the ringing pop")
    await page.until(lambda: page.me["agent"]["state"] == "alerting", "alerting")
    await ringing.answer()
    await line.answered()
    await page.until(lambda: page.me["pops"][pop["call_id"]]["state"] == "talking", "the pop of the answered call")
    line.hangup()
    row = await site.history(pop["call_id"])
    assert row["outcome"] == "answered"
    assert sorted(part["kind"] for part in row["segments"]) == ["queue", "ring", "talk"]


async def test_stopped_in_order_it_says_good_bye_and_loses_nothing(site: Site, screens: Screens) -> None:
    page = screens.agent["1001"]
    line, call = await talking(site, page, "1001", "13800020006")
    assert site.server is not None
    begun = time.monotonic()
    await site.server.stop(limit=10)
    assert site.server.code == 0
    assert time.monotonic() - begun < 4
    assert await page.closed() == 1001
    await site.start()
    await screens.reopen()
    await screens.boss.until(lambda: set(screens.boss.calls) == {call}, "the call that goes on")
    line.hangup()
    row = await site.history(call)
    assert (row["outcome"], row["exact"]) == ("answered", True)
