"""What is told of customers and pops, what may be written, and the rules of a pop (pure)."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from cti_server.business.customers.numbers import Number
from cti_server.core.errors import BadInput
from cti_server.core.signs import is_one_line
from cti_server.live.views import CallView
from cti_server.live.words import LegState, SegmentKind, SegmentResult

MOST_CONTACTS: Final = 50
MOST_FIELDS: Final = 50
MOST_TEXT: Final = 4000
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Directory(Protocol):
    """Who works with which device."""

    def user_of(self, pbx: str, device: str) -> int | None:
        """The user, or None for a device that nobody has."""

    def name_of(self, user_id: int) -> str:
        """As people write him; empty when unknown."""


class Live(Protocol):
    """The calls over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Those that are not over, by id."""


class Publisher(Protocol):
    """Tells browsers."""

    def publish(self, topic: str, type: str, data: object, ts: float) -> None:
        """Tell a change to all who listen to the topic."""


class Finder(Protocol):
    """Finds the customers of a number."""

    def find(self, number: Number) -> "Awaitable[tuple[CustomerJson, ...]]":
        """The customers, one made from the number if there was none. Raises Unavailable."""

    def cached(self, number: Number) -> "tuple[CustomerJson, ...]":
        """Those found the last time, if that is remembered."""

    def wait_up(self, limit: float) -> Awaitable[bool]:
        """Wait for the database, at most `limit` seconds."""


class TalkLog(Protocol):
    """Where it is written down that an agent has talked with a customer."""

    def talked(self, talk: "Talk") -> None:
        """Write it down; never waits."""


@dataclass(frozen=True, slots=True)
class Talk:
    """An agent's part in a call, as the interaction of a customer will have it. `at` in unix seconds."""

    call_id: str
    user_id: int
    agent_name: str
    at: float
    direction: str
    customer_id: int | None


class NumberJson(Struct, frozen=True):
    """A number as the consoles see it; `province` and `carrier` in the site's language, `places` in all of them."""

    raw: str
    e164: str | None
    national: str
    display: str
    kind: str
    extension: str
    province: str
    carrier: str
    withheld: bool
    places: dict[str, dict[str, str]]


class ContactJson(Struct, frozen=True):
    """A number or address of a customer."""

    id: int
    kind: str
    value: str
    display: str
    primary: bool


class InteractionJson(Struct, frozen=True):
    """A call and what became of it. `at` in unix seconds."""

    id: int
    kind: str
    at: float
    agent_name: str
    direction: str
    summary: str
    outcome: str | None
    call_id: str


class NoteJson(Struct, frozen=True):
    """A note on a customer. `at` in unix seconds."""

    id: int
    at: float
    author: str
    text: str
    open: bool


class CustomerJson(Struct, frozen=True):
    """A whole record: all contacts, the last interactions, the open and the last notes."""

    id: int
    name: str
    company: str
    tier: str
    language: str
    status: str
    contacts: list[ContactJson]
    fields: dict[str, Any]
    interactions: list[InteractionJson]
    notes: list[NoteJson]
    version: int


class StandingRow(Struct, frozen=True):
    """A customer as routing sees him; `fields` as texts."""

    customer_id: int
    tier: str
    value: float | None
    last_agent: int | None
    fields: dict[str, str]


class CandidateJson(Struct, frozen=True):
    """One of several customers who share a number."""

    id: int
    name: str
    company: str
    tier: str


class OutcomeJson(Struct, frozen=True):
    """An outcome code with its names."""

    code: str
    zh: str
    en: str


class PopStatus(StrEnum):
    """What the look-up of the caller has brought."""

    LOOKING = "looking"
    MATCHED = "matched"
    SEVERAL = "several"
    NEW = "new"
    WITHHELD = "withheld"
    NUMBER_ONLY = "numberOnly"


class PopState(StrEnum):
    """Where the agent stands with the call."""

    RINGING = "ringing"
    TALKING = "talking"
    AFTER = "after"


class HideReason(StrEnum):
    """Why a pop goes."""

    ELSEWHERE = "elsewhere"
    ENDED = "ended"
    NO_ANSWER = "noAnswer"


class PopJson(Struct, frozen=True):
    """A call at an agent, with who it is. `at` in unix seconds of the PBX's ring."""

    call_id: str
    at: float
    status: PopStatus
    number: NumberJson
    customer: CustomerJson | None
    candidates: list[CandidateJson]
    queue: str | None
    dialled: str
    data: dict[str, str]
    state: PopState


@dataclass(frozen=True, slots=True)
class Who:
    """What a pop says about the caller."""

    status: PopStatus
    customer: CustomerJson | None = None
    candidates: list[CandidateJson] = field(default_factory=list)


def who(customers: Sequence[CustomerJson]) -> Who:
    """One customer is matched (new as long as no person has touched the record), several are offered."""
    if len(customers) == 1:
        status = PopStatus.NEW if customers[0].status == "new" else PopStatus.MATCHED
        return Who(status, customers[0])
    if customers:
        return Who(PopStatus.SEVERAL, None, [candidate(customer) for customer in customers])
    return Who(PopStatus.NUMBER_ONLY)


def candidate(customer: CustomerJson) -> CandidateJson:
    """The short form of a customer."""
    return CandidateJson(customer.id, customer.name, customer.company, customer.tier)


def with_who(pop: PopJson, caller: Who) -> PopJson:
    """The pop with what is known of the caller now."""
    return replace(pop, status=caller.status, customer=caller.customer, candidates=caller.candidates)


def state_at(call: CallView, device: str) -> PopState | None:
    """How the device takes part in the call now; None when it does not."""
    states = {leg.state for leg in call.legs if leg.device == device}
    if states & {LegState.CONNECTED, LegState.HELD}:
        return PopState.TALKING
    return PopState.RINGING if LegState.ALERTING in states else None


def why_ring_ended(call: CallView, device: str) -> HideReason:
    """Why a device stopped ringing without an answer, from its last ring segment."""
    rings = [part for part in call.segments if part.kind is SegmentKind.RING and part.device == device]
    result = rings[-1].result if rings else None
    if result is SegmentResult.ELSEWHERE:
        return HideReason.ELSEWHERE
    if result in (SegmentResult.NO_ANSWER, SegmentResult.REJECTED, SegmentResult.TIMED_OUT):
        return HideReason.NO_ANSWER
    if result is None and any(
        leg.state in (LegState.CONNECTED, LegState.HELD) for leg in call.legs if leg.device != device
    ):
        talks = any(part.kind is SegmentKind.TALK and part.ended_at is None for part in call.segments)
        return HideReason.ELSEWHERE if talks else HideReason.ENDED
    return HideReason.ENDED


def checked_line(text: str, name: str, most: int, *, least: int = 0) -> str:
    """One line of text, trimmed. Raises BadInput naming the field."""
    line = text.strip()
    if not least <= len(line) <= most or not is_one_line(line):
        raise BadInput(
            f"{name} cannot be kept.",
            field=name,
            allowed=f"{least} to {most} characters on one line, no control characters",
        )
    return line


def checked_text(text: str, name: str, *, least: int = 0) -> str:
    """Text of several lines, trimmed. Raises BadInput naming the field."""
    whole = text.replace("\r\n", "\n").strip()
    if not least <= len(whole) <= MOST_TEXT or _CONTROL_BUT_LINES.search(whole):
        raise BadInput(
            f"{name} cannot be kept.", field=name, allowed=f"{least} to {MOST_TEXT} characters, no control characters"
        )
    return whole


def checked_fields(fields: Mapping[str, Any]) -> dict[str, str | float | bool | None]:
    """The site's own fields: up to 50 names with a text, number, truth value or null each. Raises BadInput."""
    if len(fields) > MOST_FIELDS:
        raise BadInput("There are too many fields.", field="fields", allowed=f"at most {MOST_FIELDS}")
    checked: dict[str, str | float | bool | None] = {}
    for name, value in fields.items():
        key = checked_line(name, "fields", 60, least=1)
        if isinstance(value, str):
            checked[key] = checked_text(value, f"fields.{key}")
        elif value is None or isinstance(value, bool | int | float):
            checked[key] = value
        else:
            raise BadInput(
                f"The field {key} cannot be kept.", field=f"fields.{key}", allowed="text, number, true, false or null"
            )
    return checked


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact to be written; `value` in its one form."""

    kind: str
    value: str
    display: str
    primary: bool = False


def checked_contact(kind: str, value: str, primary: bool, number: Number | None) -> Contact:
    """A contact in its one form; `number` is `value` normalised when it is a phone. Raises BadInput."""
    line = checked_line(value, "contacts", 128, least=1)
    if kind == "phone":
        if number is None or not number.value:
            raise BadInput(f"{line} is no telephone number.", field="contacts", allowed="a telephone number")
        return Contact(kind, number.value, number.display, primary)
    if kind == "email":
        if not re.fullmatch(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,63}", line):
            raise BadInput(f"{line} is no mail address.", field="contacts", allowed="name@place")
        return Contact(kind, line.lower(), line, primary)
    if kind == "wechat":
        return Contact(kind, line, line, primary)
    raise BadInput(f"There are no contacts of kind {kind}.", field="contacts", allowed="phone, email or wechat")


def new_name(number: Number) -> str:
    """What a record made from a number is called until a person gives it a name."""
    return number.display[:200]
