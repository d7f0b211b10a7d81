"""The dry run plays the same engine and says what is heard, what is awaited, and how it ended."""

from cti_server.routing.flows.acts import CallerTold, CallFacts, Fetched
from cti_server.routing.flows.walk import Published, World
from cti_server.routing.publishing.rehearsal import RehearsalJson, Setting, rehearse
from tests.routing.publishing.office import flow

SETTING = Setting(CallerTold(tier="vip"), {"ask": Fetched(200, {"n": 5})}, {})
FLOW = flow(
    menu={"kind": "menu", "speech": [{"say": "prompt", "prompt": "p"}], "exits": {"1": "ask", "timeout": "q"}},
    ask={"kind": "lookup", "url": "https://x/", "answer": {"n": "n"}, "exits": {"done": "say", "failed": "q"}},
    say={"kind": "play", "speech": [{"say": "number", "value": "${n}"}], "exits": {"next": "q"}},
    q={"kind": "queue", "queue": "support", "tier_priority": {"vip": 9}, "exits": {"timeout": "bye"}},
    bye={"kind": "hangup"},
)


def run(*inputs: str) -> RehearsalJson:
    return rehearse(Published("main", 0, FLOW), CallFacts("138", "4800"), World(), SETTING, list(inputs), 1.8e9)


def test_it_stops_where_the_caller_is_needed() -> None:
    first = run()
    assert first.awaits is not None
    assert (first.awaits.node, first.awaits.act) == ("menu", "Ask")
    assert [each.value for each in first.awaits.heard] == ["p"]
    after = run("1")
    assert after.awaits is not None
    assert (after.awaits.node, after.awaits.act, after.awaits.about["priority"]) == ("q", "Queueing", 9)
    assert [(each.node, each.act, each.exit) for each in after.steps] == [
        ("menu", "Ask", "1"), ("ask", "Fetch", "done"), ("say", "Say", "next"), ("q", "AskCaller", None),
    ]  # fmt: skip
    assert after.steps[2].heard[0].value == "5"
    assert after.data == {"n": "5"}


def test_it_comes_to_its_end() -> None:
    whole = run("1", "timeout")
    assert (whole.awaits, whole.ended, whole.safe) == (None, "contained", False)
    assert [(each["node"], each["exit"]) for each in whole.visits] == [
        ("menu", "1"), ("ask", "done"), ("say", "next"), ("q", "timeout"), ("bye", "end"),
    ]  # fmt: skip
    silent = run("", "", "", "timeout")
    assert silent.visits[0]["exit"] == "timeout"
