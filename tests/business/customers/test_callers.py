"""What flows are told of a caller."""

import pytest

from cti_server.business.customers.callers import KnownCallers
from cti_server.business.customers.model import Contact
from cti_server.business.customers.numbers import Numbering
from cti_server.core.clock import SystemClock
from tests.business.customers.conftest import Room

pytestmark = pytest.mark.database


async def test_who_calls_and_whose_account_it_is(room: Room) -> None:
    lists = {"13800001111": frozenset({"vip"})}
    callers = KnownCallers(
        room.customers,
        SystemClock(),
        numbering=Numbering(area_code="010"),
        lists_of=lambda number: lists.get(number, frozenset()),
    )
    stranger = await callers.of_number("13800001111")
    assert (stranger.known, stranger.lists) == (False, {"vip"})
    assert set(stranger.numbers) >= {"+8613800001111", "13800001111"}
    made = await room.customers.add(
        {"name": "王小明", "tier": "VIP", "contacts": [Contact("phone", "13900002222", "")],
         "fields": {"account": "77001"}}, by=1
    )  # fmt: skip
    known = await callers.of_number("13900002222")
    assert (known.known, known.customer_id, known.tier, known.name) == (True, str(made.id), "VIP", "王小明")
    assert (await callers.of_account("77001")).customer_id == str(made.id)
    assert not (await callers.of_account("77002")).known
    assert not (await callers.of_number("")).known
