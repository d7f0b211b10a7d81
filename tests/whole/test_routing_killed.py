"""The server is killed on a real PBX: who kept his place is called once, and who waits is served as was promised."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.state import free_port
from tests.whole.conftest import AGENTS, NAMES
from tests.whole.held_back import HeldBack
from tests.whole.site import Site, poll
from tests.whole.wiretap import Wiretap

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]
SETTINGS = '[dialling]\noutside_prefix = "9"\n[agents]\nrona_after = 1000\n'
KEEP = {"kind": "callback", "queue": "support"}


class Office:
    """A site with callbacks: who presses 1 at 4810 is called back by the agents of `support`."""

    def __init__(self, site: Site, pbx: Asterisk, between: HeldBack) -> None:
        self.site, self.pbx, self.between = site, pbx, between

    async def staff(self) -> None:
        await self.site.start()
        admin = await self.site.first_admin()
        for place, number in enumerate(AGENTS):
            await self.site.phone(number, self.pbx, 440 + 60 * place)
            queues = [{"queue": "support", "penalty": 10 * place}, "sales"]
            person = await self.site.agent(number, f"PJSIP/{number}", queues, name=NAMES[number])
            if number == "1003":
                await admin.put(f"/agents/{person.user_id}/skills", {"skills": {"tax": 5}})
        self.customer = await Phone.open(
            "trunk", sip_port=self.pbx.sip_port, tone=1000, pacer=self.site.pacer, port=self.pbx.trunk_port
        )
        self.site.phones["trunk"] = self.customer
        await self.pbx.cli(f"dialplan set global CTI_AGI 127.0.0.1:{self.site.agi_port}")
        await self.pbx.cli("dialplan set global CTI_STEP_SECONDS 10")
        await self.publish("4801", KEEP)
        await self.publish("4802", {"kind": "queue", "queue": "sales", "skills": {"tax": 4}, "priority": 3})
        rule = {"tries": 3, "gap_seconds": 1, "expire_seconds": 3600}
        await admin.put("/callback-rules/support", rule)

    async def publish(self, did: str, node: dict[str, Any]) -> None:
        """Callers of a number come to this node, and are let go behind it."""
        admin, key = self.site.people["admin"], f"flow-{did}"
        exits = {"done": "bye", "declined": "bye"} if node["kind"] == "callback" else {}
        nodes = {"first": {**node, "exits": exits}, "bye": {"kind": "hangup"}}
        draft = {"format": 1, "title": did, "languages": ["en"], "start": "first", "nodes": nodes}
        made = await admin.post("/flows", {"key": key, "draft": draft})
        await admin.post(f"/flows/{key}/publish", {"revision": made["revision"], "note": ""})
        await admin.put(f"/flows/numbers/{did}", {"flow": key})

    async def book(self, number: str) -> int:
        """He calls, and asks to be called back."""
        call = self.site.call_in("4801", number)
        await call.answered()
        call.press("1")
        await call.ended()
        return int((await self.row(number))["id"])

    async def row(self, number: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            rows = await self.site.sql("select * from callback where number = $1 order by id desc", number)
            return rows[0] if rows else None

        return await poll(look, f"a callback to {number}", 10.0)

    async def until(self, number: str, state: str, attempts: int, limit: float = 20.0) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            row = await self.row(number)
            return row if (row["state"], row["attempts"]) == (state, attempts) else None

        return await poll(look, f"{number} {state} after {attempts}", limit)

    async def ringing_customer(self, number: str) -> Call:
        call = await self.customer.incoming(15.0)
        assert call.invite.uri.startswith(f"sip:{number}@")
        return call

    async def attempts(self, number: str) -> list[str | None]:
        rows = await self.site.sql(
            "select result from callback_attempt a join callback c on c.id = a.callback_id where number = $1"
            " order by a.at", number,
        )  # fmt: skip
        return [row["result"] for row in rows]

    async def figures(self, fits: Any) -> dict[str, Any]:
        """Those of `support`, once they fit."""

        async def look() -> dict[str, Any] | None:
            queues = (await self.site.people["admin"].get("/queues"))["items"]
            found = next((queue["figures"] for queue in queues if queue["name"] == "support"), None)
            return found if found is not None and fits(found) else None

        return await poll(look, "the figures", 10.0)

    async def restart(self) -> None:
        await self.site.start()

    async def pause(self, agent: str, on: bool) -> None:
        await self.pbx.cli(f"queue {'pause' if on else 'unpause'} member PJSIP/{agent}")

    async def waiting(self, queue: str, number: str) -> None:
        """Wait until he stands in this queue, as everybody's screen shows it."""

        async def look() -> bool | None:
            queues = (await self.site.people["admin"].get("/queues"))["items"]
            return (
                any(who["number"] == number for one in queues for who in one["waiting"] if one["name"] == queue) or None
            )

        await poll(look, f"{number} in {queue}", 10.0)

    async def quiet(self) -> None:
        """Nobody is on a call, and nobody has a callback open any more."""
        for phone in self.site.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()
            await phone.idle()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(tmp_path_factory: pytest.TempPathFactory, pbx: Asterisk, database: str) -> AsyncIterator[Office]:
    between = await HeldBack(pbx).open()
    site = Site(tmp_path_factory.mktemp("callbacks"), database, {"main": between}, settings=SETTINGS)
    site.agi_port = free_port()
    here = Office(site, pbx, between)
    try:
        await here.staff()
        yield here
    finally:
        await site.stop()
        await between.close()
    site.check_log()


def dials(tap: Wiretap, number: str) -> int:
    """How often the PBX has dialled the customer."""
    wanted = f"{number}@trunk"
    return sum(event["Event"] == "DialBegin" and event.get("DialString", "") == wanted for event in tap.heard)


async def test_what_nobody_took_and_who_did_not_answer_is_no_answered_call(office: Office) -> None:
    number = "13800030001"
    before = await office.figures(lambda found: True)
    for agent in AGENTS:
        office.site.phones[agent].reject_with = 486
    await office.book(number)
    call = await poll(lambda: live_callback(office), "the callback in the queue", 10.0)
    for agent in AGENTS:
        office.site.phones[agent].reject_with = None
    agent_call = await office.site.phones["1001"].incoming(15.0)
    await agent_call.answer()
    customer = await office.ringing_customer(number)
    customer.reject(486)
    await office.until(number, "waiting", 1)
    row = await office.site.history(f"main:{call}")
    assert (row["outcome"], row["answered_at"], row["talk_seconds"]) == ("busy", None, 0)
    assert [part["result"] for part in row["segments"] if part["kind"] == "queue"] == ["noAnswer"]
    again = await office.site.phones["1001"].incoming(15.0)
    await again.answer()
    await (await office.ringing_customer(number)).answer()
    found = await office.figures(lambda found: found["called_back"] == before["called_back"] + 1)
    for name in ("offered", "answered", "abandoned", "asa", "service_level"):
        assert found[name] == before[name], name
    assert found["not_reached"] == before["not_reached"] + 1
    again.hangup()
    await office.until(number, "reached", 2)
    await office.quiet()

    async def written() -> bool | None:
        rows = await office.site.sql("select result, reached from report_calls_queue_segment where callback order by 1")
        return [*map(tuple, (row.values() for row in rows))] == [("answered", True), ("noAnswer", False)] or None

    await poll(written, "both waits in the history", 10.0)
    assert (await office.site.people["admin"].get("/lost-calls"))["items"] == []


async def live_callback(office: Office) -> str | None:
    rows = await office.site.sql("select attempt from callback where attempt is not null")
    return rows[0]["attempt"] if rows else None


async def test_killed_before_the_call_was_made_and_while_the_customer_rings(office: Office) -> None:
    number = "13800030002"
    async with Wiretap(office.pbx, "DialBegin") as tap:
        office.between.holding = True
        await office.book(number)
        await office.between.held.wait()  # it stands in the database, and the PBX never hears of it
        await office.site.kill_server()
        office.between.holding = False
        await office.restart()
        agent_call = await office.site.phones["1001"].incoming(20.0)
        assert await office.attempts(number) == ["interrupted", None]
        await agent_call.answer()
        customer = await office.ringing_customer(number)
        await office.site.kill_server()
        customer.reject(486)
        await agent_call.ended()
        await office.restart()
        again = await office.site.phones["1001"].incoming(20.0)
        assert await office.attempts(number) == ["interrupted", "busy", None]
        await again.answer()
        await (await office.ringing_customer(number)).answer()
        again.hangup()
        await office.until(number, "reached", 3)
        assert dials(tap, number) == 2
        await office.quiet()


async def test_killed_while_one_agent_rings_and_another_talks(office: Office) -> None:
    talks, rings = "13800030003", "13800030004"
    before = await office.figures(lambda found: True)
    async with Wiretap(office.pbx, "DialBegin") as tap:
        await office.book(talks)
        first = await office.site.phones["1001"].incoming(15.0)
        await first.answer()
        going_on = await office.ringing_customer(talks)
        await going_on.answer()
        await office.book(rings)
        second = await office.site.phones["1002"].incoming(15.0)
        await office.site.kill_server()
        await second.answer()  # all of it happens while nobody looks
        unseen = await office.ringing_customer(rings)
        await unseen.answer()
        assert await unseen.hears(500)
        second.hangup()
        await unseen.ended()
        await office.restart()
        await office.until(rings, "reached", 1)
        assert (await office.row(talks))["state"] == "offered"
        going_on.hangup()
        await office.until(talks, "reached", 1)
        assert [dials(tap, number) for number in (talks, rings)] == [1, 1]
        # One was seen to be reached; of the other only the PBX knew, and nobody has seen its talk.
        await office.figures(lambda found: found["called_back"] == before["called_back"] + 1)
        await office.quiet()


async def test_killed_while_an_agent_rings_and_again_while_they_talk(office: Office) -> None:
    number = "13800030005"
    async with Wiretap(office.pbx, "DialBegin") as tap:
        await office.book(number)
        agent_call = await office.site.phones["1001"].incoming(15.0)
        await office.site.kill_server()
        await office.restart()
        await agent_call.answer()
        customer = await office.ringing_customer(number)
        await customer.answer()
        assert await customer.hears(440)
        await office.site.kill_server()
        customer.hangup()
        await agent_call.ended()
        await office.restart()
        await office.until(number, "reached", 1)
        assert dials(tap, number) == 1
        assert not office.customer.rings
        await office.quiet()


async def test_who_waits_has_his_needs_his_points_and_his_time_after_a_kill(office: Office) -> None:
    needs, plain, moves_on = "13800030006", "13800030007", "13800030008"
    admin = office.site.people["admin"]
    overflow = [{"when": "wait", "limit": 10, "to": "queue", "target": "sales"}]
    await admin.put("/queue-policies/main/vip", {"version": 0, "policy": {"overflow": overflow}})
    for number in AGENTS:
        await office.pause(number, True)
    for did, number, queue in (("4802", needs, "sales"), ("4001", plain, "sales"), ("4002", moves_on, "vip")):
        await office.site.call_in(did, number).answered()
        await office.waiting(queue, number)
    joined = time.monotonic()
    await office.site.kill_server()
    await office.restart()
    away = time.monotonic() - joined
    # The one without the skill comes: whoever needs none gets him, though he came later.
    await office.pause("1001", False)
    other = await office.site.phones["1001"].incoming(10.0)
    assert other.number == plain
    await other.answer()
    await office.pause("1003", False)
    able = await office.site.phones["1003"].incoming(10.0)
    assert able.number == needs
    await able.answer()
    await office.pause("1002", False)
    last = await office.site.phones["1002"].incoming(15.0)  # he has come from vip to sales
    assert last.number == moves_on
    await last.answer()
    await office.quiet()

    async def left() -> float | None:
        rows = await office.site.sql(
            "select extract(epoch from s.ended_at - s.started_at)::float8 as waited from call_segment s"
            " join call c on c.id = s.call_id where c.number = $1 and s.queue = 'vip' and s.ended_at is not null",
            moves_on,
        )  # fmt: skip
        return rows[0]["waited"] if rows else None

    # A server that counted anew would have let him wait for 10 s more.
    assert 9.5 < await poll(left, "his wait in vip", 10.0) < away + 9.5
