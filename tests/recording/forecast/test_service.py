"""The forecast from real rows, and how it warns."""

import math
from typing import Any

import pytest

from cti_server.core.clock import SystemClock
from cti_server.core.health import Health
from cti_server.core.metrics import Metrics
from cti_server.core.storage.database import Database
from cti_server.core.tasks import Tasks
from cti_server.recording.forecast.service import Forecast

pytestmark = pytest.mark.database


async def stored(db: Database, queue: str | None, days_ago: float, size: int, keep: int, **more: Any) -> None:
    row = {"state": "ready", "hold": "", "direction": "outbound", **more}
    n = await db.fetchval("select count(*) from recording")
    await db.execute(
        "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, size, queue, direction, hold,"
        " delete_after) values ('main', $1, $1, $1, now() - make_interval(secs => $2 * 86400), $3, $4, $5, $6, $7,"
        " now() - make_interval(secs => $2 * 86400) + make_interval(days => $8))",
        f"n{n}", days_ago, row["state"], size, queue, row["direction"], row["hold"], keep,
    )  # fmt: skip


def forecast(db: Database, free: int, told: list[Any], **more: Any) -> tuple[Forecast, Health, Metrics]:
    health, metrics = Health(), Metrics()
    made = Forecast(
        db=db, room=lambda: free - 1000, clock=SystemClock(), tasks=Tasks("t"), health=health,
        metrics=metrics, tell=lambda: told.append(1), **{"quota": None, "warn_days": 14.0, **more},
    )  # fmt: skip
    return made, health, metrics


async def test_from_rows_to_warning(db: Database) -> None:
    for day in range(28):
        await stored(db, "vip", day + 0.5, 100, 40)
    await stored(db, None, 30.5, 7000, 31)
    await stored(db, None, 40, 5000, 31, hold="court")
    await stored(db, "vip", 1, 9999, 40, state="deleted")
    told: list[Any] = []
    made, _, metrics = forecast(db, 9000, told)
    assert b"cti_recordings_full_in_days NaN" in metrics.render()
    seen = await made.show()
    assert (seen.stored_bytes, seen.limit, seen.limit_bytes) == (14_800, "disk", 22_800)
    assert seen.bytes_a_day == pytest.approx(100, abs=3)
    by_name = {one.name: one for one in seen.classes}
    assert by_name["vip"].keep_days == 40
    assert by_name["outbound"].removed_a_day == 250, "the held one stays"
    # The 7,000 go tomorrow; then 100 a day come up to what 40 days hold: it never fills.
    assert (seen.full_at, seen.soon, told) == (None, False, [1])
    assert b"cti_recordings_full_in_days +Inf" in metrics.render()
    made, _health, metrics = forecast(db, 1_500, told)
    assert (await made.reckon()).full_in_days is None
    made, _, metrics = forecast(db, 10**6, told, quota=14_900)
    seen = await made.reckon()
    assert seen.full_at is None, "what goes tomorrow makes room"


async def test_full_soon_is_told_once_and_shown(db: Database) -> None:
    for day in range(28):
        await stored(db, "vip", day + 0.5, 1000, 400)
    told: list[Any] = []
    made, health, metrics = forecast(db, 11_000, told)
    seen = await made.reckon()
    assert seen.full_in_days == pytest.approx(10, abs=0.5)
    assert made.soon_at == seen.full_at
    (link,) = health.readiness().links
    assert (link.name, link.up) == ("recordings_room", False)
    assert "the disk is full on 20" in link.detail
    await made.reckon()
    assert told == [1]
    assert b"cti_recordings_stored_bytes 28000" in metrics.render()
    assert not math.isnan(made._days())


async def test_nothing_is_stored_yet(db: Database) -> None:
    made, _, _ = forecast(db, 5000, [])
    seen = await made.show()
    assert (seen.stored_bytes, seen.bytes_a_day, seen.full_at, seen.classes) == (0, 0, None, ())
