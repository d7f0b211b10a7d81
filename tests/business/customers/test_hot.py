from msgspec.structs import replace

from cti_server.business.customers.hot import HotCustomers
from cti_server.business.customers.model import ContactJson, CustomerJson

PHONE = ContactJson(1, "phone", "+8613800001111", "138 0000 1111", True)
LI = CustomerJson(1, "李雷", "", "", "", "known", [PHONE], {}, [], [], 1)


def test_the_one_not_asked_for_the_longest_goes() -> None:
    hot = HotCustomers(2)
    hot.put("a", (LI,))
    hot.put("b", (LI,))
    assert hot.get("a") == (LI,)
    hot.put("c", (LI,))
    assert len(hot) == 2
    assert hot.get("b") == ()
    assert hot.get("a") == (LI,)


def test_changed_records_are_taken_over_or_forgotten() -> None:
    hot = HotCustomers()
    hot.put(PHONE.value, (LI,))
    hot.changed(replace(LI, name="李磊"))
    assert hot.get(PHONE.value)[0].name == "李磊"
    hot.changed(replace(LI, contacts=[]))
    assert hot.get(PHONE.value) == ()
