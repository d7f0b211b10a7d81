"""The scenario `ivr` on real parts: a published flow followed, and the safe queue reached when the server is gone."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.scenarios import ivr
from cti_server.sandbox.stage.stage import Plan, Stage
from cti_server.sandbox.stage.steps import perform
from cti_server.sandbox.state import State

pytestmark = [pytest.mark.pbx, pytest.mark.database]


@pytest_asyncio.fixture
async def stage(state: State, asterisk_program: AsteriskProgram, postgres: Postgres) -> AsyncIterator[Stage]:
    stage = Stage.prepare(state, Plan(f"test-ivr-{os.getpid()}", agents=2, durable=False, fresh=True))
    try:
        await stage.start()
        yield stage
    finally:
        await stage.discard()


async def test_it_passes(stage: Stage) -> None:
    async with stage.console("admin") as admin:
        assert [flow["key"] for flow in await admin.get("/flows")] == ["hotline"]
        tried = await admin.post("/flows/hotline/try", {"inputs": ["2", "3", "123456"], "caller": {"tier": ""}})
        assert (tried["language"], tried["data"]) == ("en", {"order": "123456", "topic": "order"})
        assert tried["awaits"]["about"]["queue"] == "support"
        assert {each["kind"] for each in await admin.get("/flows/kinds")} >= {"menu", "queue"}
        assert "$defs" in await admin.get("/flows/schema")
        await admin.post("/flow-switches/outage/turn", {"on": True})
        await admin.post("/caller-lists/blacklist/entries", {"number": "13800000009", "note": "spam"})
        assert [each["number"] for each in await admin.get("/caller-lists/blacklist/entries")] == ["13800000009"]
        await admin.ask("DELETE", "/caller-lists/blacklist/entries/13800000009")
    good = await perform("ivr", ivr.play, stage)
    assert good.ok, good.detail
    assert 0 < good.times_ms["asked_to_called_back"] < 15_000
    assert 0 < good.times_ms["killed_to_safe_queue_key"] < 3000
    await who_came_through_the_flow_is_recorded(stage)


async def who_came_through_the_flow_is_recorded(stage: Stage) -> None:
    """From his first queue on; the three of them rang nobody's phone and were in a queue."""
    async with stage.console("supervisor") as boss:

        async def look() -> int | None:
            rows = (await boss.get("/recordings", {"number": "13900001111", "state": "ready"}))["items"]
            return len(rows) if len(rows) >= 3 else None

        await stage.until_found(look, 20.0, "the recordings of callers of the flow")
