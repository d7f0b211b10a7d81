"""Routing on a real PostgreSQL and journal, without a PBX."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.routing.figures.service import SINKS
from cti_server.routing.flows.document import Flow, flow_of
from cti_server.routing.service import Routing, RoutingOptions
from tests.fakes.set_clock import SetClock

SMALL: dict[str, Any] = {
    "format": 1,
    "title": "Hotline",
    "languages": ["en"],
    "start": "menu",
    "nodes": {
        "menu": {"kind": "menu", "speech": [{"say": "digits", "value": "1"}], "exits": {"1": "q", "timeout": "q"}},
        "q": {"kind": "queue", "queue": "support"},
    },
}
OPTIONS = RoutingOptions(True, "127.0.0.1", 0, ("127.0.0.1/32",), 10, (), (), "Asia/Shanghai")


def flow(title: str = "Hotline", **nodes: Any) -> Flow:
    return flow_of({**SMALL, "title": title, "nodes": {**SMALL["nodes"], **nodes}})


def signed_in(user_id: int) -> Session:
    return Session(user_id, user_id, f"u{user_id}", f"User {user_id}", frozenset({"admin"}), "en", False, "127.0.0.1",
                   0.0, 0.0)  # fmt: skip


class Office:
    def __init__(self, url: str, folder: Path) -> None:
        self.clock, self.bus, self.tasks = SetClock(), Bus(), Tasks("routing")
        self.db = Database(url, pool_size=4, timeout=5.0)
        self.journal = Journal(folder, self.tasks, db=self.db, sinks=dict(SINKS))
        self.audit = AuditLog(self.db, self.clock)
        self.names: Mapping[int, str] = {1: "Li", 2: "Wang"}
        self.routing = Routing(
            OPTIONS,
            bus=self.bus,
            live=Pbxs({"main": Pbx("main")}),
            db=self.db,
            journal=self.journal,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            send=self.send,
            number_key=lambda number: number.removeprefix("+86"),
            name_of=lambda user_id: self.names.get(user_id, ""),
        )
        self.flows = self.routing.flows

    async def send(self, pbx: str, action: Any) -> Any:
        raise AssertionError("no PBX is there")

    async def open(self) -> None:
        await self.db.open()
        assert await self.db.wait_up(10)
        await self.journal.open()
        await self.routing.start()
        assert await self.flows.ready(5)

    async def close(self) -> None:
        await self.routing.stop()
        await self.journal.close()
        await self.tasks.close()
        await self.db.close()
