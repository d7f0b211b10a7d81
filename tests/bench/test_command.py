import asyncio
from typing import Any

import pytest

from bench.command import LANES, RATE, Clicks, Line, delays, orders, tell
from bench.fake_pbx import Clicks as Came
from bench.fake_pbx import begin_talks, listings, load_traffic, marked_traffic
from bench.parts import Program
from bench.report import Report
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.live.changes import CallChanged, LinkChanged
from cti_server.live.pbx import Pbx
from cti_server.live.words import CallState
from cti_server.sandbox.state import SandboxError
from tests.fakes.ami_server import FakeAmi


def test_each_click_is_matched_with_the_action_on_its_own_channel() -> None:
    sent = {"a": [1.0, 2.0], "b": [1.5], "": [1.2]}
    came = [("a", 1.1), ("", 1.21), ("b", 1.9), ("a", 2.3)]
    mine, floor, wrong = delays(sent, came)
    assert (sorted(mine), floor, wrong) == (pytest.approx([0.1, 0.3, 0.4]), pytest.approx([0.01]), 0)


@pytest.mark.parametrize(("came", "wrong"), [([], 1), ([("a", 1.1), ("a", 1.2)], 1), ([("a", 1.1), ("c", 1.2)], 1)])
def test_an_action_that_is_missing_or_comes_twice_is_told(came: list[tuple[str, float]], wrong: int) -> None:
    assert delays({"a": [1.0]}, came)[2] == wrong


def test_a_goal_that_is_not_reached_is_told() -> None:
    report = Report("command")
    clicks = Clicks({"a": [1.0, 2.0, 3.0], "": [1.0]}, [0.1])
    tell(report, "load", clicks, [("a", 1.1), ("", 1.1)], {"events": 1, "seconds": 1, "cut": True}, 0.5)
    assert [goal["reached"] for goal in report.goals.values()] == [False, False]


def test_the_load_comes_to_the_rate_that_is_told() -> None:
    marked, load = orders()
    assert load_traffic(load).pace == pytest.approx(RATE, rel=0.03)
    assert load["first_lane"] == marked["lanes"] == LANES


async def test_the_talks_are_calls_in_which_an_agent_talks_and_his_mute_is_noted() -> None:
    clock, bus, came = SystemClock(), Bus(), Came()
    async with FakeAmi() as pbx:
        came.listen(pbx)
        pbx.items = listings([marked_traffic({"lanes": 2, "first_lane": 0, "first_call": 0})])
        model = Pbx("bench")
        settings = LinkSettings(name="bench", host="127.0.0.1", port=pbx.port, user=pbx.user, secret=pbx.secret)
        connection = AmiConnection(settings, clock)
        feed, news = Feed(connection, model, bus), asyncio.Event()
        for kind in (CallChanged, LinkChanged):
            bus.subscribe(kind, lambda _: news.set())
        feed.start()

        async def until(holds: Any) -> None:
            async with asyncio.timeout(5):
                while not holds():
                    news.clear()
                    await news.wait()

        try:
            await until(lambda: model.link.up)
            talks = await begin_talks(pbx, {"lanes": 2, "first_call": 7})
            await until(lambda: sum(call.state is CallState.ESTABLISHED for call in model.calls.values()) == 2)
            for talk in talks:
                call = model.calls[f"bench:{talk['call']}"]
                assert talk["channel"] in [leg.channel for leg in call.legs]
            assert came.taken() == []
        finally:
            await feed.close()


async def test_the_floor_makes_an_action_of_a_request_and_another_answer_is_told() -> None:
    came = Came()
    async with FakeAmi() as pbx, Program("bench.relay", str(pbx.port)) as relay:
        came.listen(pbx)
        line = await Line(await relay.hear(), "Host: x\r\n").open()
        begin, end = await line.post("/x", {"on": True})
        await pbx.wait_for("Floor")
        ((channel, at),) = came.taken()
        assert channel == ""
        assert begin < at
        assert begin < end
        line.close()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}")

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        line = await Line(server.sockets[0].getsockname()[1], "Host: x\r\n").open()
        with pytest.raises(SandboxError, match="409"):
            await line.post("/x", {})
        line.close()
