"""What the room of customers knows of a person, and who a number or a record is."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cti_server.business.customers.forgetting import store
from cti_server.business.customers.numbers import Numbering, normalise
from cti_server.core.erasing.model import Person
from cti_server.core.erasing.service import Rows
from cti_server.core.errors import BadInput, Conflict, NotFound

if TYPE_CHECKING:
    from cti_server.core.storage.database import Database

LEAST_NAME: Final = 2
"""A name of one sign stands in too many other words to be taken out of texts that are not about his calls."""


class CustomersForget(Rows):
    """This room as one that can forget a person; `gone` drops what memory holds of him."""

    def __init__(self, db: "Database", numbering: Numbering, gone: Callable[[Person], None]) -> None:
        async def after(person: Person) -> None:
            gone(person)

        super().__init__("customers", db, store.PARTS, after)
        self._numbering = numbering

    async def of_customer(self, customer_id: int) -> tuple[Person, str]:
        """Who a customer is, and his name. Numbers that others have too are not his alone: they stay theirs.

        Raises NotFound, Unavailable.
        """
        found = await store.record(self._db, customer_id)
        if found is None:
            raise NotFound("There is no such customer.", code="no_such_customer")
        name, _ = found
        person = Person(customers=(customer_id,), names=(name,))
        if len(name) >= LEAST_NAME and not await store.name_is_shared(self._db, name, customer_id):
            person = replace(person, own_names=(name,))
        for kind, value, display, shared in await store.contacts(self._db, customer_id):
            if not shared:
                person = self._with(person, value, display) if kind == "phone" else _also(person, value, display)
        return person, name

    async def of_number(self, raw: str) -> tuple[Person, str]:
        """Who calls from a number, and the number as it is shown; the customer whose it is goes with it.

        Raises BadInput, Conflict (number_shared), Unavailable.
        """
        number = normalise(raw, self._numbering)
        if not number.names_a_customer:
            raise BadInput("This is no number of a caller.", field="number", allowed="a whole number")
        customers = await store.of_value(self._db, number.value)
        if len(customers) > 1:
            raise Conflict("Several customers have this number: choose one of them.", code="number_shared")
        if customers:
            return (await self.of_customer(customers[0]))[0], number.display
        return self._with(Person(), number.value, number.display), number.display

    def key(self, value: str) -> str:
        """The digits by which calls of a number are found."""
        return normalise(value, self._numbering).value.removeprefix("+")

    def _with(self, person: Person, value: str, display: str) -> Person:
        number = normalise(value, self._numbering)
        key = number.value.removeprefix("+")
        forms = [one for one in (value, display, number.national) if one]
        return replace(person, keys=_once(person.keys, [key]), numbers=_once(person.numbers, forms))


def _also(person: Person, *texts: str) -> Person:
    return replace(person, numbers=_once(person.numbers, list(texts)))


def _once(before: tuple[str, ...], more: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *more)))
