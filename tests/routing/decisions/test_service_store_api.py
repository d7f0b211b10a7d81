"""Rules with versions, decisions and expected waits on a real PostgreSQL and journal."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import SystemClock
from cti_server.core.errors import BadInput, Conflict, Forbidden, NotFound
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Database
from cti_server.live import facts
from cti_server.live.pbxs import Pbxs
from cti_server.routing.decisions import store
from cti_server.routing.decisions.api import PolicyBody, routes
from cti_server.routing.decisions.expected.waits import ESTIMATE
from cti_server.routing.decisions.model import CustomerFacts, Decision, DecisionKind, Reason
from cti_server.routing.decisions.policy import Policy
from cti_server.routing.decisions.service import DECISION, SINKS, Decisions, minutes
from cti_server.routing.flows.acts import CallerTold, Queueing
from tests.routing.decisions.hall import KEY, Engine, Hall
from tests.routing.decisions.made import NOW, rules, signed_in

pytestmark = pytest.mark.database
BOSS = signed_in(1)


class Room(Hall):
    """The whole room; what Hall has of a PBX is its live model."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__()
        self.db = Database(url, pool_size=4, timeout=5.0)
        self.engine = Engine()
        self.journal = Journal(folder, self.tasks, db=self.db, sinks=dict(SINKS))
        self.audit = AuditLog(self.db, SystemClock())
        self.service = self.make()

    def make(self) -> Decisions:
        return Decisions(
            bus=self.bus, live=Pbxs({"main": self.pbx}), people=self, skills=self, customers=self, calls=self,
            engine=self.engine, ordered=lambda *_: None, journal=self.journal, db=self.db, audit=self.audit,
            clock=self.clock, tasks=self.tasks,
        )  # fmt: skip

    def user_of(self, pbx: str, device: str) -> int | None:
        return 4

    async def facts(self, number: str) -> CustomerFacts | None:
        return CustomerFacts(tier="gold", last_agent=4) if number == "138" else None

    async def detail(self, who: Any, name: str) -> Any:
        if who.user_id != 1:
            raise NotFound("There is no such call.")
        return SimpleNamespace(call=SimpleNamespace(call_id=name))


@pytest.fixture
async def room(database_url: str, tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(database_url, tmp_path / "journal")
    await room.db.open()
    await room.db.execute("insert into app_user (login, name, roles) values ('u1', 'U1', '{admin}')")
    await room.journal.open()
    room.tell(facts.Truth(queues=("support",)))
    room.service.start()
    await room.service.ready.wait()
    yield room
    await room.journal.close()
    await room.tasks.close()
    await room.db.close()


async def test_rules_have_versions_and_two_admins_do_not_overwrite_each_other(room: Room) -> None:
    first = await room.service.put(BOSS, KEY, rules(aging={"add": 1}), 0)
    assert first.version == 1
    with pytest.raises(Conflict) as late:
        await room.service.put(BOSS, KEY, Policy(), 0)
    assert late.value.code == "policy_changed"
    await room.service.put(BOSS, KEY, rules(aging={"add": 2}), 1)
    assert [one.version for one in await room.service.versions(KEY)] == [2, 1]
    again = room.make()
    again._rules = await store.policies(room.db)
    assert again.policy_of(KEY) == rules(aging={"add": 2})
    entry = (await room.audit.page())[0]
    assert (entry.action, entry.subject) == ("queue.policy", "main/support")
    changed: Any = entry.details["changed"]
    assert [one["add"] for one in changed["aging"]] == [1, 2]


async def test_another_process_may_have_written_it(room: Room) -> None:
    async with room.db.transaction() as connection:
        await store.add(connection, KEY, 1, Policy(), 1)
    with pytest.raises(Conflict):
        await room.service.put(BOSS, KEY, Policy(), 0)


def test_a_wait_as_it_is_spoken() -> None:
    assert [minutes(seconds) for seconds in (None, 4.0, 59.9, 60.0, 61.0, 300.5)] == ["", "", "", "1", "2", "6"]


async def test_who_may_and_what_is_good(room: Room) -> None:
    with pytest.raises(Forbidden):
        await room.service.put(signed_in(2, "supervisor"), KEY, Policy(), 0)
    with pytest.raises(BadInput):
        await room.service.put(BOSS, KEY, rules(level=3), 0)
    assert room.service.policy_of(KEY) is None


async def test_a_decision_is_kept_once_and_told_to_who_may_see_the_call(room: Room) -> None:
    reasons = (Reason("tier", {"tier": "gold", "add": 5}), Reason("waited", {"seconds": 40, "add": 3}))
    decision = Decision("main:1.1", NOW, DecisionKind.PRIORITY, "support", "8", reasons)
    for _ in range(2):
        room.journal.append(DECISION, decision.row())
    await room.journal.drained()
    (told,) = await room.service.of_call(BOSS, "main:1.1")
    assert (told.kind, told.result, told.reasons) == ("priority", "8", reasons)
    with pytest.raises(NotFound):
        await room.service.of_call(signed_in(2, "agent"), "main:1.1")


async def test_expected_and_real_waits_are_joined_and_compared(room: Room) -> None:
    def row(n: int, expected: float, waited: float | None, answered: bool | None) -> dict[str, Any]:
        return {"pbx": "main", "linkedid": f"1.{n}", "queue": "support", "joined_at": NOW + n, "position": 1,
                "staffed": 3, "expected": expected, "low": 20.0, "high": 65.0, "announced": n == 0,
                "told_minutes": 1 if n == 0 else None, "waited": waited,
                "answered": answered}  # fmt: skip

    for n, (expected, waited, answered) in enumerate([(60, 40, True), (30, 70, True), (50, 10, False)]):
        room.journal.append(ESTIMATE, row(n, expected, None, None))
        await room.journal.drained()
        room.journal.append(ESTIMATE, row(n, expected, waited, answered))
    room.journal.append(ESTIMATE, row(9, 5, None, None))
    await room.journal.drained()
    (errors,) = await store.errors(room.db, NOW - 1, 30.0)
    assert (errors.calls, errors.mean_error, errors.bias, errors.within) == (2, 30.0, -10.0, 0.5)
    assert (errors.mean_wait, errors.not_later) == (55.0, 0.5)
    assert (errors.in_range, errors.told, errors.told_enough) == (0.5, 1, 1.0)


async def test_a_queue_learns_and_tells_what_to_expect(room: Room) -> None:
    room.tell(facts.MemberSeen("support", "PJSIP/1001", "PJSIP/1001", "Li", 0, 1, False, ""))
    pulse = room.service.waits.pulse(KEY)
    for _ in range(5):
        pulse.handled(100.0)
    room.join("1")
    room.join("2")
    await room.journal.drained()
    rows = await room.db.fetch("select linkedid, position, staffed, expected, waited from wait_estimate order by 1")
    assert [tuple(one) for one in rows] == [("1", 1, 1, 4.0, None), ("2", 2, 1, 104.0, None)]
    entry = await room.service.enter("main:3", "support", extra=4)
    assert entry.expected_wait == 4.0, "his priority brings him to the front"
    room.tell(facts.HangupAsked("2", 16))
    room.tell(facts.QueueGivenUp("2", "support", "c,4000"))
    room.tell(facts.QueueLeft("2", "support", "c,4000"))
    await room.journal.drained()
    assert await room.db.fetchval("select answered from wait_estimate where linkedid = '2'") is False


async def test_a_talk_that_ends_is_learned_once(room: Room) -> None:
    room.join("1")
    caller = facts.Channel("PJSIP/trunk-1", number="", context="c", exten="4000", id="1", linkedid="1")
    agent = facts.Channel("PJSIP/1001-1", number="1001", context="c", exten="", id="9", linkedid="1")
    room.tell(facts.ChannelBegan(agent, 0, ""))
    room.tell(facts.AgentCalled(caller, agent, "support", "PJSIP/1001"))
    room.tell(facts.AgentConnected("1", "9", "support"))
    for one in (caller, agent):
        room.tell(facts.BridgeEntered(one, "b", "simple_bridge", "<unknown>"))
    for one in (agent, caller):
        room.tell(facts.ChannelEnded(one, 16))
    assert len(room.service.waits.pulse(KEY)._handled) == 1


async def test_a_flow_at_its_queue_node(room: Room) -> None:
    """Without waiting, with what was looked up when the call came in; and a reservation goes to the PBX."""
    room.tell(facts.MemberSeen("support", "PJSIP/1001", "PJSIP/1001", "Li", 3, 1, False, ""))
    await room.service.put(BOSS, KEY, rules(tiers={"add": {"gold": 6}}), 0)
    channel = facts.Channel("PJSIP/trunk-5", number="138", context="c", exten="4000", id="5", linkedid="5")
    room.tell(facts.ChannelBegan(channel, 4, "4000"))
    wish = Queueing("support", 2, {}, 12, 0, False, False, (), "", "", False)

    await room.service.meet("main", "5", "138", wish)
    done = room.service.joining("main", "5", wish, CallerTold(), {})
    assert (done.queue, done.priority, done.variables["CTI_QUEUE_RULE"]) == ("support", 8, "cti-prefer-15")
    await room.asked("penalty", "PJSIP/1001", "1503")
    await room.journal.drained()
    kinds = [one.kind for one in await room.service.of_call(BOSS, "main:5")]
    assert kinds == ["queue", "priority", "preferred"]


async def test_entering_by_the_data_of_the_call(room: Room) -> None:
    choices = [{"name": "language", "value": "en", "queue": "english"}]
    await room.service.put(BOSS, KEY, rules(choices=choices), 0)
    await room.service.put(BOSS, ("main", "english"), rules(tiers={"add": {"gold": 6}}), 0)
    entry = await room.service.enter("main:7", "support", number="138", data={"language": "en"})
    assert (entry.queue, entry.variables["CTI_QUEUE_PRIO"]) == ("english", "6")
    assert [one.kind for one in entry.decisions] == ["queue", "priority"]
    assert entry.decisions[0].reasons[0].code == "data"


async def test_the_addresses(room: Room) -> None:
    found = {(route.method, route.path): route for route in routes(room.service)}

    async def ask(method: str, path: str, **more: Any) -> Any:
        values = {"pbx": "main", "queue": "support", "id": "main:1.1"}
        known = {"who": BOSS, "path": values, "body": None, "query": None}
        return await found[method, path].handler(SimpleNamespace(**{**known, **more}))  # type: ignore[arg-type]

    (one,) = (await ask("GET", "/queue-policies")).items
    assert (one.pbx, one.queue, one.version, one.policy) == ("main", "support", 0, Policy())
    body = PolicyBody(0, rules(priority=3))
    assert (await ask("PUT", "/queue-policies/{pbx}/{queue}", body=body)).version == 1
    (one,) = (await ask("GET", "/queue-policies/{pbx}/{queue}/versions")).items
    assert one.policy.priority == 3
    assert (await ask("GET", "/calls/{id}/decisions")).items == []
    assert (await ask("GET", "/wait-estimates", query=SimpleNamespace(days=7, tolerance=30.0))).items == []
    roles = {path: route.roles for (method, path), route in found.items() if method == "PUT"}
    assert roles == {"/queue-policies/{pbx}/{queue}": frozenset({"admin"})}
