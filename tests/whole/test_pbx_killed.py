"""Asterisk dies or restarts during calls: the pages say since when they are blind, then everything is right again."""

import asyncio
import time

import pytest

from cti_server.sandbox.asterisk import Asterisk
from tests.whole.conftest import AGENTS
from tests.whole.screens import Screens
from tests.whole.site import Site
from tests.whole.test_server_killed import nothing_is_left_open, talking

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


async def phones_come_back(site: Site) -> None:
    for phone in site.phones.values():
        phone.drop_calls()
    await asyncio.gather(*(site.phones[number].register() for number in AGENTS))


async def all_is_well_again(site: Site, screens: Screens, interrupted: list[str]) -> None:
    """The link is up, no page shows a call, the members are back, and the next call works."""
    boss, agent = screens.boss, screens.agent["1001"]
    await boss.until(lambda: boss.links["main"]["up"], "the link to be up", 20.0)
    await boss.until(lambda: not boss.calls, "no ghost on the supervisor's page")
    await agent.until(lambda: not agent.me["calls"], "no ghost on the agent's page")
    await boss.until(
        lambda: all(len(boss.agents[f"PJSIP/{number}"]["queues"]) >= 2 for number in AGENTS), "the memberships"
    )
    for call in interrupted:
        row = await site.history(call)
        assert row["exact"] is False
        last = next(part for part in reversed(row["segments"]) if part["kind"] in ("talk", "queue"))
        assert (last["result"], last["exact"]) == ("interrupted", False)
    await screens.all_ready()
    line, call = await talking(site, agent, "1001", "13800030009")
    line.hangup()
    row = await site.history(call)
    assert (row["outcome"], row["exact"]) == ("answered", True)
    await nothing_is_left_open(site)


async def test_killed_during_calls(site: Site, screens: Screens, shared_pbx: Asterisk) -> None:
    boss, agent = screens.boss, screens.agent["1001"]
    _, talk = await talking(site, agent, "1001", "13800030001")
    site.call_in("4002", "13800030002")
    await boss.until(lambda: boss.queues["vip"]["waiting"], "a waiting caller")
    wait = boss.queues["vip"]["waiting"][0]["call_id"]
    mark, killed = boss.mark, time.time()
    await shared_pbx.kill()
    for page in (boss, agent, screens.agent["1003"]):
        await page.until(lambda page=page: not page.links["main"]["up"], "that it is blind", 3.0)  # type: ignore[misc]
    link = boss.links["main"]
    assert killed - 0.5 <= link["since"] <= time.time()
    assert link["reason"]
    blind = await site.readyz()
    assert not blind["ready"]
    assert [one["name"] for one in blind["links"] if not one["up"]] == ["pbx main"]
    assert set(boss.calls) == {talk, wait}, "what was last known stays on the page, marked as old"
    assert not boss.of("call.cleared", "calls", mark)
    await shared_pbx.restart()
    await phones_come_back(site)
    await all_is_well_again(site, screens, [talk, wait])


async def test_restarted_in_order_during_a_call(site: Site, screens: Screens, shared_pbx: Asterisk) -> None:
    agent = screens.agent["1001"]
    _, talk = await talking(site, agent, "1001", "13800030003")
    mark = screens.boss.mark
    await shared_pbx.restart()
    await screens.boss.first("system.link", "system", lambda link: not link["up"], mark=mark)
    await phones_come_back(site)
    # A PBX that goes in order hangs up first; what of that still reached us is known exactly.
    row = await site.history(talk)
    assert [part["result"] for part in row["segments"] if part["kind"] == "talk"] in (["cleared"], ["interrupted"])
    await all_is_well_again(site, screens, [] if row["exact"] else [talk])
