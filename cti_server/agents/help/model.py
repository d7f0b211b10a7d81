"""Hands, messages and notices, and the rules for them (pure). Times in unix seconds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Protocol

from cti_server.agents.model import AgentCallJson, Device, Live, Profile, call_of
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.errors import BadInput
from cti_server.live.views import CallView

MOST_TEXT: Final = 500
"""Characters of a message or notice: what is read at a glance beside a call."""
MESSAGES_A_MINUTE: Final = 20
NOTICES_A_MINUTE: Final = 6
LONGEST_NOTICE: Final = 7 * 24 * 3600.0
OLDEST_HAND: Final = 12 * 3600.0
"""A hand that was up longer than any shift before a restart is not put up again."""
# Line breaks are text; other control characters, and signs that turn the direction of what follows, are not.
_UNREADABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class People(Protocol):
    """Who works with which device."""

    def __iter__(self) -> Iterator[Profile]:
        """All profiles."""

    def profile_of(self, user_id: int) -> Profile | None:
        """A user's profile."""

    def device_of(self, user_id: int) -> Device | None:
        """PBX and device of a user."""

    def name_of(self, user_id: int) -> str:
        """A user's name; empty when unknown."""

    def sees_user(self, scope: Scope, user_id: int) -> bool:
        """Whether a user lies within a scope."""


class Journal(Protocol):
    """Where rows are safe before the database has them."""

    def append(self, kind: str, row: dict[str, Any]) -> int:
        """Keep a row; never waits."""

    async def drained(self, limit: float = ...) -> None:
        """Wait until the database has every row appended so far. Raises TimedOut."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand that is or was up. `lowered_how`: agent, supervisor, signedOut, sessionEnded; empty while it is up."""

    id: str
    user_id: int
    raised_at: float
    call_id: str | None = None
    number: str = ""
    caller: str = ""
    queue: str | None = None
    coming_by: int | None = None
    coming_at: float | None = None
    lowered_at: float | None = None
    lowered_by: int | None = None
    lowered_how: str = ""

    def row(self) -> dict[str, Any]:
        """As the journal keeps it."""
        return {key: value.replace("\x00", "") if isinstance(value, str) else value for key, value in _plain(self)}


def _plain(hand: Hand) -> Iterable[tuple[str, Any]]:
    return asdict(hand).items()


@dataclass(frozen=True, slots=True)
class HandJson:
    """A hand as the consoles are given it; the call is as it was when the hand went up."""

    id: str
    user_id: int
    name: str
    team: str
    raised_at: float
    call_id: str | None
    number: str
    caller: str
    queue: str | None
    coming_by: int | None
    coming_by_name: str
    coming_at: float | None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of an agent's thread."""

    id: int
    agent_id: int
    sender_id: int
    from_agent: bool
    text: str
    sent_at: float
    read_at: float | None = None
    read_by: int | None = None


@dataclass(frozen=True, slots=True)
class MessageJson:
    """A message with the names of people. `read_at` None: the other side has not seen it yet."""

    id: int
    agent_id: int
    sender_id: int
    sender_name: str
    from_agent: bool
    text: str
    sent_at: float
    read_at: float | None
    read_by_name: str


@dataclass(frozen=True, slots=True)
class Unread:
    """How many messages of an agent's thread each side has not read."""

    by_agent: int = 0
    by_supervisors: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to a team (empty: to all) until a moment; `readers` by user, when each read it."""

    id: int
    sender_id: int
    team: str
    text: str
    sent_at: float
    expires_at: float
    withdrawn_at: float | None
    readers: Mapping[int, float]
    scope: Scope = EVERYTHING
    """The sender's: it goes to nobody outside."""

    def holds(self, now: float) -> bool:
        """Whether it is to be shown."""
        return self.withdrawn_at is None and now < self.expires_at

    def concerns(self, user_id: int, people: People) -> bool:
        """Whether a user is told."""
        profile = people.profile_of(user_id)
        wanted = profile is not None and (not self.team or profile.team == self.team)
        return wanted and people.sees_user(self.scope, user_id)

    def audience(self, people: People) -> list[int]:
        """Who is told."""
        return [profile.user_id for profile in people if self.concerns(profile.user_id, people)]


@dataclass(frozen=True, slots=True)
class NoticeJson:
    """A notice as an agent is given it."""

    id: int
    text: str
    by: str
    sent_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class ReaderJson:
    """Somebody to whom a notice goes; `at` None: he has not read it."""

    user_id: int
    name: str
    at: float | None


@dataclass(frozen=True, slots=True)
class SentNoticeJson:
    """A notice as supervisors are given it, with who has read it and who has not."""

    id: int
    text: str
    team: str
    by: str
    sent_at: float
    expires_at: float
    withdrawn_at: float | None
    readers: tuple[ReaderJson, ...]


@dataclass(frozen=True, slots=True)
class HelpJson:
    """The part of a user's own topic."""

    hand: HandJson | None
    unread: int
    notices: tuple[NoticeJson, ...]


def checked_text(text: str) -> str:
    """A message or notice fit to be kept. Raises BadInput."""
    clean = text.replace("\r\n", "\n").strip()
    if not 1 <= len(clean) <= MOST_TEXT or _UNREADABLE.search(clean):
        raise BadInput(
            "This text cannot be sent.",
            field="text",
            allowed=f"1 to {MOST_TEXT} characters, without control characters",
            code="bad_text",
        )
    return clean


def checked_team(team: str, people: People, scope: Scope) -> str:
    """A team of somebody who lies within, or empty for all who do. Raises BadInput."""
    known = sorted({one.team for one in people if one.team and people.sees_user(scope, one.user_id)})
    if team and team not in known:
        raise BadInput("There is no such team.", field="team", allowed=", ".join(known[:20]) or "empty: everybody")
    return team


def call_at(live: Live, key: Device | None) -> AgentCallJson | None:
    """The call that a device has or that rings it; also of a device that is in no queue. None when there is none."""
    if key is None:
        return None
    agent = live.agents.get(key)
    if agent is not None and (found := call_of(agent, live.calls)) is not None:
        return found
    return next(
        (_brief(call, key[1]) for call in live.calls.values() if call.pbx == key[0] and _has(call, key[1])), None
    )


def _has(call: CallView, device: str) -> bool:
    return any(leg.device == device and leg.ended_at is None for leg in call.legs)


def _brief(call: CallView, device: str) -> AgentCallJson:
    since = min(leg.started_at for leg in call.legs if leg.device == device and leg.ended_at is None)
    return AgentCallJson(call.id, call.number, call.name, call.direction, call.state, since, call.queue)


def raised(hand_id: str, user_id: int, at: float, call: AgentCallJson | None) -> Hand:
    """A hand goes up."""
    if call is None:
        return Hand(hand_id, user_id, round(at, 6))
    return Hand(hand_id, user_id, round(at, 6), call.id, call.number, call.name, call.queue)


def coming(hand: Hand, user_id: int, at: float) -> Hand:
    """Somebody comes; who said so last is who comes."""
    return hand if hand.coming_by == user_id else replace(hand, coming_by=user_id, coming_at=round(at, 6))


def lowered(hand: Hand, by: int | None, how: str, at: float) -> Hand:
    """It goes down."""
    return replace(hand, lowered_at=round(at, 6), lowered_by=by, lowered_how=how)


def hand_json(hand: Hand, people: People) -> HandJson:
    """A hand with the names of people."""
    profile = people.profile_of(hand.user_id)
    return HandJson(
        id=hand.id,
        user_id=hand.user_id,
        name=people.name_of(hand.user_id),
        team=profile.team if profile else "",
        raised_at=hand.raised_at,
        call_id=hand.call_id,
        number=hand.number,
        caller=hand.caller,
        queue=hand.queue,
        coming_by=hand.coming_by,
        coming_by_name=people.name_of(hand.coming_by) if hand.coming_by is not None else "",
        coming_at=hand.coming_at,
    )


def message_json(message: Message, people: People) -> MessageJson:
    """A message with the names of people."""
    return MessageJson(
        id=message.id,
        agent_id=message.agent_id,
        sender_id=message.sender_id,
        sender_name=people.name_of(message.sender_id),
        from_agent=message.from_agent,
        text=message.text,
        sent_at=message.sent_at,
        read_at=message.read_at,
        read_by_name=people.name_of(message.read_by) if message.read_by is not None else "",
    )


def notice_json(notice: Notice, people: People) -> NoticeJson:
    """A notice for those who are told."""
    return NoticeJson(notice.id, notice.text, people.name_of(notice.sender_id), notice.sent_at, notice.expires_at)


def sent_notice_json(notice: Notice, people: People) -> SentNoticeJson:
    """A notice with who has read it; those who did not come last. Who has left the team since stays when he read it."""
    told = {*notice.audience(people), *notice.readers}
    readers = [ReaderJson(user_id, people.name_of(user_id), notice.readers.get(user_id)) for user_id in told]
    return SentNoticeJson(
        id=notice.id,
        text=notice.text,
        team=notice.team,
        by=people.name_of(notice.sender_id),
        sent_at=notice.sent_at,
        expires_at=notice.expires_at,
        withdrawn_at=notice.withdrawn_at,
        readers=tuple(sorted(readers, key=lambda one: (one.at is None, one.at or 0.0, one.name))),
    )


def notice_within(notice: SentNoticeJson, scope: Scope, people: People) -> SentNoticeJson | None:
    """A notice with those readers who lie within; None when it concerns none of them."""
    if scope.whole:
        return notice
    readers = tuple(one for one in notice.readers if people.sees_user(scope, one.user_id))
    return replace(notice, readers=readers) if readers else None
