"""Events doubled, lost, or out of order never raise and never count twice; the next truth makes the model right."""

import random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cti_server.live.changes import CallKind
from cti_server.live.facts import Channel, MemberSeen, TrueChannel, TrueEntry, Truth
from cti_server.live.pbx import Pbx
from cti_server.live.things.agent import DEVICE_STATES, Agent
from cti_server.live.things.call import Leg
from cti_server.live.words import LegRole, LegState
from tests.live.replaying import NAMES, Replay, Told, segment_line, talk

TALKS = {name: talk(name) for name in NAMES}
WINDOW = 0.5
EXAMPLES = 100


def shuffled(facts: list[Told], seed: int) -> list[Told]:
    """Each fact comes up to half a second late, with the time that it was stamped with."""
    chance = random.Random(seed)
    return sorted(facts, key=lambda fact: fact[1] + chance.random() * WINDOW)


def lossy(facts: list[Told], seed: int, share: float) -> list[Told]:
    chance = random.Random(seed)
    return [fact for fact in facts if chance.random() >= share]


def doubled(facts: list[Told], seed: int) -> list[Told]:
    """Every fact twice, the second up to half a second late."""
    chance = random.Random(seed)
    late = [(fact, at, at + chance.random() * WINDOW) for fact, at in facts]
    every = [(fact, at, at) for fact, at in facts] + late
    return [(fact, at) for fact, at, _ in sorted(every, key=lambda one: one[2])]


def truth_like(pbx: Pbx, at: float) -> Truth:
    """What the PBX would list, were it as this model says."""
    book = pbx._book
    return Truth(
        channels=tuple(true_channel(leg, at) for leg in book.legs.values()),
        queues=tuple(book.queues),
        members=tuple(
            MemberSeen(m.queue, m.interface, agent.device, agent.name, m.penalty, status(agent), m.paused, m.reason)
            for agent in book.agents.values()
            for m in agent.memberships.values()
        ),
        entries=tuple(
            TrueEntry(queue.name, who.leg.id, index + 1, at - who.joined_at)
            for queue in book.queues.values()
            for index, who in enumerate(queue.waiting)
        ),
        devices={agent.device: agent.device_state for agent in book.agents.values()},
        bridges={bridge.id: bridge.creator for bridge in book.bridges.values() if bridge.creator},
        parked=frozenset(call.parked.leg_id or "" for call in book.calls.values() if call.parked is not None),
    )  # fmt: skip


def status(agent: Agent) -> int:
    return DEVICE_STATES.index(agent.device_state)


def true_channel(leg: Leg, at: float) -> TrueChannel:
    if leg.answered_at is not None:
        state = 6
    elif leg.state is LegState.ALERTING:
        state = 5
    else:
        state = 0 if leg.dialled else 4
    application, data = application_of(leg)
    return TrueChannel(
        Channel(leg.channel, str(state), leg.number, leg.name, id=leg.id, linkedid=leg.call.linkedid),
        state,
        at - leg.started_at,
        bridge=leg.bridge.id if leg.bridge else "",
        application=application,
        app_data=data,
    )


def application_of(leg: Leg) -> tuple[str, str]:
    if leg.queue:
        return "AppQueue", "(Outgoing Line)"
    if leg.dialled:
        return "AppDial", "(Outgoing Line)"
    queues = [leg.wait.queue] if leg.wait else [other.queue for other in leg.call.legs.values() if other.queue]
    return ("Queue", f"{queues[-1]},tc,,,60") if queues else ("Dial", "")


def picture(pbx: Pbx) -> dict[str, object]:
    """The live state, without times."""
    book = pbx._book
    return {
        "channels": {leg.id: (leg.channel, leg.call.linkedid) for leg in book.legs.values()},
        "calls": set(pbx.calls),
        "bridges": {b.id: set(b.members) for b in book.bridges.values()},
        "talks": {leg.id for leg in book.legs.values() if leg.in_talk},
        "rings": {leg.id for leg in book.legs.values() if leg.state is LegState.ALERTING},
        "open": sorted(
            segment_line(segment)
            for call in pbx.calls.values()
            for segment in call.segments
            if segment.ended_at is None
        ),
        "waiting": {q.name: [who.leg_id for who in q.waiting] for q in pbx.queues.values() if q.waiting},
        "members": {q.name: set(q.members) for q in pbx.queues.values() if q.members},
        "agents": {
            a.device: (a.state, a.reason, sorted((m.queue, m.paused, m.penalty) for m in a.memberships))
            for a in pbx.agents.values()
        },
    }  # fmt: skip


def known(pictured: dict[str, object]) -> dict[str, object]:
    """Without agents who are nobody: a model that saw more of the talk knows more devices."""
    agents = pictured["agents"]
    assert isinstance(agents, dict)
    return {**pictured, "agents": {key: value for key, value in agents.items() if value[2]}}


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 1 << 30))
def test_disorder_within_half_a_second_ends_the_same(name: str, seed: int) -> None:
    ordered = Replay().feed(TALKS[name])
    disordered = Replay().feed(shuffled(TALKS[name], seed))
    assert known(picture(disordered.pbx)) == known(picture(ordered.pbx))


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 1 << 30))
def test_every_event_twice_counts_once(name: str, seed: int) -> None:
    once = Replay().feed(TALKS[name])
    twice = Replay().feed(doubled(TALKS[name], seed))
    assert picture(twice.pbx) == picture(once.pbx)
    assert [[segment_line(s) for s in call.segments] for call in twice.calls()] == [
        [segment_line(s) for s in call.segments] for call in once.calls()
    ]
    for kind in (CallKind.DELIVERED, CallKind.RING_ENDED, CallKind.ESTABLISHED, CallKind.QUEUED, CallKind.CLEARED):
        assert len(twice.of_calls(kind)) == len(once.of_calls(kind)), kind
    assert [(c.kind, c.result) for c in twice.of_queues()] == [(c.kind, c.result) for c in once.of_queues()]


def between_states(leg: Leg) -> bool:
    """For a millisecond a channel is listed as ringing before the ring is told, or after its end."""
    ringing = leg.rung or leg.state is LegState.ALERTING
    return ringing and leg.role is LegRole.AGENT and not leg.ring and not leg.answered_at


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    seed=st.integers(0, 1 << 30),
    part=st.floats(0.05, 1.0),
    share=st.sampled_from([0.01, 0.1, 0.5]),
)
def test_after_a_truth_the_model_is_what_the_pbx_lists(name: str, seed: int, part: float, share: float) -> None:
    facts = TALKS[name][: max(1, int(len(TALKS[name]) * part))]
    assume(facts)
    right = Replay().feed(facts)
    assume(not any(between_states(leg) for leg in right.pbx._book.legs.values()))
    # Nor is in any list that a talk through a Local pair goes on while one half is taken from bridge to bridge.
    halves = right.pbx._book.locals.values()
    assume(not any(len(half.bridge.members) < 2 if half.bridge else half.answered_at for half in halves))
    at = facts[-1][1] + 0.6
    truth = truth_like(right.pbx, at)
    wrong = Replay().feed(lossy(shuffled(facts, seed), seed, share))
    wrong.apply(truth, at)
    # Channels whose end was told (in disorder, too early) are gone for good, and what was told last stays.
    assert known(picture(wrong.pbx)) == known(picture(right.pbx))
    wrong.feed(TALKS[name][len(facts) :])
    right.feed(TALKS[name][len(facts) :])
    assert known(picture(wrong.pbx)) == known(picture(right.pbx))
