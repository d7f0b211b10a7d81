"""Addresses for customers, their notes and interactions, and the pops of one's own calls."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from cti_server.business.customers.model import (
    CustomerJson,
    NoteJson,
    OutcomeJson,
    PopJson,
)
from cti_server.business.customers.pops import Pops
from cti_server.business.customers.service import Customers
from cti_server.core.errors import Forbidden
from cti_server.core.web.routes import ApiRequest, Body, Csv, Page, Reach, Route

READ: Final = frozenset({"agent", "supervisor", "qa", "admin"})
WRITE: Final = frozenset({"agent", "supervisor", "admin"})
EXPORT: Final = frozenset({"supervisor", "admin"})
Line = Annotated[str, Meta(max_length=200)]
Short = Annotated[str, Meta(max_length=50)]
Text = Annotated[str, Meta(max_length=4000)]
CallId = Annotated[str, Meta(min_length=1, max_length=200)]


class ContactBody(Body, frozen=True):
    """A contact as it is written; it is kept in its one form."""

    kind: Short
    value: Annotated[str, Meta(max_length=128)]
    primary: bool = False


class NewCustomer(Body, frozen=True):
    """A customer to be made."""

    name: Line
    company: Line | None = None
    tier: Short | None = None
    language: Annotated[str, Meta(max_length=20)] | None = None
    fields: dict[str, Any] | None = None
    contacts: list[ContactBody] | None = None


class ChangeCustomer(Body, frozen=True):
    """What is changed; `version` is the one that was read. Contacts, when given, are all there will be."""

    version: int
    name: Line | None = None
    company: Line | None = None
    tier: Short | None = None
    language: Annotated[str, Meta(max_length=20)] | None = None
    fields: dict[str, Any] | None = None
    contacts: list[ContactBody] | None = None


class NewNote(Body, frozen=True):
    """A note."""

    text: Text
    open: bool = True


class ChangeNote(Body, frozen=True):
    """What is changed of a note."""

    text: Text | None = None
    open: bool | None = None


class Interaction(Body, frozen=True):
    """What became of a call."""

    call_id: CallId
    outcome: Short | None = None
    summary: Text = ""


class CallOutcome(Body, frozen=True):
    """What became of a call, for the customer of that call."""

    outcome_code: Short
    note: Text = ""


class Choice(Body, frozen=True):
    """Who it is."""

    customer_id: int


class CustomersQuery(Body, frozen=True):
    """Which customers: a part of name or company, a number or its last digits, an address."""

    query: Annotated[str, Meta(max_length=100)] = ""
    cursor: int = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Closed(Struct, frozen=True):
    """A pop that is closed."""

    call_id: str


HEADER: Final = ("id", "name", "company", "tier", "language", "status", "phones", "emails", "wechat", "open_notes")


class CustomersApi:
    """The handlers."""

    def __init__(self, customers: Customers, pops: Pops) -> None:
        self._customers = customers
        self._pops = pops

    async def listed(self, request: ApiRequest) -> Page[CustomerJson] | Csv:
        """A page, or the whole as CSV for supervisors."""
        query: CustomersQuery = request.query
        if request.wants_csv:
            if not request.who.roles & EXPORT:
                raise Forbidden("Only supervisors may take all customers out.")
            return Csv("customers.csv", HEADER, self._lines(request.who.user_id))
        found = await self._customers.search(query.query, after=query.cursor, limit=query.limit)
        full = len(found) == query.limit
        return Page(found, str(found[-1].id) if full else None)

    async def _lines(self, user_id: int) -> AsyncIterator[tuple[object, ...]]:
        async for one in self._customers.all():
            self._customers.accessed(one.id, by=user_id, how="export")
            by_kind = {
                kind: " ".join(contact.value for contact in one.contacts if contact.kind == kind)
                for kind in ("phone", "email", "wechat")
            }
            notes = " | ".join(note.text for note in one.notes if note.open)
            yield one.id, one.name, one.company, one.tier, one.language, one.status, *by_kind.values(), notes

    async def show(self, request: ApiRequest) -> CustomerJson:
        """A whole record."""
        return await self._customers.customer(request.path["id"], by=request.who.user_id)

    async def add(self, request: ApiRequest) -> CustomerJson:
        """Make one."""
        return await self._customers.add(_values(request.body), by=request.who.user_id)

    async def change(self, request: ApiRequest) -> CustomerJson:
        """Change one."""
        body: ChangeCustomer = request.body
        return await self._customers.change(request.path["id"], body.version, _values(body), by=request.who.user_id)

    async def add_note(self, request: ApiRequest) -> CustomerJson:
        """Write a note."""
        body: NewNote = request.body
        who = request.who
        return await self._customers.add_note(request.path["id"], body.text, body.open, by=who.user_id, author=who.name)

    async def change_note(self, request: ApiRequest) -> NoteJson:
        """Change a note or close it."""
        body: ChangeNote = request.body
        return await self._customers.change_note(request.path["id"], body.text, body.open)

    async def save_interaction(self, request: ApiRequest) -> CustomerJson:
        """Keep what became of a call with this customer."""
        body: Interaction = request.body
        return await self._save(request, body.call_id, request.path["id"], body.outcome, body.summary)

    async def save_outcome(self, request: ApiRequest) -> CustomerJson:
        """Keep what became of a call, with the customer it has."""
        body: CallOutcome = request.body
        return await self._save(request, request.path["call_id"], None, body.outcome_code, body.note)

    async def _save(
        self, request: ApiRequest, call_id: str, customer_id: int | None, outcome: str | None, summary: str
    ) -> CustomerJson:
        user_id = request.who.user_id
        saved = await self._customers.save_interaction(
            self._pops.talk_of(user_id, call_id),
            call_id=call_id,
            user_id=user_id,
            customer_id=customer_id,
            outcome=outcome,
            summary=summary,
        )
        self._pops.saved(user_id, call_id, outcome)
        return saved

    async def choose(self, request: ApiRequest) -> PopJson:
        """Say which of several customers it is, or another one."""
        who, body = request.who, request.body
        self._pops.own(who.user_id, request.path["call_id"])
        customer = await self._customers.customer(body.customer_id, by=who.user_id)
        return self._pops.choose(who.user_id, request.path["call_id"], customer)

    async def dismiss(self, request: ApiRequest) -> Closed:
        """Close the pop of a call that is over."""
        self._pops.dismiss(request.who.user_id, request.path["call_id"])
        return Closed(request.path["call_id"])

    async def outcomes(self, request: ApiRequest) -> list[OutcomeJson]:
        """The outcome codes."""
        return await self._customers.outcomes()


def _values(body: NewCustomer | ChangeCustomer) -> dict[str, Any]:
    return {name: getattr(body, name) for name in ("name", "company", "tier", "language", "fields", "contacts")}


def routes(customers: Customers, pops: Pops) -> list[Route]:
    """The addresses of this room."""
    api = CustomersApi(customers, pops)
    one = "/customers/{id:int}"
    return [
        Route(
            "GET",
            "/customers",
            api.listed,
            READ,
            "Customers by name, company, number or address",
            response=Page[CustomerJson],
            csv=True,
            query=CustomersQuery,
            reach=Reach.SITE,
        ),
        Route("POST", "/customers", api.add, WRITE, "Make a customer", NewCustomer, CustomerJson, reach=Reach.SITE),
        Route("GET", one, api.show, READ, "A customer's whole record", response=CustomerJson, reach=Reach.SITE),
        Route("PATCH", one, api.change, WRITE, "Change a customer", ChangeCustomer, CustomerJson, reach=Reach.SITE),
        Route("POST", f"{one}/notes", api.add_note, WRITE, "Write a note", NewNote, CustomerJson, reach=Reach.SITE),
        Route(
            "PATCH",
            "/notes/{id:int}",
            api.change_note,
            WRITE,
            "Change or close a note",
            ChangeNote,
            NoteJson,
            reach=Reach.SITE,
        ),
        Route(
            "POST",
            f"{one}/interactions",
            api.save_interaction,
            WRITE,
            "Keep a call's result",
            Interaction,
            CustomerJson,
            reach=Reach.SITE,
        ),
        Route(
            "POST",
            "/calls/{call_id}/outcome",
            api.save_outcome,
            WRITE,
            "Keep a call's result",
            CallOutcome,
            CustomerJson,
            reach=Reach.OWN,
        ),
        Route(
            "POST", "/pops/{call_id}/choose", api.choose, WRITE, "Say who is calling", Choice, PopJson, reach=Reach.OWN
        ),
        Route(
            "DELETE",
            "/pops/{call_id}",
            api.dismiss,
            WRITE,
            "Close the pop of a call that is over",
            response=Closed,
            reach=Reach.OWN,
        ),
        Route(
            "GET", "/outcomes", api.outcomes, READ, "The outcome codes", response=list[OutcomeJson], reach=Reach.SITE
        ),
    ]
