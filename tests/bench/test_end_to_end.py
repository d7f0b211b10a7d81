from typing import Any

import asyncpg
import pytest

from bench import fake_pbx
from bench.end_to_end import IDLE_LANES, LOAD_LANES, PBX, RATE, Agent, hearing, matched, orders
from bench.fake_pbx import KNOWN, line_of, listings, load_traffic, marked_traffic, prepared
from bench.million import add_people, fill
from bench.parts import toml_of
from bench.talk import name_of
from cti_server.settings import Settings, load_settings

ORDER: dict[str, Any] = {"seconds": 3, "marked": {"lanes": 2, "first_lane": 0, "first_call": 0}, "load": None}
LOADED: dict[str, Any] = {**ORDER, "load": {"lanes": 3, "first_lane": 2, "first_call": 1000}}


def agents_of(shown: dict[int, dict[str, float]]) -> dict[int, Agent]:
    return {lane: Agent(lane, None, dict(calls)) for lane, calls in shown.items()}  # type: ignore[arg-type]


def test_a_pop_counts_for_the_agent_who_was_rung() -> None:
    marks = [("a", 1, 10.0), ("b", 2, 20.0), ("c", 1, 30.0)]
    delays, lost, strangers = matched(agents_of({1: {"a": 10.5, "b": 20.1}, 2: {}}), marks)
    assert (delays, lost, strangers) == ([0.5], 2, 1)


def test_only_the_first_pop_of_a_call_is_timed() -> None:
    agent = agents_of({1: {}})[1]
    hear = hearing(agent)
    for at, kind in ((1.0, "pop.show"), (2.0, "pop.show"), (3.0, "pop.update")):
        hear(at, {"type": kind, "data": {"call_id": f"{PBX}:x", "status": "matched"}})
    assert agent.shown == {"x": 1.0}
    assert agent.statuses == {"matched": 2}


def test_the_load_comes_to_the_rate_that_is_told() -> None:
    idle, load = orders()
    assert marked_traffic(load["marked"]).pace + load_traffic(load["load"]).pace == pytest.approx(RATE, rel=0.01)
    assert idle["marked"]["lanes"] == IDLE_LANES
    assert load["load"]["first_lane"] == load["marked"]["lanes"] == LOAD_LANES


@pytest.mark.parametrize("order", [ORDER, LOADED], ids=["quiet", "loaded"])
def test_marks_are_the_rings_of_the_marked_lanes_alone(order: dict[str, Any]) -> None:
    _, events = prepared(order)
    marked = [(raw, mark) for _, raw, mark in events if mark]
    assert marked
    assert all(name_of(raw) == "AgentCalled" for raw, _ in marked)
    assert {lane for _, (_, lane) in marked} == {0, 1}
    assert len({call for _, (call, _) in marked}) == len(marked)
    assert all(f"PJSIP/{10_001 + 10 * lane}-".encode() in raw for raw, (_, lane) in marked)
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)


def test_callers_are_customers() -> None:
    numbers = {
        line_of(raw, "CallerIDNum") for _, raw, _ in prepared(LOADED)[1] if name_of(raw[:-4]) == "QueueCallerJoin"
    }
    assert numbers
    assert all(number[:3] in ("138", "139") and int(number[3:]) < KNOWN for number in numbers)


def test_the_listing_names_each_member_and_each_device() -> None:
    found = listings([marked_traffic(LOADED["marked"]), load_traffic(LOADED["load"])])
    members = [entry for entry in found["QueueStatus"] if entry.startswith("Event: QueueMember")]
    assert {line_of(entry.encode() + b"\r\n", "Location") for entry in members} == {
        line_of(entry.encode() + b"\r\n", "Device") for entry in found["DeviceStateList"]
    }
    assert sum(entry.startswith("Event: QueueParams") for entry in found["QueueStatus"]) >= 1


def test_the_configuration_is_one_that_the_server_takes(tmp_path: Any) -> None:
    file = tmp_path / "cti.toml"
    file.write_text(
        toml_of({"database.url": "postgresql:///x", "web.port": 1234, "pbx": [{"name": "b", "secret": "geheim"}]})
    )
    settings: Settings = load_settings(file, env={})
    assert (settings.web.port, settings.pbx[0].name, settings.database.url) == (1234, "b", "postgresql:///x")


@pytest.mark.database
async def test_the_customers_have_the_numbers_that_call(empty_database_url: str) -> None:
    await fill(empty_database_url, 100)
    people = await add_people(empty_database_url, PBX, ["PJSIP/10001", "PJSIP/10002"])
    connection = await asyncpg.connect(empty_database_url)
    try:
        values = {row["value"] for row in await connection.fetch("select value from contact")}
        devices = [row["device"] for row in await connection.fetch("select device from agent_profile order by user_id")]
    finally:
        await connection.close()
    for caller in (fake_pbx.MARKED_CALLER, fake_pbx.LOAD_CALLER):
        assert {f"+86{(caller % n).decode()}" for n in range(50)} <= values
    assert len(values) == 120
    assert devices == [person.device for person in people]
