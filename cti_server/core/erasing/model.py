"""A person who is to be forgotten, and what a room that knows him must be able to do (pure)."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cti_server.core.audit.model import Actor

MARK: Final = "███"
"""Stands where a text named him."""
LEAST_DIGITS: Final = 5
"""Shorter numbers are looked for in their own columns only: in a text they may be anything."""
_BETWEEN: Final = r"[-. ()/]*"
_NOTHING: Final = "(?!)"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is forgotten, as far as the rooms have to know him.

    `keys`: digits by which his calls are found; `numbers`: the same as people write them, addresses too; `names`: as he
    is called; `own_names`: those that nobody else has, which are taken out of texts that are not about his calls too;
    `calls`: (PBX, Linkedid) of his calls.
    """

    customers: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    own_names: tuple[str, ...] = ()
    calls: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """A regular expression (for PostgreSQL and Python) of all that names him, for texts about him."""
        return _pattern((*self.keys, *self.numbers), self.names)

    @property
    def own_words(self) -> str:
        """The same for any text: without names that somebody else has, too."""
        return _pattern((*self.keys, *self.numbers), self.own_names)

    def named_in(self, text: str) -> bool:
        """Whether a text names him."""
        return re.search(self.words, text, re.IGNORECASE) is not None


def _pattern(numbers: Iterable[str], names: Iterable[str]) -> str:
    parts = {re.escape(name) for name in names if name.strip()}
    for number in numbers:
        digits = re.sub(r"[^0-9]", "", number)
        if re.search(r"[^-+. ()/0-9]", number):
            parts.add(re.escape(number))
        elif len(digits) >= LEAST_DIGITS:
            parts.add(r"\+?" + _BETWEEN.join(digits))
    # The longest first, so that nothing of a number is left beside the mark.
    return "|".join(sorted(parts, key=lambda part: (-len(part), part))) or _NOTHING


@dataclass(frozen=True, slots=True)
class Block:
    """Why he cannot be forgotten now: `code` as errors have it, `count` things, until when (unix seconds)."""

    code: str
    count: int
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a room knows of him: things by kind, and what forbids their removal."""

    parts: Mapping[str, int] = field(default_factory=dict)
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """A sound that was removed for good. `thing` as `recording 12`."""

    thing: str
    sha256: str
    bytes: int | None


Told = Callable[[Any, Mapping[str, int], Sequence[Proof]], Awaitable[None]]
"""Keeps what was removed in the transaction (of the connection) in which it was: so the sum is right after a crash."""


class Knows(Protocol):
    """A room that knows people and can forget one. Both may be asked again and again."""

    @property
    def room(self) -> str:
        """Its name in progress and proof."""

    def preview(self, person: Person) -> Awaitable[Found]:
        """What would go. Raises Unavailable."""

    def forget(self, person: Person, who: Actor, told: Told) -> Awaitable[None]:
        """Remove or blank it; what was begun and cut off goes on. Raises Conflict, Unavailable."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of thing that stands in rows: `forget` removes or blanks them and returns a row for each, `count` tells
    how many there are (empty: too dear to be asked). Both stand behind GIVEN of core/erasing/store.py."""

    kind: str
    count: str
    forget: str
