"""When the recordings of a person may go (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cti_server.core.erasing.model import Block
from cti_server.recording.policy import LEAST_OUTBOUND_DAYS

GONE: Final = frozenset({"dropped", "deleted"})
_UNFINISHED: Final = frozenset({"recording", "waiting"})


@dataclass(frozen=True, slots=True)
class His:
    """A recording of a call of his. `started_at` in unix seconds."""

    id: int
    pbx: str
    name: str
    state: str
    hold: str
    direction: str
    started_at: float


def blocks_of(his: Sequence[His], now: float) -> list[Block]:
    """Legal holds, outbound calls within their 30 days, and what is not filed yet."""
    there = [one for one in his if one.state not in GONE]
    least = LEAST_OUTBOUND_DAYS * 86_400.0
    held = [one for one in there if one.hold]
    young = [one.started_at + least for one in there if one.direction == "outbound" and now - one.started_at < least]
    unfinished = [one for one in there if one.state in _UNFINISHED]
    blocks = [Block("recording_held", len(held))] if held else []
    if young:
        blocks.append(Block("recording_too_young", len(young), max(young)))
    return [*blocks, Block("recording_unfinished", len(unfinished))] if unfinished else blocks
