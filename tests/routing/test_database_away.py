"""PostgreSQL goes away while calls enter a published flow, and is away when the server starts: callers are served."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cti_server.app import App
from cti_server.core.storage.migrate import migrate
from cti_server.routing.flows.document import write_flow
from cti_server.routing.named.model import Kind
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import repository
from cti_server.settings import load_settings
from tests.routing.publishing.office import flow, signed_in
from tests.whole.site import Site, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx]
DID, BLACK = "4800", "13900000009"
DOCUMENT = flow(
    menu={"kind": "condition", "cases": [{"name": "black", "when": [{"ask": "list", "list": "black"}]}],
          "exits": {"black": "q", "else": "v"}},
    v={"kind": "queue", "queue": "vip"},
)  # fmt: skip


async def caller_in(site: Site, pbx: Asterisk, app: App, number: str, queue: str) -> None:
    """A caller goes through the flow and waits in this queue; then he hangs up."""
    await pbx.cli(f"dialplan set global CTI_AGI 127.0.0.1:{app.routing.port}")
    # What is looked at here is the database; a busy machine must not send him to the safe queue meanwhile.
    await pbx.cli("dialplan set global CTI_STEP_SECONDS 10")
    call = site.call_in(DID, number)
    await call.answered()

    async def waits() -> bool | None:
        view = app.live.queues.get(("main", queue))
        return True if view is not None and view.waiting else None

    await poll(waits, f"a caller in {queue}", 25.0, lambda: f"{app.routing.mouth.going}, {app.live.links}")
    call.hangup()

    async def gone() -> bool | None:
        return None if app.routing.mouth.going else True

    await poll(gone, "the end of his way", 10.0)


def seen_away(app: App) -> Callable[[], Awaitable[bool | None]]:
    async def look() -> bool | None:
        return None if app.db.up else True

    return look


async def test_callers_are_served_and_counted_all_the_same(
    own_postgres: Postgres, asterisk: Asterisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cti_server.app.DATABASE_AT_START", 0.2)
    url = await own_postgres.create_database("away")
    await migrate(url, repository() / "cti_server/migrations")
    site = Site(tmp_path, url, {"main": asterisk})
    await site.trunk(asterisk.sip_port)
    first = App(load_settings(site.write_config(), env={}))
    await first.start()
    try:
        await first.db.wait_up(10)
        await first.db.execute("insert into app_user (login, name, roles) values ('u1', 'U1', '{admin}')")
        who: Any = signed_in(1)
        await first.routing.named.put(who, Kind.LIST, "black", "Black", {}, None)
        await first.routing.named.enter(who, "black", BLACK, "", None)
        await first.routing.named.reread()
        made = await first.routing.flows.add(who, "hotline", DOCUMENT)
        await first.routing.flows.publish(who, "hotline", made.revision, "")
        await first.routing.flows.set_number(who, DID, "hotline")
        await caller_in(site, asterisk, first, "13800000001", "vip")
        await own_postgres.stop()
        await poll(seen_away(first), "the server to see that PostgreSQL is away", 15.0)
        await caller_in(site, asterisk, first, "13800000002", "vip")
    finally:
        await first.stop()
    second = App(load_settings(site.write_config(), env={}))
    await second.start()
    try:
        published = second.routing.flows.for_number(DID)
        assert published is not None
        assert write_flow(published.document) == write_flow(DOCUMENT)
        assert not second.db.up
        await caller_in(site, asterisk, second, "13800000003", "vip")
        await caller_in(site, asterisk, second, BLACK, "support")
        await own_postgres.restart()
        await second.db.wait_up(20)
        await second.journal.drained(20)
        at = second.clock.now()
        figures = await second.routing.figures.of_flow("hotline", None, at - 3600, at + 60)
        assert (figures.calls, figures.over) == (4, 4)
        assert {node.node: node.passed for node in figures.nodes} == {"menu": 4, "v": 3, "q": 1}
    finally:
        await second.stop()
        await site.stop()
