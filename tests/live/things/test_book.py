from cti_server.live import facts
from cti_server.live.facts import Channel
from cti_server.live.pbx import Pbx
from cti_server.live.things.book import Book, newer
from cti_server.live.things.devices import DeviceRules


def test_tombstones_are_bounded_by_number() -> None:
    book = Book("a", DeviceRules())
    for n in range(50_000):
        book.bury(str(n), 1000.0)
    assert book.tombstones <= 20_000
    assert book.is_dead("49999")


def test_tombstones_are_bounded_by_age() -> None:
    book = Book("a", DeviceRules())
    for n in range(10_000):
        book.bury(str(n), float(n))
    assert book.tombstones < 2_000


def test_nothing_is_kept_of_ten_thousand_calls() -> None:
    pbx = Pbx("a")
    for n in range(10_000):
        channel = Channel(f"PJSIP/trunk-{n}", number="138", id=str(n), linkedid=str(n))
        pbx.apply(facts.ChannelBegan(channel, 4, "4000"), n)
        pbx.apply(facts.QueueJoined(channel, "support", 1, "c,4000"), n + 0.1)
        pbx.apply(facts.BridgeEntered(channel, f"b{n}", "simple_bridge", ""), n + 0.2)
        pbx.apply(facts.ChannelEnded(channel, 16), n + 0.5)
    book = pbx._book
    for kept in (book.calls, book.by_id, book.legs, book.bridges, book.locals, book._updated):
        assert not kept
    assert book.tombstones < 2_000


def test_what_ended_never_comes_back() -> None:
    pbx = Pbx("a")
    channel = Channel("PJSIP/trunk-1", id="1", linkedid="1")
    pbx.apply(facts.ChannelEnded(channel, 16), 10.0)
    for fact in (
        facts.ChannelBegan(channel, 4, "4000"),
        facts.QueueJoined(channel, "support", 1, "c,4000"),
        facts.BridgeEntered(channel, "b", "simple_bridge", ""),
        facts.ChannelStateChanged(channel, 6),
    ):
        assert not pbx.apply(fact, 9.9)
    assert not pbx.calls


def test_what_is_newer() -> None:
    assert newer(10.0, 10.0)
    assert newer(11.0, 10.0)
    assert not newer(9.5, 10.0)
    assert newer(-290.0, 10.0)


def test_two_pbxs_with_the_same_uniqueid_stay_apart() -> None:
    one, two = Pbx("a"), Pbx("b")
    channel = Channel("PJSIP/trunk-1", number="138", id="1.0", linkedid="1.0")
    one.apply(facts.ChannelBegan(channel, 4, "4000"), 1.0)
    two.apply(facts.ChannelBegan(channel, 4, "4000"), 1.0)
    one.apply(facts.ChannelEnded(channel, 16), 2.0)
    assert (list(one.calls), list(two.calls)) == ([], ["b:1.0"])
    # The system name is switched on in the middle of the day: other ids, other calls.
    named = Channel("PJSIP/trunk-1", number="139", id="pbx-1.0", linkedid="pbx-1.0")
    two.apply(facts.ChannelBegan(named, 4, "4000"), 3.0)
    assert sorted(two.calls) == ["b:1.0", "b:pbx-1.0"]
