"""How much of the site a session reaches: teams and queues as plain sets of names (pure).

Roles say which actions there are; the scope says on whom. What a room shows or does it asks here, once: whether this
agent, this queue, this call lies within. Admins reach everything.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from cti_server.core.errors import BadInput

MOST_NAMES: Final = 200
Standing = tuple[str, Collection[str]]
"""An agent's team (empty: none) and his queues."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Empty sets limit nothing. With both, an agent must be of one of the teams and work for one of the queues."""

    teams: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether nothing is hidden."""
        return not self.teams and not self.queues

    def sees_queue(self, queue: str) -> bool:
        """Whether a queue lies within."""
        return not self.queues or queue in self.queues

    def sees_team(self, team: str) -> bool:
        """Whether a team lies within; who is in no team lies in none."""
        return not self.teams or team in self.teams

    def sees_agent(self, team: str, queues: Collection[str]) -> bool:
        """Whether an agent lies within."""
        return self.sees_team(team) and (not self.queues or not self.queues.isdisjoint(queues))

    def sees_call(self, queues: Collection[str], agents: Iterable[Standing]) -> bool:
        """Whether a call lies within: by its queues and by the agents who have or had a part in it.

        A call of no queue belongs to its agents; one that nobody took yet belongs to its queues.
        """
        if self.whole:
            return True
        people = list(agents)
        if self.queues and not (
            not self.queues.isdisjoint(queues) if queues else any(self.sees_agent(*one) for one in people)
        ):
            return False
        if not self.teams:
            return True
        return any(team in self.teams for team, _ in people) if people else bool(queues)


EVERYTHING: Final = Scope()


def checked_scope(teams: Iterable[str], queues: Iterable[str]) -> Scope:
    """A scope fit to be kept. Raises BadInput naming the field."""
    return Scope(_checked("teams", teams), _checked("queues", queues))


def _checked(field: str, names: Iterable[str]) -> frozenset[str]:
    clean = frozenset(name.strip() for name in names)
    if len(clean) > MOST_NAMES or not all(1 <= len(name) <= 100 and name.isprintable() for name in clean):
        raise BadInput(
            "These names cannot be used.", field=field, allowed=f"at most {MOST_NAMES} names of 1 to 100 characters"
        )
    return clean
