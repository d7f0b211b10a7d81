import asyncio
import json
from typing import Any

import pytest

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.metrics import Metrics
from cti_server.core.push.hub import PushHub
from cti_server.core.push.sights import Sight


class Ear:
    """Takes plain frames and reads them."""

    def __init__(self, session: Session, *, packs: bool = False) -> None:
        self.session = session
        self.packs = packs
        self.raw: list[bytes] = []

    def push(self, frames: bytes, *, snapshot: bool = False) -> None:
        self.raw.append(frames)

    def take(self) -> list[dict[str, Any]]:
        """The messages heard since the last time."""
        data, self.raw = b"".join(self.raw), []
        found = []
        while data:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4]), 4
            found.append(json.loads(data[start : start + size]))
            data = data[start + size :]
        return found


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def hub(clock, metrics: Metrics) -> PushHub:  # type: ignore[no-untyped-def]
    hub = PushHub(clock, metrics, linger=600)
    hub.register_topic("queues", may=lambda session: "supervisor" in session.roles, snapshot=lambda: {"queues": [1]})
    hub.register_topic("system", may=lambda session: True)
    return hub


@pytest.fixture
def boss(person) -> Ear:  # type: ignore[no-untyped-def]
    return Ear(person(1, "supervisor"))


async def test_a_snapshot_then_changes(hub: PushHub, boss: Ear, clock) -> None:  # type: ignore[no-untyped-def]
    hub.subscribe(boss, ["queues"], {})
    (snapshot,) = boss.take()
    assert (snapshot["type"], snapshot["topic"], snapshot["seq"], snapshot["data"]) == (
        "snapshot",
        "queues",
        0,
        {"queues": [1]},
    )
    hub.publish("queues", "queue.updated", {"n": 1}, 5.0)
    hub.publish("queues", "queue.updated", {"n": 2}, 6.0)
    await asyncio.sleep(0)
    assert [(each["seq"], each["data"]["n"], each["topic"]) for each in boss.take()] == [
        (1, 1, "queues"),
        (2, 2, "queues"),
    ]


async def test_changes_of_one_turn_leave_in_one_write(hub: PushHub, boss: Ear, metrics: Metrics) -> None:
    hub.subscribe(boss, ["queues"], {})
    boss.raw.clear()
    for number in range(50):
        hub.publish("queues", "queue.updated", number, 0.0)
    await asyncio.sleep(0)
    assert len(boss.raw) == 1
    assert metrics.registry.get_sample_value("cti_push_changes_total", {"topic": "queues"}) == 50


async def test_every_listener_gets_the_very_same_bytes(hub: PushHub, person) -> None:  # type: ignore[no-untyped-def]
    ears = [Ear(person(number, "supervisor")) for number in range(1, 4)]
    for ear in ears:
        hub.subscribe(ear, ["queues"], {})
        ear.raw.clear()
    hub.publish("queues", "queue.updated", {"a": "x" * 3000}, 0.0)
    hub.flush()
    assert ears[0].raw[0] is ears[1].raw[0] is ears[2].raw[0]


async def test_those_who_take_packed_frames_get_them(hub: PushHub, boss: Ear, person) -> None:  # type: ignore[no-untyped-def]
    packing = Ear(person(2, "supervisor"), packs=True)
    for ear in (boss, packing):
        hub.subscribe(ear, ["queues"], {})
        ear.raw.clear()
    hub.publish("queues", "queue.updated", {"a": "x" * 3000}, 0.0)
    hub.flush()
    assert boss.raw[0][0] == 0x81
    assert packing.raw[0][0] == 0xC1
    assert len(packing.raw[0]) < 200 < len(boss.raw[0])


@pytest.mark.parametrize(
    "name", ["queues", "user:2", "user:1", "user:x", "nothing", "", "user", "user:", "system:1", "team:1", "queues:"]
)
async def test_what_is_not_ones_own_is_refused(hub: PushHub, person, name: str) -> None:  # type: ignore[no-untyped-def]
    agent = Ear(person(1))
    hub.subscribe(agent, [name], {})
    hub.publish("queues", "queue.updated", 1, 0.0)
    hub.publish("user:2", "call.delivered", 1, 0.0)
    hub.flush()
    assert agent.take() == [{"type": "refused", "topic": name, "code": "forbidden"}]


async def test_me_is_the_own_user_and_nobody_elses(hub: PushHub, person) -> None:  # type: ignore[no-untyped-def]
    hub.add_part("user", "calls", lambda user_id: [user_id * 100])
    hub.add_part("user", "pops", lambda user_id: [])
    one, other = Ear(person(1)), Ear(person(2))
    for ear in (one, other):
        hub.subscribe(ear, ["me"], {})
    assert one.take()[0]["data"] == {"calls": [100], "pops": []}
    assert other.take()[0]["data"] == {"calls": [200], "pops": []}
    hub.publish("user:1", "call.delivered", {"id": "c1"}, 5.0)
    hub.flush()
    (heard,) = one.take()
    assert (heard["topic"], heard["type"], heard["data"]) == ("me", "call.delivered", {"id": "c1"})
    assert other.take() == []


async def test_parts_of_rooms_stand_beside_the_topics_own(hub: PushHub, boss: Ear) -> None:
    hub.add_part("queues", "extra", lambda: 7)
    hub.add_part("system", "links", list)
    hub.subscribe(boss, ["queues", "system"], {})
    assert [each["data"] for each in boss.take()] == [{"queues": [1], "extra": 7}, {"links": []}]
    with pytest.raises(ValueError, match="extra"):
        hub.add_part("queues", "extra", lambda: 8)


async def test_a_family_with_a_rule_of_its_own(hub: PushHub, person) -> None:  # type: ignore[no-untyped-def]
    hub.register_family(
        "team", may=lambda session, team: team == session.user_id + 1, snapshot=lambda team: {"t": team}
    )
    ear = Ear(person(1))
    hub.subscribe(ear, ["team:2", "team:3"], {})
    good, bad = ear.take()
    assert (good["topic"], good["data"]) == ("team:2", {"t": 2})
    assert bad == {"type": "refused", "topic": "team:3", "code": "forbidden"}


async def test_coming_back_brings_what_was_missed(hub: PushHub, boss: Ear, person) -> None:  # type: ignore[no-untyped-def]
    hub.subscribe(boss, ["queues"], {})
    epoch = boss.take()[0]["epoch"]
    hub.publish("queues", "queue.updated", 1, 0.0)
    hub.leave(boss)
    hub.leave(boss)
    hub.publish("queues", "queue.updated", 2, 0.0)
    again = Ear(person(1, "supervisor"))
    hub.subscribe(again, ["queues"], {"queues": f"{epoch}:0"})
    resumed, *missed = again.take()
    assert (resumed["type"], resumed["topic"], resumed["epoch"], "seq" in resumed) == (
        "resumed",
        "queues",
        epoch,
        False,
    )
    assert [(each["seq"], each["data"]) for each in missed] == [(1, 1), (2, 2)]


async def test_who_comes_in_the_middle_of_a_turn_hears_nothing_twice(hub: PushHub, boss: Ear, person) -> None:  # type: ignore[no-untyped-def]
    hub.subscribe(boss, ["queues"], {})
    boss.take()
    hub.publish("queues", "queue.updated", 1, 0.0)
    late = Ear(person(2, "supervisor"))
    hub.subscribe(late, ["queues"], {})
    hub.flush()
    assert [each["seq"] for each in late.take()] == [1]
    assert [each["seq"] for each in boss.take()] == [1]


async def test_too_old_brings_a_snapshot(hub: PushHub, boss: Ear) -> None:
    hub.register_topic("short", may=lambda session: True, history=2)
    hub.subscribe(boss, ["short"], {})
    epoch = boss.take()[0]["epoch"]
    for number in range(5):
        hub.publish("short", "x", number, 0.0)
    hub.flush()
    boss.take()
    hub.subscribe(boss, ["short"], {"short": f"{epoch}:1"})
    assert [each["type"] for each in boss.take()] == ["snapshot"]


async def test_after_the_lingering_time_nothing_is_kept(hub: PushHub, boss: Ear, clock) -> None:  # type: ignore[no-untyped-def]
    hub.subscribe(boss, ["queues", "me"], {})
    places = {each["topic"]: f"{each['epoch']}:0" for each in boss.take()}
    hub.leave(boss)
    clock.time += 599
    hub.sweep()
    hub.publish("queues", "queue.updated", 1, 0.0)
    hub.publish("user:1", "call.delivered", 1, 0.0)
    hub.subscribe(boss, ["queues", "me"], places)
    assert [each["type"] for each in boss.take()] == ["resumed", "queue.updated", "resumed", "call.delivered"]
    hub.leave(boss)
    clock.time += 601
    hub.sweep()
    hub.publish("queues", "queue.updated", 2, 0.0)
    hub.subscribe(boss, ["queues", "me"], places)
    assert [each["type"] for each in boss.take()] == ["snapshot", "snapshot"]


async def test_unsubscribed_is_quiet(hub: PushHub, boss: Ear) -> None:
    hub.subscribe(boss, ["queues"], {})
    boss.take()
    hub.unsubscribe(boss, ["queues", "queues", "nothing"])
    hub.publish("queues", "queue.updated", 1, 0.0)
    hub.flush()
    assert boss.take() == []


async def test_a_browser_hears_at_most_32_topics(hub: PushHub, boss: Ear) -> None:
    hub.register_family("many", may=lambda session, number: True)
    hub.subscribe(boss, [f"many:{number}" for number in range(40)], {})
    heard = boss.take()
    assert len([each for each in heard if each["type"] == "snapshot"]) == 32
    assert heard[-1] == {"type": "refused", "topic": "many:39", "code": "too_many_topics"}


async def test_nothing_is_encoded_while_nobody_listens(hub: PushHub) -> None:
    hub.publish("queues", "queue.updated", object(), 0.0)
    hub.publish("user:5", "call.delivered", object(), 0.0)
    hub.flush()


async def test_a_change_that_cannot_be_told_becomes_a_fresh_snapshot(hub: PushHub, boss: Ear, metrics: Metrics) -> None:
    hub.subscribe(boss, ["queues"], {})
    epoch = boss.take()[0]["epoch"]
    hub.publish("queues", "queue.updated", object(), 0.0)
    hub.flush()
    (snapshot,) = boss.take()
    assert (snapshot["type"], snapshot["seq"], snapshot["epoch"] != epoch) == ("snapshot", 1, True)
    assert metrics.registry.get_sample_value("cti_push_faults_total") == 1


async def test_a_snapshot_that_cannot_be_made_is_refused(hub: PushHub, boss: Ear) -> None:
    def falls() -> Any:
        raise RuntimeError

    hub.register_topic("broken", may=lambda session: True, snapshot=falls)
    hub.subscribe(boss, ["broken", "queues"], {})
    first, second = boss.take()
    assert first == {"type": "refused", "topic": "broken", "code": "unavailable"}
    assert second["type"] == "snapshot"
    hub.publish("broken", "x", 1, 0.0)
    hub.flush()
    assert boss.take() == []


@pytest.mark.parametrize("name", ["queues", "a:b", "me"])
async def test_names_that_cannot_be_registered(hub: PushHub, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        hub.register_topic(name, may=lambda session: True)


async def test_publishing_to_a_topic_that_nobody_registered_is_a_fault_of_ours(hub: PushHub) -> None:
    with pytest.raises(ValueError, match="nothing"):
        hub.publish("nothing", "x", 1, 0.0)


async def test_who_watches_a_family_hears_of_its_first_and_last_listener(hub: PushHub, person) -> None:  # type: ignore[no-untyped-def]
    heard: list[tuple[int, bool]] = []
    hub.watch_family("user", lambda *told: heard.append(told))
    hub.watch_family("user", lambda *told: 1 / 0)
    hub.add_part("user", "heard", lambda user_id: len(heard))
    one, two = Ear(person(5)), Ear(person(5))
    hub.subscribe(one, ["me", "me"], {})
    assert one.take()[0]["data"] == {"heard": 1}
    hub.subscribe(two, ["me", "system"], {})
    hub.subscribe(two, ["me"], {})
    hub.leave(one)
    hub.leave(one)
    assert heard == [(5, True)]
    hub.unsubscribe(two, ["me"])
    hub.leave(two)
    assert heard == [(5, True), (5, False)]
    hub.subscribe(one, ["me"], {})
    assert heard[2:] == [(5, True)]


async def test_what_nobody_hears_need_not_be_made(hub: PushHub, boss: Ear, clock) -> None:  # type: ignore[no-untyped-def]
    assert not hub.hears("queues")
    assert not hub.hears("user:1")
    hub.subscribe(boss, ["queues", "me"], {})
    assert hub.hears("queues")
    assert hub.hears("user:1")
    hub.leave(boss)
    assert hub.hears("queues"), "he may come back for what he has missed"
    clock.time += 601
    hub.sweep()
    assert not hub.hears("queues")
    assert not hub.hears("user:1")
    with pytest.raises(ValueError, match="nothing"):
        hub.hears("nothing")


async def test_a_topic_that_only_somebody_limited_hears_is_heard(hub: PushHub, person, clock) -> None:  # type: ignore[no-untyped-def]
    sight = Sight(("things",), key=id, shown=lambda scope, thing: thing, gone=lambda thing: ("gone", thing))
    hub.register_topic("things", may=lambda who: True, snapshot=lambda: {"things": []}, sight=sight)
    limited = Ear(person(1, "supervisor", Scope(teams=frozenset({"one"}))))
    assert not hub.hears("things")
    hub.subscribe(limited, ["things"], {})
    assert hub.hears("things")
    hub.leave(limited)
    assert hub.hears("things"), "he may come back for what he has missed"
    clock.time += 601
    hub.sweep()
    assert not hub.hears("things")


async def test_who_comes_back_to_a_forgotten_topic_gets_a_snapshot_though_nothing_was_counted(
    hub: PushHub, boss: Ear, clock
) -> None:  # type: ignore[no-untyped-def]
    hub.subscribe(boss, ["queues"], {})
    (snapshot,) = boss.take()
    hub.leave(boss)
    clock.time += 601
    hub.sweep()
    # What happens now is not even published by rooms that ask first.
    hub.subscribe(boss, ["queues"], {"queues": f"{snapshot['epoch']}:{snapshot['seq']}"})
    assert [message["type"] for message in boss.take()] == ["snapshot"]
