"""Everything that is known of one PBX, and what has changed since it was last told."""

from collections.abc import Iterator, Mapping
from typing import Final, Generic, Protocol, TypeVar

from cti_server.live.changes import (
    AgentChanged,
    AgentKind,
    CallChanged,
    CallKind,
    Change,
    LinkChanged,
    QueueChanged,
    QueueKind,
    RecordingChanged,
)
from cti_server.live.facts import Channel, RecordingTold
from cti_server.live.things.agent import Agent
from cti_server.live.things.call import Bridge, Call, Leg
from cti_server.live.things.clock import ClockWatch
from cti_server.live.things.devices import DeviceRules, Devices, device_of
from cti_server.live.things.making import maker
from cti_server.live.things.queue import Queue
from cti_server.live.views import LinkView, WaitingView
from cti_server.live.words import AgentState, LegRole, SegmentResult

_call_changed = maker(CallChanged)
_agent_changed = maker(AgentChanged)
_queue_changed = maker(QueueChanged)
_AGENT_KINDS = {state: AgentKind(f"agent.{state}") for state in AgentState}

DISORDER = 2.0
"""Seconds by which a fact may come after a newer one of the same thing and is then passed over. Anything older still is
a clock that was set back, and counts as new."""
_TOMBSTONES = 20_000
_TOMBSTONE_SECONDS = 600.0

V = TypeVar("V", covariant=True)

# Names of our own for what is asked at every event: by its class a member takes Python 3.11 ten times as long.
_AGENT: Final = LegRole.AGENT
_AGENT_UPDATED: Final = AgentKind.UPDATED
_CLEARED: Final = CallKind.CLEARED
_QUEUE_UPDATED: Final = QueueKind.UPDATED


class _Record(Protocol[V]):
    def fresh_view(self) -> V: ...


class Views(Mapping[str, V], Generic[V]):
    """Records as a read-only mapping of their views, each made when it is asked for."""

    __slots__ = ("_records",)

    def __init__(self, records: "Mapping[str, _Record[V]]") -> None:
        self._records = records

    def __getitem__(self, key: str) -> V:
        return self._records[key].fresh_view()

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: object) -> bool:
        return key in self._records


class Book:
    """The records of one PBX. Handlers of facts change them here and note what is to be told."""

    def __init__(self, pbx: str, rules: DeviceRules) -> None:
        self.pbx = pbx
        self.devices = Devices(rules)
        self.calls: dict[str, Call] = {}
        """By Linkedid."""
        self.by_id: dict[str, Call] = {}
        """By the id of the view."""
        self.legs: dict[str, Leg] = {}
        """Live ones, by Uniqueid."""
        self.locals: dict[str, Leg] = {}
        """Halves of Local pairs, by channel name."""
        self.bridges: dict[str, Bridge] = {}
        self.agents: dict[str, Agent] = {}
        self.queues: dict[str, Queue] = {}
        self.owners: dict[str, str] = {}
        """Interface of a queue's member → the device behind it."""
        self.link = LinkView(pbx, up=False, since=0.0)
        self.clock = ClockWatch()
        self.hears_hangup_requests = False
        self.count = 0
        self.listing_from: int | None = None
        self.lost_at: float | None = None
        self._dead: dict[str, float] = {}
        self._told: list[tuple[CallKind, Call, str | None, str | None]] = []
        self._updated: dict[str, Call] = {}
        self._stirred: dict[str, Agent] = {}
        self._queues_told: list[tuple[QueueKind, Queue, WaitingView | None, SegmentResult | None]] = []
        self._links_told: list[LinkView] = []
        self._recordings_told: list[tuple[RecordingTold, Leg]] = []

    # --- finding and making

    def leg(self, id_: str) -> Leg | None:
        """The live leg with this Uniqueid, noted as heard of by this fact."""
        leg = self.legs.get(id_)
        if leg is not None:
            leg.touched = self.count
        return leg

    def call(self, linkedid: str, at: float) -> Call:
        """The call of this Linkedid, made when there is none."""
        call = self.calls.get(linkedid)
        if call is None:
            call = Call(self.pbx, linkedid, at)
            self.calls[linkedid] = call
            self.by_id[call.id] = call
        return call

    def add_leg(self, channel: Channel, at: float) -> Leg:
        """Make the leg of a channel that was not known, and its call if need be."""
        call = self.call(channel.linkedid or channel.id, at)
        device = device_of(channel.name)
        leg = Leg(channel.id, channel.name, device, self.devices.role(channel.name, device), call, at)
        leg.touched = self.count
        self.legs[channel.id] = leg
        call.legs[channel.id] = leg
        call.stale = call.legs_stale = True
        call.live += 1
        if channel.name.startswith("Local/"):
            self.locals[channel.name] = leg
        elif leg.role is _AGENT:
            self.own(leg)
        return leg

    def own(self, leg: Leg) -> None:
        """Book the leg to the agent of its owner."""
        agent = self.agent(leg.owner)
        agent.legs[leg.id] = leg
        agent.outward = True
        self._stirred[leg.owner] = agent

    def disown(self, leg: Leg) -> None:
        """Take the leg from the agent to whom it was booked."""
        agent = self.agents.get(leg.owner)
        if agent is not None and agent.legs.pop(leg.id, None) is not None:
            agent.outward = True
            self._stirred[leg.owner] = agent

    def agent(self, device: str) -> Agent:
        """The agent of a device, made when there is none."""
        agent = self.agents.get(device)
        if agent is None:
            agent = self.agents[device] = Agent(self.pbx, device)
        return agent

    def queue(self, name: str) -> Queue:
        """The queue of this name, made when there is none."""
        queue = self.queues.get(name)
        if queue is None:
            queue = self.queues[name] = Queue(self.pbx, name)
            self.queue_told(QueueKind.UPDATED, queue)
        return queue

    def bridge(self, id_: str) -> Bridge:
        """The bridge of this id, made when there is none."""
        bridge = self.bridges.get(id_)
        if bridge is None:
            bridge = self.bridges[id_] = Bridge(id_)
        return bridge

    # --- what is gone

    def bury(self, id_: str, at: float) -> None:
        """Remember that this channel is gone: what still comes about it is old."""
        dead = self._dead
        dead[id_] = at
        if len(dead) > 256 and (len(dead) > _TOMBSTONES or dead[next(iter(dead))] < at - _TOMBSTONE_SECONDS):
            del dead[next(iter(dead))]
            oldest = next(iter(dead))
            if dead[oldest] < at - _TOMBSTONE_SECONDS:
                del dead[oldest]

    def is_dead(self, id_: str) -> bool:
        """Has this channel ended?"""
        return id_ in self._dead

    @property
    def tombstones(self) -> int:
        """How many ended channels are remembered."""
        return len(self._dead)

    def forget(self, call: Call) -> None:
        """Drop a call that is over."""
        self.calls.pop(call.linkedid, None)
        self.by_id.pop(call.id, None)

    # --- telling

    def told(self, kind: CallKind, call: Call, leg: Leg | None = None) -> None:
        """This happened to a call."""
        call.stale = True
        if leg is None:
            self._told.append((kind, call, None, None))
        else:
            self._told.append((kind, call, leg.id, leg.owner))

    def told_of(self, kind: CallKind, call: Call, leg_id: str, device: str) -> None:
        """This happened to a call, on a leg that has changed its owner since."""
        call.stale = True
        self._told.append((kind, call, leg_id, device))

    def updated(self, call: Call) -> None:
        """Something else of a call's view has changed."""
        call.stale = True
        self._updated[call.id] = call

    def stir(self, agent: Agent) -> None:
        """The state of an agent may have changed, or something else that people look at."""
        agent.outward = True
        self._stirred[agent.device] = agent

    def stir_device(self, agent: Agent) -> None:
        """What an agent's device says has changed, and nothing else: his state may have."""
        self._stirred[agent.device] = agent

    def queue_told(
        self, kind: QueueKind, queue: Queue, caller: WaitingView | None = None, result: SegmentResult | None = None
    ) -> None:
        """This happened in a queue."""
        queue.view = None
        self._queues_told.append((kind, queue, caller, result))

    def link_told(self, link: LinkView) -> None:
        """The link came up or went down."""
        self.link = link
        self._links_told.append(link)

    def recording_told(self, fact: RecordingTold, leg: Leg) -> None:
        """This was told of the recording of a leg."""
        self._recordings_told.append((fact, leg))

    def hush(self) -> None:
        """Tell nobody what was put back from the database: it is known there. Agents are told with the next fact."""
        self._told.clear()
        self._updated.clear()
        self._queues_told.clear()

    def flush(self, at: float) -> list[Change]:
        """What has changed since the last time, oldest first within each family."""
        changes: list[Change] = []
        if self._told or self._updated:
            self._flush_calls(at, changes)
        if self._queues_told:
            self._flush_queues(at, changes)
        if self._stirred:
            self._flush_agents(at, changes)
        if self._recordings_told:
            told, self._recordings_told = self._recordings_told, []
            changes += [_recording_changed(at, fact, leg) for fact, leg in told]
        if self._links_told:
            changes += [LinkChanged(at, link) for link in self._links_told]
            self._links_told = []
        return changes

    def _flush_calls(self, at: float, changes: list[Change]) -> None:
        told, self._told = self._told, []
        for kind, call, leg_id, device in told:
            changes.append(_call_changed(kind, at, call.fresh_view(), leg_id, device))
            self._updated.pop(call.id, None)
            if kind is _CLEARED:
                call.let_go()
        if self._updated:
            changes += [_call_changed(CallKind.UPDATED, at, call.fresh_view()) for call in self._updated.values()]
            self._updated = {}

    def _flush_queues(self, at: float, changes: list[Change]) -> None:
        told, self._queues_told = self._queues_told, []
        updated: set[str] = set()
        for kind, queue, who, result in told:
            if kind is not _QUEUE_UPDATED:
                changes.append(_queue_changed(kind, at, queue.pbx, queue.name, who, result))
            elif queue.name not in updated:
                updated.add(queue.name)
                changes.append(_queue_changed(kind, at, queue.pbx, queue.name))

    def _flush_agents(self, at: float, changes: list[Change]) -> None:
        stirred, self._stirred = self._stirred, {}
        for agent in stirred.values():
            if not agent.known:
                agent.since = at
            before, reason, since = agent.state, agent.reason, agent.since
            if agent.settle(at):
                kind = _AGENT_KINDS[agent.state]
                changes.append(_agent_changed(kind, at, agent.fresh_view(), before, reason, since))
            elif agent.outward and agent.shown_changed():
                changes.append(_agent_changed(_AGENT_UPDATED, at, agent.fresh_view(), before, reason, since))
            agent.outward = False


def _recording_changed(at: float, fact: RecordingTold, leg: Leg) -> RecordingChanged:
    view = leg.call.fresh_view()
    return RecordingChanged(fact.word, at, view, leg.id, leg.channel, fact.name, fact.consent)


def newer(at: float, known: float) -> bool:
    """Is a fact of `at` to be believed over one of `known` about the same thing? See DISORDER."""
    return at >= known or at < known - DISORDER
