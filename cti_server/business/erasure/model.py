"""What an erasure is, who may be erased, and how it is told (pure)."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from cti_server.core.erasing.model import Person, Proof
from cti_server.core.errors import BadInput, Conflict
from cti_server.live.views import CallView

MOST_WHY: Final = 500


class People(Protocol):
    """Who somebody is."""

    def of_customer(self, customer_id: int) -> Awaitable[tuple[Person, str]]:
        """A customer, and his name. Raises NotFound, Unavailable."""

    def of_number(self, raw: str) -> Awaitable[tuple[Person, str]]:
        """Who calls from a number, and the number as it is shown. Raises BadInput, Conflict, Unavailable."""

    def key(self, value: str) -> str:
        """The digits by which calls of a number are found."""


class Calls(Protocol):
    """Which calls were his."""

    def calls_of(self, customers: list[int], keys: list[str]) -> Awaitable[list[tuple[str, str, str, str]]]:
        """(PBX, Linkedid, number, name) of his calls. Raises Unavailable."""


class Live(Protocol):
    """The calls over all PBXs."""

    @property
    def calls(self) -> Mapping[str, CallView]:
        """Those that are not over, by id."""


class Drains(Protocol):
    """Where rows are on their way to the database."""

    def drained(self) -> Awaitable[None]:
        """Wait until the database has every row appended so far. Raises TimedOut."""


@dataclass(frozen=True, slots=True)
class BlockJson:
    """Why he cannot be erased now. `until` in unix seconds."""

    code: str
    room: str
    count: int
    until: float | None


@dataclass(frozen=True, slots=True)
class PreviewJson:
    """What would go: `found` room → kind → how many. `confirm` has to be typed to go on."""

    customer_id: int | None
    confirm: str
    numbers: tuple[str, ...]
    calls: int
    found: dict[str, dict[str, int]]
    blocks: tuple[BlockJson, ...]


@dataclass(frozen=True, slots=True)
class StepJson:
    """One room. `state` waiting, running, done; `removed` kind → how many."""

    room: str
    state: str
    removed: dict[str, int]


@dataclass(frozen=True, slots=True)
class ProofJson:
    """A sound that was removed for good."""

    thing: str
    sha256: str
    bytes: int | None


@dataclass(frozen=True, slots=True)
class ErasureJson:
    """An erasure: it does not name the person. `state` running, stopped, done; times unix seconds."""

    id: int
    subject: str
    why: str
    by_login: str
    state: str
    stopped: str
    started_at: float
    ended_at: float | None
    steps: tuple[StepJson, ...] = ()
    proofs: tuple[ProofJson, ...] = ()


@dataclass(frozen=True, slots=True)
class Eraser:
    """Who has asked for it, as who does it, also after a new start of the server."""

    user_id: int | None
    login: str
    address: str


@dataclass(frozen=True, slots=True)
class Task:
    """An erasure that is not done. `rooms`: those that have forgotten him."""

    id: int
    subject: str
    why: str
    person: Person
    rooms: tuple[str, ...]
    who: Eraser


def with_calls(person: Person, calls: Iterable[tuple[str, str, str, str]], shown: frozenset[str]) -> Person:
    """The person with his calls, and with his numbers as the PBX told them (`shown`: those whose key is his)."""
    calls = list(calls)
    numbers = [number for _, _, number, _ in calls if number in shown]
    # A carrier sends the number in the place of a name when it knows none.
    return replace(
        person,
        calls=tuple(sorted({(pbx, linkedid) for pbx, linkedid, _, _ in calls})),
        numbers=tuple(dict.fromkeys((*person.numbers, *numbers))),
    )


def on_the_line(live: Live, person: Person, key_of: Mapping[str, str]) -> bool:
    """Whether he is in a call now. `key_of`: number → key of the numbers of these calls."""
    his = set(person.calls)
    return any(
        (call.pbx, call.linkedid) in his or key_of.get(call.number, "") in person.keys for call in live.calls.values()
    )


def checked_why(why: str, person: Person) -> str:
    """A reason fit to be kept for ever. Raises BadInput: empty, too long, or it names him."""
    clean = why.strip()
    if not 1 <= len(clean) <= MOST_WHY or "\x00" in clean:
        raise BadInput("Please write why.", field="why", allowed=f"1 to {MOST_WHY} characters")
    if person.named_in(clean):
        raise BadInput(
            "The reason is kept: it must not name the person.", field="why", allowed="neither his name nor his number",
            code="erasure_names",
        )  # fmt: skip
    return clean


def check_confirmed(given: str, wanted: str) -> None:
    """That whoever asks has read who it is about. Raises BadInput."""
    if "".join(given.split()).casefold() != "".join(wanted.split()).casefold():
        raise BadInput("Type who is to be erased.", field="confirm", allowed="as the preview shows it")


def check_blocks(blocks: Sequence[BlockJson]) -> None:
    """Raises Conflict with the first reason why not."""
    if blocks:
        first = blocks[0]
        raise Conflict(_SENTENCES[first.code], code=first.code, count=first.count, until=first.until)


_SENTENCES: Final = {
    "recording_held": "Recordings of this person are under a legal hold; lift it first.",
    "recording_too_young": "Recordings of outbound calls to this person are kept for 30 days.",
    "recording_unfinished": "A recording of this person is being filed; try again in a minute.",
    "on_the_line": "This person is in a call now; try again when it is over.",
}


def proof_json(one: Proof) -> ProofJson:
    """As consoles are given it."""
    return ProofJson(one.thing, one.sha256, one.bytes)
