"""Skills and their levels (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_server.core.errors import BadInput

LEVELS: Final = range(1, 6)
"""1: a little, 5: very well."""
MOST_SKILLS: Final = 50


@dataclass(frozen=True, slots=True)
class SkillsJson:
    """An agent's skills: name to level."""

    user_id: int
    skills: Mapping[str, int] = field(default_factory=dict)


def checked_skill(name: str) -> str:
    """A skill's name, trimmed. Raises BadInput."""
    clean = name.strip()
    if not 1 <= len(clean) <= 50 or not clean.isprintable():
        raise BadInput("This is no name of a skill.", field="skill", allowed="1 to 50 characters on one line")
    return clean


def checked_level(level: int) -> int:
    """A level that a skill may have. Raises BadInput."""
    if level not in LEVELS:
        raise BadInput("There is no such level.", field="level", allowed="1 to 5")
    return level


def checked_skills(skills: Mapping[str, int]) -> dict[str, int]:
    """Skills fit to be kept, by name. Raises BadInput."""
    checked = {checked_skill(name): checked_level(level) for name, level in skills.items()}
    if len(checked) != len(skills) or len(checked) > MOST_SKILLS:
        raise BadInput("Too many skills, or one twice.", field="skills", allowed=f"{MOST_SKILLS} different skills")
    return dict(sorted(checked.items()))
