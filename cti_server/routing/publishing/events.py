"""What the room of versions tells."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlowPublished:
    """New calls on the flow's numbers follow this version from now on."""

    flow: str
    version: int
