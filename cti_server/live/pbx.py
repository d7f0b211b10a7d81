"""One PBX as it lives: facts in, changes out. Pure: no clock, no waiting, the same facts give the same changes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cti_server.live import channels, facts, members, places, resync, ringing, talking, waiting
from cti_server.live.changes import Change
from cti_server.live.things import restore
from cti_server.live.things.book import Book, Views
from cti_server.live.things.devices import DeviceRules
from cti_server.live.views import AgentView, CallView, LinkView, QueueView

_HANDLERS: dict[type, Callable[[Book, Any, float], None]] = {
    facts.ChannelBegan: channels.on_began,
    facts.ChannelStateChanged: channels.on_state,
    facts.CallerIdChanged: channels.on_caller_id,
    facts.ChannelRenamed: channels.on_renamed,
    facts.HangupAsked: channels.on_hangup_asked,
    facts.ChannelEnded: channels.on_ended,
    facts.DialBegan: ringing.on_dial_began,
    facts.DialEnded: ringing.on_dial_ended,
    facts.AgentCalled: ringing.on_agent_called,
    facts.AgentConnected: ringing.on_agent_connected,
    facts.AgentMissed: ringing.on_agent_missed,
    facts.QueueJoined: waiting.on_joined,
    facts.QueueLeft: waiting.on_left,
    facts.QueueGivenUp: waiting.on_given_up,
    facts.QueueStatusTold: waiting.on_status,
    facts.QueueOrdered: waiting.on_ordered,
    facts.BridgeEntered: talking.on_entered,
    facts.BridgeLeft: talking.on_left_bridge,
    facts.BridgeGone: talking.on_bridge_gone,
    facts.Held: talking.on_held,
    facts.Retrieved: talking.on_retrieved,
    facts.Transferred: talking.on_transferred,
    facts.Parked: talking.on_parked,
    facts.Placed: places.on_placed,
    facts.RecordingTold: talking.on_recording,
    facts.Unparked: talking.on_unparked,
    facts.SpyBegan: talking.on_spy,
    facts.MemberSeen: members.on_member,
    facts.MemberRemoved: members.on_member_removed,
    facts.DeviceChanged: members.on_device,
    facts.PbxStopped: resync.on_stopped,
    facts.LinkLost: resync.on_lost,
    facts.ListingBegun: resync.on_listing,
    facts.Truth: resync.on_truth,
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything of one PBX at one moment."""

    calls: tuple[CallView, ...]
    agents: tuple[AgentView, ...]
    queues: tuple[QueueView, ...]
    link: LinkView


class Pbx:
    """The live model of one PBX.

    `calls` is keyed by call id (`<pbx>:<Linkedid>`), `agents` by device, `queues` by name; all three are read-only
    mappings whose views are made when they are asked for.
    """

    def __init__(self, name: str, *, devices: DeviceRules | None = None) -> None:
        self.name = name
        self._book = Book(name, devices or DeviceRules())
        self.calls: Mapping[str, CallView] = Views(self._book.by_id)
        self.agents: Mapping[str, AgentView] = Views(self._book.agents)
        self.queues: Mapping[str, QueueView] = Views(self._book.queues)

    @property
    def link(self) -> LinkView:
        """What is known of the link; down until the first Truth."""
        return self._book.link

    @property
    def clock_offset(self) -> float:
        """Seconds to add to what the PBX's clock says to have ours; 0 while they differ by less than 2 s."""
        return self._book.clock.offset

    @clock_offset.setter
    def clock_offset(self, seconds: float) -> None:
        self._book.clock.offset = seconds

    def clock_seen(self, at: float, arrived: float) -> None:
        """A time-stamped event of `at` (with `clock_offset` added) arrived at `arrived` by our clock.

        A few events a second are enough; the offset follows when all of them say for a while that the clocks differ.
        """
        self._book.clock.see(at, arrived)

    def apply(self, fact: facts.Fact, at: float) -> list[Change]:
        """Take in a fact of the time `at` (unix seconds, corrected by `clock_offset`); returns what changed by it.

        Facts may come doubled, late by up to two seconds, or not at all: nothing raises, the next Truth corrects.
        """
        book = self._book
        book.count += 1
        _HANDLERS[type(fact)](book, fact, at)
        return book.flush(at)

    def restore(self, calls: Iterable[CallView]) -> None:
        """Put back open calls from the database after a restart of this server, before the first Truth."""
        for call in calls:
            restore.restore_call(self._book, call)
        self._book.hush()

    def snapshot(self) -> Snapshot:
        """Everything as it stands now."""
        return Snapshot(tuple(self.calls.values()), tuple(self.agents.values()), tuple(self.queues.values()), self.link)
