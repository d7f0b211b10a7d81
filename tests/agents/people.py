"""Users and members, set by hand."""

from collections.abc import Callable, Sequence
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
    static: set[str] = field(default_factory=set)
    before_answer: Callable[[], None] | None = None

    async def add(self, pbx: str, queue: str, device: str, name: str, penalty: int, pause: str | None = None) -> None:
        paused = () if pause is None else (pause,)
        self.asked.append(("add", queue, device, name, penalty, *paused))
        if self.fault:
            raise self.fault

    async def remove(self, pbx: str, queue: str, device: str) -> None:
        self.asked.append(("remove", queue, device))
        if self.fault:
            raise self.fault

    async def leave(self, pbx: str, queue: str, device: str) -> bool:
        if queue in self.static:
            return False
        await self.remove(pbx, queue, device)
        return True

    async def penalty(self, pbx: str, queue: str, device: str, penalty: int) -> None:
        self.asked.append(("penalty", queue, device, penalty))
        if self.fault:
            raise self.fault

    async def pause(self, pbx: str, device: str, reason: str | None, queue: str | None = None) -> None:
        self.asked.append(("pause", device, reason) if queue is None else ("pause", device, reason, queue))
        if self.before_answer:
            self.before_answer()
        if self.fault:
            raise self.fault

    def away(self) -> None:
        self.fault = Unavailable("The PBX is away.", code="pbx_not_connected")
