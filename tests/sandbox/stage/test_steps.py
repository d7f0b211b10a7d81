"""A scenario's result says which step failed and what was seen; it never raises."""

import asyncio
import json
from typing import cast

import pytest

from cti_server.sandbox.stage import steps as steps_module
from cti_server.sandbox.stage.stage import Stage
from cti_server.sandbox.stage.steps import Steps, perform

NO_STAGE = cast(Stage, None)


async def test_a_good_one() -> None:
    async def play(stage: Stage, steps: Steps) -> str:
        with steps.step("first"):
            steps.took("ring_to_pop", 0.0123456)
            steps.check(True, "never said")
        return "王小明 popped"

    result = await perform("pop", play, NO_STAGE)
    line = json.loads(result.line())
    assert list(line) == ["scenario", "ok", "times_ms", "detail"]
    assert (line["scenario"], line["ok"], line["detail"]) == ("pop", True, "王小明 popped")
    assert line["times_ms"]["ring_to_pop"] == 12.3
    assert "\n" not in result.line()


async def test_a_failed_check_names_its_step_and_keeps_the_times() -> None:
    async def play(stage: Stage, steps: Steps) -> str:
        with steps.step("first"):
            steps.took("a", 1.0)
        with steps.step("the pop names the customer"):
            steps.check(False, "expected matched, the pop says new")
        return "never"

    result = await perform("pop", play, NO_STAGE)
    assert not result.ok
    assert result.detail == "step 'the pop names the customer': expected matched, the pop says new"
    assert result.times_ms["a"] == 1000.0


async def test_any_other_fault_is_a_result_too() -> None:
    async def play(stage: Stage, steps: Steps) -> str:
        raise KeyError

    assert (await perform("pop", play, NO_STAGE)).detail == "step 'start': KeyError"


async def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps_module, "LIMIT", 0.05)

    async def play(stage: Stage, steps: Steps) -> str:
        with steps.step("waits"):
            await asyncio.Event().wait()
        return "never"

    assert (await perform("pop", play, NO_STAGE)).detail == "step 'waits': TimeoutError"
