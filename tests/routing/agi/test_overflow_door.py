"""What the dialplan is told of callers whom a queue's rules take out."""

from typing import Any

import pytest

from cti_server.core.errors import BadInput, Unavailable
from cti_server.routing.agi.overflow_door import BOOKED, OFFER, OverflowDoor
from cti_server.routing.agi.speaking import Rooms


class House:
    """Prompts, callbacks and places; what is asked is kept."""

    def __init__(self) -> None:
        self.booked: list[dict[str, Any]] = []
        self.spoken = True
        self.away = False

    def prompt_file(self, prompt: str, language: str) -> str | None:
        return f"/p/{prompt}-{language}" if prompt == "busy" else None

    def text_file(self, text: str, language: str) -> str | None:
        return f"/t/{'offer' if text in OFFER.values() else 'booked'}-{language}" if self.spoken else None

    async def book(self, **what: Any) -> bool:
        if self.away:
            raise Unavailable("The database is away.")
        self.booked.append(what)
        return True

    async def has_open(self, number: str) -> bool:
        return False

    def outside(self, number: str) -> str:
        if number.startswith("00"):
            raise BadInput("no", field="value", allowed="others")
        return number

    def priority_of(self, pbx: str, queue: str, leg_id: str) -> int:
        return 7

    def staying(self, pbx: str, queue: str, leg_id: str) -> dict[str, str]:
        return {"CTI_POSITION": "2"}


class Session:
    def __init__(self, said: str, number: str, language: str, target: str) -> None:
        self.arguments = (said, "", "vip", "4002", "1.1", target)
        self.header = {"uniqueid": "1.1", "callerid": number, "language": language}
        self.told: dict[str, str] = {}

    async def set(self, name: str, value: str) -> None:
        self.told[name] = value


async def ask(house: House, said: str, number: str = "138", language: str = "zh", target: str = "") -> dict[str, str]:
    rooms = Rooms(prompts=house, callbacks=house, outside=house.outside)
    door = OverflowDoor(rooms, "main")
    door.line = house
    session = Session(said, number, language, target)
    await door(session)  # type: ignore[arg-type]
    return session.told


@pytest.mark.parametrize("number", ["", "unknown", "0044123"])
async def test_whose_number_cannot_be_called_stays_where_he_stood(number: str) -> None:
    assert await ask(House(), "offer", number) == {"CTI_POSITION": "2"}


async def test_the_offer_is_the_rules_prompt_our_own_words_or_what_the_pbx_can_say() -> None:
    house = House()
    assert await ask(house, "offer") == {"CTI_SOUNDS": "/t/offer-zh-CN", "CTI_ANSWER": "offer"}
    assert (await ask(house, "offer", language="en_GB", target="busy"))["CTI_SOUNDS"] == "/p/busy-en"
    house.spoken = False
    assert "digits/1" in (await ask(house, "offer"))["CTI_SOUNDS"]
    assert await ask(house, "tell", target="busy") == {"CTI_SOUNDS": "/p/busy-zh-CN"}
    assert await ask(house, "tell") == {"CTI_SOUNDS": ""}


async def test_booked_with_his_priority_and_who_cannot_be_booked_waits_on() -> None:
    house = House()
    assert await ask(house, "book") == {"CTI_SOUNDS": "/t/booked-zh-CN", "CTI_ANSWER": "booked"}
    (booked,) = house.booked
    assert (booked["call"], booked["queue"], booked["priority"], booked["did"]) == ("main:1.1", "vip", 7, "4002")
    house.away = True
    assert await ask(house, "book") == {"CTI_POSITION": "2"}
    assert await ask(house, "stay") == {"CTI_POSITION": "2"}
    assert len(BOOKED) == len(OFFER) == 2
