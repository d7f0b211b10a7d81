"""Two PBXs that call themselves by the same name: nothing of one is taken for the other's."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.state import State
from tests.whole.conftest import running_pbx
from tests.whole.push import Push
from tests.whole.screens import WATCHED
from tests.whole.site import TRUNK, Site
from tests.whole.test_server_killed import nothing_is_left_open

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other_pbx(
    pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram
) -> AsyncIterator[Asterisk]:
    async with running_pbx(pytestconfig, state, asterisk_program, "whole-2") as pbx:
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(
    tmp_path_factory: pytest.TempPathFactory, database: str, pbx: Asterisk, other_pbx: Asterisk
) -> AsyncIterator[Site]:
    here = Site(tmp_path_factory.mktemp("site"), database, {"north": pbx, "south": other_pbx})
    try:
        await here.start()
        await here.first_admin()
        await here.hire("supervisor", "supervisor")
        for name, one in (("north", pbx), ("south", other_pbx)):
            await here.phone("1001", one, key=name)
            await here.trunk(one.sip_port, key=f"trunk {name}")
            await here.agent(name, "PJSIP/1001", ["support"], pbx=name)
        yield here
    finally:
        await here.stop()
    here.check_log()


async def ring(site: Site, page: Push, where: str, number: str) -> str:
    """A caller at one of the PBXs; the id of the call that pops."""
    mark = page.mark
    site.phones[f"trunk {where}"].call("4000", caller=number, headers=TRUNK)
    pop = await page.first("pop.show", "me", mark=mark)
    return str(pop["call_id"])


async def test_the_same_device_and_queue_of_two_pbxs_are_two(site: Site) -> None:
    boss = await site.people["supervisor"].listen(*WATCHED)
    pages = {name: await site.people[name].listen("me", "system") for name in ("north", "south")}
    await boss.until(
        lambda: all(boss.agents[f"{name}/PJSIP/1001"]["state"] == "ready" for name in pages), "both agents ready"
    )
    marks = {name: page.mark for name, page in pages.items()}
    # The first channel of each PBX may well carry the same Uniqueid as that of the other.
    north, south = await asyncio.gather(
        ring(site, pages["north"], "north", "13800060001"), ring(site, pages["south"], "south", "13800060002")
    )
    assert (north.partition(":")[0], south.partition(":")[0]) == ("north", "south")
    await boss.until(lambda: set(boss.calls) == {north, south}, "both calls")
    for name, number in (("north", "13800060001"), ("south", "13800060002")):
        await boss.until(
            lambda name=name, number=number: (
                [  # type: ignore[misc]
                    caller["number"] for caller in boss.queues[f"{name}/support"]["waiting"]
                ]
                == [number]
            ),
            f"the caller of {name} in his queue",
        )
    for name, call in (("north", north), ("south", south)):
        told = {
            heard.data.get("call_id", heard.data.get("id"))
            for heard in pages[name].since(marks[name])
            if heard.type.partition(".")[0] in ("call", "pop")
        }
        assert told == {call}
    for name in pages:
        await (await site.phones[name].incoming()).answer()
        await boss.until(lambda name=name: boss.agents[f"{name}/PJSIP/1001"]["state"] == "busy", "busy")  # type: ignore[misc]
    site.phones["trunk north"].calls.copy().popitem()[1].hangup()
    await boss.until(lambda: set(boss.calls) == {south}, "the other call to go on")
    assert boss.agents["south/PJSIP/1001"]["state"] == "busy"
    site.phones["trunk south"].calls.copy().popitem()[1].hangup()
    for call, number in ((north, "13800060001"), (south, "13800060002")):
        row = await site.history(call)
        assert (row["number"], row["outcome"]) == (number, "answered")
    await nothing_is_left_open(site)


async def test_one_of_them_may_be_away(site: Site, other_pbx: Asterisk) -> None:
    boss = await site.people["supervisor"].listen(*WATCHED)
    await other_pbx.kill()
    await boss.until(lambda: not boss.links["south"]["up"], "that south is away", 5.0)
    assert boss.links["north"]["up"]
    page = await site.people["north"].listen("me", "system")
    await page.until(lambda: page.me["agent"]["state"] == "ready", "north ready")
    call = await ring(site, page, "north", "13800060003")
    site.phones["trunk north"].calls.copy().popitem()[1].hangup()
    assert (await site.history(call))["outcome"] == "abandoned"
