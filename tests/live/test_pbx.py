"""The model as rooms see it, and what the AMI really does, each point on a talk that shows it."""

import dataclasses

import pytest

from cti_server.live.changes import AgentChanged, CallKind, LinkChanged
from cti_server.live.facts import BridgeLeft, CallerIdChanged, LinkLost
from cti_server.live.pbx import Pbx
from tests.live.replaying import NAMES, Replay, messages, segment_line, talk, told
from tests.live.scripts import Story


def test_mappings_are_read_only_and_live() -> None:
    story = Story().member("1001").incoming().joins()
    assert (list(story.pbx.calls), list(story.pbx.agents), list(story.pbx.queues)) == (
        ["a:1"],
        ["PJSIP/1001"],
        ["support"],
    )
    with pytest.raises(TypeError):
        story.pbx.calls["a:1"] = story.pbx.calls["a:1"]  # type: ignore[index]
    snapshot = story.pbx.snapshot()
    story.ends("1")
    assert (len(snapshot.calls), len(story.pbx.calls)) == (1, 0)
    assert "a:1" not in story.pbx.calls


def test_a_change_holds_the_whole_new_view_and_views_do_not_change() -> None:
    replay = Replay().feed(talk("22/s06_hold"))
    states = [change.call.state for change in replay.of_calls()]
    assert states[0] == "initiated"
    assert states[-1] == "cleared"
    with pytest.raises(dataclasses.FrozenInstanceError):
        replay.calls()[0].state = states[0]  # type: ignore[misc]


def test_the_changes_of_a_queue_call_in_their_order() -> None:
    replay = Replay().feed(talk("22/s02_queue_answer_callerhangup"))
    kinds = [change.kind for change in replay.of_calls() if change.kind is not CallKind.UPDATED]
    assert kinds == [
        "call.originated", "call.queued", "call.delivered", "call.established", "call.connectionCleared",
        "call.connectionCleared", "call.cleared",
    ]  # fmt: skip
    states = [change.kind for change in replay.of_agents("PJSIP/1001") if change.kind != "agent.updated"]
    assert states == ["agent.ready", "agent.alerting", "agent.busy", "agent.ready"]


@pytest.mark.parametrize("name", NAMES)
def test_states_of_agents_follow_one_another_without_holes(name: str) -> None:
    replay = Replay().feed(talk(name))
    last: dict[str, AgentChanged] = {}
    for change in replay.changes:
        if not isinstance(change, AgentChanged):
            continue
        before = last.get(change.agent.device)
        assert change.before_since > 0
        if before is not None:
            assert (change.before, change.before_reason) == (before.agent.state, before.agent.reason)
            assert change.before_since == before.agent.since
        assert change.agent.since <= change.at
        last[change.agent.device] = change


@pytest.mark.parametrize("name", NAMES)
def test_each_ring_is_delivered_once_and_ends_once(name: str) -> None:
    replay = Replay().feed(talk(name))
    delivered = [change.leg_id for change in replay.of_calls(CallKind.DELIVERED)]
    ended = [change.leg_id for change in replay.of_calls(CallKind.RING_ENDED)]
    assert len(set(delivered)) == len(delivered)
    assert len(set(ended)) == len(ended)
    assert set(ended) <= set(delivered)


def test_an_agents_segment_ends_at_bridge_leave_not_at_agent_complete() -> None:
    for name in ("22/s07c_redirect_to_other_queue", "22/s13_park"):
        events = talk(name)
        left = next(at for fact, at in events if isinstance(fact, BridgeLeft))
        call = Replay().feed(events).over
        first_talk = next(s for view in call.values() for s in view.segments if s.kind == "talk")
        assert first_talk.ended_at == left


def test_time_stamps_count_not_the_whole_seconds_of_the_queue() -> None:
    (call,) = Replay().feed(talk("22/s04_ringnoanswer")).calls()
    ring = call.segments[1]
    assert ring.ended_at is not None
    assert ring.ended_at - ring.started_at == pytest.approx(5.0, abs=0.01)


@pytest.mark.parametrize("shift", [-300.0, 300.0])
@pytest.mark.parametrize("name", NAMES)
def test_without_time_stamps_lengths_are_off_by_less_than_a_second(name: str, shift: float) -> None:
    """The PBX's clock is five minutes off and it sends no Timestamp: arrival counts."""
    stamped = talk(name)
    arrivals = iter([at for _, at in stamped])
    bare = [(fact, next(arrivals) + shift + 0.2 * (index % 3)) for index, (fact, _) in enumerate(stamped)]
    exact, rough = Replay().feed(stamped).calls(), Replay().feed(sorted(bare, key=lambda one: one[1])).calls()
    assert len(exact) == len(rough)
    for left, right in zip(exact, rough, strict=True):
        assert left.outcome == right.outcome
        if left.ended_at and right.ended_at:
            assert abs((left.ended_at - left.started_at) - (right.ended_at - right.started_at)) <= 1


def test_utf_8_passes_byte_for_byte() -> None:
    replay = Replay().feed(talk("22/s16_utf8_chanvars"))
    (call,) = replay.calls()
    assert call.name == "张三丰·客户"
    assert call.data["CALLUUID"].startswith("u-")
    paused = Replay().feed(told(messages("22/s05_pause")[:16]))
    assert [change.agent.reason for change in paused.of_agents("PJSIP/1001")]


def test_a_talk_told_twice_is_the_same_twice() -> None:
    facts_ = talk("22/s08c_atxfer_sip_replaces")
    assert Replay().feed(facts_).changes == Replay().feed(facts_).changes


def test_a_lost_link_is_told_once() -> None:
    pbx = Pbx("a")
    (change,) = pbx.apply(LinkLost("refused"), 5.0)
    assert isinstance(change, LinkChanged)
    assert not pbx.apply(LinkLost("refused"), 6.0)
    assert pbx.link.since == 5.0


def test_the_consultation_of_a_phone_has_its_own_call_until_it_is_joined() -> None:
    replay = Replay()
    for fact, at in talk("22/s08c_atxfer_sip_replaces"):
        replay.apply(fact, at)
        if len(replay.pbx.calls) == 2:
            break
    assert [call.direction for call in replay.calls()] == ["inbound", "internal"]


def test_the_listing_of_a_parking_lot_is_no_event() -> None:
    replay = Replay().feed(talk("22/s13_park"))
    assert [segment_line(s) for s in replay.calls()[0].segments].count("park answered") == 1


@pytest.mark.parametrize("name", NAMES)
def test_what_stays_the_same_object_is_what_it_would_be_anew(name: str) -> None:
    replay = Replay()
    for fact, at in talk(name):
        replay.apply(fact, at)
        for call in replay.pbx._book.calls.values():
            view = call.fresh_view()
            assert view.legs == (*call.gone, *(leg.fresh_view() for leg in call.legs.values()))
            assert view.segments == tuple(segment.fresh_view() for segment in call.segments)


def test_parts_are_new_objects_only_when_one_of_them_has_changed() -> None:
    story = Story().member("1001").incoming().joins()
    before = story.pbx.calls["a:1"]
    story.tell(CallerIdChanged(story.of("1")._replace(number="13800002222")))
    after = story.pbx.calls["a:1"]
    assert after.number == "13800002222"
    assert after.legs is not before.legs
    assert after.segments is before.segments
