"""How the links stand, as consoles, probes and operators are told it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings
from cti_server.core.bus import Bus
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.links.model import ServiceLevelJson, SiteJson
from cti_server.links.service import LinksService
from cti_server.live.changes import LinkChanged
from cti_server.live.pbx import Pbx
from cti_server.live.views import LinkView
from tests.calls.made import AT, Hub, Live
from tests.fakes.set_clock import SetClock

SITE = SiteJson("Asia/Shanghai", "zh-CN", ServiceLevelJson("F6", 20, 0.8, 5))


@dataclass
class Db:
    """A database that is up or down as the test says."""

    up: bool = True
    since: float = AT
    reason: str = ""
    handlers: list[Callable[[bool, float], None]] = field(default_factory=list)

    def listen(self, handler: Callable[[bool, float], None]) -> None:
        self.handlers.append(handler)

    def changes(self, up: bool, since: float, reason: str = "") -> None:
        self.up, self.since, self.reason = up, since, reason
        for handler in self.handlers:
            handler(up, since)


@dataclass
class Desk:
    service: LinksService
    bus: Bus
    hub: Hub
    live: Live
    db: Db
    health: Health
    clock: SetClock

    def link(self, up: bool, since: float, reason: str = "") -> None:
        self.live.links["main"] = LinkView("main", up, since, reason, "22.10.1")
        self.bus.publish(LinkChanged(since, self.live.links["main"]))


@pytest.fixture
def desk() -> Desk:
    bus, hub, db, health, clock = Bus(), Hub(), Db(), Health(), SetClock(AT)
    live = Live(links={"main": LinkView("main", False, AT, "not connected yet")})
    more: Any = {"hub": hub, "db": db}
    service = LinksService(
        bus=bus, live=live, clock=clock, metrics=Metrics(), health=health, site=SITE, version="1.2.3", **more
    )
    health.started = True
    service.watch(Feed(AmiConnection(LinkSettings("main", "127.0.0.1", "cti", "x"), clock), Pbx("main"), bus))
    return Desk(service, bus, hub, live, db, health, clock)


def test_everybody_may_hear_it_and_the_snapshot_says_all(desk: Desk) -> None:
    assert desk.hub.may["system"](None)  # type: ignore[arg-type]
    told = desk.hub.snapshots["system"]()
    assert [link.pbx for link in told["links"]] == ["main"]
    assert (told["database"].up, told["database"].since) == (True, AT)
    assert told["site"] is SITE
    assert (told["server"].version, told["server"].started_at) == ("1.2.3", AT)


def test_a_link_that_comes_or_goes_is_told(desk: Desk) -> None:
    desk.link(True, AT + 1)
    desk.link(False, AT + 5, "The PBX is silent.")
    told = desk.hub.on("system")
    assert [(one.type, one.data.up, one.data.since, one.data.reason) for one in told] == [
        ("system.link", True, AT + 1, ""),
        ("system.link", False, AT + 5, "The PBX is silent."),
    ]


def test_a_database_that_comes_or_goes_is_told(desk: Desk) -> None:
    desk.db.changes(False, AT + 2)
    (told,) = desk.hub.on("system")
    assert (told.type, told.data.up, told.data.since) == ("system.database", False, AT + 2)


def test_ready_means_that_every_link_is_up_and_the_answer_names_the_one_that_is_not(desk: Desk) -> None:
    assert [(link.name, link.up) for link in desk.health.readiness().links] == [("database", True), ("pbx main", False)]
    desk.link(True, AT + 1)
    assert desk.health.readiness().ready
    desk.db.changes(False, AT + 9, "connection refused")
    ready = desk.health.readiness()
    assert not ready.ready
    (down,) = [link for link in ready.links if not link.up]
    assert (down.name, down.since, down.detail) == ("database", AT + 9, "connection refused")


def test_what_a_feed_applies_is_counted(desk: Desk) -> None:
    for _ in range(3):
        desk.service.batch("main", 100, 0.01)
    (listed,) = desk.service.listing()
    assert listed.events == 300
    assert listed.events_per_second > 0
