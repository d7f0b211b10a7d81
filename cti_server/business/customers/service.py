"""Finding, making and changing customers."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from cti_server.business.customers import store
from cti_server.business.customers.hot import HotCustomers
from cti_server.business.customers.model import (
    MOST_CONTACTS,
    Contact,
    CustomerJson,
    NoteJson,
    NumberJson,
    OutcomeJson,
    StandingRow,
    Talk,
    checked_contact,
    checked_fields,
    checked_line,
    checked_text,
    new_name,
)
from cti_server.business.customers.numbers import Number, Numbering, normalise
from cti_server.business.customers.places import LANGUAGES, Places
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, NotFound
from cti_server.core.journal import Journal
from cti_server.core.storage.database import Connection, Database
from cti_server.core.tasks import Tasks

log = structlog.get_logger(__name__)

TALK = "customer_talk"
ACCESS = "customer_access"
LOOK_UPS = 4
"""Connections that look callers up side by side: one look-up that has to wait for the disk must not hold up all others,
each of which has a phone ringing."""


class Customers:
    """The customers of the site.

    `numbering` says how numbers are read, `language` (zh-CN or en) in which one new records get their province. Make it
    before the journal is opened (it adds its sinks), then `open()`.
    """

    def __init__(
        self,
        db: Database,
        journal: Journal,
        tasks: Tasks,
        clock: Clock,
        *,
        numbering: Numbering,
        language: str = "zh-CN",
        places: Places | None = None,
    ) -> None:
        self._db = db
        self._journal = journal
        self._tasks = tasks
        self._clock = clock
        self._numbering = numbering
        self._language = language
        self._places = places or Places()
        self._own = [db.dedicated(store.STATEMENTS) for _ in range(LOOK_UPS)]
        self._hot = HotCustomers()
        self._listeners: list[Callable[[CustomerJson], None]] = []
        journal.add_sink(TALK, store.write_talks)
        journal.add_sink(ACCESS, store.write_accesses)

    async def open(self) -> None:
        """Open the look-up's own connection and begin to load the tables of places."""
        await asyncio.gather(*(own.open() for own in self._own))
        if not self._places.loaded:
            self._tasks.start("places", self._places.load())

    def listen(self, handler: Callable[[CustomerJson], None]) -> None:
        """Call `handler` with every record that was changed here; it must not wait."""
        self._listeners.append(handler)

    def forget(self, customers: Collection[int]) -> None:
        """These customers are no more: drop what is remembered of them."""
        self._hot.forget(customers)

    # numbers

    def number(self, raw: str, withheld: bool = False) -> Number:
        """The one form of a number that the PBX told."""
        return normalise("" if withheld else raw, self._numbering)

    def shown(self, number: Number) -> NumberJson:
        """The number with its place, as consoles are given it."""
        places = {language: self._places.of(number, language) for language in LANGUAGES}
        own = places.get(self._language) or places["en"]
        return NumberJson(
            raw=number.raw,
            e164=number.e164,
            national=number.national,
            display=number.display,
            kind=number.kind,
            extension=number.extension,
            province=own.province,
            carrier=own.carrier,
            withheld=number.withheld,
            places={name: {"province": one.province, "carrier": one.carrier} for name, one in places.items()},
        )

    # the pop's look-up

    async def find(self, number: Number) -> tuple[CustomerJson, ...]:
        """The customers of a number, at most 20; one is made from it if there is none. Raises Unavailable."""
        if not number.value:
            return ()
        own = min(self._own, key=lambda each: (not each.up, each.waiting))
        found = store.decoded(await own.fetch("look_up", number.value))
        if not found and number.names_a_customer:
            found = await self._db.run(lambda connection: self._make(connection, number))
        if found:
            self._hot.put(number.value, found)
        return found

    async def of_account(self, account: str) -> CustomerJson | None:
        """The customer who has this account or card (fields `account`, `card`). Raises Unavailable."""
        return await store.by_account(self._db, account)

    def province_of(self, number: Number) -> str:
        """Where a number belongs, in the site's language; empty when that is not known."""
        return self._places.of(number, self._language).province

    async def standings(self, number: Number, value_field: str) -> list[StandingRow]:
        """The customers of a number, at most two, as routing asks for them; none is made. Raises Unavailable."""
        return await store.standings(self._db, number.value, value_field) if number.value else []

    async def value_borders(self, value_field: str, shares: Sequence[float]) -> tuple[float, ...]:
        """The least values of the top shares of all customers who have one. Raises Unavailable."""
        return await store.value_borders(self._db, value_field, shares)

    def cached(self, number: Number) -> tuple[CustomerJson, ...]:
        """Those found the last time, if that is remembered."""
        return self._hot.get(number.value)

    async def wait_up(self, limit: float) -> bool:
        """Wait for the database, at most `limit` seconds; whether it is up."""
        return await self._db.wait_up(limit)

    async def _make(self, connection: Connection, number: Number) -> tuple[CustomerJson, ...]:
        # Two calls from one number may be here at once: the second waits for the lock, then finds the first one's.
        await store.lock_value(connection, number.value)
        if found := await store.by_phone(connection, number.value):
            return found
        place = self._places.of(number, self._language)
        fields = {key: text for key, text in (("province", place.province), ("carrier", place.carrier)) if text}
        made = await store.add(connection, name=new_name(number), status="new", fields=fields)
        await store.set_contacts(connection, made, [Contact("phone", number.value, number.display, True)])
        return await store.by_phone(connection, number.value)

    def talked(self, talk: Talk) -> None:
        """Write down that an agent has talked with a customer; never waits, survives a database that is away."""
        if talk.customer_id is not None:
            self._journal.append(TALK, msgspec.to_builtins(talk))

    # records

    async def name_of(self, customer_id: int) -> str:
        """A customer's name, for a call that is about to be made. Raises NotFound, Unavailable."""
        found = await store.by_id(self._db, customer_id)
        if found is None:
            raise NotFound("There is no such customer.")
        return found.name

    async def customer(self, customer_id: int, *, by: int, how: str = "open") -> CustomerJson:
        """A whole record; who opened it is written down. Raises NotFound."""
        found = await store.by_id(self._db, customer_id)
        if found is None:
            raise NotFound("There is no such customer.")
        self.accessed(customer_id, by=by, how=how)
        return found

    def accessed(self, customer_id: int, *, by: int, how: str) -> None:
        """Write down that somebody was shown a whole record."""
        row = {"user_id": by, "customer_id": customer_id, "at": self._clock.now(), "how": how}
        self._journal.append(ACCESS, row)

    async def search(self, query: str, *, after: int, limit: int) -> list[CustomerJson]:
        """Customers by number from above `after`: all for an empty query, else by name, company, number or address."""
        text = checked_line(query, "query", 100)
        if not text:
            return await store.page(self._db, after, limit)
        digits = "".join(char for char in unicodedata.normalize("NFKC", text) if char.isdigit())
        if len(digits) < 4 or any(char.isalpha() for char in text):
            return await store.search(self._db, text, text.lower() if "@" in text else text, "", after, limit)
        # Numbers are kept with their country code: without leading zeros the digits fit its end however they were told.
        return await store.search(self._db, "", self.number(text).value, digits.lstrip("0") or digits, after, limit)

    def all(self) -> AsyncIterator[CustomerJson]:
        """Every customer, for a file."""
        return store.all_in_order(self._db)

    async def add(self, values: Mapping[str, Any], *, by: int) -> CustomerJson:
        """A new customer of name, company, tier, language, fields and contacts. Raises BadInput."""
        checked = self._checked(values)
        if "name" not in checked:
            raise BadInput("A customer needs a name.", field="name", allowed="1 to 200 characters")
        contacts = checked.pop("contacts", [])

        async def work(connection: Connection) -> CustomerJson | None:
            made = await store.add(connection, **checked, by=by)
            await store.set_contacts(connection, made, contacts)
            return await store.by_id(connection, made)

        return self._tell(await self._db.run(work))

    async def change(self, customer_id: int, version: int, values: Mapping[str, Any], *, by: int) -> CustomerJson:
        """Change what is given. Raises Conflict when it was changed since `version`, NotFound, BadInput."""
        checked = self._checked(values)

        async def work(connection: Connection) -> CustomerJson | None:
            now = await store.version_locked(connection, customer_id)
            if now is None:
                raise NotFound("There is no such customer.")
            if now != version:
                raise Conflict(
                    "Somebody else has changed this customer meanwhile.", code="changed_meanwhile", version=now
                )
            await store.change(connection, customer_id, checked, by)
            if "contacts" in checked:
                await store.set_contacts(connection, customer_id, checked["contacts"])
            return await store.by_id(connection, customer_id)

        return self._tell(await self._db.run(work))

    async def add_note(self, customer_id: int, text: str, is_open: bool, *, by: int, author: str) -> CustomerJson:
        """Add a note; the whole record. Raises NotFound, BadInput."""
        checked = checked_text(text, "text", least=1)
        async with self._db.transaction() as connection:
            if await store.version_locked(connection, customer_id) is None:
                raise NotFound("There is no such customer.")
            await store.add_note(connection, customer_id, by, author[:100], checked, is_open)
            found = await store.by_id(connection, customer_id)
        return self._tell(found)

    async def change_note(self, note_id: int, text: str | None, is_open: bool | None) -> NoteJson:
        """Change the text of a note, or whether it is open. Raises NotFound, BadInput."""
        checked = None if text is None else checked_text(text, "text", least=1)
        async with self._db.transaction() as connection:
            changed = await store.change_note(connection, note_id, checked, is_open)
            if changed is None:
                raise NotFound("There is no such note.")
            customer = await store.by_id(connection, changed[0])
        self._tell(customer)
        return changed[1]

    async def outcomes(self) -> list[OutcomeJson]:
        """The outcome codes in use."""
        return await store.outcomes(self._db)

    async def save_interaction(
        self,
        talk: Talk | None,
        *,
        call_id: str,
        user_id: int,
        customer_id: int | None,
        outcome: str | None,
        summary: str,
    ) -> CustomerJson:
        """Keep what became of an agent's call, once per call and agent; saved again it is changed.

        `talk` is his part in the call as far as the live side still knows it; else it must have been written before.
        `customer_id` None: the customer of the call. Raises NotFound for a call or customer that is not his, BadInput.
        """
        checked = checked_text(summary, "summary")

        async def work(connection: Connection) -> CustomerJson | None:
            written = await store.customer_of_call(connection, call_id, user_id)
            if talk is None and written is None:
                raise NotFound("You had no such call.")
            customer = customer_id or written or (talk.customer_id if talk else None)
            if customer is None or await store.version_locked(connection, customer) is None:
                raise NotFound("There is no such customer.")
            if outcome is not None and not await store.outcome_known(connection, outcome):
                raise BadInput("There is no such outcome.", field="outcome", allowed="a code of /api/v1/outcomes")
            part = talk or Talk(call_id, user_id, "", self._clock.now(), "inbound", customer)
            await store.save_interaction(
                connection,
                customer_id=customer,
                call_id=call_id,
                user_id=user_id,
                agent_name=part.agent_name,
                at=part.at,
                direction=part.direction,
                outcome=outcome,
                summary=checked,
            )
            return await store.by_id(connection, customer)

        return self._tell(await self._db.run(work))

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that are given (not None), each in the form in which it is kept."""
        limits = {"name": (200, 1), "company": (200, 0), "tier": (50, 0), "language": (20, 0)}
        checked: dict[str, Any] = {
            key: checked_line(values[key], key, most, least=least)
            for key, (most, least) in limits.items()
            if values.get(key) is not None
        }
        if values.get("fields") is not None:
            checked["fields"] = checked_fields(values["fields"])
        if values.get("contacts") is not None:
            checked["contacts"] = self._checked_contacts(values["contacts"])
        return checked

    def _checked_contacts(self, contacts: Sequence[Any]) -> list[Contact]:
        if len(contacts) > MOST_CONTACTS:
            raise BadInput("There are too many contacts.", field="contacts", allowed=f"at most {MOST_CONTACTS}")
        by_value: dict[tuple[str, str], Contact] = {}
        for one in contacts:
            number = self.number(one.value) if one.kind == "phone" else None
            contact = checked_contact(one.kind, one.value, one.primary, number)
            by_value.setdefault((contact.kind, contact.value), contact)
        return list(by_value.values())

    def _tell(self, customer: CustomerJson | None) -> CustomerJson:
        if customer is None:
            raise NotFound("There is no such customer.")
        self._hot.changed(customer)
        for handler in self._listeners:
            handler(customer)
        return customer
