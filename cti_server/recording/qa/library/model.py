"""An excellent call, and who may hear it (pure)."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LibraryJson:
    """An excellent call. `consent`: asked, given or refused by its agent; `may_hear`: whether the asker may play it.

    `score` 0 to 100; `seconds` its length; times in unix seconds.
    """

    evaluation_id: int
    title: str
    consent: str
    agent_id: int
    agent_name: str
    team: str
    queue: str | None
    kind: str
    subject_id: str
    score: float | None
    seconds: float | None
    subject_at: float
    created_at: float
    may_hear: bool = False


def shown_to_agent(one: LibraryJson, user_id: int, team: str, queues: Collection[str]) -> bool:
    """An agent hears what its agent has agreed to, of his own team or of a queue that he serves; and his own."""
    if one.agent_id == user_id:
        return True
    return one.consent == "given" and ((one.team != "" and one.team == team) or one.queue in queues)
