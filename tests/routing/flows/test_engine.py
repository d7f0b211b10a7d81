"""The engine: each kind of node does what it says, and no flow holds a caller for ever."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cti_server.routing.flows import acts
from cti_server.routing.flows.acts import (
    Act,
    Ask,
    CallerTold,
    CallFacts,
    End,
    Enter,
    Fetched,
    Keys,
    Left,
    Question,
    QueueSeen,
    Say,
    Told,
)
from cti_server.routing.flows.check import Known, check
from cti_server.routing.flows.document import Flow, flow_of
from cti_server.routing.flows.engine import begin, hang_up, step
from cti_server.routing.flows.walk import MOST_PASSED, Published, Walk, World
from tests.routing.flows.made import flows

NOW = 1_800_000_000.0
SUB = flow_of(
    {"format": 1, "title": "s", "languages": ["en"], "start": "a",
     "nodes": {"a": {"kind": "play", "exits": {"next": "b"}}, "b": {"kind": "return"}}}
)  # fmt: skip
WORLD = World(flow=lambda key: Published(key, 3, SUB) if key == "sub" else None, switches={"on": True})


def flow(**nodes: Any) -> Flow:
    return flow_of(
        {"format": 1, "title": "x", "languages": ["en", "zh-CN"], "start": next(iter(nodes)), "nodes": nodes}
    )


class Caller:
    """A caller in a flow; `say` tells the engine and returns the next act."""

    def __init__(self, document: Flow, **call: Any) -> None:
        self.walk = begin(Published("main", 1, document), CallFacts(number="13800000001", did="4800", **call), NOW)
        self.act: Act = End(True, "")
        self.say(Enter())

    def say(self, told: Told, after: float = 1.0) -> Act:
        self.walk, self.act = step(self.walk, told, WORLD, NOW + after)
        return self.act

    @property
    def path(self) -> list[str]:
        return [f"{each.node}:{each.exit}" for each in self.walk.visits]


BYE = {"kind": "hangup"}


def test_play_menu_and_a_key() -> None:
    caller = Caller(
        flow(
            hello={"kind": "play", "speech": [{"say": "prompt", "prompt": "hi"}], "exits": {"next": "menu"}},
            menu={"kind": "menu", "tries": 2, "exits": {"1": "sales", "timeout": "bye", "invalid": "bye"}},
            sales={"kind": "queue", "queue": "sales"},
            bye=BYE,
        )
    )
    assert isinstance(caller.act, Say)
    assert caller.act.sounds[0].value == "hi"
    assert isinstance(caller.say(Keys()), Ask)
    assert isinstance(caller.say(Keys("7")), Ask)
    act = caller.say(Keys("1"))
    assert isinstance(act, acts.Queueing)
    assert act.queue == "sales"
    assert caller.path == ["hello:next", "menu:1"]
    caller.walk = hang_up(caller.walk, NOW + 9)
    assert caller.path[-1] == "sales:handed"
    assert caller.walk.visits[-1].seconds == 8.0


@pytest.mark.parametrize(
    ("keys", "exit_"), [(["7", "7"], "invalid"), (["", ""], "timeout"), (["7", ""], "timeout"), (["", "1"], "1")]
)
def test_a_menu_is_left_by_what_happened_last(keys: list[str], exit_: str) -> None:
    caller = Caller(flow(menu={"kind": "menu", "tries": 2, "exits": {"1": "bye", "timeout": "bye", "invalid": "bye"}},
                         bye=BYE))  # fmt: skip
    for key in keys:
        caller.say(Keys(key))
    assert caller.path[0] == f"menu:{exit_}"


def test_keys_pressed_ahead_count_where_they_are_asked_for() -> None:
    caller = Caller(
        flow(
            hello={"kind": "play", "barge_in": True, "speech": [{"say": "digits", "value": "1"}],
                   "exits": {"next": "menu"}},
            menu={"kind": "menu", "exits": {"1": "bye", "timeout": "bye"}},
            bye=BYE,
        )
    )  # fmt: skip
    caller.say(Keys("1"))
    assert caller.path == ["hello:next", "menu:1", "bye:end"]


def test_a_secret_is_used_and_nowhere_kept() -> None:
    caller = Caller(
        flow(
            pin={"kind": "collect", "into": "pin", "secret": True, "exits": {"done": "copy", "timeout": "bye"}},
            copy={"kind": "set", "data": {"note": "is ${pin}"}, "exits": {"next": "ask"}},
            ask={"kind": "lookup", "url": "https://x/?p=${pin}", "exits": {"done": "bye", "failed": "bye"}},
            bye=BYE,
        )
    )
    act = caller.say(Keys("4711"))
    assert isinstance(act, acts.Fetch)
    assert act.url == "https://x/?p=4711"
    assert caller.walk.data == {"note": "is "}


def test_identify_keeps_the_number_and_never_the_pin() -> None:
    caller = Caller(
        flow(
            who={"kind": "identify", "pin_digits": 4, "url": "https://x/", "tries": 2, "answer": {"level": "a.0.b"},
                 "exits": {"known": "bye", "unknown": "bye"}},
            bye=BYE,
        )
    )  # fmt: skip
    caller.say(Keys("12345"))
    act = caller.say(Keys("9876"))
    assert isinstance(act, acts.Fetch)
    assert act.body == {"number": "12345", "pin": "9876"}
    caller.say(Fetched(403))
    caller.say(Keys("12345"))
    caller.say(Keys("6789"))
    caller.say(Fetched(200, {"a": [{"b": "gold"}]}))
    assert caller.path[0] == "who:known"
    assert dict(caller.walk.data) == {"account": "12345", "level": "gold"}
    assert "6789" not in repr(caller.walk)
    assert "9876" not in repr(caller.walk)


def test_a_look_up_fills_the_data_and_its_failures_have_exits() -> None:
    document = flow(
        ask={"kind": "lookup", "url": "https://x/${call.number}", "answer": {"a": "x.y", "b": "z"},
             "exits": {"done": "bye", "failed": "bye", "none": "bye"}},
        bye=BYE,
    )  # fmt: skip
    for told, exit_ in ((Fetched(200, {"x": {"y": 5}, "z": True}), "done"), (Fetched(404), "none"),
                        (Fetched(500), "failed"), (Fetched(0), "failed"), (Fetched(302), "failed")):  # fmt: skip
        caller = Caller(document)
        caller.say(told)
        assert caller.path[0] == f"ask:{exit_}"
        assert dict(caller.walk.data) == ({"a": "5", "b": "true"} if exit_ == "done" else {})


def test_what_is_put_into_an_address_can_change_neither_host_nor_field() -> None:
    caller = Caller(
        flow(
            put={"kind": "set", "data": {"x": "a/../&b=c#d@e"}, "exits": {"next": "ask"}},
            ask={"kind": "lookup", "url": "https://x/?q=${x}", "exits": {"done": "bye", "failed": "bye"}},
            bye=BYE,
        )
    )
    assert isinstance(caller.act, acts.Fetch)
    assert caller.act.url == "https://x/?q=a%2F..%2F%26b%3Dc%23d%40e"


@pytest.mark.parametrize(
    ("ask", "told", "holds"),
    [
        ({"ask": "tier", "any": ["gold"]}, CallerTold(tier="gold"), True),
        ({"ask": "tier", "any": ["gold"], "negated": True}, CallerTold(tier="gold"), False),
        ({"ask": "list", "list": "vip"}, CallerTold(lists=frozenset({"vip"})), True),
        ({"ask": "list", "list": "vip"}, CallerTold(), False),
        ({"ask": "known"}, CallerTold(known=True), True),
        ({"ask": "lastAgent", "days": 7}, CallerTold(last_agent_days=8.0), False),
        ({"ask": "lastAgent", "days": 7}, CallerTold(last_agent_days=6.9), True),
        ({"ask": "number", "starts": ["+86138"]}, CallerTold(numbers=("+8613800000001",)), True),
        ({"ask": "number", "starts": ["139"]}, CallerTold(), False),
        ({"ask": "number", "starts": ["138"]}, CallerTold(), True),
        ({"ask": "province", "any": ["北京"]}, CallerTold(province="北京"), True),
        ({"ask": "callback"}, CallerTold(open_callback=True), True),
    ],
)
def test_conditions(ask: dict[str, Any], told: CallerTold, holds: bool) -> None:
    caller = Caller(flow(c={"kind": "condition", "cases": [{"name": "yes", "when": [ask]}],
                            "exits": {"yes": "bye", "else": "bye"}}, bye=BYE))  # fmt: skip
    assert isinstance(caller.act, acts.AskCaller)
    caller.say(told)
    assert caller.path[0] == ("c:yes" if holds else "c:else")


@pytest.mark.parametrize(
    ("ask", "holds"),
    [
        ({"ask": "did", "any": ["4800"]}, True),
        ({"ask": "language", "any": ["zh-CN"]}, False),
        ({"ask": "data", "name": "n", "is": "more", "value": "9"}, True),
        ({"ask": "data", "name": "n", "is": "less", "value": "x"}, False),
        ({"ask": "data", "name": "n", "is": "oneOf", "value": "8, 10"}, True),
        ({"ask": "data", "name": "none", "is": "set"}, False),
    ],
)
def test_conditions_that_need_nobody(ask: dict[str, Any], holds: bool) -> None:
    caller = Caller(flow(c={"kind": "condition", "cases": [{"name": "yes", "when": [ask]}],
                            "exits": {"yes": "bye", "else": "bye"}}, bye=BYE), extra={"n": "10"})  # fmt: skip
    assert caller.path[0] == ("c:yes" if holds else "c:else")


def test_a_queue_overflows_and_a_survey_follows_the_agent() -> None:
    caller = Caller(
        flow(
            q={"kind": "queue", "queue": "a", "max_waiting": 3, "tier_priority": {"vip": 7}, "priority": 1,
               "exits": {"full": "q2"}},
            q2={"kind": "queue", "queue": "b", "exits": {"after": "s"}},
            s={"kind": "survey", "survey": "csat"},
        )
    )  # fmt: skip
    assert isinstance(caller.act, acts.AskCaller)
    assert caller.say(CallerTold(tier="vip")) == acts.LookAtQueue("a")
    act = caller.say(QueueSeen(3, 1))
    assert isinstance(act, acts.Queueing)
    assert (act.queue, act.go_on) == ("b", True)
    assert caller.say(Left("after")) == acts.NextQuestion("csat", 0, "")
    assert isinstance(caller.say(Question(())), Ask)
    assert caller.say(Keys("5")) == acts.NextQuestion("csat", 1, "5")
    assert caller.say(Left("done")) == End(safe=False, reason="served")


def test_an_unconnected_exit_leads_to_the_safe_queue_unless_he_was_served() -> None:
    caller = Caller(flow(q={"kind": "queue", "queue": "a"}))
    assert caller.say(Left("timeout")) == End(safe=True, reason="no_way")
    caller = Caller(flow(q={"kind": "queue", "queue": "a"}))
    assert caller.say(Left("after")) == End(safe=False, reason="served")


def test_a_sub_flow_comes_back_by_its_ending_and_its_nodes_are_counted_as_its_own() -> None:
    caller = Caller(flow(s={"kind": "subflow", "flow": "sub", "exits": {"done": "bye"}}, bye=BYE))
    assert caller.path == ["a:next", "b:done", "s:done", "bye:end"]
    assert [each.flow for each in caller.walk.visits] == ["sub", "sub", "main", "main"]
    lost = Caller(flow(s={"kind": "subflow", "flow": "none", "exits": {"done": "bye"}}, bye=BYE))
    assert lost.act == End(safe=True, reason="no_sub_flow")


def test_a_callback_takes_his_number_or_another() -> None:
    document = flow(c={"kind": "callback", "queue": "a", "exits": {"done": "bye", "declined": "bye"}}, bye=BYE)
    assert Caller(document).say(Keys("1")) == acts.BookCallback("a", "13800000001")
    caller = Caller(document)
    assert isinstance(caller.say(Keys("2")), Ask)
    assert caller.say(Keys("01088886666")) == acts.BookCallback("a", "01088886666")
    caller.say(Left("failed"))
    assert caller.path[0] == "c:failed"


def test_a_loop_that_nobody_leaves_ends_at_the_safe_queue() -> None:
    caller = Caller(flow(a={"kind": "play", "exits": {"next": "b"}}, b={"kind": "play", "exits": {"next": "a"}}))
    assert caller.act == End(safe=True, reason="loop")


TOLDS = st.one_of(
    st.builds(Keys, st.text("0123456789*#", max_size=6)),
    st.builds(CallerTold, known=st.booleans(), tier=st.sampled_from(["", "vip"])),
    st.builds(QueueSeen, st.sampled_from([None, 0, 9]), st.sampled_from([None, 0, 2])),
    st.builds(Fetched, st.sampled_from([0, 200, 404, 500]), st.sampled_from([None, {"a": {"b": 1}}, [], "x"])),
    st.builds(Left, st.sampled_from(["timeout", "full", "empty", "key", "after", "failed", "done", "nonsense"])),
    st.just(Question(())),
    st.just(Enter()),
)


WAITS = {"queue", "agent", "external", "voicemail"}


def silent(act: Act) -> Told:
    """What a caller who does nothing, in a world that answers nothing, is told for each act."""
    if isinstance(act, Say | Ask):
        return Keys()
    if isinstance(act, acts.AskCaller | acts.FindAccount):
        return CallerTold()
    if isinstance(act, acts.LookAtQueue):
        return QueueSeen()
    return Fetched(0) if isinstance(act, acts.Fetch) else Left("failed")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flows(), st.lists(TOLDS, max_size=40))
def test_no_flow_holds_a_caller_and_nothing_that_is_told_breaks_it(document: Flow, tolds: list[Told]) -> None:
    """Any document, checked or not; told anything in any order, then nothing any more: it comes to its end."""
    walk: Walk = begin(Published("main", 1, document), CallFacts(number="138"), NOW)
    walk, act = step(walk, Enter(), WORLD, NOW)
    for told in tolds:
        walk, act = step(walk, told, WORLD, NOW)
    for _ in range(20 * MOST_PASSED):
        if isinstance(act, End):
            break
        walk, act = step(walk, silent(act), WORLD, NOW)
    assert isinstance(act, End)
    assert walk.over


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(flows(most=6))
def test_a_flow_that_passes_the_check_never_loops(document: Flow) -> None:
    """What the check lets through is left by a silent caller without the engine's own limit.

    But for loops in which somebody else has to act before he comes round again: those who wait in a queue may be led
    back into it, and only a world that answers at once, as here, makes that a fast way round.
    """
    known = Known(endings={"sub": frozenset({"done"})}, host_allowed=lambda url: True)
    if any(each.severity == "error" for each in check(document, known)):
        return
    walk, act = step(begin(Published("main", 1, document), CallFacts(), NOW), Enter(), WORLD, NOW)
    for _ in range(1000):
        if isinstance(act, End):
            break
        walk, act = step(walk, silent(act), WORLD, NOW)
    assert isinstance(act, End)
    assert act.reason != "no_such_node"
    if act.reason == "loop":
        assert {visit.kind for visit in walk.visits[-len(document.nodes) :]} & WAITS


def test_who_hangs_up_in_a_menu_is_gone() -> None:
    caller = Caller(flow(menu={"kind": "menu", "exits": {"1": "bye", "timeout": "bye"}}, bye=BYE))
    caller.walk = hang_up(caller.walk, NOW + 4)
    assert caller.path == ["menu:gone"]
    assert hang_up(caller.walk, NOW + 5).visits == caller.walk.visits
