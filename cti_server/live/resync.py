"""After a lost link: compare what is known with what the PBX lists, and correct it.

What events have told since the questions were sent is newer than the answers and stays; a channel whose end was seen
never comes back. Ring starts, answer times and holds are in no list: what was known of them is kept.
"""

from cti_server.live.channels import end_leg
from cti_server.live.facts import LinkLost, ListingBegun, MemberSeen, PbxStopped, TrueChannel, TrueEntry, Truth
from cti_server.live.legs import answered, describe, follow, placed, set_state
from cti_server.live.members import drop_membership, member_agent, set_membership
from cti_server.live.places import put
from cti_server.live.segments import (
    for_queue,
    leave_bridge,
    park_begins,
    park_ends,
    refresh_bridge,
    ring_begins,
    talk_ends,
)
from cti_server.live.talking import enter
from cti_server.live.things.agent import DEVICE_STATES
from cti_server.live.things.book import Book
from cti_server.live.things.call import Leg
from cti_server.live.things.clock import SLACK
from cti_server.live.things.devices import agent_device
from cti_server.live.views import LinkView
from cti_server.live.waiting import begin_wait, end_wait
from cti_server.live.words import LegRole, LegState, Place, SegmentResult

_RINGING, _UP = 5, 6
_PLACES = {"cti-hold": Place.HOLD, "cti-wait": Place.WAIT}
_ROOM = "cti-room"
_CALLED_BY_PBX = ("AppDial", "AppQueue")


def on_stopped(book: Book, fact: PbxStopped, at: float) -> None:
    """The PBX goes down: no channel lives on."""
    _interrupt(book, list(book.legs.values()), at)


def on_lost(book: Book, fact: LinkLost, at: float) -> None:
    """What is known stays as it was, and grows old."""
    book.listing_from = None
    if book.link.up or not book.link.since:
        book.lost_at = at
        book.link_told(LinkView(book.pbx, up=False, since=at, reason=fact.reason, version=book.link.version))


def on_listing(book: Book, fact: ListingBegun, at: float) -> None:
    """From here on events are newer than the truth that comes."""
    book.listing_from = book.count


def on_truth(book: Book, fact: Truth, at: float) -> None:
    """Make the model equal to what the PBX lists."""
    if fact.pbx_time is not None:
        offset = at - fact.pbx_time
        book.clock.offset = offset if abs(offset) > SLACK else 0.0
    listed = {true.channel.id: true for true in fact.channels if not book.is_dead(true.channel.id)}
    missing = [leg for leg in book.legs.values() if leg.id not in listed and _older(book, leg.touched)]
    _interrupt(book, missing, at if book.lost_at is None else book.lost_at)
    if "queues" not in fact.unknown:
        _correct_members(book, fact, at)
    new = _correct_legs(book, listed, at)
    _correct_rings(book, listed, at)
    _correct_places(book, listed, new, at)
    _correct_bridges(book, fact, listed, new, at)
    if "queues" not in fact.unknown:
        _correct_queues(book, fact, at)
    if "parked" not in fact.unknown:
        _correct_parked(book, fact, at)
    _correct_devices(book, fact)
    if not book.link.up or book.link.version != fact.version:
        since = book.link.since if book.link.up else at
        book.link_told(LinkView(book.pbx, up=True, since=since, version=fact.version))
    book.lost_at = book.listing_from = None


def _older(book: Book, touched: int) -> bool:
    """Was this last heard of before the questions were sent?"""
    return book.listing_from is None or touched <= book.listing_from


def _interrupt(book: Book, legs: list[Leg], at: float) -> None:
    """End legs whose end was not seen, and all that went on on them."""
    calls = {leg.call.id: leg.call for leg in legs}
    for leg in legs:
        talk_ends(book, leg, at, SegmentResult.INTERRUPTED)
    for leg in legs:
        end_leg(book, leg, at, None, SegmentResult.INTERRUPTED)
    for call in calls.values():
        call.exact = False
        call.stale = True
        for segment in call.segments:
            if segment.result is SegmentResult.INTERRUPTED:
                segment.exact = False
                segment.changed()


def _correct_legs(book: Book, listed: dict[str, TrueChannel], at: float) -> set[str]:
    """Legs that were not known, and states that have changed; returns the Uniqueids of new ones."""
    new = set()
    for true in sorted(listed.values(), key=lambda true: -true.seconds):
        leg = book.legs.get(true.channel.id)
        if leg is None:
            _add(book, true, at)
            new.add(true.channel.id)
        elif _older(book, leg.touched):
            _correct_leg(book, leg, true, at)
    return new


def _add(book: Book, true: TrueChannel, at: float) -> None:
    started = at - max(0.0, true.seconds)
    first = true.channel.linkedid not in book.calls
    leg = book.add_leg(true.channel, started)
    leg.exten = true.exten
    leg.dialled = true.application.startswith(_CALLED_BY_PBX) or true.state == _RINGING
    describe(leg, true.channel)
    leg.call.exact = False
    leg.call.tell(true.data)
    placed(book, leg, new=first, at=started)
    if true.bridge or true.application == "Queue":
        # How long it was in the dialplan before is in no list.
        leg.call.idle_since = None
    if true.state == _UP:
        answered(book, leg, started)
    elif true.state == _RINGING and leg.role is not LegRole.AGENT:
        set_state(book, leg, LegState.ALERTING)


def _correct_leg(book: Book, leg: Leg, true: TrueChannel, at: float) -> None:
    if true.channel.linkedid and true.channel.linkedid != leg.call.linkedid:
        # Our clock and the time stamps of the next events must not be measured against each other.
        leg.link_at = 0.0
        follow(book, leg, true.channel.linkedid, at)
        leg.link_at = 0.0
    leg.call.tell(true.data)
    if true.state == _UP and leg.answered_at is None:
        if leg.ring is not None:
            leg.ring.exact = False
        answered(book, leg, at)
    elif true.state == _RINGING and leg.state is LegState.INITIATED and leg.role is not LegRole.AGENT:
        set_state(book, leg, LegState.ALERTING)
    if leg.state is LegState.HELD and leg.held_since is None:
        leg.held_since = at


def _correct_places(book: Book, listed: dict[str, TrueChannel], new: set[str], at: float) -> None:
    """Who is on hold, and for whom, and who is in a conference: seen by the context in which a channel is."""
    for true in listed.values():
        # Whoever was bridged out of his wait still shows its context; out of a conference one only hangs up.
        place = None if true.bridge else _PLACES.get(true.channel.context)
        if true.channel.context == _ROOM:
            place = Place.ROOM
        leg = book.legs.get(true.channel.id)
        if place is None or leg is None or leg.place_now is place:
            continue
        if leg.id in new or _older(book, leg.touched):
            put(book, leg, place, at)


def _correct_bridges(book: Book, fact: Truth, listed: dict[str, TrueChannel], new: set[str], at: float) -> None:
    """Who is bridged with whom. Talks among legs that were not known are taken to be as old as these."""
    begun: dict[str, float] = {}
    for true in listed.values():
        leg = book.legs.get(true.channel.id)
        if leg is not None and true.bridge and leg.id in new:
            begun[true.bridge] = max(begun.get(true.bridge, 0.0), leg.started_at)
    for true in sorted(listed.values(), key=lambda true: true.channel.id):
        leg = book.legs.get(true.channel.id)
        if leg is None or not (_older(book, leg.touched) or leg.id in new):
            continue
        if leg.bridge is not None and leg.bridge.id != true.bridge:
            leave_bridge(book, leg, at)
        if true.bridge and leg.bridge is None:
            bridge = book.bridge(true.bridge)
            bridge.creator = fact.bridges.get(true.bridge, bridge.creator)
            before = len(leg.call.segments)
            enter(book, leg, bridge, begun.get(true.bridge, at))
            _inexact(leg, before)
    for bridge in list(book.bridges.values()):
        refresh_bridge(book, bridge, at)
    for leg in list(book.legs.values()):
        alone = leg.bridge is None or (len(leg.bridge.members) < 2 and not leg.bridge.conference)
        if leg.in_talk and alone and _older(book, leg.touched):
            talk_ends(book, leg, at)


def _inexact(leg: Leg, before: int) -> None:
    """Segments that were made here have no exact beginning."""
    for segment in leg.call.segments[before:]:
        segment.exact = False
        segment.changed()


def _correct_rings(book: Book, listed: dict[str, TrueChannel], at: float) -> None:
    """Whose device rings, and which queue rings it or has put a caller through to it."""
    callers = {true.channel.linkedid: true for true in listed.values() if true.application == "Queue"}
    for true in listed.values():
        leg = book.legs.get(true.channel.id)
        if leg is None or leg.role is not LegRole.AGENT:
            continue
        caller = callers.get(true.channel.linkedid) if true.application != "AppDial" else None
        queue = caller.app_data.partition(",")[0] if caller is not None else None
        leg.caller_id = leg.caller_id or (caller.channel.id if caller is not None else None)
        if queue and true.application.startswith("AppQueue"):
            for_queue(book, leg, queue)
        if true.state == _RINGING:
            before = len(leg.call.segments)
            ring_begins(book, leg, leg.started_at if not leg.rung else at, queue)
            _inexact(leg, before)


def _correct_queues(book: Book, fact: Truth, at: float) -> None:
    entries = {(entry.queue, entry.id): entry for entry in fact.entries if not book.is_dead(entry.id)}
    for queue in list(book.queues.values()):
        for waiting in list(queue.waiting):
            if (queue.name, waiting.leg.id) not in entries and _older(book, waiting.leg.touched):
                _left_unseen(book, waiting.leg, at)
    for entry in sorted(entries.values(), key=lambda entry: entry.position):
        _enter_queue(book, entry, at)
    for name in fact.queues:
        book.queue(name)
    places = {(entry.queue, entry.id): entry.position for entry in entries.values()}
    for queue in list(book.queues.values()):
        order = [waiting.leg.id for waiting in queue.waiting]
        queue.waiting.sort(key=lambda waiting: places.get((queue.name, waiting.leg.id), 1 << 30))
        if order != [waiting.leg.id for waiting in queue.waiting]:
            queue.view = None
        if queue.name not in fact.queues and not queue.waiting and not queue.members:
            del book.queues[queue.name]


def _left_unseen(book: Book, leg: Leg, at: float) -> None:
    wait = leg.wait
    if wait is None:
        return
    wait.exact = False
    end_wait(book, leg, at, SegmentResult.ANSWERED if leg.in_talk else SegmentResult.INTERRUPTED)


def _enter_queue(book: Book, entry: TrueEntry, at: float) -> None:
    leg = book.legs.get(entry.id)
    if leg is None or (leg.wait is not None and leg.wait.queue == entry.queue):
        return
    if not _older(book, leg.touched) and (leg.left_at or {}).get(entry.queue) is not None:
        return
    if leg.wait is not None:
        _left_unseen(book, leg, at)
    begin_wait(book, leg, at - max(0.0, entry.wait), entry.queue, entry.position, exact=False)


def _correct_members(book: Book, fact: Truth, at: float) -> None:
    listed = {(member.queue, agent_device(member.interface, member.state_interface)) for member in fact.members}
    for agent in list(book.agents.values()):
        agent.listed = True
        book.stir(agent)
        for membership in list(agent.memberships.values()):
            if (membership.queue, agent.device) not in listed and _older(book, membership.touched):
                drop_membership(book, agent, membership.queue)
    for member in fact.members:
        _correct_member(book, member, at)


def _correct_member(book: Book, member: MemberSeen, at: float) -> None:
    agent = member_agent(book, member)
    agent.listed = True
    book.stir(agent)
    membership = agent.memberships.get(member.queue)
    newer = membership.touched if membership is not None else agent.touched
    if not _older(book, newer):
        return
    membership = set_membership(book, agent, member)
    if member.paused and (not membership.paused or membership.reason != member.reason):
        membership.paused_at = min(member.last_pause + book.clock.offset, at) if member.last_pause else at
    membership.paused = member.paused
    membership.reason = member.reason if member.paused else ""
    if member.login_time:
        agent.logged_on_at = member.login_time + book.clock.offset
    if not agent.device_heard and 0 <= member.status < len(DEVICE_STATES):
        agent.device_state = DEVICE_STATES[member.status]


def _correct_devices(book: Book, fact: Truth) -> None:
    for device, state in fact.devices.items():
        agent = book.agents.get(device)
        if agent is None and book.devices.is_agents(device):
            agent = book.agent(device)
        if agent is not None and _older(book, agent.touched):
            agent.device_state = state
            book.stir(agent)


def _correct_parked(book: Book, fact: Truth, at: float) -> None:
    for id_ in fact.parked:
        leg = book.legs.get(id_)
        if leg is not None and leg.call.parked is None and _older(book, leg.touched):
            before = len(leg.call.segments)
            park_begins(book, leg, at, fact.spaces.get(id_, ""))
            _inexact(leg, before)
    for call in list(book.calls.values()):
        if call.parked is None:
            continue
        leg = book.legs.get(call.parked.leg_id or "")
        if leg is None or (leg.id not in fact.parked and _older(book, leg.touched)):
            park_ends(book, call, at, SegmentResult.ANSWERED)
