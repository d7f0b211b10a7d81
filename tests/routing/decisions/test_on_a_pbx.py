"""The rules on a real Asterisk, with phones, database and API: who is answered first, by whom, and why."""

import pytest

from cti_server.ami.actions import Action, queue_add, queue_pause, queue_remove, queue_status, redirect, set_variable
from cti_server.live.words import SegmentKind
from tests.routing.decisions.center import GOLD, PLAIN, SILVER, Center, rings, wait_in

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


async def test_callers_are_answered_by_tier_and_the_call_says_why(house: Center) -> None:
    await house.rules("support", tiers={"by": "tier", "add": {"gold": 10, "silver": 5}}, aging={"add": 1})
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", True, queue="support"))
    ids = await wait_in(house, "4000", "support", PLAIN, SILVER, GOLD)
    await house.until(lambda: [w.number for w in house.waiting("support")] == [GOLD, SILVER, PLAIN], "the order")
    listed = await house.send(queue_status("support"))
    order = [(i["CallerIDNum"], i["Priority"]) for i in listed.items if i["Event"] == "QueueEntry"]
    assert order == [(GOLD, "10"), (SILVER, "5"), (PLAIN, "0")]
    await house.send(queue_pause("PJSIP/1001", False, queue="support"))
    for number in (GOLD, SILVER, PLAIN):
        ringing = await house.site.phones["1001"].incoming()
        assert ringing.number == number
        await ringing.answer()
        ringing.hangup()
    why = await house.decisions(ids[GOLD], "priority")
    assert (why["result"], why["reasons"]) == ("10", [{"code": "tier", "values": {"tier": "gold", "add": 10}}])
    await house.send(queue_pause("PJSIP/1002", False, queue="support"))


async def test_the_ring_is_widened_by_time_and_narrow_again_for_the_next(house: Center) -> None:
    await house.rules("sales", skills=["tax"], level=4, relaxing=[{"after_seconds": 2, "level": 0}])
    await house.until(lambda: house.penalty("sales", "1002") == 1000, "1002 out of the ring")
    assert house.penalty("sales", "1001") == 0
    await house.send(queue_pause("PJSIP/1001", True, queue="sales"))
    ids = await wait_in(house, "4001", "sales", PLAIN)
    ringing = await house.site.phones["1002"].incoming()
    await house.until(lambda: rings(house, ids[PLAIN]), "the ring told")
    (ring,) = rings(house, ids[PLAIN])
    (wait,) = [s for s in house.app.live.calls[ids[PLAIN]].segments if s.kind is SegmentKind.QUEUE]
    assert ring.device == "PJSIP/1002"
    assert 2.0 <= ring.started_at - wait.started_at < 5.0
    await ringing.answer()
    await house.until(lambda: house.penalty("sales", "1002") == 1000, "a narrow ring")
    why = await house.decisions(ids[PLAIN], "ring")
    assert why["reasons"] == [{"code": "widened", "values": {"level": 0, "seconds": 2}}]
    await house.send(queue_pause("PJSIP/1001", False, queue="sales"))
    await house.rules("sales")
    await house.until(lambda: house.penalty("sales", "1002") == 0, "no rules, no ring")


async def test_who_is_one_too_many_waits_in_the_other_queue(house: Center) -> None:
    overflow = {"when": "length", "limit": 1, "to": "queue", "target": "sales"}
    await house.rules("vip", overflow=[overflow])
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", True, queue="sales"))
    first = await wait_in(house, "4002", "vip", GOLD)
    await house.site.call_in("4002", SILVER).answered()
    await house.until(lambda: [w.number for w in house.waiting("sales")] == [SILVER], "the second in sales")
    assert [w.call_id for w in house.waiting("vip")] == [first[GOLD]]
    moved = house.waiting("sales")[0].call_id
    why = await house.decisions(moved, "overflow")
    assert (why["queue"], why["result"]) == ("vip", "queue:sales")
    assert why["reasons"] == [{"code": "overflowLength", "values": {"waiting": 2, "limit": 1}}]
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", False, queue="sales"))


@pytest.mark.parametrize("who", ["1002", "1001"])
async def test_the_last_agent_is_rung_first_and_then_free_for_all(house: Center, who: str) -> None:
    await house.rules("support", prefer="lastAgent", prefer_seconds=10)
    customer = (await house.admin.get("/customers", {"query": "gold"}))["items"][0]["id"]
    await house.site.sql(
        "insert into interaction (customer_id, call_id, user_id, at) values ($1, $2, $3, now())",
        customer, f"main:earlier-{who}", house.users[who],
    )  # fmt: skip
    await house.site.call_in("4010", GOLD).answered()
    await house.until(lambda: house.app.live.calls, "the call")
    (call,) = house.app.live.calls.values()
    entry = await house.app.decisions.enter(call.id, "support", number=GOLD)
    assert entry.variables["CTI_QUEUE_RULE"] == "cti-prefer-10"
    channel = call.legs[0].channel
    for name, value in entry.variables.items():
        await house.send(set_variable(channel, name, value))
    await house.send(redirect(channel, exten="4011", context="from-trunk"))
    ringing = await house.site.phones[who].incoming()
    assert ringing.number == GOLD
    await ringing.answer()
    await house.until(lambda: house.penalty("support", who) == 0, "nobody is kept for him any more")
    assert [ring.device for ring in rings(house, call.id)] == [f"PJSIP/{who}"]
    why = await house.decisions(call.id, "preferred")
    values = {"user": house.users[who], "seconds": 10, "agent": who}
    assert why["reasons"] == [{"code": "lastAgent", "values": values}]


async def test_who_is_told_what_to_expect_joins_when_it_is_said(house: Center) -> None:
    await house.rules("vip", announce_wait=True)
    await house.site.call_in("4010", PLAIN).answered()
    await house.until(lambda: house.app.live.calls, "the call")
    (call,) = house.app.live.calls.values()
    channel = call.legs[0].channel
    await house.send(set_variable(channel, "CTI_SAY_WAIT", "2"))
    begun = house.app.clock.now()
    await house.send(redirect(channel, exten="4002", context="from-trunk"))
    await house.until(lambda: house.waiting("vip"), "the caller in the queue")
    assert house.waiting("vip")[0].joined_at - begun > 1.5
    assert "does not exist" not in house.pbx.log.read_text()


async def test_a_ring_that_nobody_widens_opens_by_itself(house: Center) -> None:
    """As after the server's death: an agent was kept out, and nobody is there to let him in."""
    await house.send(queue_add("lone", "PJSIP/1002", penalty=1050))
    ids = await wait_in(house, "4012", "lone", PLAIN)
    ringing = await house.site.phones["1002"].incoming(8.0)
    await house.until(lambda: rings(house, ids[PLAIN]), "the ring told")
    (ring,) = rings(house, ids[PLAIN])
    (wait,) = [s for s in house.app.live.calls[ids[PLAIN]].segments if s.kind is SegmentKind.QUEUE]
    assert 1.0 < ring.started_at - wait.started_at < 5.0
    ringing.reject()
    await house.send(queue_remove("lone", "PJSIP/1002"))


async def test_a_pbx_that_changes_the_number_but_not_the_place(house: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Asterisk 18 does it: out and in again, and the wait counts from the first time."""

    def without_immediate(queue: str, channel: str, priority: int) -> Action:
        return Action("QueueChangePriorityCaller", (f"Queue: {queue}", f"Caller: {channel}", f"Priority: {priority}"))

    monkeypatch.setattr("cti_server.routing.decisions.pbx_side.queue_change_priority", without_immediate)
    await house.rules("vip", tiers={"by": "tier", "add": {"gold": 7}})
    ids = await wait_in(house, "4002", "vip", PLAIN, GOLD)
    await house.until(lambda: [w.number for w in house.waiting("vip")] == [GOLD, PLAIN], "the order")
    listed = await house.send(queue_status("vip"))
    assert [i["Priority"] for i in listed.items if i["Event"] == "QueueEntry"] == ["7", "0"]
    stay = next(s for s in house.app.decisions.director.stays.of(("main", "vip")).values() if s.call_id == ids[GOLD])
    assert stay.joined_at < stay.listed_at
