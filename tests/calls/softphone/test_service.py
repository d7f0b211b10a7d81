from dataclasses import replace

import pytest

from cti_server.calls.softphone.model import CHECKS, KEY, QUALITY
from cti_server.core.auth.events import SessionEnded
from cti_server.core.errors import Conflict, NotFound, TooMany, Unavailable
from cti_server.live.changes import LinkChanged
from cti_server.live.views import LinkView
from tests.calls.made import AT, agent, call, leg
from tests.calls.softphone.world import DESK, FIGURES, LI, ZHAO, World, who

PASSED = dict.fromkeys(CHECKS, "ok")


@pytest.fixture
def world() -> World:
    return World()


async def test_a_started_phone_has_a_password_of_its_own_and_is_ready_once_it_passed(world: World) -> None:
    issued = await world.service.start_phone(who())
    assert world.door.given == {"1001w": (issued.key, issued.password)}
    assert issued.uri == "sip:1001w@cti.invalid"
    assert issued.websocket == "wss://pbx.example:8089/ws"
    assert len(issued.password) >= 32
    assert not world.service.phone_ready(LI)
    shown = world.service.checked(who(), issued.key, PASSED)
    assert shown.passed
    assert world.service.phone_ready(LI)
    assert [type for _, type, _ in world.hub.told] == ["phone.changed"] * 2
    assert world.hub.told[-1] == ("user:1", "phone.changed", shown)
    assert issued.password not in str(world.journal.rows) + str(world.hub.told)


@pytest.mark.parametrize("name", CHECKS)
async def test_one_failed_check_keeps_from_being_ready(world: World, name: str) -> None:
    issued = await world.service.start_phone(who())
    world.service.checked(who(), issued.key, PASSED)
    world.service.checked(who(), issued.key, {**PASSED, name: "denied"})
    assert not world.service.phone_ready(LI)
    world.service.checked(who(), issued.key, {key: "ok" for key in CHECKS if key != name})
    assert not world.service.phone_ready(LI)


async def test_a_desk_phone_is_none_of_this(world: World) -> None:
    assert world.service.phone_ready(DESK)
    assert world.service.shown(DESK) is None
    with pytest.raises(NotFound):
        await world.service.start_phone(who(DESK))
    off = World(enabled=False)
    assert off.service.phone_ready(LI)
    with pytest.raises(NotFound):
        await World(websockets={}).service.start_phone(who())


async def test_a_second_page_takes_the_phone_over(world: World) -> None:
    first = await world.service.start_phone(who())
    world.service.checked(who(), first.key, PASSED)
    second = await world.service.start_phone(who(session_id=8))
    assert world.door.given["1001w"] == (second.key, second.password)
    assert not world.service.phone_ready(LI)
    for key, session_id in ((first.key, 7), (second.key, 7), (first.key, 8)):
        with pytest.raises(Conflict, match="Another page"):
            world.service.checked(who(session_id=session_id), key, PASSED)
        with pytest.raises(Conflict, match="Another page"):
            await world.service.renew(who(session_id=session_id), key)
    await world.service.stop_phone(who(), first.key)
    assert "1001w" in world.door.given


async def test_a_renewed_password_keeps_the_check(world: World) -> None:
    issued = await world.service.start_phone(who())
    world.service.checked(who(), issued.key, PASSED)
    world.clock.pass_seconds(1800)
    fresh = await world.service.renew(who(), issued.key)
    assert fresh.key == issued.key
    assert fresh.password != issued.password
    assert fresh.expires_at == AT + 1800 + 3600
    assert world.door.given["1001w"] == (fresh.key, fresh.password)
    assert world.service.phone_ready(LI)


async def test_the_end_of_the_session_ends_the_phone(world: World) -> None:
    issued = await world.service.start_phone(who())
    world.service.checked(who(), issued.key, PASSED)
    await world.service.start_phone(who(ZHAO, session_id=9))
    world.bus.publish(SessionEnded(7, LI))
    await world.settle()
    assert list(world.door.given) == ["1002w"]
    assert not world.service.phone_ready(LI)
    assert world.journal.rows[-1] == (KEY, {"pbx": "main", "device": "PJSIP/1001w", "key": None})
    assert world.hub.told[-1][2].key is None


async def test_a_pbx_that_is_away_loses_the_password_when_it_is_back(world: World) -> None:
    await world.service.start_phone(who())
    world.door.away = True
    world.bus.publish(SessionEnded(7, LI))
    await world.settle()
    assert not world.service.phone_ready(LI)
    assert "1001w" in world.door.given
    world.door.away = False
    world.bus.publish(LinkChanged(AT, LinkView("main", True, AT)))
    await world.settle()
    assert world.door.given == {}


async def test_a_failing_pbx_gives_no_phone(world: World) -> None:
    world.door.away = True
    with pytest.raises(Unavailable):
        await world.service.start_phone(who())
    assert world.service.shown(LI).key is None  # type: ignore[union-attr]


async def test_when_a_link_comes_up_only_those_with_a_key_may_register(world: World) -> None:
    await world.service.start_phone(who())
    world.door.given["1002w"] = ("left", "over")
    world.bus.publish(LinkChanged(AT, LinkView("main", True, AT)))
    await world.settle()
    assert list(world.door.given) == ["1001w"]
    assert world.door.taken == ["1002w"]  # and never the desk phone


async def test_a_password_runs_out_when_the_page_does_not_come_back(world: World) -> None:
    await world.service.start_phone(who())
    world.clock.pass_seconds(3599)
    await world.service.sweep()
    assert world.door.taken == []
    world.clock.pass_seconds(1)
    await world.service.sweep()
    assert world.door.taken == ["1001w"]
    assert world.service.shown(LI).key is None  # type: ignore[union-attr]


async def test_the_quality_of_a_call_is_kept_with_its_leg_and_not_too_often(world: World) -> None:
    issued = await world.service.start_phone(who())
    mine = leg("PJSIP/1001w", n=2)
    one = call(legs=(leg(), mine))
    world.live.calls = {one.id: one}
    world.live.agents = {("main", "PJSIP/1001w"): agent("PJSIP/1001w", call_ids=(one.id,))}
    told = lambda figures, final=False: world.service.report(who(), issued.key, "sip-1", figures, final)  # noqa: E731
    told(FIGURES)
    with pytest.raises(TooMany):
        told(FIGURES)
    world.clock.pass_seconds(10)
    world.live.calls = {}
    told(replace(FIGURES, packets_received=1000, packets_lost=9, jitter_ms=8.0, rtt_ms=40.0))
    told(replace(FIGURES, packets_received=1010, packets_lost=9, jitter_ms=3.0, rtt_ms=None), True)
    with pytest.raises(TooMany):
        told(FIGURES, True)
    rows = [row for kind, row in world.journal.rows if kind == QUALITY]
    assert len(rows) == 3
    last = rows[-1]
    assert (last["call_id"], last["leg_id"], last["user_id"]) == (one.id, "u2", LI)
    assert (last["samples"], last["final"], last["packets_received"], last["packets_lost"]) == (3, True, 1010, 9)
    assert (last["jitter_ms"], last["jitter_ms_max"], last["rtt_ms"], last["rtt_ms_max"]) == (5.0, 8.0, 30.0, 40.0)
    assert last["started_at"] == AT
    with pytest.raises(Conflict):
        world.service.report(who(session_id=8), issued.key, "sip-2", FIGURES, False)
