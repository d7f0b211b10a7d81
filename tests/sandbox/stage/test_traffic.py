"""Callers and agents without a PBX: the line from outside rings the first agent's phone itself."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cti_server.sandbox.phones.call import Stage as CallStage
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.stage import traffic as traffic_module
from cti_server.sandbox.stage.people import workers
from cti_server.sandbox.stage.stage import Agent, Plan, Stage
from cti_server.sandbox.stage.traffic import Traffic
from cti_server.sandbox.state import State


@pytest_asyncio.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(traffic_module, "DEMO_RING", 0.1)
    monkeypatch.setattr(traffic_module, "MEAN_PAUSE", 0.05)
    monkeypatch.setattr(traffic_module, "BETWEEN_RINGS", (0.0, 0.1))
    stage = Stage.prepare(State.open(tmp_path), Plan("t", agents=1))
    pacer = Pacer()
    phone = await Phone.open("1001", sip_port=9, tone=440, pacer=pacer)
    stage.agents.append(Agent(workers(1)[0], phone))
    stage._trunk = await Phone.open("trunk", sip_port=phone.port, tone=1000, pacer=pacer)
    yield stage
    await stage.stop()


async def test_somebody_calls_is_answered_and_both_are_heard(stage: Stage) -> None:
    phone = stage.agents[0].phone
    traffic = Traffic(stage, seed=2)
    traffic.start()
    call = await phone.incoming(5.0)
    await call.answered(5.0)
    assert await call.hears(1000)
    assert await stage.any_heard(next(iter(stage.trunk.calls.values())), 3.0)
    assert traffic.calls_made >= 1
    await traffic.stop()
    assert phone.on_call is None
    await phone.idle()
    await stage.trunk.idle()


async def test_when_it_stops_nobody_calls_any_more(stage: Stage) -> None:
    traffic = Traffic(stage, seed=2)
    traffic.start()
    await stage.agents[0].phone.incoming(5.0)
    await traffic.stop()
    made = traffic.calls_made
    with pytest.raises(TimeoutError):
        await stage.agents[0].phone.incoming(0.5)
    assert traffic.calls_made == made
    await traffic.stop()


async def test_who_hears_nobody_is_told_so(stage: Stage) -> None:
    call = stage.trunk.call("1001")
    await stage.agents[0].phone.incoming(3.0)
    assert not await stage.any_heard(call, 0.2)
    assert call.stage is CallStage.RINGING
    call.hangup()
    await call.ended()
