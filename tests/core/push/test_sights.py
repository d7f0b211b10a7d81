"""Topics cut to scopes: each scope its own variant, encoded once for all who have it."""

import pytest

from cti_server.core.auth.scope import Scope
from cti_server.core.metrics import Metrics
from cti_server.core.push.hub import PushHub
from cti_server.core.push.sights import Sight
from tests.core.push.conftest import SetClock, session_of
from tests.core.push.test_hub import Ear

SALES, SUPPORT = (Scope(queues=frozenset({name})) for name in ("sales", "support"))


class Floor:
    """A topic of things that each lie in a queue."""

    def __init__(self) -> None:
        self.things = [{"id": 1, "queue": "sales"}, {"id": 2, "queue": "support"}]
        self.judged = 0
        self.hub = PushHub(SetClock(), Metrics(), linger=600)
        sight = Sight(
            items=("things",),
            key=lambda data: data.get("id"),
            shown=self.judge,
            gone=lambda data: ("thing.removed", {"id": data["id"]}),
        )
        self.hub.register_topic("things", may=lambda who: True, snapshot=lambda: {"things": self.things}, sight=sight)
        self.hub.add_part("things", "more", lambda: "for all")

    def judge(self, scope: Scope, thing: dict[str, object]) -> object:
        self.judged += 1
        return thing if scope.sees_queue(str(thing["queue"])) else None

    def ear(self, user_id: int, scope: Scope = Scope()) -> Ear:  # noqa: B008
        ear = Ear(session_of(user_id, "supervisor", scope))
        self.hub.subscribe(ear, ["things"], {})
        return ear

    def say(self, thing_id: int, queue: str) -> None:
        self.hub.publish("things", "thing.changed", {"id": thing_id, "queue": queue}, 1.0)
        self.hub.flush()


@pytest.fixture
async def floor() -> Floor:
    return Floor()


async def test_each_scope_is_given_its_part(floor: Floor) -> None:
    (snapshot,) = floor.ear(1, SALES).take()
    assert snapshot["topic"] == "things"
    assert snapshot["data"] == {"things": [{"id": 1, "queue": "sales"}], "more": "for all"}
    (whole,) = floor.ear(2).take()
    assert len(whole["data"]["things"]) == 2


async def test_what_lies_outside_is_not_told_and_leaves_no_hole(floor: Floor) -> None:
    seller, chief = floor.ear(1, SALES), floor.ear(2)
    seller.take()
    chief.take()
    floor.say(2, "support")
    floor.say(3, "sales")
    assert [(one["seq"], one["data"]["id"]) for one in seller.take()] == [(1, 3)]
    assert [(one["seq"], one["data"]["id"]) for one in chief.take()] == [(1, 2), (2, 3)]


async def test_what_leaves_the_scope_is_told_to_be_gone_once(floor: Floor) -> None:
    seller, helper = floor.ear(1, SALES), floor.ear(2, SUPPORT)
    seller.take()
    helper.take()
    floor.say(1, "support")
    floor.say(1, "support")
    assert [(one["type"], one["data"]) for one in seller.take()] == [("thing.removed", {"id": 1})]
    assert [one["type"] for one in helper.take()] == ["thing.changed"] * 2


async def test_one_judgement_and_one_encoding_for_all_with_the_same_scope(floor: Floor) -> None:
    ears = [floor.ear(number, Scope(queues=frozenset({"sales"}))) for number in range(20)]
    for ear in ears:
        ear.take()
    floor.judged = 0
    floor.say(1, "sales")
    assert floor.judged == 1
    assert len({id(ear.raw[0]) for ear in ears}) == 1, "the very same bytes"


async def test_a_message_with_the_whole_list_is_cut_too(floor: Floor) -> None:
    seller = floor.ear(1, SALES)
    seller.take()
    floor.hub.publish("things", "thing.list", {"things": floor.things}, 1.0)
    floor.hub.publish("things", "thing.reasons", {"for": "all"}, 1.0)
    floor.hub.flush()
    listed, reasons = seller.take()
    assert [one["id"] for one in listed["data"]["things"]] == [1]
    assert reasons["data"] == {"for": "all"}


async def test_the_name_of_a_variant_opens_nothing(floor: Floor) -> None:
    floor.ear(1, SALES)
    ear = Ear(session_of(2, "supervisor", SUPPORT))
    floor.hub.subscribe(ear, ["things#0", "things#1"], {})
    assert [one["type"] for one in ear.take()] == ["refused", "refused"]


async def test_resuming_gives_what_this_scope_missed(floor: Floor) -> None:
    seller = floor.ear(1, SALES)
    epoch = seller.take()[0]["epoch"]
    floor.hub.leave(seller)
    floor.say(1, "sales")
    floor.say(2, "support")
    floor.hub.subscribe(seller, ["things"], {"things": f"{epoch}:0"})
    assert [one["type"] for one in seller.take()] == ["resumed", "thing.changed"]
