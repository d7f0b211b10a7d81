"""The scenario `act` on real parts: it passes when all is well, and names the step and the reason when it does not."""

import os
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.scenarios import act
from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.stage.people import workers
from cti_server.sandbox.stage.stage import Agent, Plan, Stage
from cti_server.sandbox.stage.steps import StepFailed, Steps, perform
from cti_server.sandbox.state import State

ACTS = ["listen", "whisper", "barge", "takeOver", "release"]


@pytest_asyncio.fixture
async def stage(state: State, asterisk_program: AsteriskProgram, postgres: Postgres) -> AsyncIterator[Stage]:
    plan = Plan(f"test-act-{os.getpid()}", agents=2, durable=False, fresh=True)
    stage = Stage.prepare(state, plan)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.discard()


@pytest.mark.pbx
@pytest.mark.database
async def test_it_passes_and_names_the_step_that_is_refused(stage: Stage) -> None:
    good = await perform("act", act.play, stage)
    assert good.ok, good.detail
    for name in ("sign_in", "ready", "invite_to_ring", "hold", "retrieve", "transfer", "listen", "whisper", "barge"):
        assert 0 < good.times_ms[name] < 5000
    assert good.times_ms["release"] > 0

    async with stage.console("admin") as admin:
        assert stage.user_ids["supervisor"] not in [one["user_id"] for one in (await admin.get("/agents"))["items"]]
        rule = {"scope": "site", "allow": [one for one in ACTS if one != "whisper"]}
        await admin.put("/monitoring/policy", {"rules": [rule]})
    refused = await perform("act", act.play, stage)
    assert not refused.ok
    assert refused.detail.startswith("step 'the supervisor whispers and the agent hears him': POST /agents/")
    assert "/whisper as supervisor: 403" in refused.detail
    assert not stage.trunk.calls


def segment(kind: str, device: str | None, result: str, begin: float, end: float, held: float = 0.0) -> dict[str, Any]:
    times = {"started_at": begin, "ended_at": end, "held_seconds": held}
    return {"kind": kind, "device": device, "result": result, "exact": True, **times}


RIGHT = [
    segment("queue", None, "answered", 10.0, 12.0),
    segment("ring", "PJSIP/1001", "answered", 10.0, 12.0),
    segment("talk", "PJSIP/1001", "transferred", 12.0, 20.0, held=1.5),
    segment("ring", "PJSIP/1002", "answered", 16.0, 18.0),
    segment("talk", "PJSIP/1002", "cleared", 18.0, 30.0),
]
HELD, LAST = RIGHT[2], RIGHT[-1]


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ([*RIGHT[:-1], {**LAST, "device": "PJSIP/1001"}], "expected the segments"),
        ([*RIGHT, LAST], "expected the segments"),
        ([*RIGHT[:2], {**HELD, "held_seconds": 0.0}, *RIGHT[3:]], "no time on hold"),
        ([*RIGHT[:-1], {**LAST, "exact": False}], "not exact"),
        ([*RIGHT[:-1], {**LAST, "started_at": 22.0}], "leave gaps"),
        ([*RIGHT[:-1], {**LAST, "ended_at": 28.0}], "leave gaps"),
    ],
)
async def test_wrong_segments_are_found(segments: list[dict[str, Any]], why: str) -> None:
    agents = [Agent(worker, cast(Any, None)) for worker in workers(2)[:2]]
    people = [act.Person(agent, cast(Console, None)) for agent in agents]
    cast_of_two, call = act.Cast(people[0], people[1], people[0]), {"started_at": 9.9, "ended_at": 30.1}
    act._check_segments(Steps(), cast_of_two, {"call": call, "segments": RIGHT})
    with pytest.raises(StepFailed, match=why):
        act._check_segments(Steps(), cast_of_two, {"call": call, "segments": segments})


class Ear:
    """A call on which some tones come in."""

    def __init__(self, *tones: int) -> None:
        self._tones = tones

    async def hears(self, tone: int, within: float = 3.0) -> bool:
        return tone in self._tones

    async def loses(self, tone: int, within: float = 3.0) -> bool:
        return tone not in self._tones

    def levels(self, *tones: int) -> dict[int, float]:
        return {tone: -12.0 if tone in self._tones else -90.0 for tone in tones}


async def test_who_hears_whom_is_told_when_it_is_wrong() -> None:
    steps, ear = Steps(), cast(Call, Ear(800, 1000))
    await act._heard(steps, ear, "the agent", 800)
    await act._gone(steps, ear, "the agent", 350)
    await act._deaf(steps, ear, "the agent", 350, 400)
    with pytest.raises(StepFailed, match="the agent does not hear 350 Hz"):
        await act._heard(steps, ear, "the agent", 350)
    with pytest.raises(StepFailed, match="the agent still hears 800 Hz"):
        await act._gone(steps, ear, "the agent", 800)
    with pytest.raises(StepFailed, match="the agent hears 1000 Hz"):
        await act._deaf(steps, ear, "the agent", 350, 1000)
