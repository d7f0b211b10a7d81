"""Which agents are kept for callers with needs of their own, and who lets others pass."""

from hypothesis import given
from hypothesis import strategies as st

from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import Caller, Member
from cti_server.routing.decisions.needs import BEHIND, OPENS, SLOTS, SLOTS_MOST, kept, level_now, next_change
from cti_server.routing.decisions.plan import SetPenalty, SetPriority, plan
from cti_server.routing.decisions.policy import Policy
from cti_server.routing.decisions.stays import Coming, Stays, Wish
from tests.routing.decisions.made import NOW, caller, member, rules

PLAIN, ABLE, UNABLE = Policy(), {"tax": 5}, {"tax": 1}
BUSY = AgentState.BUSY


def needy(n: int = 1, slot: int = SLOTS[0], **more: object) -> Caller:
    return caller(n, **{"needs": {"tax": 4}, "slot": slot, **more})


def test_one_who_can_is_kept_and_the_others_stay() -> None:
    found = kept(PLAIN, [needy()], [member(1, skills=UNABLE), member(2, skills=ABLE), member(3, skills=ABLE)], NOW)
    assert dict(found.places) == {"PJSIP/1002": SLOTS[0]}
    assert not found.behind


def test_when_all_who_can_are_busy_the_first_to_be_free_is_his_and_others_pass() -> None:
    people = [member(1, skills=UNABLE), member(2, skills=ABLE, state=BUSY), member(3, skills=ABLE, state=BUSY)]
    found = kept(PLAIN, [needy(1), caller(2)], people, NOW)
    assert dict(found.places) == dict.fromkeys(("PJSIP/1002", "PJSIP/1003"), SLOTS[0])
    assert found.behind == {"1"}
    assert kept(PLAIN, [needy(1)], people, NOW).behind == frozenset(), "nobody is behind him"


def test_whoever_came_before_him_comes_before_him() -> None:
    one = [member(1, skills=ABLE)]
    assert not kept(PLAIN, [caller(1), needy(2)], one, NOW).places
    assert kept(PLAIN, [needy(1), caller(2)], one, NOW).places
    assert not kept(PLAIN, [caller(1), needy(2)], [member(1, skills=ABLE, state=BUSY)], NOW).places


def test_who_is_rung_for_him_stays_his() -> None:
    people = [member(1, skills=ABLE), member(2, skills=ABLE, state=AgentState.ALERTING, penalty=SLOTS[0] + 3)]
    assert dict(kept(PLAIN, [needy()], people, NOW).places) == {"PJSIP/1002": SLOTS[0]}


def test_first_the_one_and_needs_relax_and_the_ring_opens() -> None:
    people = [member(1, skills=ABLE), member(2, skills=ABLE, state=BUSY)]
    first = needy(first="PJSIP/1002", first_until=NOW + 5)
    assert dict(kept(PLAIN, [first], people, NOW).places) == {"PJSIP/1002": SLOTS[0]}
    assert next_change(PLAIN, first, NOW) == NOW + 5
    assert dict(kept(PLAIN, [first], people, NOW + 5).places) == {"PJSIP/1001": SLOTS[0]}
    policy = rules(skills=["tax"], level=9, relaxing=[{"after_seconds": 30, "level": 1}])
    assert (level_now(policy, 4, 29), level_now(policy, 4, 30)) == (4, 1)
    assert not kept(PLAIN, [needy(waited=OPENS)], people, NOW).places
    assert next_change(PLAIN, caller(), NOW) is None


def test_the_plan_moves_members_and_callers_and_takes_it_back() -> None:
    people = [member(1, skills=UNABLE, penalty=2), member(2, skills=ABLE, state=BUSY, penalty=7)]
    made = plan(PLAIN, "support", [needy(1), caller(2)], people, NOW)
    assert [(s.device, s.penalty) for s in made.steps if isinstance(s, SetPenalty)] == [("PJSIP/1002", SLOTS[0] + 7)]
    (behind,) = [s for s in made.steps if isinstance(s, SetPriority)]
    assert (behind.caller.leg_id, behind.priority) == ("1", BEHIND)
    free = [people[0], member(2, skills=ABLE, penalty=SLOTS[0] + 7)]
    made = plan(PLAIN, "support", [caller(2), needy(1, priority=BEHIND)], free, NOW)
    assert [s.priority for s in made.steps if isinstance(s, SetPriority)] == [1]
    made = plan(PLAIN, "support", [], free, NOW)
    assert [(s.device, s.penalty) for s in made.steps if isinstance(s, SetPenalty)] == [("PJSIP/1002", 7)]


def test_slots_are_told_apart_by_needs_and_are_few() -> None:
    stays, key = Stays(), ("main", "support")
    for n in range(len(SLOTS)):
        slot = stays.slot_for(key, {"tax": n}, "", NOW)
        assert slot == SLOTS[n]
        stays.expect(f"main:{n}", Coming("support", 0, 0, caller().facts, False, wish=Wish({"tax": n}, slot), at=NOW))
    assert stays.slot_for(key, {"tax": 2}, "", NOW) == SLOTS[2]
    assert stays.slot_for(key, {"tax": 99}, "", NOW) is None
    assert stays.slot_for(key, {"tax": 99}, "", NOW + 61) == SLOTS[0], "who did not come is forgotten"
    assert SLOTS_MOST * 1_000_000 < 2**31


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=6),
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(AgentState))), max_size=6),
)
def test_nobody_who_cannot_is_kept_and_nobody_twice(
    waiting: list[tuple[bool, int]], agents: list[tuple[int, AgentState]]
) -> None:
    callers = [
        needy(n, SLOTS[n % 5], needs={"tax": level}) if asks else caller(n) for n, (asks, level) in enumerate(waiting)
    ]
    people: list[Member] = [member(n, skills={"tax": level}, state=state) for n, (level, state) in enumerate(agents)]
    found = kept(PLAIN, callers, people, NOW)
    levels = {
        slot: [level for n, (asks, level) in enumerate(waiting) if asks and SLOTS[n % 5] == slot] for slot in SLOTS
    }
    for device, slot in found.places.items():
        able = next(one.skills["tax"] for one in people if one.device == device)
        assert able >= min(levels[slot])
    assert found.behind <= {one.leg_id for one in callers if one.slot is not None}
