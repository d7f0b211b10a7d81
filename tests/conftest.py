"""Real parts for tests, and what happens when one cannot be had.

| fixture | scope | what |
|---|---|---|
| `postgres` | session | a running `Postgres`; tests that kill or restart it use `own_postgres` |
| `database_url` | test | a fresh, migrated database |
| `empty_database_url` | test | a fresh database with nothing in it |
| `own_postgres` | test | a server of one's own, to break |
| `asterisk` | module | a fresh `Asterisk` |
| `own_asterisk` | test | one of one's own, to break |
| `chromium_path` | session | what playwright's `executable_path` takes |

A missing part skips its group by name; the closing summary says why. Under CI=true it fails instead.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
import pytest_asyncio
import structlog

from cti_server.core.storage.migrate import migrate
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram, find_asterisk
from cti_server.sandbox.chromium import find_chromium
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import SandboxError, State, repository

T = TypeVar("T")

MIGRATED = "cti_migrated"
GROUPS = {"database": "real PostgreSQL", "pbx": "real Asterisk", "browser": "real Chromium"}
MISSING = tuple(f"Skipped: {group} ({part}): " for group, part in GROUPS.items())
# Group -> why its part cannot be had; filled by the first test that asked for it.
missing = pytest.StashKey[dict[str, str]]()
counter = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[missing] = {}
    config.stash[counter] = 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with real parts first: then the last minutes go to many small files, and no process waits for another."""
    real = {item.path for item in items if any(item.get_closest_marker(group) for group in ("pbx", "browser"))}
    stored = {item.path for item in items if item.get_closest_marker("database")}
    items.sort(key=lambda item: 0 if item.path in real else 1 if item.path in stored else 2)


async def real_part(config: pytest.Config, group: str, get: Callable[[], Awaitable[T]]) -> T:
    """What `get` brings; when it cannot be had the test is skipped with the reason, or fails under CI=true."""
    reasons = config.stash[missing]
    if group not in reasons:
        try:
            return await get()
        except SandboxError as error:
            reasons[group] = error.sentence
    return refuse(group, reasons[group])


def refuse(group: str, reason: str) -> T:
    text = f"{group} ({GROUPS[group]}): {reason}"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(text, pytrace=False)
    pytest.skip(text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # From the reports, because the tests may have run in other processes than this one.
    skipped = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())}
    groups = sorted(text.removeprefix("Skipped: ") for text in skipped if text.startswith(MISSING))
    if groups:
        terminalreporter.section("groups whose real part cannot be had")
        for line in groups:
            terminalreporter.line(line)


@pytest.fixture(autouse=True)
def fresh_logs() -> Iterator[None]:
    """What a test settles about logs, by running a command for instance, ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def state() -> State:
    return State.open()


def worker_name(kind: str) -> str:
    """A folder of this test run's own, so that two runs from one state folder do not meet."""
    return f"test-{kind}-{os.getpid()}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(pytestconfig: pytest.Config, state: State) -> AsyncIterator[Postgres]:
    server = await real_part(
        pytestconfig, "database", lambda: Postgres.start(state, name=worker_name("postgres"), durable=False)
    )
    try:
        yield server
    finally:
        await server.discard()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(postgres: Postgres) -> str:
    """The name of a migrated database that each test gets a copy of: copying takes a fifth of migrating."""
    await migrate(await postgres.create_database(MIGRATED), repository() / "cti_server/migrations")
    return MIGRATED


async def fresh_database(config: pytest.Config, server: Postgres, template: str | None) -> AsyncIterator[str]:
    config.stash[counter] += 1
    name = f"test_{config.stash[counter]}"
    url = await server.create_database(name, template)
    try:
        yield url
    finally:
        if server.running:
            await server.drop_database(name)


@pytest_asyncio.fixture
async def database_url(pytestconfig: pytest.Config, postgres: Postgres, migrated_template: str) -> AsyncIterator[str]:
    async for url in fresh_database(pytestconfig, postgres, migrated_template):
        yield url


@pytest_asyncio.fixture
async def empty_database_url(pytestconfig: pytest.Config, postgres: Postgres) -> AsyncIterator[str]:
    async for url in fresh_database(pytestconfig, postgres, None):
        yield url


@pytest_asyncio.fixture
async def own_postgres(pytestconfig: pytest.Config, state: State) -> AsyncIterator[Postgres]:
    name = worker_name("own-postgres")
    server = await real_part(pytestconfig, "database", lambda: Postgres.start(state, name=name, durable=False))
    try:
        yield server
    finally:
        await server.discard()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asterisk_program(pytestconfig: pytest.Config, state: State) -> AsteriskProgram:
    return await real_part(pytestconfig, "pbx", lambda: find_asterisk(state, Progress()))


async def running_asterisk(
    config: pytest.Config, state: State, program: AsteriskProgram, kind: str
) -> AsyncIterator[Asterisk]:
    wishes = Wishes(name=worker_name(kind))
    pbx = await real_part(config, "pbx", lambda: Asterisk.start(state, program=program, wishes=wishes))
    try:
        yield pbx
    finally:
        await pbx.discard()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asterisk(
    pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram
) -> AsyncIterator[Asterisk]:
    async for pbx in running_asterisk(pytestconfig, state, asterisk_program, "asterisk"):
        yield pbx


@pytest_asyncio.fixture
async def own_asterisk(
    pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram
) -> AsyncIterator[Asterisk]:
    async for pbx in running_asterisk(pytestconfig, state, asterisk_program, "own-asterisk"):
        yield pbx


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium_path(pytestconfig: pytest.Config, state: State) -> str:
    return str(await real_part(pytestconfig, "browser", lambda: find_chromium(state, Progress())))
