"""The customers found last, for the minutes in which PostgreSQL is away."""

from collections import OrderedDict
from collections.abc import Collection

from cti_server.business.customers.model import CustomerJson


class HotCustomers:
    """At most `most` numbers; the one not asked for the longest goes first."""

    def __init__(self, most: int = 5000) -> None:
        self._most = most
        self._by_value: OrderedDict[str, tuple[CustomerJson, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_value)

    def put(self, value: str, customers: tuple[CustomerJson, ...]) -> None:
        """Remember who a number belongs to."""
        self._by_value[value] = customers
        self._by_value.move_to_end(value)
        while len(self._by_value) > self._most:
            self._by_value.popitem(last=False)

    def get(self, value: str) -> tuple[CustomerJson, ...]:
        """Who it belonged to when it was last looked up; empty when that is not remembered."""
        found = self._by_value.get(value, ())
        if found:
            self._by_value.move_to_end(value)
        return found

    def changed(self, customer: CustomerJson) -> None:
        """Take over a changed record, and forget where it does not belong any longer."""
        values = {contact.value for contact in customer.contacts if contact.kind == "phone"}
        for value, customers in list(self._by_value.items()):
            if any(one.id == customer.id for one in customers):
                rest = tuple(customer if one.id == customer.id else one for one in customers)
                if value in values:
                    self._by_value[value] = rest
                else:
                    del self._by_value[value]

    def forget(self, customers: Collection[int]) -> None:
        """Nothing of these is remembered any more."""
        for value, found in list(self._by_value.items()):
            if any(one.id in customers for one in found):
                del self._by_value[value]
