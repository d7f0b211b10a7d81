"""A caller rings: who sees what, when, and what history keeps of it."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from tests.whole.screens import Screens
from tests.whole.site import Site
from tests.whole.wiretap import Wiretap

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


async def customer(site: Site, name: str, *numbers: str, **more: object) -> dict[str, Any]:
    contacts = [{"kind": "phone", "value": number} for number in numbers]
    made: dict[str, Any] = await site.people["admin"].post("/customers", {"name": name, "contacts": contacts, **more})
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def known(site: Site) -> dict[str, Any]:
    made = await customer(site, "王小明", "138 0001 0001", company="晨光贸易", tier="gold")
    await site.people["supervisor"].post(f"/customers/{made['id']}/notes", {"text": "发票抬头改过一次", "open": True})
    return made


async def test_a_known_caller_pops_at_the_agent_who_is_rung_and_history_agrees_with_the_pbx(
    site: Site, screens: Screens, shared_pbx: Asterisk, known: dict[str, Any]
) -> None:
    agent, boss = screens.agent["1001"], screens.boss
    marks = {number: page.mark for number, page in screens.agent.items()}
    boss_mark = boss.mark
    async with Wiretap(shared_pbx, "Cdr", "AgentComplete") as tap:
        caller = site.call_in("4000", "13800010001", name="Wang")
        ringing = await site.phones["1001"].incoming()

        pop = await agent.first("pop.show", "me", mark=marks["1001"])
        assert (pop["status"], pop["state"], pop["queue"], pop["dialled"]) == ("matched", "ringing", "support", "4000")
        assert pop["customer"]["name"] == "王小明"
        assert pop["customer"]["notes"][0]["text"] == "发票抬头改过一次"
        assert pop["number"]["e164"] == "+8613800010001"
        await boss.first("call.delivered", "calls", lambda call: call["id"] == pop["call_id"], mark=boss_mark)
        await boss.until(lambda: boss.agents["PJSIP/1001"]["state"] == "alerting", "1001 alerting")
        await boss.until(lambda: len(boss.queues["support"]["waiting"]) == 1, "a waiting caller")

        await ringing.answer()
        await caller.answered()
        await agent.until(lambda: agent.me["pops"][pop["call_id"]]["state"] == "talking", "the pop to go on")
        await boss.until(lambda: boss.agents["PJSIP/1001"]["state"] == "busy", "1001 busy")
        await boss.until(lambda: not boss.queues["support"]["waiting"], "nobody waiting")
        assert await caller.hears(440)
        caller.hangup()
        cdr = await tap.until("Cdr", lambda event: event["DestinationChannel"].startswith("PJSIP/1001"))
        told = await tap.until("AgentComplete")

    await boss.until(lambda: boss.agents["PJSIP/1001"]["state"] == "ready", "1001 ready")
    states = [
        heard.type
        for heard in boss.since(boss_mark)
        if heard.topic == "agents" and heard.data["device"] == "PJSIP/1001" and heard.type != "agent.updated"
    ]
    assert list(dict.fromkeys(states)) == ["agent.alerting", "agent.busy", "agent.ready"]
    for number in ("1002", "1003"):
        heard = str([told.message for told in screens.agent[number].since(marks[number])])
        for secret in (pop["call_id"], "13800010001", known["name"]):
            assert secret not in heard, "another agent of the queue was told of the call"

    row = await site.history(pop["call_id"])
    assert (row["outcome"], row["direction"], row["exact"], row["customer_id"]) == (
        "answered",
        "inbound",
        True,
        known["id"],
    )
    parts = {segment["kind"]: segment for segment in row["segments"]}
    assert set(parts) >= {"queue", "ring", "talk"}
    assert {leg["role"] for leg in row["legs"]} == {"customer", "agent"}
    seconds = (row["ended_at"] - row["started_at"]).total_seconds()
    talk = (parts["talk"]["ended_at"] - parts["talk"]["started_at"]).total_seconds()
    wait = (parts["queue"]["ended_at"] - parts["queue"]["started_at"]).total_seconds()
    assert abs(seconds - int(cdr["Duration"])) <= 1
    assert abs(talk - int(told["TalkTime"])) <= 1
    assert abs(wait - int(told["HoldTime"])) <= 1
    assert row["talk_seconds"] == pytest.approx(talk, abs=0.01)


async def test_a_withheld_number_pops_as_such(site: Site, screens: Screens) -> None:
    page = screens.agent["1001"]
    mark = page.mark
    site.call_in("4000", "13800010001", withheld=True)
    pop = await page.first("pop.show", "me", mark=mark)
    assert (pop["status"], pop["customer"], pop["number"]["withheld"]) == ("withheld", None, True)
    assert pop["number"]["raw"] == ""
    assert "13800010001" not in str([heard.message for heard in page.since(mark)])


async def test_an_unknown_number_becomes_a_new_customer_with_its_province(site: Site, screens: Screens) -> None:
    page = screens.agent["1001"]
    mark = page.mark
    caller = site.call_in("4000", "+8613900010002")
    ringing = await site.phones["1001"].incoming()
    pop = await page.first("pop.show", "me", mark=mark)
    if pop["status"] != "new":  # slower than the limit: then the record follows
        pop = await page.first("pop.update", "me", lambda data: data["status"] == "new", mark=mark)
    assert pop["customer"]["status"] == "new"
    assert pop["number"]["province"]
    assert pop["number"]["carrier"] == "中国移动"
    await ringing.answer()
    await caller.answered()
    agent = site.people["1001"]
    await agent.post(f"/calls/{pop['call_id']}/outcome", {"outcome_code": "resolved", "note": "问了价格"})
    caller.hangup()
    await screens.all_ready()
    again = page.mark
    site.call_in("4000", "013900010002")
    pop = await page.first("pop.show", "me", mark=again)
    assert pop["customer"]["interactions"][0]["summary"] == "问了价格"


async def test_two_customers_of_one_number_pop_a_choice(site: Site, screens: Screens) -> None:
    one = await customer(site, "吴昊", "010-55550042")
    other = await customer(site, "徐婷", "010-55550042")
    page, agent = screens.agent["1001"], site.people["1001"]
    mark = page.mark
    site.call_in("4000", "01055550042")
    pop = await page.first("pop.show", "me", mark=mark)
    assert (pop["status"], pop["customer"]) == ("several", None)
    assert {candidate["id"] for candidate in pop["candidates"]} == {one["id"], other["id"]}
    await agent.post(f"/pops/{pop['call_id']}/choose", {"customer_id": other["id"]})
    await page.first(
        "pop.update", "me", lambda data: data["customer"] and data["customer"]["name"] == "徐婷", mark=mark
    )
    await site.people["1002"].post(f"/pops/{pop['call_id']}/choose", {"customer_id": one["id"]}, expect=404)


async def test_a_refused_ring_moves_to_the_next_agent(site: Site, screens: Screens) -> None:
    first, second, third = (screens.agent[number] for number in ("1001", "1002", "1003"))
    marks = first.mark, second.mark, third.mark
    site.call_in("4000", "13800010001")
    ringing = await site.phones["1001"].incoming()
    pop = await first.first("pop.show", "me", mark=marks[0])
    ringing.reject(486)
    hidden = await first.first("pop.hide", "me", mark=marks[0])
    assert hidden == {"call_id": pop["call_id"], "reason": "noAnswer"}
    shown = await second.first("pop.show", "me", mark=marks[1])
    assert shown["call_id"] == pop["call_id"]
    assert third.since(marks[2]) == []


async def test_an_agent_who_does_not_answer_loses_the_pop(site: Site, screens: Screens) -> None:
    first, second = screens.agent["1001"], screens.agent["1002"]
    marks = first.mark, second.mark
    site.call_in("4006", "13800010001")
    await site.phones["1001"].incoming()
    pop = await first.first("pop.show", "me", mark=marks[0])
    hidden = await first.first("pop.hide", "me", mark=marks[0])
    assert hidden == {"call_id": pop["call_id"], "reason": "noAnswer"}
    assert (await second.first("pop.show", "me", mark=marks[1]))["call_id"] == pop["call_id"]
    await first.until(lambda: first.me["agent"]["today"]["missed"] >= 1, "the missed call")


async def test_a_call_that_somebody_else_takes_goes_from_the_screen(site: Site, screens: Screens) -> None:
    first, second = screens.agent["1001"], screens.agent["1002"]
    marks = first.mark, second.mark
    caller = site.call_in("4005", "13800010001")
    rings = await asyncio.gather(*(site.phones[number].incoming() for number in ("1001", "1002")))
    await first.first("pop.show", "me", mark=marks[0])
    pop = await second.first("pop.show", "me", mark=marks[1])
    await rings[1].answer()
    await caller.answered()
    hidden = await first.first("pop.hide", "me", mark=marks[0])
    assert hidden == {"call_id": pop["call_id"], "reason": "elsewhere"}
    await second.until(lambda: second.me["pops"][pop["call_id"]]["state"] == "talking", "the pop at the other agent")


async def test_a_reloaded_page_has_the_pop_in_its_snapshot(site: Site, screens: Screens, known: dict[str, Any]) -> None:
    page = screens.agent["1001"]
    mark = page.mark
    site.call_in("4000", "13800010001")
    pop = await page.first("pop.show", "me", mark=mark)
    fresh = await site.people["1001"].listen("me")
    snapshot = fresh.of("snapshot", "me")[0].data
    assert [one["call_id"] for one in snapshot["pops"]] == [pop["call_id"]]
    assert snapshot["pops"][0]["customer"]["name"] == "王小明"
    assert snapshot["agent"]["state"] == "alerting"
    assert [call["id"] for call in snapshot["calls"]] == [pop["call_id"]]


async def test_a_caller_who_gives_up_is_booked_as_abandoned(site: Site, screens: Screens) -> None:
    boss, page = screens.boss, screens.agent["1001"]
    mark, boss_mark = page.mark, boss.mark
    caller = site.call_in("4000", "13800010001")
    pop = await page.first("pop.show", "me", mark=mark)
    caller.hangup()
    assert (await page.first("pop.hide", "me", mark=mark))["reason"] == "ended"
    await boss.first("queue.callerAbandoned", "queues", lambda queue: queue["name"] == "support", mark=boss_mark)
    row = await site.history(pop["call_id"])
    assert row["outcome"] == "abandoned"
    kept = await site.sql("select 1 from report_calls_queue_segment where queue = 'support' and result = 'abandoned'")
    await boss.until(
        lambda: boss.queues["support"]["figures"]["abandoned"] == len(kept), f"{len(kept)} abandoned callers"
    )
