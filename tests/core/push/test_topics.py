import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.push.topics import Topic


class Someone:
    session: Any = None
    packs = False

    def push(self, frames: bytes, *, snapshot: bool = False) -> None: ...


def payload(plain: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plain[plain.index(b"{") :])
    return found


def topic(history: int = 3) -> Topic:
    made = Topic("queues", history, dict)
    made.listeners[Someone()] = None
    return made


def test_changes_are_counted_and_told_under_the_wire_name() -> None:
    made = topic()
    made.add("queue.updated", {"name": "support"}, 5.5)
    assert payload(made.unsent[0].encoded().plain) == {
        "seq": 1,
        "ts": 5.5,
        "type": "queue.updated",
        "topic": "queues",
        "data": {"name": "support"},
    }


def test_what_was_missed() -> None:
    made = topic(history=3)
    for number in range(5):
        made.add("x", number, 0.0)
    assert [change.seq for change in made.missed(f"{made.epoch}:3") or []] == [4, 5]
    assert [change.seq for change in made.missed(f"{made.epoch}:2") or []] == [3, 4, 5]
    assert made.missed(f"{made.epoch}:5") == []
    assert made.missed(f"{made.epoch}:1") is None


def test_a_place_that_cannot_be_is_not_known() -> None:
    made = topic()
    made.add("x", 1, 0.0)
    for since in (
        None,
        "",
        "1",
        ":1",
        "0:0",
        f"{made.epoch}:",
        f"{made.epoch}:-1",
        f"{made.epoch}:2",
        f"{made.epoch}:１",
    ):
        assert made.missed(since) is None
    assert made.missed(f"{made.epoch}:{'9' * 5000}") is None


def test_nothing_is_kept_while_nobody_may_come_back() -> None:
    made = Topic("queues", 10, dict)
    made.add("x", object(), 0.0)
    assert (made.seq, made.unsent, made.missed(f"{made.epoch}:0")) == (1, [], None)


def test_a_new_epoch_makes_old_places_unknown() -> None:
    made = topic()
    made.add("x", 1, 0.0)
    place = f"{made.epoch}:1"
    made.restart()
    assert made.missed(place) is None


def test_a_snapshot_is_shared_within_a_second_while_nothing_changes() -> None:
    count = [0]

    def state() -> dict[str, int]:
        count[0] += 1
        return {"n": count[0]}

    made = Topic("queues", 3, state)
    first = made.snapshot(10.0)
    assert made.snapshot(10.9) is first
    assert made.snapshot(11.0) is not first
    made.add("x", 1, 11.0)
    assert payload(made.snapshot(11.1).plain)["data"] == {"n": 3}


Steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sampled_from("abc"), st.integers(0, 9)),
        st.tuples(st.just("drop"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("leave"), st.just(""), st.just(0)),
        st.tuples(st.just("return"), st.just(""), st.just(0)),
    ),
    max_size=60,
)


class Browser:
    """Folds what it hears, like a console."""

    def __init__(self, made: Topic) -> None:
        self.topic = made
        self.state: dict[str, int] = {}
        self.since: str | None = None
        self.here = Someone()
        self.come()

    def come(self) -> None:
        self.topic.unsent.clear()
        self.topic.listeners[self.here] = None
        self.topic.empty_since = None
        missed = self.topic.missed(self.since)
        if missed is None:
            self.fold(payload(self.topic.snapshot(0.0).plain))
        else:
            for change in missed:
                self.fold(payload(change.encoded().plain))

    def leave(self) -> None:
        self.topic.listeners.pop(self.here, None)
        self.topic.empty_since = 0.0

    def fold(self, message: dict[str, Any]) -> None:
        if message["type"] == "snapshot":
            self.state = dict(message["data"])
            self.since = f"{message['epoch']}:{message['seq']}"
            return
        assert self.since is not None
        epoch, _, last = self.since.partition(":")
        assert message["seq"] == int(last) + 1, "a hole or a double"
        self.since = f"{epoch}:{message['seq']}"
        if message["type"] == "set":
            self.state[message["data"][0]] = message["data"][1]
        else:
            self.state.pop(message["data"][0], None)


@given(Steps, st.integers(1, 8), st.booleans())
def test_whoever_comes_and_goes_sees_the_same_in_the_end(steps: Any, history: int, forgets: bool) -> None:
    truth: dict[str, int] = {}
    made = Topic("queues", history, lambda: dict(truth))
    browser = Browser(made)
    for kind, key, value in steps:
        if kind == "set":
            truth[key] = value
            made.add("set", (key, value), 0.0)
        elif kind == "drop":
            truth.pop(key, None)
            made.add("drop", (key, 0), 0.0)
        elif kind == "leave":
            browser.leave()
            if forgets:
                made.forget()
        elif browser.here not in made.listeners:
            browser.come()
        if browser.here in made.listeners:
            for change in made.unsent:
                browser.fold(payload(change.encoded().plain))
        made.unsent.clear()
    if browser.here not in made.listeners:
        browser.come()
    assert browser.state == truth
