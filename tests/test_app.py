"""How the whole is joined: it can be built from any good configuration, and stands before anything is there."""

import asyncio
from pathlib import Path

import pytest

from cti_server.app import App, console_folder
from cti_server.calls.model import digits_of
from cti_server.calls.service import SINKS as CALL_SINKS
from cti_server.calls.writer import CallWriter
from cti_server.core.errors import Unavailable
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.words import CallState
from cti_server.queues.lost.model import Contact, ContactKind
from cti_server.queues.lost.service import ROW as LOST_ROW
from cti_server.sandbox.state import free_port
from cti_server.settings import Settings, load_settings
from tests.calls.made import AT, Live, People, call
from tests.fakes.set_clock import SetClock

NOBODY = "postgresql://cti@127.0.0.1:1/cti?connect_timeout=1"


def settings(folder: Path, **more: str) -> Settings:
    path = folder / "cti.toml"
    path.write_text('[[pbx]]\nname = "main"\nsecret = "long enough"\nport = 1\n', encoding="utf-8")
    ports = {"web.port": str(free_port()), "routing.port": "0"}
    overrides = {"database.url": NOBODY, "state.dir": str(folder / "var"), **ports}
    return load_settings(path, env={}, overrides={**overrides, **more})


async def test_it_is_built_without_touching_the_outside(tmp_path: Path) -> None:
    app = App(settings(tmp_path))
    assert not (tmp_path / "var").exists()
    assert set(app.connections) == {"main"}
    assert not app.health.started
    await app.tasks.close()


async def test_no_two_addresses_are_the_same_and_each_says_what_it_is(tmp_path: Path) -> None:
    from cti_server.addresses import every_route
    from cti_server.core.push.tickets import Tickets

    app = App(settings(tmp_path))
    routes = every_route(app, Tickets(app.clock))
    addresses = [(route.method, route.address) for route in routes]
    assert len(set(addresses)) == len(addresses)
    assert not [route.path for route in routes if not route.summary]
    assert len(routes) > 30
    # On whom an address acts must be said, so that nobody forgets those whose scope is limited.
    assert not [f"{route.method} {route.path}" for route in routes if route.stated_reach is None]
    await app.tasks.close()


async def test_it_stands_without_database_and_pbx_and_stops_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.app.DATABASE_AT_START", 0.1)
    before = {task.get_name() for task in asyncio.all_tasks()}
    app = App(settings(tmp_path))
    try:
        async with asyncio.timeout(20):
            await app.start()
        ready = app.health.readiness()
        assert not ready.ready
        assert {link.name for link in ready.links if not link.up} == {"database", "pbx main"}
        with pytest.raises(Unavailable):
            await app.send("nowhere", None)  # type: ignore[arg-type]
    finally:
        async with asyncio.timeout(10):
            await app.stop()
    assert {task.get_name() for task in asyncio.all_tasks()} <= before, "tasks go on after the stop"


async def test_what_is_open_in_the_journal_is_known_though_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.app.DATABASE_AT_START", 0.1)
    db = Database(NOBODY)
    journal = Journal(tmp_path / "var/journal", Tasks("before"), db=db, sinks=CALL_SINKS)
    await journal.open()
    writer = CallWriter(journal, Live(), People(), SetClock(AT), digits_of)
    for view in (call("1.1"), call("2.2"), call("2.2", ended_at=AT, state=CallState.CLEARED), call("1.1", queue="vip")):
        writer.hear(CallChanged(CallKind.UPDATED, AT, view))
    await journal.flushed()
    await journal.close()
    app = App(settings(tmp_path))
    try:
        await app.start()
        assert [(one.linkedid, one.number) for one in app.live.calls.values()] == [("1.1", call().number)]
    finally:
        await app.stop()


@pytest.mark.database
async def test_an_orderly_stop_leaves_no_row_behind(database_url: str, tmp_path: Path) -> None:
    app = App(settings(tmp_path, **{"database.url": database_url}))
    await app.start()
    writes = 0

    async def write() -> None:
        nonlocal writes
        try:
            while True:
                writes += 1
                app.lost._journal.append(LOST_ROW, _reached(writes))
                await asyncio.sleep(0)
        finally:
            writes += 1
            app.lost._journal.append(LOST_ROW, _reached(writes))

    app.tasks.start("writes", write())
    await app.journal.flushed()
    await app.stop()
    assert writes > 1
    db = Database(database_url)
    await db.open()
    assert await db.fetchval("select count(*) from lost_reached") == writes
    assert app.journal._drain.position == app.journal._number
    await db.close()


def _reached(n: int) -> dict[str, object]:
    return Contact(ContactKind.REACHED, "main", f"1.{n}", str(n), str(n), "", None, AT).row()


def test_the_consoles_are_found() -> None:
    assert (console_folder() / "index.html").is_file()
