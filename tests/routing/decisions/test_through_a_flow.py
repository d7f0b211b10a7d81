"""Callers through a published flow on a real Asterisk: what its queue and agent nodes say holds for each of them."""

import asyncio

import pytest

from cti_server.ami.actions import queue_pause
from cti_server.live.words import SegmentKind
from tests.routing.decisions.center import GOLD, PLAIN, SILVER, Center, rings, wait_in

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


async def test_who_needs_a_skill_is_rung_at_who_has_it_and_keeps_nobody_else_waiting(house: Center) -> None:
    await house.rules("support")
    await house.publish("4805", q={"kind": "queue", "queue": "support", "skills": {"tax": 4}})
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", True, queue="support"))
    ids = await wait_in(house, "4805", "support", GOLD)
    ids |= await wait_in(house, "4000", "support", PLAIN)
    # The one without the skill comes: the caller behind gets him, though he came later.
    await house.send(queue_pause("PJSIP/1002", False, queue="support"))
    other = await house.site.phones["1002"].incoming()
    assert other.number == PLAIN
    await other.answer()
    await house.send(queue_pause("PJSIP/1001", False, queue="support"))
    able = await house.site.phones["1001"].incoming()
    assert able.number == GOLD
    await able.answer()
    await house.until(lambda: rings(house, ids[GOLD]), "the ring told")
    assert {ring.device for ring in rings(house, ids[GOLD])} == {"PJSIP/1001"}
    await house.until(lambda: house.penalty("support", "1001") == 0, "nobody is kept any more")
    why = await house.decisions(ids[GOLD], "queue")
    assert why["reasons"] == [{"code": "needs", "values": {"skills": "tax ≥ 4"}}]


async def test_last_agent_first_then_the_others(house: Center) -> None:
    await house.spoke_with("1002", GOLD)
    await house.publish("4806", q={"kind": "queue", "queue": "support", "last_agent_seconds": 5})
    house.site.phones["1002"].reject_with = 486
    try:
        ids = await wait_in(house, "4806", "support", GOLD)
        ringing = await house.site.phones["1001"].incoming(12.0)
        await ringing.answer()
        await house.until(lambda: len({r.device for r in rings(house, ids[GOLD])}) == 2, "both rings told")
        found = rings(house, ids[GOLD])
        assert found[0].device == "PJSIP/1002"
        assert found[-1].device == "PJSIP/1001"
        (wait,) = [s for s in house.app.live.calls[ids[GOLD]].segments if s.kind is SegmentKind.QUEUE]
        assert found[-1].started_at - wait.started_at >= 4.0
    finally:
        house.site.phones["1002"].reject_with = None


async def test_an_agent_node_rings_who_spoke_last_and_who_looks_after_him(house: Center) -> None:
    await house.spoke_with("1002", GOLD)
    await house.publish(
        "4807",
        first={"kind": "agent", "who": "last", "ring_seconds": 10, "exits": {"failed": "q"}},
        q={"kind": "queue", "queue": "vip"},
    )
    await house.site.call_in("4807", GOLD).answered()
    ringing = await house.site.phones["1002"].incoming()
    assert ringing.number == GOLD
    await ringing.answer()
    await house.quiet()
    silver = (await house.admin.get("/customers", {"query": "silver"}))["items"][0]["id"]
    await house.site.sql('update customer set fields = \'{"owner": "1001"}\' where id = $1', silver)
    await house.publish(
        "4808",
        first={"kind": "agent", "who": "owner", "ring_seconds": 10, "exits": {"failed": "q"}},
        q={"kind": "queue", "queue": "vip"},
    )
    await house.site.call_in("4808", SILVER).answered()
    ringing = await house.site.phones["1001"].incoming()
    assert ringing.number == SILVER
    await ringing.answer()
    await house.quiet()
    await wait_in(house, "4808", "vip", PLAIN)  # nobody looks after him


async def test_overflow_and_what_he_is_told_at_the_door(house: Center) -> None:
    overflow = {"when": "length", "limit": 1, "to": "queue", "target": "sales"}
    await house.rules("vip", overflow=[overflow])
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", True, queue="sales"))
    await house.publish("4809", q={"kind": "queue", "queue": "vip", "announce_position": True, "announce_wait": True})
    await wait_in(house, "4002", "vip", PLAIN)
    call = house.site.call_in("4809", SILVER)
    await call.answered()
    async with asyncio.timeout(8):
        while "&digits/2&" not in await house.pbx.cli("core show channels concise"):  # noqa: ASYNC110 (what the PBX does)
            await asyncio.sleep(0.05)
    await house.until(lambda: [w.number for w in house.waiting("sales")] == [SILVER], "he in sales", 12.0)
    assert [w.number for w in house.waiting("vip")] == [PLAIN]
    (sent,) = [w.call_id for w in house.waiting("sales")]
    why = await house.decisions(sent, "overflow")
    assert why["result"] == "queue:sales"
    assert house.app.live.calls[sent].data.get("CTI_SAY_WAIT") is None
    await house.rules("vip")
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", False, queue="sales"))
