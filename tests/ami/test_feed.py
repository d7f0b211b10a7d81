"""The feed against a scripted PBX: order, gaps, comparisons; and nothing that raises may stop it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import pytest

from cti_server.ami import feed as feed_module
from cti_server.ami.connection import AmiConnection, LinkState, LinkStatus
from cti_server.ami.feed import Feed
from cti_server.ami.inbox import GAP
from cti_server.ami.login import LinkSettings
from cti_server.ami.truth import PbxListing
from cti_server.core.bus import Bus
from cti_server.core.errors import TimedOut
from cti_server.live.changes import Change, LinkChanged
from cti_server.live.facts import ChannelEnded, Fact, LinkLost, ListingBegun, Truth
from cti_server.live.views import LinkView

HANGUP = (
    b"Event: Hangup\r\nTimestamp: 1795317480.5\r\nChannel: PJSIP/1001-00000001\r\nUniqueid: 1.%d\r\n"
    b"Linkedid: 1.1\r\nCause: 16\r\nCause-txt: Normal Clearing"
)


@dataclass
class NotedModel:
    """Takes down the facts; raises when told to."""

    facts: list[Fact] = field(default_factory=list)
    clock_offset: float = 0.0
    raise_on: type | None = None
    seen: list[tuple[float, float]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def clock_seen(self, at: float, arrived: float) -> None:
        self.seen.append((at, arrived))

    def apply(self, fact: Fact, at: float) -> Iterable[Change]:
        if self.raise_on is not None and isinstance(fact, self.raise_on):
            self.raise_on = None
            raise ValueError("on purpose")
        self.facts.append(fact)
        self.told.set()
        up = isinstance(fact, Truth)
        return [LinkChanged(at, LinkView("main", up, at))] if up or isinstance(fact, LinkLost) else []

    def kinds(self) -> list[str]:
        return [type(fact).__name__ for fact in self.facts]


@dataclass
class Stage:
    feed: Feed
    connection: AmiConnection
    model: NotedModel
    heard: list[LinkChanged]
    answers: "asyncio.Queue[PbxListing | Exception]"
    true: asyncio.Event

    def ready(self) -> None:
        self.connection.status = LinkStatus(LinkState.READY, 0.0)
        self.feed._on_state(self.connection.status)

    def event(self, number: int) -> None:
        self.connection.inbox.put(0.0, HANGUP % number)

    async def hears(self, kind: str) -> None:
        async with asyncio.timeout(5):
            while kind not in self.model.kinds():
                self.model.told.clear()
                await self.model.told.wait()

    async def becomes_true(self) -> None:
        await asyncio.wait_for(self.true.wait(), 5)
        self.true.clear()


def listing(after: int) -> PbxListing:
    return PbxListing(0.0, 0, after, *[()] * 11)  # type: ignore[arg-type]


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    connection = AmiConnection(LinkSettings("main", "127.0.0.1", "cti", "x"))
    monkeypatch.setattr(connection, "start", lambda: None)
    model, bus, heard, true = NotedModel(), Bus(), [], asyncio.Event()
    answers: asyncio.Queue[PbxListing | Exception] = asyncio.Queue()

    async def ask(_: AmiConnection) -> PbxListing:
        answer = await answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(feed_module, "ask_everything", ask)
    monkeypatch.setattr(feed_module, "RETRY", 0.0)
    bus.subscribe(LinkChanged, heard.append)
    feed = Feed(connection, model, bus, compare_every=3600, on_true=true.set)
    feed.start()
    yield Stage(feed, connection, model, heard, answers, true)
    await feed.close()


async def test_the_truth_is_applied_after_every_event_that_came_before_it(stage: Stage) -> None:
    stage.ready()
    stage.event(1)
    stage.event(2)
    stage.answers.put_nowait(listing(after=2))
    await stage.becomes_true()
    kinds = stage.model.kinds()
    assert kinds[-1] == "Truth"
    assert kinds.count("ChannelEnded") == 2
    assert "ListingBegun" in kinds
    assert [change.link.up for change in stage.heard] == [True]


async def test_the_truth_waits_for_events_still_on_their_way(stage: Stage) -> None:
    stage.ready()
    stage.answers.put_nowait(listing(after=1))
    await stage.hears("ListingBegun")
    for _ in range(20):
        await asyncio.sleep(0)
    assert "Truth" not in stage.model.kinds()
    stage.event(1)
    await stage.becomes_true()
    assert stage.model.kinds()[-2:] == ["ChannelEnded", "Truth"]


async def test_an_answer_from_before_a_gap_is_thrown_away_and_asked_anew(stage: Stage) -> None:
    stage.ready()
    await stage.hears("ListingBegun")
    stage.connection.inbox.put(0.0, GAP)
    await stage.hears("LinkLost")
    stage.answers.put_nowait(listing(after=0))
    stage.answers.put_nowait(listing(after=0))
    await stage.becomes_true()
    assert stage.model.kinds() == ["ListingBegun", "LinkLost", "ListingBegun", "Truth"]


async def test_an_event_that_the_model_cannot_take_is_counted_and_the_rest_goes_on(stage: Stage) -> None:
    stage.ready()
    stage.answers.put_nowait(listing(after=0))
    await stage.becomes_true()
    stage.model.raise_on = ChannelEnded
    stage.event(1)
    stage.event(2)
    stage.answers.put_nowait(listing(after=0))
    await stage.becomes_true()
    assert stage.feed.faults == 1
    assert stage.model.kinds().count("ChannelEnded") == 1
    assert stage.feed.comparisons == 2


async def test_a_question_without_an_answer_is_asked_again(stage: Stage) -> None:
    stage.ready()
    stage.answers.put_nowait(TimedOut("no answer"))
    stage.answers.put_nowait(listing(after=0))
    await stage.becomes_true()
    assert stage.model.kinds() == ["ListingBegun", "ListingBegun", "Truth"]


async def test_a_lost_link_is_told_once_in_the_order_of_events(stage: Stage) -> None:
    stage.event(1)
    stage.connection.status = LinkStatus(LinkState.LOST, 0.0, "The PBX is silent.")
    stage.connection.inbox.put(0.0, GAP)
    stage.feed._on_state(stage.connection.status)
    await stage.hears("LinkLost")
    assert stage.model.kinds() == ["ChannelEnded", "LinkLost"]
    assert stage.model.facts[-1] == LinkLost("The PBX is silent.")
    assert ListingBegun not in [type(fact) for fact in stage.model.facts]


async def test_it_ends_at_once_also_when_it_was_about_to_ask(stage: Stage) -> None:
    stage.ready()
    stage.answers.put_nowait(listing(after=0))
    await stage.becomes_true()
    stage.feed._wanted.set()  # in the very turn in which it is closed, as when the link tells of its end
    async with asyncio.timeout(1.0):
        await stage.feed.close()
