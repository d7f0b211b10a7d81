"""The rules on a real Asterisk, with phones, database and API: who is answered first, by whom, and why."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.ami.actions import Action, queue_add, queue_pause, queue_remove, queue_status, redirect, set_variable
from cti_server.app import App
from cti_server.live.views import SegmentView, WaitingView
from cti_server.live.words import SegmentKind
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State
from cti_server.settings import load_settings
from tests.conftest import real_part, worker_name
from tests.whole.site import PASSWORD, Site, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]

NUMBERS = """
[from-trunk](+)
exten => 4010,1,Gosub(cti-name-call,s,1)
 same => n,Answer(,i)
 same => n,Wait(30)
 same => n,Hangup()
exten => 4011,1,Gosub(cti-queue,${EXTEN},1(support))
 same => n,Hangup()
exten => 4012,1,Set(CTI_QUEUE_RULE=opens-soon)
 same => n,Gosub(cti-queue,${EXTEN},1(lone))
 same => n,Hangup()
"""
EXTRA = {
    "extensions.conf": NUMBERS,
    "queues.conf": "[lone](cti-queue)\n",
    "queuerules.conf": "[opens-soon]\npenaltychange => 2,999999,0\n",
}
GOLD, SILVER, PLAIN = "13800000001", "13800000002", "13800000003"


class Center:
    """The server in this process, a PBX, two agents: 1 at 1001 (skill tax 5) and 2 at 1002 (none)."""

    def __init__(self, site: Site, pbx: Asterisk) -> None:
        self.site, self.pbx = site, pbx
        self.app = App(load_settings(site.write_config(), env={}))
        self.users: dict[str, int] = {}

    async def open(self) -> None:
        await self.app.start()
        token = await self.app.accounts.new_setup_token()
        assert token is not None
        await self.app.accounts.set_up(token, "admin", "刘洋", PASSWORD)
        self.admin = self.site.browser("admin")
        await self.admin.sign_in()
        for number in ("1001", "1002"):
            await self.site.phone(number, self.pbx)
            person = await self.site.agent(number, f"PJSIP/{number}", ["support", "sales"])
            assert person.user_id is not None
            self.users[number] = person.user_id
        await self.site.trunk(self.pbx.sip_port)
        await self.app.agents.skills.put(await self.session(), self.users["1001"], {"tax": 5})
        for number, tier in ((GOLD, "gold"), (SILVER, "silver")):
            contacts = [{"kind": "phone", "value": number}]
            await self.admin.post("/customers", {"name": tier, "tier": tier, "contacts": contacts})

    async def session(self) -> Any:
        token, _ = await self.app.accounts.sign_in("admin", PASSWORD, "127.0.0.1")
        return await self.app.accounts.session(token)

    async def close(self) -> None:
        await self.site.stop()
        await self.app.stop()

    async def rules(self, queue: str, **policy: Any) -> None:
        pages = (await self.admin.get("/queue-policies"))["items"]
        version = next((one["version"] for one in pages if one["queue"] == queue), 0)
        await self.admin.put(f"/queue-policies/main/{queue}", {"version": version, "policy": policy})

    def waiting(self, queue: str) -> tuple[WaitingView, ...]:
        found = self.app.live.queues.get(("main", queue))
        return found.waiting if found is not None else ()

    def penalty(self, queue: str, number: str) -> int:
        agent = self.app.live.agents["main", f"PJSIP/{number}"]
        return next((one.penalty for one in agent.memberships if one.queue == queue), -1)

    async def until(self, holds: Any, what: str, limit: float = 8.0) -> None:
        async def look() -> bool | None:
            return True if holds() else None

        await poll(look, what, limit)

    async def send(self, action: Action) -> Any:
        return await self.app.connections["main"].send(action)

    async def decisions(self, call_id: str, kind: str) -> dict[str, Any]:
        """The first decision of a kind, once it is in the database, by the address that the call's page asks."""

        async def look() -> dict[str, Any] | None:
            status, body = await self.admin.try_("GET", f"/calls/{call_id}/decisions")
            return next((one for one in body["items"] if one["kind"] == kind), None) if status == 200 else None

        return await poll(look, f"a decision of kind {kind}", 8.0)

    async def quiet(self) -> None:
        """End all calls and see them end."""
        for phone in self.site.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()
        await self.until(lambda: not self.app.live.calls, "the end of all calls")
        for phone in self.site.phones.values():
            phone._waiting.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def center(
    pytestconfig: pytest.Config,
    state: State,
    asterisk_program: AsteriskProgram,
    postgres: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Center]:
    wishes = Wishes(name=worker_name("decisions"), agents=3, extra=EXTRA)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    url = await postgres.create_database("routing_decisions", migrated_template)
    folder: Path = tmp_path_factory.mktemp("center")
    center = Center(Site(folder, url, {"main": pbx}), pbx)
    try:
        await center.open()
        yield center
    finally:
        await center.close()
        await pbx.discard()
        await postgres.drop_database("routing_decisions")


@pytest_asyncio.fixture(loop_scope="module")
async def house(center: Center) -> AsyncIterator[Center]:
    try:
        yield center
    finally:
        await center.quiet()


async def wait_in(house: Center, exten: str, queue: str, *numbers: str) -> dict[str, str]:
    """These callers wait, having come in this order; number → call id."""
    ids: dict[str, str] = {}
    for number in numbers:
        await house.site.call_in(exten, number).answered()
        await house.until(lambda n=number: n in [w.number for w in house.waiting(queue)], f"{number} in {queue}")
        ids[number] = next(w.call_id for w in house.waiting(queue) if w.number == number)
    return ids


def rings(house: Center, call_id: str) -> list[SegmentView]:
    return [s for s in house.app.live.calls[call_id].segments if s.kind is SegmentKind.RING]


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
