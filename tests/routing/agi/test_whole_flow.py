"""A published flow of 25 nodes on a real Asterisk: hours, look-up, language, sub-flow, overflow; prompts are tones."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.core.web.outgoing import Outgoing
from cti_server.routing.agi.speaking import Rooms
from cti_server.routing.flows.acts import CallerTold, Question
from cti_server.routing.flows.calendars import OpeningHours, Span
from cti_server.routing.flows.check import Known, check
from cti_server.routing.flows.document import flow_of
from cti_server.routing.flows.walk import Published, World
from cti_server.sandbox.asterisk import Asterisk
from tests.routing.agi.line import Line

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
ALWAYS = (Span(begins="00:00", ends="24:00"),)
OPEN = OpeningHours(week=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALWAYS))
TONES = {"zh-CN": 500, "en": 700}
ANSWERS = {"zh-CN": 900, "en": 1200}


def say(prompt: str) -> list[dict[str, str]]:
    return [{"say": "prompt", "prompt": prompt}]


SUB = flow_of({
    "format": 1, "title": "sub", "languages": ["zh-CN", "en"], "start": "note",
    "nodes": {"note": {"kind": "set", "data": {"way": "sub-${call.did}"}, "exits": {"next": "back"}},
              "back": {"kind": "return", "ending": "done"}},
})  # fmt: skip


def document(url: str) -> dict[str, Any]:
    return {
        "format": 1, "title": "25 nodes", "languages": ["zh-CN", "en"], "start": "language",
        "nodes": {
            "language": {"kind": "language", "speech": say("language"), "keys": {"1": "zh-CN", "2": "en"},
                         "exits": {"next": "welcome"}},
            "welcome": {"kind": "play", "speech": say("tone"), "barge_in": True, "exits": {"next": "emergency"}},
            "emergency": {"kind": "switch", "switch": "outage", "exits": {"on": "outage", "off": "hours"}},
            "outage": {"kind": "play", "speech": say("outage"), "exits": {"next": "hours"}},
            "hours": {"kind": "hours", "calendar": "office",
                      "exits": {"open": "who", "closed": "closed", "holiday": "holiday"}},
            "closed": {"kind": "play", "speech": say("tone"), "exits": {"next": "message"}},
            "holiday": {"kind": "play", "speech": say("tone"), "exits": {"next": "message"}},
            "message": {"kind": "voicemail", "queue": "support", "exits": {"done": "bye"}},
            "who": {"kind": "condition", "cases": [
                {"name": "blocked", "when": [{"ask": "list", "list": "blacklist"}]},
                {"name": "gold", "when": [{"ask": "tier", "any": ["gold"]}]}],
                "exits": {"blocked": "bye", "gold": "vip", "else": "menu"}},
            "menu": {"kind": "menu", "speech": say("menu"), "timeout_seconds": 4.0, "on_invalid": say("outage"),
                     "exits": {"1": "card", "2": "sales", "3": "deep", "9": "back", "timeout": "support"}},
            "back": {"kind": "callback", "queue": "support", "speech": say("tone"),
                     "exits": {"done": "bye", "declined": "support"}},
            "card": {"kind": "collect", "into": "card", "secret": True, "min_digits": 4, "max_digits": 8,
                     "speech": say("card"), "exits": {"done": "ask", "timeout": "support"}},
            "ask": {"kind": "lookup", "url": url + "?card=${card}", "answer": {"level": "customer.level"},
                    "exits": {"done": "level", "failed": "sorry", "none": "sorry"}},
            "sorry": {"kind": "play", "speech": say("outage"), "exits": {"next": "support"}},
            "level": {"kind": "condition", "cases": [
                {"name": "rich", "when": [{"ask": "data", "name": "level", "is": "more", "value": "5"}]}],
                "exits": {"rich": "found", "else": "support"}},
            "found": {"kind": "play", "speech": say("answer"), "exits": {"next": "mark"}},
            "mark": {"kind": "set", "data": {"topic": "card ${level}"}, "exits": {"next": "deep"}},
            "deep": {"kind": "subflow", "flow": "sub", "exits": {"done": "vip"}},
            "vip": {"kind": "queue", "queue": "vip", "max_wait_seconds": 2,
                    "exits": {"timeout": "overflow", "after": "ask-how"}},
            "overflow": {"kind": "play", "speech": say("outage"), "exits": {"next": "support"}},
            "support": {"kind": "queue", "queue": "support", "exits": {"after": "ask-how"}},
            "sales": {"kind": "queue", "queue": "sales", "exits": {"after": "ask-how"}},
            "ask-how": {"kind": "survey", "survey": "csat", "exits": {"done": "bye"}},
            "bye": {"kind": "hangup", "speech": say("tone")},
            "nobody": {"kind": "safe"},
        },
    }  # fmt: skip


class Crm:
    """A program of the company, and the rooms that the flow asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.booked: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.level = 7
        self.tier = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].decode())
        body = json.dumps({"customer": {"level": self.level}}).encode()
        await asyncio.sleep(1.0)  # slower than a step's patience: the dialplan has to come back for it
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    async def of_number(self, number: str) -> CallerTold:
        return CallerTold(tier=self.tier)

    async def of_account(self, account: str) -> CallerTold:
        return CallerTold()

    async def book(self, *, queue: str, number: str, caller: CallerTold, call: str, **more: Any) -> bool:
        self.booked.append((queue, number))
        return True

    async def has_open(self, number: str) -> bool:
        return False

    async def question(self, survey: str, asked: int, key: str, call: str, language: str) -> Question | None:
        if key:
            self.answers.append(key)
        return Question((), timeout=3.0) if asked == 0 else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crm() -> AsyncIterator[Crm]:
    crm = Crm()
    server = await asyncio.start_server(crm.serve, "127.0.0.1", 0)
    crm.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/card"  # type: ignore[attr-defined]
    yield crm
    server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(asterisk: Asterisk, crm: Crm, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    line = Line(asterisk, Path(tmp_path_factory.mktemp("tones")))
    web = Outgoing([crm.url.split("/")[2]], ["127.0.0.0/8"])  # type: ignore[attr-defined]
    line.rooms = Rooms(prompts=line.tones, figures=line.counted, callers=crm, callbacks=crm, surveys=crm, web=web)
    line.mouth._rooms = line.rooms
    line.world = World({"office": OPEN}, {"outage": False},
                       lambda key: Published(key, 4, SUB) if key == "sub" else None)  # fmt: skip
    line.tones.add("language", {"zh-CN": 600, "en": 600})
    line.tones.add("tone", TONES)
    line.tones.add("menu", {"zh-CN": 650, "en": 850}, seconds=1)
    line.tones.add("card", {"zh-CN": 950, "en": 1050})
    line.tones.add("answer", ANSWERS, seconds=1)
    line.tones.add("outage", {"zh-CN": 1500, "en": 1500})
    flow = line.publish(document(crm.url)).document  # type: ignore[attr-defined]
    prompts = {each: frozenset(TONES) for each in ("language", "tone", "menu", "card", "answer", "outage")}
    known = Known(prompts=prompts, queues=frozenset({"support", "sales", "vip"}), host_allowed=web.host_allowed)
    assert len(flow.nodes) == 25
    assert [each.code for each in check(flow, known)] == ["unreachable"]
    await line.open()
    try:
        yield line
    finally:
        await line.close()
        await web.close()


async def test_english_card_look_up_sub_flow_overflow(line: Line, crm: Crm) -> None:
    call = await line.call()
    assert await call.hears(600)
    call.press("2")
    assert await call.hears(700)
    assert await call.hears(850)  # the menu, in English too
    call.press("1")
    assert await call.hears(1050)
    call.press("123456#")
    assert await call.hears(1200, within=6)  # what the look-up led to, in English
    await line.waiting_in("vip")
    going = next(iter(line.mouth.going.values()))
    assert dict(going.walk.data) == {"level": "7", "topic": "card 7", "way": "sub-4800"}
    assert crm.asked == ["GET /card?card=123456 HTTP/1.1"]
    assert await call.hears(1500, within=6)  # nobody came within two seconds
    await line.waiting_in("support")
    shown = await line.pbx.cli("core show channels concise")
    channel = next(row.split("!")[0] for row in shown.splitlines() if row.startswith("PJSIP/trunk"))
    variables = await line.pbx.cli(f"core show channel {channel}")
    assert "CTI_DATA=level=7&topic=card+7&way=sub-4800" in variables
    assert "123456" not in variables
    assert line.counted.path == [
        "language:next", "welcome:next", "emergency:off", "hours:open", "who:else", "menu:1", "card:done", "ask:done",
        "level:rich", "found:next", "mark:next", "note:next", "back:done", "deep:done", "vip:timeout", "overflow:next",
    ]  # fmt: skip
    await line.hang_up()


async def test_chinese_callback_and_publishing_while_he_is_there(line: Line, crm: Crm) -> None:
    line.counted.visits.clear()
    call = await line.call("13911112222")
    assert await call.hears(600)
    call.press("1")
    assert await call.hears(500)
    before = line.published
    assert before is not None
    line.publish({**document("http://x/"), "start": "bye"}, version=2)
    try:
        call.press("9")  # ends the welcome and counts in the menu, for it was pressed ahead
        async with asyncio.timeout(5):
            while "menu:9" not in line.counted.path:  # noqa: ASYNC110 (what the caller does on the PBX)
                await asyncio.sleep(0.02)
        call.press("1")
        await call.ended(8)
        assert crm.booked == [("support", "13911112222")]
        assert line.counted.path[-2:] == ["back:done", "bye:end"]
        assert {visit.version for visit in line.counted.visits} == {1}
        later = await line.call()
        await later.ended(8)
        assert line.counted.visits[-1].version == 2
        assert line.counted.began_rows[-1].version == 2
    finally:
        line.published = before


async def test_a_survey_follows_the_agent(line: Line, crm: Crm) -> None:
    line.counted.visits.clear()
    crm.tier = "gold"
    agent = await type(line.phone).open(
        "1001", line.pbx.passwords["1001"], sip_port=line.pbx.sip_port, tone=440, pacer=line.phone.pacer,
    )  # fmt: skip
    await agent.register()
    agent.answer_after = 0.05
    await line.pbx.cli("queue add member PJSIP/1001 to vip")
    try:
        call = await line.call()
        assert await call.hears(600)
        call.press("2")
        assert await call.hears(440, within=8)
        for each in list(agent.calls.values()):
            each.hangup()
        async with asyncio.timeout(5):
            while "vip:after" not in line.counted.path:  # noqa: ASYNC110 (what happens on the PBX)
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        call.press("5")
        await call.ended(8)
        assert crm.answers == ["5"]
        assert line.counted.path[-3:] == ["vip:after", "ask-how:done", "bye:end"]
        assert line.counted.ends[-1] == "contained"
    finally:
        await line.pbx.cli("queue remove member PJSIP/1001 from vip")
        await agent.close()
