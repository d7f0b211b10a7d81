"""The scenario `pop` on real parts: it passes when all is well, and says where it failed when something is not."""

import os
from collections.abc import AsyncIterator
from typing import cast

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call, PhoneError
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.scenarios import pop
from cti_server.sandbox.stage.console import Console, Seen
from cti_server.sandbox.stage.people import workers
from cti_server.sandbox.stage.stage import TRUNK, Agent, Plan, Stage
from cti_server.sandbox.stage.steps import StepFailed, Steps, perform
from cti_server.sandbox.stage.traffic import Traffic
from cti_server.sandbox.state import SandboxError, State

pytestmark = [pytest.mark.pbx, pytest.mark.database]


@pytest_asyncio.fixture
async def stage(state: State, asterisk_program: AsteriskProgram, postgres: Postgres) -> AsyncIterator[Stage]:
    plan = Plan(f"test-stage-{os.getpid()}", agents=4, durable=False, fresh=True)
    stage = Stage.prepare(state, plan)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.discard()


async def test_it_passes_and_tells_when_the_server_lies_or_is_gone(stage: Stage) -> None:
    good = await perform("pop", pop.play, stage)
    assert good.ok, good.detail
    assert 0 < good.times_ms["ring_to_pop"] <= 800
    assert good.times_ms["pop_to_answer"] > 0

    async with stage.console("admin") as admin:
        known = (await admin.get("/customers", {"query": pop.KNOWN.name}))["items"][0]
        await admin.ask("PATCH", f"/customers/{known['id']}", {"version": known["version"], "name": "别人"})
    wrong = await perform("pop", pop.play, stage)
    assert not wrong.ok
    assert wrong.detail == "step 'the pop names the customer': expected matched 王小明, the pop says matched 别人"

    await stage.server.kill()
    gone = await perform("pop", pop.play, stage)
    assert not gone.ok
    assert gone.detail.startswith("step 'people sign in and listen': POST /sign-in as agent1001")

    # The first law of the house: without the server a caller still reaches an agent.
    for agent in stage.agents:
        agent.phone.answer_after, agent.phone.reject_with = 0.1, None
    caller = stage.trunk.call("4000", caller="13800010001", headers=TRUNK)
    assert await stage.any_heard(caller, 5.0)
    caller.hangup()

    await stage.start_server()
    async with stage.console("supervisor") as supervisor:
        await supervisor.listen("calls")
        traffic = Traffic(stage, seed=3)
        traffic.start()
        try:
            await supervisor.wait(lambda seen: seen.type == "call.established", 40.0, "a call of the traffic")
        finally:
            await traffic.stop()
        await stage.trunk.idle()
    assert traffic.calls_made > 0


async def test_what_is_not_there_is_told(state: State) -> None:
    stage = Stage.prepare(state, Plan(f"test-empty-{os.getpid()}", agents=2))
    assert [worker.login for worker in stage.workers] == [worker.login for worker in workers(2)]
    for part in ("pbx", "postgres", "server", "trunk"):
        with pytest.raises(SandboxError):
            getattr(stage, part)
    with pytest.raises((SandboxError, PhoneError)):
        await stage.open_phones()
    await stage.discard()


async def test_a_leak_to_another_agent_is_found() -> None:
    rung, other, supervisor = (Console("http://127.0.0.1:9", login, "x") for login in ("a", "b", "s"))
    try:
        watch = pop.Watch({"a": rung, "b": other}, supervisor)
        ring = pop.Played(
            caller=cast(Call, None),
            leg=cast(Call, None),
            agent=cast(Agent, None),
            console=rung,
            pop={"call_id": "main:1.1"},
            marks=watch.marks(),
            popped_at=0.0,
        )
        rung.seen.append(Seen(1.0, {"type": "pop.show", "data": {"call_id": "main:1.1"}}))
        other.seen.append(Seen(1.0, {"type": "agent.updated", "data": {"state": "ready"}}))
        pop._nobody_else(Steps(), watch, ring, "13800010001")
        other.seen.append(Seen(2.0, {"type": "call.updated", "data": {"number": "13800010001"}}))
        with pytest.raises(StepFailed, match=r"b was sent call.updated with 13800010001"):
            pop._nobody_else(Steps(), watch, ring, "13800010001")
    finally:
        for console in (rung, other, supervisor):
            await console.close()
