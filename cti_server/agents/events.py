"""What the room of agents tells the others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentProfileChanged:
    """A user works with another device, or with none; `before` and `after` are PBX and device."""

    user_id: int
    before: tuple[str, str] | None
    after: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class OutcomeSaved:
    """An agent has said what came of a call; sent by the room that keeps outcomes, when one was given."""

    user_id: int
    call_id: str
