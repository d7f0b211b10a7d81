"""Whose recordings somebody may hear, by the scope to which an admin has limited him (pure)."""

from typing import Protocol

from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.recording.model import SEES_ALL, Within


class PeopleWithin(Protocol):
    """Who lies within a scope."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within."""


class ByScope:
    """`Scopes` from the teams and queues of the session."""

    def __init__(self, people: PeopleWithin) -> None:
        self._people = people

    def within(self, who: Session) -> Within | None:
        """None: the whole site; for those without one of the roles only their own."""
        if not who.roles & SEES_ALL:
            return Within(who.user_id)
        scope = who.scope
        if scope.whole:
            return None
        queues = tuple(sorted(scope.queues)) or None
        agents = tuple(self._people.users_within(Scope(queues=scope.queues))) if queues else ()
        team = tuple(self._people.users_within(Scope(teams=scope.teams))) if scope.teams else None
        return Within(who.user_id, queues, agents, team)
