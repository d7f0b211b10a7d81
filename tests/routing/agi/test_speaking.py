"""What the dialplan is told: numbers that must not be dialled are not, and data that are secret do not leave."""

import pytest

from cti_server.calls.control.numbers import DialRules, outside_exten, plain_number
from cti_server.core.errors import Unavailable
from cti_server.routing.agi.mouth import MOST_DATA, data_text
from cti_server.routing.agi.speaking import Rooms, variables_of
from cti_server.routing.flows.acts import (
    AskCaller,
    BookCallback,
    CallerTold,
    CallFacts,
    DialNumber,
    Fetch,
    Fetched,
    Left,
    Queueing,
    QueueSeen,
    RingAgent,
    TakeMessage,
)
from cti_server.routing.flows.walk import Walk

RULES = DialRules(outside_prefix="9", forbidden=("00", "900"))
WALK = Walk(CallFacts("138", "4800"), (), "en", 0.0)


def told(act: object, rooms: Rooms) -> dict[str, str]:
    return dict(variables_of(act, rooms, "main", "1.1", WALK))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("01088886666", "901088886666"), ("0014165551212", None), ("900123", None), ("+1 416 555", None),
     ("500&PJSIP/trunk/00", None), ("", None)],
)  # fmt: skip
def test_a_number_that_a_caller_typed_is_dialled_only_as_the_rules_allow(number: str, dialled: str | None) -> None:
    rooms = Rooms(outside=lambda text: outside_exten(plain_number(text), RULES))
    variables = told(DialNumber(number, 30, False), rooms)
    if dialled is None:
        assert variables == {"CTI_LEFT": "NOBODY", "CTI_ANSWER": "left"}
    else:
        assert (variables["CTI_NUMBER"], variables["CTI_TARGET"], variables["CTI_ANSWER"]) == (dialled, "", "ring")
    assert told(DialNumber(number, 30, False), Rooms())["CTI_ANSWER"] == "left"


def test_rooms_that_are_not_there_make_their_nodes_fail() -> None:
    for act in (RingAgent("named", "li", 20, False), TakeMessage("q", (), 60, 5, "#")):
        assert told(act, Rooms()) == {"CTI_LEFT": "NOBODY", "CTI_ANSWER": "left"}


class Broken:
    async def of_number(self, number: str) -> CallerTold:
        raise Unavailable("away")

    async def of_account(self, account: str) -> CallerTold:
        raise ValueError("a fault of ours")

    def seen(self, pbx: str, queue: str) -> QueueSeen:
        raise ValueError("a fault of ours")

    def joining(self, *anything: object) -> Queueing:
        raise ValueError("a fault of ours")


async def test_a_room_that_breaks_never_keeps_a_caller() -> None:
    rooms = Rooms(callers=Broken(), decisions=Broken())  # type: ignore[arg-type]
    assert await rooms.answer(AskCaller(), "main", "main:1", WALK) == CallerTold()
    assert await rooms.answer(Fetch("https://x", "GET", {}, 1.0), "main", "main:1", WALK) == Fetched(0)
    assert await rooms.answer(BookCallback("q", "138"), "main", "main:1", WALK) == Left("failed")
    wish = Queueing("q", 0, {}, 0, 0, False, False, (), "", "", False)
    assert rooms.decided(wish, "main", "1.1", WALK) is wish


def test_data_are_cut_to_what_a_channel_carries_and_secrets_stay() -> None:
    walk = Walk(CallFacts(), (), "en", 0.0, data={"a": "王&=", "pin": "1", **{f"f{n}": "x" * 100 for n in range(50)}},
                secret={"pin": "1"})  # fmt: skip
    text = data_text(walk)
    assert text.startswith("a=%E7%8E%8B%26%3D&f0=x")
    assert "pin" not in text
    assert len(text) <= MOST_DATA
