"""Asks a PBX for everything that it lists, to make the live model true again after events were missed.

No list tells whether a channel is on hold, when a ring began or when it was answered. The lists are not one
photograph: events go on while they are read. Each list has the positions in the stream of events between which it was
made; an event before the first is certainly in it, one after the second certainly is not.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from cti_server.ami import actions
from cti_server.ami.actions import Action, Reply
from cti_server.ami.connection import AmiConnection
from cti_server.ami.errors import AmiRefused

Items = tuple[dict[str, str], ...]

# How many BridgeInfo or ConfbridgeList may be under way at once.
_AT_ONCE: Final = 16


@dataclass(frozen=True, slots=True)
class Bounds:
    """Positions (`AmiConnection.position`) when a list was asked for and when it was complete."""

    asked_at: int
    answered_at: int


@dataclass(frozen=True, slots=True)
class PbxListing:
    """Everything that a PBX lists, as headers by name (`Event` among them), values as text."""

    at: float
    """Unix seconds, our clock, when the last list was complete."""
    before: int
    """Position before the first question: whatever happened up to there is in all lists."""
    after: int
    """Position after the last answer: whatever happens from there on is in none."""
    channels: Items
    """CoreShowChannel."""
    statuses: Items
    """Status: the same channels with more of their state."""
    queues: Items
    """QueueParams."""
    members: Items
    """QueueMember."""
    entries: Items
    """QueueEntry."""
    bridges: Items
    """BridgeListItem."""
    bridge_channels: Items
    """BridgeInfoChannel, each with its `BridgeUniqueid`."""
    devices: Items
    """DeviceStateChange, one per device."""
    parked: Items
    """ParkedCall."""
    conferences: Items
    """ConfbridgeListRooms."""
    conference_channels: Items
    """ConfbridgeList, each with its `Conference`."""
    bounds: dict[str, Bounds] = field(default_factory=dict)
    """Positions of each list, by the name of its action."""
    refused: dict[str, str] = field(default_factory=dict)
    """Lists that the PBX does not give (module not loaded, no permission), with its own words; they are empty above."""


class _Survey:
    """The questions of one survey and what came of them."""

    def __init__(self, connection: AmiConnection) -> None:
        self._connection = connection
        self.bounds: dict[str, Bounds] = {}
        self.refused: dict[str, str] = {}

    async def must(self, action: Action) -> Items:
        reply = await self._connection.send(action)
        self._note(action.name, reply)
        return reply.items

    async def may(self, action: Action) -> Items:
        try:
            return await self.must(action)
        except AmiRefused as refusal:
            self.refused[action.name] = refusal.message
            return ()

    async def each(self, keys: Iterable[str], key_name: str, ask: Callable[[str], Action]) -> Items:
        """One question per key; what has ended meanwhile is left out."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(key: str) -> Items:
            async with slots:
                try:
                    items = await self.must(ask(key))
                except AmiRefused:
                    return ()
            return tuple({**item, key_name: key} for item in items)

        return tuple(item for items in await asyncio.gather(*map(one, keys)) for item in items)

    def _note(self, name: str, reply: Reply) -> None:
        known = self.bounds.get(name)
        asked_at = min(known.asked_at, reply.asked_at) if known else reply.asked_at
        self.bounds[name] = Bounds(asked_at, reply.answered_at)


async def ask_everything(connection: AmiConnection) -> PbxListing:
    """Ask for all lists.

    Raises AmiNotConnected, AmiTimeout, AmiLinkLost, and AmiRefused when channels or queues may not be listed (the
    rest may be missing: see `PbxListing.refused`).
    """
    before = connection.position
    survey = _Survey(connection)
    channels = await survey.must(actions.core_show_channels())
    statuses = await survey.may(actions.status())
    queues = await survey.may(actions.queue_status())
    bridges = await survey.may(actions.bridge_list())
    bridge_ids = [item["BridgeUniqueid"] for item in bridges if item.get("BridgeUniqueid")]
    bridge_channels = await survey.each(bridge_ids, "BridgeUniqueid", actions.bridge_info)
    devices = await survey.may(actions.device_state_list())
    parked = await survey.may(actions.parked_calls())
    rooms = await survey.may(actions.confbridge_list_rooms())
    names = [item["Conference"] for item in rooms if item.get("Conference")]
    conference_channels = await survey.each(names, "Conference", actions.confbridge_list)
    return PbxListing(
        at=connection.clock.now(),
        before=before,
        after=max(bound.answered_at for bound in survey.bounds.values()),
        channels=channels,
        statuses=statuses,
        queues=_of(queues, "QueueParams"),
        members=_of(queues, "QueueMember"),
        entries=_of(queues, "QueueEntry"),
        bridges=bridges,
        bridge_channels=bridge_channels,
        devices=devices,
        parked=parked,
        conferences=rooms,
        conference_channels=conference_channels,
        bounds=survey.bounds,
        refused=survey.refused,
    )


def _of(items: Items, event: str) -> Items:
    return tuple(item for item in items if item.get("Event") == event)
