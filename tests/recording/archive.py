"""The room on a real database with a real worker, a folder as a PBX fills it, and calls as the history has them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.recording import store
from cti_server.recording.service import Options, Recordings
from tests.recording.intake.sounds import tone, wav, write

PBX = "main"
AT = 1_796_000_000.0


def signed_in(user_id: int = 5, *roles: str, session_id: int = 50) -> Session:
    return Session(session_id, user_id, f"u{user_id}", f"U{user_id}", frozenset(roles or ("supervisor",)), "en", False,
                   "10.0.0.9", 0.0, 0.0)  # fmt: skip


def name_of(n: int) -> str:
    return f"pbx1-{n}.0+pbx1-{n}.0+{int((AT + n) * 1000)}"


@dataclass
class Hub:
    told: list[Any] = field(default_factory=list)

    def add_part(self, *_: Any) -> None: ...

    def publish(self, *told: Any) -> None:
        self.told.append(told)


class Archive:
    """`folder` is the PBX's; `room` the service under test."""

    def __init__(self, db: Database, folder: Path, **more: Any) -> None:
        self.db = db
        self.folder = folder
        self.files = folder / "pbx" / "cti"
        self.files.mkdir(parents=True, exist_ok=True)
        self.tasks = Tasks("archive")
        self.links = {PBX: SimpleNamespace(up=True)}
        self.calls: dict[str, Any] = {}
        clock = SystemClock()
        people = SimpleNamespace(
            name_of=lambda n: f"User {n}",
            user_of=lambda *_: None,
            device_of=lambda *_: None,
            users_within=lambda scope: [7] if scope.teams else [],
        )
        options = Options({PBX: folder / "pbx"}, folder / "state", **{"min_free_mb": 1, **more})
        self.room = Recordings(
            options,
            bus=Bus(),
            hub=cast("Any", Hub()),
            live=cast("Any", SimpleNamespace(calls=self.calls, links=self.links)),
            people=cast("Any", people),
            append=lambda kind, row: 0,
            drained=self._drained,
            db=db,
            audit=AuditLog(db, clock),
            send=cast("Any", None),
            health=Health(),
            metrics=Metrics(),
            clock=clock,
            tasks=self.tasks,
        )

    async def _drained(self) -> None: ...

    async def close(self) -> None:
        await self.tasks.close()
        await self.room.close()

    async def tell(self, *rows: dict[str, Any]) -> None:
        async with self.db.transaction() as connection:
            await store.write_told(connection, list(rows))

    async def call(
        self, n: int, *, seconds: float = 2.0, queue: str = "vip", users: tuple[int, ...] = (7,),
        waits: float = 0.0, **more: Any,
    ) -> int:  # fmt: skip
        """Call `n` in the history, begun with its recording; `waits`: seconds until it was answered."""
        row = {"direction": "inbound", "number": "13800000001", "number_key": "8613800000001", "dialled": "4002",
               "customer_id": None, "customer_name": None, "held_seconds": 0.0, "merged_into": None,
               **more}  # fmt: skip
        number = await self.db.fetchval(
            "insert into call (pbx, linkedid, revision, state, direction, number, number_key, name, withheld, dialled,"
            " queue, started_at, answered_at, ended_at, outcome, wait_seconds, talk_seconds, held_seconds, data,"
            " merged_into, exact, customer_id, customer_name) values ($1, $2, 1, 'cleared', $3, $4, $5, '', false,"
            " $6, $7, to_timestamp($8), to_timestamp($8), to_timestamp($8 + $9), 'answered', 0, $9, $10, '{}',"
            " $11, true, $12, $13) returning id",
            PBX, f"pbx1-{n}.0", row["direction"], row["number"], row["number_key"], row["dialled"], queue, AT + n,
            seconds, row["held_seconds"], row["merged_into"], row["customer_id"], row["customer_name"],
        )  # fmt: skip
        await self.db.execute(
            "insert into call_leg (call_id, uniqueid, channel, device, role, state, number, name, started_at, ended_at)"
            " values ($1, $2, 'c', 'PJSIP/trunk', 'customer', 'cleared', '', '', to_timestamp($3),"
            " to_timestamp($3 + $4))",
            number, f"pbx1-{n}.0", AT + n, seconds,
        )  # fmt: skip
        for at, user_id in enumerate(users, 1):
            await self.db.execute(
                "insert into call_segment (call_id, n, kind, queue, device, user_id, uniqueid, started_at, ended_at,"
                " result, held_seconds, exact) values ($1, $2, 'talk', $3, $4, $5, 'u', to_timestamp($6),"
                " to_timestamp($6 + $7), 'cleared', 0, true)",
                number, at, queue, f"PJSIP/100{user_id}", user_id, AT + n + waits, seconds - waits,
            )  # fmt: skip
        return int(number)

    def leave(self, n: int, customer: bytes | None = None, agent: bytes | None = None) -> None:
        """The PBX leaves the files of recording `n`; two seconds of tones unless said otherwise."""
        files = (
            (customer, agent) if customer is not None or agent is not None else (wav(tone(2, 1000)), wav(tone(2, 440)))
        )
        write(self.files, name_of(n), *files)

    async def began(self, n: int, **more: Any) -> None:
        """The PBX told of it."""
        row = {"what": "began", "pbx": PBX, "name": name_of(n), "linkedid": f"pbx1-{n}.0", "uniqueid": f"pbx1-{n}.0",
               "at": AT + n, "consent": "", "refused": False, **more}  # fmt: skip
        await self.tell(row)

    async def states(self) -> dict[str, tuple[str, str]]:
        rows = await self.db.fetch("select name, state, reason from recording order by id")
        return {row["name"]: (row["state"], row["reason"]) for row in rows}

    async def settled(self, count: int, limit: float = 20.0) -> dict[str, tuple[str, str]]:
        """Wait until so many recordings are filed, failed or dropped."""

        async def look() -> dict[str, tuple[str, str]] | None:
            found = {n: s for n, s in (await self.states()).items() if s[0] not in ("recording", "waiting")}
            return found if len(found) >= count else None

        return await until(look, limit)


async def until(look: Callable[[], Awaitable[Any]], limit: float = 20.0) -> Any:
    async with asyncio.timeout(limit):
        while (found := await look()) is None:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.05)
    return found
