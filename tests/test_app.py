"""How the whole is joined: it can be built from any good configuration, and stands before anything is there."""

import asyncio
from pathlib import Path

import pytest

from cti_server.app import App, console_folder
from cti_server.core.errors import Unavailable
from cti_server.sandbox.state import free_port
from cti_server.settings import Settings, load_settings

NOBODY = "postgresql://cti@127.0.0.1:1/cti?connect_timeout=1"


def settings(folder: Path, **more: str) -> Settings:
    path = folder / "cti.toml"
    path.write_text('[[pbx]]\nname = "main"\nsecret = "long enough"\nport = 1\n', encoding="utf-8")
    overrides = {"database.url": NOBODY, "state.dir": str(folder / "var"), "web.port": str(free_port())}
    return load_settings(path, env={}, overrides={**overrides, **more})


async def test_it_is_built_without_touching_the_outside(tmp_path: Path) -> None:
    app = App(settings(tmp_path))
    assert not (tmp_path / "var").exists()
    assert set(app.connections) == {"main"}
    assert not app.health.started
    await app.tasks.close()


async def test_no_two_addresses_are_the_same_and_each_says_what_it_is(tmp_path: Path) -> None:
    from cti_server.core.push.tickets import Tickets

    app = App(settings(tmp_path))
    routes = app._routes(Tickets(app.clock))
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


def test_the_consoles_are_found() -> None:
    assert (console_folder() / "index.html").is_file()
