"""What of help a supervisor with a limited scope is told (pure): hands, threads and notices of those who lie within."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from cti_server.agents.help.model import HandJson, People, SentNoticeJson, notice_within
from cti_server.core.auth.scope import Scope
from cti_server.core.push.sights import Sight


def sight_of(people: People) -> Sight:
    """How the topic is cut: by the agent of a hand or thread, by those to whom a notice goes."""

    def shown(scope: Scope, thing: Any) -> Any:
        if isinstance(thing, SentNoticeJson):
            return notice_within(thing, scope, people)
        if not people.sees_user(scope, _agent(thing)):
            return None
        return hand_within(thing, scope) if isinstance(thing, HandJson) else thing

    return Sight(items=("hands", "unread", "notices"), key=_key, shown=shown, gone=_gone)


def hand_within(hand: HandJson, scope: Scope) -> HandJson:
    """A hand as a scope sees it: without its call when that is one of a queue outside."""
    if hand.queue is None or scope.sees_queue(hand.queue):
        return hand
    return replace(hand, call_id=None, number="", caller="", queue=None)


def _key(thing: Any) -> Hashable:
    if isinstance(thing, SentNoticeJson):
        return "notice", thing.id
    return "hand" if isinstance(thing, HandJson) else "thread", _agent(thing)


def _agent(thing: Any) -> int:
    """Whose hand or thread; a thread of the list names a user, a change of it an agent."""
    if isinstance(thing, HandJson):
        return thing.user_id
    named: Mapping[str, int] = thing
    return named["agent_id"] if "agent_id" in named else named["user_id"]


def _gone(thing: Any) -> tuple[str, object]:
    if isinstance(thing, SentNoticeJson):
        return "notice.gone", {"id": thing.id}
    if isinstance(thing, HandJson):
        return "hand.lowered", {"user_id": thing.user_id}
    return "thread.gone", {"agent_id": _agent(thing)}
