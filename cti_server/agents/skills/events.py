"""What skills tell the other rooms."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentSkillsChanged:
    """An agent can do other things from now on, or does them at another level; `skills` is all of it: name to level."""

    user_id: int
    skills: tuple[tuple[str, int], ...]
