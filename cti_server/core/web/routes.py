"""What a room says about each of its addresses, and what its handler is given.

A room's `api.py` offers `routes(service, ...) -> list[Route]`; the web server makes the addresses, the checks and the
OpenAPI document from that one list. A handler is thin:

    async def show(request: ApiRequest) -> CustomerJson:
        return await service.customer(request.path["id"])
"""

import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec

from cti_server.core.auth.model import Session

PREFIX: Final = "/api/v1"
BODY_LIMIT: Final = 64 * 1024
"""Bytes of a request body unless a route says otherwise."""

Item = TypeVar("Item")
_PARAMETER = re.compile(r"\{([a-z_]+)(?::(int|str))?\}")


class Accounts(Protocol):
    """What the web server needs of the accounts."""

    async def session(self, token: str) -> Session | None:
        """The living session that this token opens. Raises Unavailable when it cannot be told."""
        ...


class Reach(StrEnum):
    """On whom an address acts, for those whose scope is limited (core/auth/scope.py)."""

    OWN = "own"  # on the asker's own things alone
    SITE = "site"  # on nothing that belongs to a team or a queue
    AGENT = "agent"  # on the agent `user_id` of the path: the door asks whether he lies within
    THING = "thing"  # on a call or the like that the path or the body names: its room asks
    LIST = "list"  # answers with what lies within, and with nothing else


Sees = Callable[[Session, int], bool]
"""Whether a session may know of an agent, by his user's number."""


class Body(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a request body or a query is made of: fields that are not named in it are refused."""


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """A stretch of a list. `next_cursor` asks for the next one; null at the end."""

    items: Sequence[Item]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Csv:
    """A list as a file for a spreadsheet, sent while it is read; nothing is held whole.

    `rows` yields one sequence of cells per line: text, numbers, booleans, None, or times as ISO 8601 text.
    """

    filename: str
    header: Sequence[str]
    rows: AsyncIterable[Sequence[object]] | Iterable[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no JSON, such as a sound: its bytes, whole, and what they are."""

    data: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that needs more than a body: another status, a header, or a session to begin or end."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    session_token: str | None = None
    """Given to the browser as the session cookie, with the flags that the scheme allows."""
    end_session: bool = False


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One checked request. `body` and `query` are instances of what the route names, else None."""

    session: Session | None
    """Never None unless the route is public; see `who`."""
    token: str | None
    """The session's own secret, for signing out; never logged."""
    body: Any
    query: Any
    path: Mapping[str, Any]
    """Path parameters: `{id:int}` is an int, `{id}` a str."""
    language: str
    """zh-CN or en: the user's own, else what the browser asks for, else the site's."""
    address: str
    """Where the request came from, seen through trusted proxies only."""
    request_id: str
    wants_csv: bool = False
    idempotency_key: str | None = None
    authorization: str = ""
    """The header of that name, for programs that come with a token of their own; never logged."""

    @property
    def who(self) -> Session:
        """The session of a route that is not public."""
        if self.session is None:
            raise LookupError("a public route asked who is signed in")
        return self.session


Handler = Callable[[ApiRequest], Awaitable[object]]
"""Returns a Struct, dataclass, dict or list (JSON), Page, Csv, Content, Reply, or None (204). Raises CtiError."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a room.

    `path` stands below /api/v1: "/customers/{id:int}". `roles` None means everybody who is signed in; one of the
    named roles is enough. Whether a thing of another user may be seen is the room's own question (NotFound).
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[str] | None = None
    summary: str = ""
    request: type[msgspec.Struct] | None = None
    """The body, a `Body`; required for the methods that have one when named."""
    response: Any = None
    """Type of the answer's body, for the document; None for 204."""
    csv: bool = False
    """`Accept: text/csv` is understood (`request.wants_csv`)."""
    query: type[msgspec.Struct] | None = None
    public: bool = False
    """Needs no session."""
    temporary: bool = False
    """Open also to a user who has yet to change a password given to him by somebody else."""
    idempotent: bool = False
    """A command: needs an `Idempotency-Key`; the same key is never carried out twice."""
    body_limit: int = BODY_LIMIT
    content: str = ""
    """Media type of the answer when it is a `Content`, for the document."""
    reach: Reach | None = None
    """Required, unless the address is public, one's own (/me) or for admins alone; a test of the whole asks for it."""

    @property
    def stated_reach(self) -> Reach | None:
        """`reach`, or what goes without saying; None: nobody has thought of it."""
        if self.reach is not None:
            return self.reach
        if self.public or self.path == "/me" or self.path.startswith("/me/"):
            return Reach.OWN
        return Reach.SITE if self.roles == frozenset({"admin"}) else None  # whose scope is the whole site

    @property
    def address(self) -> str:
        """The whole path with plain parameters, as OpenAPI and aiohttp write it."""
        return PREFIX + "/" + _PARAMETER.sub(r"{\1}", self.path).lstrip("/")

    @property
    def parameters(self) -> dict[str, type]:
        """Name of each path parameter → int or str."""
        return {name: int if kind == "int" else str for name, kind in _PARAMETER.findall(self.path)}
