"""An Asterisk that is not of our making is pointed at by configuration alone, and its calls appear correctly."""

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.state import State
from tests.whole.foreign import QUEUE, ForeignPbx
from tests.whole.push import Push
from tests.whole.screens import WATCHED
from tests.whole.site import Site

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def foreign(state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[ForeignPbx]:
    pbx = ForeignPbx(Path(tempfile.mkdtemp(prefix="cti-foreign-", dir="/tmp")), asterisk_program)
    try:
        await pbx.start(state)
        yield pbx
    finally:
        await pbx.discard()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory, database: str, foreign: ForeignPbx) -> AsyncIterator[Site]:
    keys = {"main": "agent_devices = 'PJSIP/(alice|bob)'"}
    settings = '[queues]\nlabels = { "客服" = "Helpdesk" }'
    here = Site(tmp_path_factory.mktemp("site"), database, {"main": foreign}, keys, settings)
    try:
        await here.start()
        await here.first_admin()
        await here.hire("supervisor", "supervisor")
        for place, name in enumerate(("alice", "bob")):
            here.phones[name] = await Phone.open(
                name, foreign.passwords[name], sip_port=foreign.sip_port, tone=440 + 60 * place, pacer=here.pacer
            )
            await here.phones[name].register()
            await here.agent(name, f"PJSIP/{name}", [])
        here.phones["trunk"] = await Phone.open(
            "provider", sip_port=foreign.sip_port, tone=1000, pacer=here.pacer, port=foreign.provider_port
        )
        yield here
    finally:
        await here.stop()
    here.check_log()


@pytest_asyncio.fixture(loop_scope="session")
async def alice(site: Site) -> AsyncIterator[Push]:
    page = await site.people["alice"].listen("me", "system")
    await page.until(lambda: page.me["agent"]["state"] == "ready" and not page.me["calls"], "alice ready")
    yield page
    for phone in site.phones.values():
        for call in list(phone.calls.values()):
            call.hangup()
    await page.until(lambda: page.me["agent"]["state"] == "ready" and not page.me["calls"], "alice ready again")
    await page.close()


async def test_its_queues_and_static_members_are_shown(site: Site, alice: Push) -> None:
    boss = await site.people["supervisor"].listen(*WATCHED)
    assert {QUEUE, "invoice-desk"} <= set(boss.queues)
    assert boss.queues[QUEUE]["label"] == "Helpdesk"
    assert {one["queue"] for one in boss.agents["PJSIP/alice"]["queues"]} == {QUEUE}
    assert {one["queue"] for one in boss.agents["PJSIP/bob"]["queues"]} == {QUEUE, "invoice-desk"}
    pbx = (await site.people["admin"].get("/pbx"))["items"][0]
    assert pbx["up"]
    assert pbx["faults"] == 0
    await boss.close()


async def test_a_call_of_its_queue_pops_and_is_kept(site: Site, alice: Push) -> None:
    mark, begun = alice.mark, time.time()
    line = site.phones["trunk"].call("95588", caller="13800050001", name="小明")
    ringing = await site.phones["alice"].incoming()
    pop = await alice.first("pop.show", "me", mark=mark)
    assert (pop["queue"], pop["dialled"], pop["number"]["e164"]) == (QUEUE, "95588", "+8613800050001")
    await ringing.answer()
    await line.answered()
    await alice.until(lambda: alice.me["agent"]["state"] == "busy", "busy")
    line.hangup()
    row = await site.history(pop["call_id"])
    assert (row["outcome"], row["direction"], row["queue"], row["exact"]) == ("answered", "inbound", QUEUE, True)
    # Its events carry no time of their own: that of their arrival counts.
    assert begun - 1 <= row["started_at"].timestamp() <= row["ended_at"].timestamp() <= time.time() + 1
    assert [part["device"] for part in row["segments"] if part["kind"] == "talk"] == ["PJSIP/alice"]
    found = await site.people["supervisor"].get("/calls", {"queue": QUEUE})
    assert [call["id"] for call in found["items"]] == [row["id"]]


async def test_a_call_straight_to_a_phone_pops_too(site: Site, alice: Push) -> None:
    mark = alice.mark
    line = site.phones["trunk"].call("2001", caller="13800050002")
    ringing = await site.phones["alice"].incoming()
    pop = await alice.first("pop.show", "me", mark=mark)
    assert (pop["queue"], pop["dialled"]) == (None, "2001")
    await ringing.answer()
    await line.answered()
    line.hangup()
    row = await site.history(pop["call_id"])
    assert (row["outcome"], row["direction"], row["queue"]) == ("answered", "inbound", None)


async def test_colleagues_who_call_each_other_are_no_customers(site: Site, alice: Push) -> None:
    mark = alice.mark
    line = site.phones["bob"].call("2001")
    ringing = await site.phones["alice"].incoming()
    call = await alice.first("call.delivered", "me", mark=mark)
    await ringing.answer()
    await line.answered()
    await alice.until(lambda: alice.me["agent"]["state"] == "busy", "busy")
    line.hangup()
    row = await site.history(call["id"])
    assert (row["direction"], row["outcome"]) == ("internal", "answered")
    assert not alice.of("pop.show", "me", mark)


async def test_a_call_to_the_outside(site: Site, alice: Push) -> None:
    mark = alice.mark
    site.phones["alice"].call("013800050003")
    outside = await site.phones["trunk"].incoming()
    await outside.answer()
    await alice.until(lambda: alice.me["agent"]["state"] == "busy", "busy")
    call = (await alice.first("call.established", "me", mark=mark))["id"]
    outside.hangup()
    row = await site.history(call)
    assert (row["direction"], row["number"], row["outcome"]) == ("outbound", "13800050003", "answered")
    assert row["talk_seconds"] > 0


async def test_a_caller_who_gives_up_there(site: Site, alice: Push) -> None:
    boss = await site.people["supervisor"].listen(*WATCHED)
    line = site.phones["trunk"].call("95588", caller="13800050004")
    await boss.until(lambda: boss.queues[QUEUE]["waiting"], "a waiting caller")
    call = boss.queues[QUEUE]["waiting"][0]["call_id"]
    line.hangup()
    await boss.first("queue.callerAbandoned", "queues")
    assert (await site.history(call))["outcome"] == "abandoned"
    await boss.close()
