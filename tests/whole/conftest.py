"""Sites that a module shares, and sites of one's own to break."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State
from tests.conftest import real_part, worker_name
from tests.whole.screens import Screens, screens_of
from tests.whole.site import Site

AGENTS = ("1001", "1002", "1003")
NAMES = {"1001": "李娜", "1002": "Tom Becker", "1003": "陈思雨"}
# A queue that rings everybody, and one that gives an agent one second only.
QUEUES = """
[rush]
strategy = ringall
timeout = 20
joinempty = yes
ringinuse = no
[brief]
strategy = linear
timeout = 1
retry = 1
timeoutrestart = yes
joinempty = yes
ringinuse = no
"""
NUMBERS = """
[from-trunk](+)
exten => 4005,1,Gosub(cti-queue,${EXTEN},1(rush))
 same => n,Hangup()
exten => 4006,1,Gosub(cti-queue,${EXTEN},1(brief))
 same => n,Hangup()
"""
EXTRA = {"queues.conf": QUEUES, "extensions.conf": NUMBERS}


@asynccontextmanager
async def running_pbx(
    config: pytest.Config, state: State, program: AsteriskProgram, name: str, system_name: str = "pbx1"
) -> AsyncIterator[Asterisk]:
    """An Asterisk with two more queues: 4005 rush, 4006 brief."""
    wishes = Wishes(name=worker_name(name), agents=4, system_name=system_name, extra=EXTRA)
    pbx = await real_part(config, "pbx", lambda: Asterisk.start(state, program=program, wishes=wishes))
    try:
        yield pbx
    finally:
        await pbx.discard()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Asterisk]:
    async with running_pbx(pytestconfig, state, asterisk_program, "whole") as pbx:
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(request: pytest.FixtureRequest, postgres: Postgres, migrated_template: str) -> AsyncIterator[str]:
    """A migrated database for a module."""
    name = "whole_" + request.module.__name__.rpartition(".")[2]
    yield await postgres.create_database(name, migrated_template)
    if postgres.running:
        await postgres.drop_database(name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def breakable_postgres(pytestconfig: pytest.Config, state: State) -> AsyncIterator[Postgres]:
    """A PostgreSQL for a module that kills it."""
    name = worker_name("whole-postgres")
    server = await real_part(pytestconfig, "database", lambda: Postgres.start(state, name=name, durable=False))
    try:
        yield server
    finally:
        await server.discard()


async def staffed(folder: Path, database: str, pbx: Asterisk) -> Site:
    """A site with an admin, a supervisor, three agents of `support` with phones, and a line from outside."""
    site = Site(folder, database, {"main": pbx})
    try:
        await site.start()
        await site.first_admin()
        await site.hire("supervisor", "supervisor", "王建国")
        for place, number in enumerate(AGENTS):
            await site.phone(number, pbx, 440 + 60 * place)
            # Far apart: `leastrecent` takes up to one penalty's worth for a call that ended just now.
            queues = [{"queue": "support", "penalty": 10 * place}, "brief", *(["rush"] if number != "1003" else [])]
            await site.agent(number, f"PJSIP/{number}", queues, name=NAMES[number])
        await site.trunk(pbx.sip_port)
    except BaseException:
        await site.stop()
        raise
    return site


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_pbx(
    pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram
) -> AsyncIterator[Asterisk]:
    """The PBX of `site`."""
    async with running_pbx(pytestconfig, state, asterisk_program, "whole-shared") as pbx:
        yield pbx


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, migrated_template: str, shared_pbx: Asterisk
) -> AsyncIterator[Site]:
    """One site for several modules, to be left as it was found; of the agents of `support` 1001 rings first."""
    url = await postgres.create_database("whole_shared", migrated_template)
    here = await staffed(tmp_path_factory.mktemp("site"), url, shared_pbx)
    try:
        yield here
    finally:
        await here.stop()
    here.check_log()


@pytest_asyncio.fixture(loop_scope="session")
async def screens(site: Site) -> AsyncIterator[Screens]:
    """Everybody's page freshly opened; afterwards all calls are ended and seen to have ended."""
    async with screens_of(site, AGENTS) as screens:
        yield screens
