"""What a PBX keeps for us of a caller who waits, so that it outlives this server: one channel variable (pure).

The server that told him how to enter may be gone while he waits. What he asks of the agent, his points, since when he
waits and for whom an agent is kept stand in his channel; the next server reads them there, whatever became of the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode

from cti_server.routing.decisions.model import CustomerFacts
from cti_server.routing.decisions.needs import SLOTS
from cti_server.routing.decisions.stays import Stay, Wish

VARIABLE: Final = "CTI_STAY"
MOST_SIGNS: Final = 900
"""Longer than this no variable can be handed to a PBX; who asks more is served as it stands there."""
_NEED: Final = "need."


@dataclass(frozen=True, slots=True)
class Kept:
    """`since`: he has waited from then on (unix seconds; 0: since he joined). `reserved`: the agent kept for him."""

    queue: str
    extra: int = 0
    since: float = 0.0
    tier: str = ""
    value_tier: str = ""
    wish: Wish | None = None
    reserved: str = ""
    reserved_until: float = 0.0
    offered: bool = False
    """A callback was offered to him, and he stays."""


def encoded(kept: Kept) -> str:
    """As it stands in the channel: letters, digits and a few signs that no dialplan reads as its own."""
    parts: dict[str, str] = {"queue": kept.queue, "tier": kept.tier, "value": kept.value_tier}
    parts |= {"extra": str(kept.extra or ""), "since": f"{kept.since:.3f}" if kept.since else ""}
    parts["offered"] = "1" if kept.offered else ""
    if kept.reserved:
        parts |= {"agent": kept.reserved, "until": f"{kept.reserved_until:.3f}"}
    if kept.wish is not None:
        parts |= {_NEED + name: str(level) for name, level in sorted(kept.wish.needs.items())}
        parts["slot"] = str(kept.wish.slot)
        if kept.wish.first:
            parts |= {"first": kept.wish.first, "first_until": f"{kept.wish.first_until:.3f}"}
    text = urlencode({name: value for name, value in parts.items() if value})
    return text if len(text) <= MOST_SIGNS else ""


def decoded(text: str) -> Kept | None:
    """What stands in a channel; None when nothing, or nothing of ours, does."""
    parts = dict(parse_qsl(text, max_num_fields=40)) if text.count("&") < 40 else {}
    try:
        return Kept(
            queue=parts["queue"],
            extra=int(parts.get("extra", "0")),
            since=float(parts.get("since", "0")),
            tier=parts.get("tier", ""),
            value_tier=parts.get("value", ""),
            wish=_wish(parts),
            reserved=parts.get("agent", ""),
            reserved_until=float(parts.get("until", "0")),
            offered=parts.get("offered") == "1",
        )
    except (KeyError, ValueError):
        return None


def _wish(parts: Mapping[str, str]) -> Wish | None:
    slot = int(parts.get("slot", "0"))
    if slot not in SLOTS:
        return None
    needs = {name.removeprefix(_NEED): int(level) for name, level in parts.items() if name.startswith(_NEED)}
    return Wish(needs, slot, parts.get("first", ""), float(parts.get("first_until", "0")))


def recalled(stay: Stay, kept: Kept) -> None:
    """Let him wait as he did under the server before."""
    stay.extra, stay.wish, stay.offered = kept.extra, kept.wish, kept.offered
    if kept.since:
        stay.joined_at = min(stay.joined_at, kept.since)
    if stay.facts == CustomerFacts():
        stay.facts = CustomerFacts(tier=kept.tier, value_tier=kept.value_tier)
