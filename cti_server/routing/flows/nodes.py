"""The kinds of nodes that speak, ask and decide: what each is told (settings) and how it can be left (exits) (pure).

The rest, which hand the caller on, stand in `handing.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, field

from cti_server.routing.flows.asking import Case
from cti_server.routing.flows.speech import Speech
from cti_server.routing.flows.words import (
    Calendar,
    DataName,
    Key,
    Label,
    Language,
    NodeId,
    Part,
    Seconds,
    Switch,
    Template,
    Tries,
    Url,
)

KEYS = "0123456789*#"


class Per(StrEnum):
    """What a node has one further exit for."""

    KEY = "key"
    """Each key of the telephone, as far as the node connects it: the exit is called by the key."""
    CASE = "case"
    """Each case of its setting `cases`: the exit is called by the case's name."""
    ENDING = "ending"
    """Each ending of the sub-flow (its nodes `return`): the exit is called by the ending's name."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a node that is always there.

    One that is not `needed` may stay unconnected: then the call leaves by `otherwise` when that is named; else the
    caller goes to the safe queue of the number dialled, or is hung up when an agent has already spoken with him.
    """

    name: str
    needed: bool = True
    otherwise: str | None = None


class Group(StrEnum):
    """Under which heading the editor offers a kind."""

    SPEAK = "speak"
    ASK = "ask"
    DECIDE = "decide"
    DATA = "data"
    HAND = "hand"
    END = "end"


Exits: TypeAlias = Annotated[
    dict[Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_-]{0,31}|[0-9*#])$")], NodeId], Meta(max_length=40)
]


class Node(Part, frozen=True, kw_only=True, tag_field="kind"):
    """What every node has. `label` is what people read in the editor, in figures and in the call's journey."""

    label: Label = ""
    exits: Exits = field(default_factory=dict)

    GROUP: ClassVar[Group]
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("next"),)
    PER: ClassVar[Per | None] = None
    WAITS: ClassVar[bool] = False
    """The caller decides something here, so that a loop through it is no trap."""


class Play(Node, frozen=True, kw_only=True, tag="play"):
    """Says something and goes on."""

    speech: Speech = ()
    barge_in: bool = False
    """A key ends it; where a menu or a collect node follows, the key counts there."""

    GROUP: ClassVar[Group] = Group.SPEAK


class Menu(Node, frozen=True, kw_only=True, tag="menu"):
    """Says what each key does and takes one key."""

    speech: Speech = ()
    barge_in: bool = True
    timeout_seconds: Seconds = 5.0
    """Silence after the speech, before it counts as no answer."""
    tries: Tries = 3
    on_invalid: Speech = ()
    """Said before the next try after a key that leads nowhere."""
    on_timeout: Speech = ()
    key_labels: dict[Key, Label] = field(default_factory=dict)
    """What people read for a key in the editor and in figures."""

    GROUP: ClassVar[Group] = Group.ASK
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("timeout"), Exit("invalid", needed=False, otherwise="timeout"))
    PER: ClassVar[Per | None] = Per.KEY
    WAITS: ClassVar[bool] = True


class Collect(Node, frozen=True, kw_only=True, tag="collect"):
    """Takes digits into a field of the call's data."""

    into: DataName
    speech: Speech = ()
    barge_in: bool = True
    min_digits: Annotated[int, Meta(ge=1, le=40)] = 1
    max_digits: Annotated[int, Meta(ge=1, le=40)] = 20
    terminator: Literal["", "#", "*"] = "#"
    timeout_seconds: Seconds = 5.0
    between_seconds: Seconds = 3.0
    """Silence between two digits after which the number counts as whole."""
    tries: Tries = 3
    check: Literal["none", "luhn", "date", "citizenId", "mobile"] = "none"
    """luhn: bank cards; date: YYYYMMDD; citizenId: 18 digits, `*` for X; mobile: a mobile number of mainland China."""
    secret: bool = False
    """Used inside the flow only: neither stored nor shown nor logged."""
    on_invalid: Speech = ()
    on_timeout: Speech = ()

    GROUP: ClassVar[Group] = Group.ASK
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("done"),
        Exit("timeout"),
        Exit("invalid", needed=False, otherwise="timeout"),
    )
    WAITS: ClassVar[bool] = True


class ChooseLanguage(Node, frozen=True, kw_only=True, tag="language"):
    """Sets the language: the caller's choice by key, or `set` without asking."""

    speech: Speech = ()
    barge_in: bool = True
    keys: dict[Key, Language] = field(default_factory=dict)
    set: Annotated[str, Meta(pattern=r"^([a-z]{2,3}(-[A-Z]{2})?)?$", extra_json_schema={"x-form": "language"})] = ""
    timeout_seconds: Seconds = 5.0
    tries: Tries = 2

    GROUP: ClassVar[Group] = Group.ASK
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("next"), Exit("timeout", needed=False, otherwise="next"))
    WAITS: ClassVar[bool] = True


class Hours(Node, frozen=True, kw_only=True, tag="hours"):
    """Is it open now, by a named calendar?"""

    calendar: Calendar

    GROUP: ClassVar[Group] = Group.DECIDE
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("open"),
        Exit("closed"),
        Exit("holiday", needed=False, otherwise="closed"),
    )


class EmergencySwitch(Node, frozen=True, kw_only=True, tag="switch"):
    """A named switch that a supervisor turns on when something happens."""

    switch: Switch

    GROUP: ClassVar[Group] = Group.DECIDE
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("on"), Exit("off"))


class Condition(Node, frozen=True, kw_only=True, tag="condition"):
    """Who calls? The first case that holds decides."""

    cases: Annotated[tuple[Case, ...], Meta(max_length=20, extra_json_schema={"x-form": "cases"})]

    GROUP: ClassVar[Group] = Group.DECIDE
    EXITS: ClassVar[tuple[Exit, ...]] = (Exit("else"),)
    PER: ClassVar[Per | None] = Per.CASE


Answer: TypeAlias = Annotated[
    dict[DataName, Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^.\s]+(\.[^.\s]+)*$")]],
    Meta(max_length=20, extra_json_schema={"x-form": "answer"}),
]
"""Field of the data → where its value stands in the JSON answer, such as `customer.cards.0.state`."""
Fields: TypeAlias = Annotated[
    dict[Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")], Template],
    Meta(max_length=20, extra_json_schema={"x-form": "fields"}),
]


class LookUp(Node, frozen=True, kw_only=True, tag="lookup"):
    """Asks a program of the company by HTTP; only hosts that the configuration allows."""

    url: Url
    method: Literal["GET", "POST"] = "GET"
    body: Fields = field(default_factory=dict)
    """POST: fields of the JSON object that is sent."""
    answer: Answer = field(default_factory=dict)
    timeout_seconds: Annotated[float, Meta(ge=0.2, le=5, extra_json_schema={"x-form": "seconds"})] = 3.0

    GROUP: ClassVar[Group] = Group.DATA
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("done"),
        Exit("failed"),
        Exit("none", needed=False, otherwise="failed"),
    )
    """none: the program answered 404."""


class SetData(Node, frozen=True, kw_only=True, tag="set"):
    """Writes fields of the data that go with the call to the pop, the history and the reports."""

    data: Annotated[dict[DataName, Template], Meta(max_length=20, extra_json_schema={"x-form": "data"})]

    GROUP: ClassVar[Group] = Group.DATA


class Identify(Node, frozen=True, kw_only=True, tag="identify"):
    """Asks for a card or account number, and for a PIN when `pin_digits` is not 0.

    Without `url` the number is looked for among our own customers' accounts. With it that program is asked by POST with
    {"number", "pin"}: 200 means right (its answer is taken as a look-up's is), 401, 403 and 404 wrong. We keep no PINs.
    """

    into: DataName = "account"
    speech: Speech = ()
    min_digits: Annotated[int, Meta(ge=1, le=40)] = 4
    max_digits: Annotated[int, Meta(ge=1, le=40)] = 20
    pin_speech: Speech = ()
    pin_digits: Annotated[int, Meta(ge=0, le=12)] = 0
    on_wrong: Speech = ()
    timeout_seconds: Seconds = 5.0
    between_seconds: Seconds = 3.0
    tries: Tries = 3
    url: Url = ""
    answer: Answer = field(default_factory=dict)

    GROUP: ClassVar[Group] = Group.DATA
    EXITS: ClassVar[tuple[Exit, ...]] = (
        Exit("known"),
        Exit("unknown"),
        Exit("failed", needed=False, otherwise="unknown"),
    )
    WAITS: ClassVar[bool] = True
