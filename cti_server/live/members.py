"""Who is a member of which queue, who is paused, and what the devices say."""

from cti_server.live.changes import QueueKind
from cti_server.live.facts import DeviceChanged, MemberRemoved, MemberSeen
from cti_server.live.things.agent import DEVICE_STATES, Agent, Membership
from cti_server.live.things.book import DISORDER, Book, newer
from cti_server.live.things.devices import agent_device
from cti_server.live.words import LegRole


def on_member(book: Book, fact: MemberSeen, at: float) -> None:
    """A membership began or changed; every such event tells the whole of it."""
    agent = member_agent(book, fact)
    removed = agent.removed.get(fact.queue)
    if removed is not None and removed - DISORDER < at < removed:
        return
    membership = agent.memberships.get(fact.queue)
    if membership is not None and not newer(at, membership.at):
        return
    before = (membership.penalty, membership.paused, membership.reason) if membership is not None else None
    membership = set_membership(book, agent, fact)
    membership.at = at
    if membership.paused != fact.paused:
        membership.paused = fact.paused
        membership.paused_at = at
    membership.reason = fact.reason if fact.paused else ""
    if not agent.device_heard and 0 <= fact.status < len(DEVICE_STATES):
        agent.device_state = DEVICE_STATES[fact.status]
    elif before == (membership.penalty, membership.paused, membership.reason):
        return
    book.stir(agent)


def member_agent(book: Book, fact: MemberSeen) -> Agent:
    """The agent behind a membership; whoever is a member of a queue is an agent from then on."""
    device = agent_device(fact.interface, fact.state_interface)
    become_agents(book, device)
    book.owners[fact.interface] = device
    agent = book.agent(device)
    # Asterisk writes the interface where no name was given.
    if fact.name != agent.name and fact.name and fact.name != fact.interface:
        agent.name = fact.name
        book.stir(agent)
    return agent


def become_agents(book: Book, device: str) -> None:
    """A queue rings this device, or has it as a member: it is an agent's for good, and so are its channels."""
    if device in book.devices.members:
        return
    known = book.devices.is_agents(device)
    book.devices.members.add(device)
    if known:
        return
    for leg in book.legs.values():
        if leg.device == device and leg.role is LegRole.CUSTOMER:
            leg.role = LegRole.AGENT
            leg.changed()
            book.own(leg)
            book.updated(leg.call)


def set_membership(book: Book, agent: Agent, fact: MemberSeen) -> Membership:
    """Write a membership down, without its pause."""
    membership = agent.memberships.get(fact.queue)
    if membership is None:
        membership = agent.memberships[fact.queue] = Membership(fact.queue, fact.interface)
        agent.removed.pop(fact.queue, None)
    queue = book.queue(fact.queue)
    if agent.device not in queue.members:
        queue.members[agent.device] = None
        book.queue_told(QueueKind.UPDATED, queue)
    membership.touched = book.count
    membership.interface = fact.interface
    membership.penalty = fact.penalty
    membership.dynamic = fact.dynamic
    membership.calls_taken = fact.calls_taken
    membership.last_call_at = fact.last_call + book.clock.offset if fact.last_call else None
    membership.changed()
    return membership


def on_member_removed(book: Book, fact: MemberRemoved, at: float) -> None:
    """A membership ended."""
    agent = book.agents.get(agent_device(fact.interface, fact.state_interface))
    if agent is None:
        return
    membership = agent.memberships.get(fact.queue)
    if membership is not None and not newer(at, membership.at):
        return
    agent.removed[fact.queue] = at
    agent.touched = book.count
    drop_membership(book, agent, fact.queue)


def drop_membership(book: Book, agent: Agent, queue_name: str) -> None:
    """Take a membership away."""
    membership = agent.memberships.pop(queue_name, None)
    queue = book.queues.get(queue_name)
    if queue is not None and queue.members.pop(agent.device, 0) is None:
        book.queue_told(QueueKind.UPDATED, queue)
    if membership is not None:
        book.stir(agent)


def on_device(book: Book, fact: DeviceChanged, at: float) -> None:
    """A device is idle, in use, ringing, or cannot be reached."""
    agent = book.agents.get(fact.device)
    if agent is None:
        if not book.devices.is_agents(fact.device):
            return
        agent = book.agent(fact.device)
    if not newer(at, agent.device_at):
        return
    agent.device_at = at
    agent.device_heard = True
    agent.touched = book.count
    if agent.device_state != fact.state or not agent.known:
        agent.device_state = fact.state
        book.stir_device(agent)
