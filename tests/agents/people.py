"""Users and members, set by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cti_server.core.errors import CtiError, Unavailable


@dataclass(frozen=True)
class User:
    id: int
    login: str
    name: str


@dataclass
class Users:
    """The accounts."""

    known: list[User] = field(default_factory=lambda: [User(1, "li", "李娜"), User(2, "bob", "Bob")])

    async def list_users(self) -> Sequence[User]:
        return self.known


@dataclass
class AskedMembers:
    """A PBX that keeps what it was asked; `fault` is what it answers."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    fault: CtiError | None = None

    async def add(self, pbx: str, queue: str, device: str, name: str, penalty: int) -> None:
        self.asked.append(("add", queue, device, name, penalty))
        if self.fault:
            raise self.fault

    async def remove(self, pbx: str, queue: str, device: str) -> None:
        self.asked.append(("remove", queue, device))
        if self.fault:
            raise self.fault

    def away(self) -> None:
        self.fault = Unavailable("The PBX is away.", code="pbx_not_connected")
