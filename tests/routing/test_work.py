"""What flows leave behind, on a real Asterisk: a callback at one's turn, a message, a survey; by keys and tones."""

import cmath
import io
import struct
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.ami.actions import queue_pause, queue_withdraw
from cti_server.app import App
from cti_server.business.customers.model import PopJson
from cti_server.routing.agi.speaking import Rooms
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State
from cti_server.settings import load_settings
from tests.conftest import real_part, worker_name
from tests.routing.agi.line import Tones
from tests.whole.site import PASSWORD, TRUNK, Site, poll


def heard_in(sound: bytes, hz: int) -> float:
    """How loud a tone is in a WAV file of 8 kHz."""
    with wave.open(io.BytesIO(sound)) as file:
        raw = file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(raw) // 2}h", raw)[4000:12000]
    turn = 2j * cmath.pi * hz / 8000
    return abs(sum(sample * cmath.exp(turn * n) for n, sample in enumerate(samples)))


pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
CALLER, OTHER, LEAVER, SURVEYED = "13800000001", "13800000002", "13800000003", "13800000004"
ASKED = 700


def say(prompt: str) -> list[dict[str, str]]:
    return [{"say": "prompt", "prompt": prompt}]


FLOW = {
    "format": 1, "title": "work", "languages": ["en"], "start": "menu",
    "nodes": {
        "menu": {"kind": "menu", "speech": say("menu"), "timeout_seconds": 8.0,
                 "exits": {"1": "callback", "2": "message", "3": "queue", "4": "open", "timeout": "bye"}},
        "open": {"kind": "condition", "cases": [{"name": "open", "when": [{"ask": "callback"}]}],
                 "exits": {"open": "bye", "else": "queue"}},
        "callback": {"kind": "callback", "queue": "support", "speech": say("offer"),
                     "exits": {"done": "bye", "declined": "queue"}},
        "message": {"kind": "voicemail", "queue": "support", "speech": say("leave"), "silence_seconds": 10,
                    "exits": {"done": "bye"}},
        "queue": {"kind": "queue", "queue": "support", "exits": {"after": "how"}},
        "how": {"kind": "survey", "survey": "service", "exits": {"done": "bye"}},
        "bye": {"kind": "hangup", "speech": say("bye")},
    },
}  # fmt: skip
SURVEY = {
    "title": "After the call", "share": 100,
    "questions": [{"kind": "csat", "speech": say("how"), "label": "satisfied", "timeout_seconds": 4},
                  {"kind": "nps", "speech": say("recommend"), "label": "recommend", "timeout_seconds": 4}],
}  # fmt: skip


class Center:
    """The server in this process, one agent at 1001, the line of callers, which also rings at customers' phones."""

    def __init__(self, site: Site, pbx: Asterisk, tones: Tones) -> None:
        self.site, self.pbx = site, pbx
        self.app = App(load_settings(site.write_config(), env={}))
        self.rooms: Rooms = self.app.routing.rooms
        self.rooms.prompts = tones
        self.app.routing.prompt_languages = lambda: {prompt: frozenset({"en"}) for prompt, _ in tones.hz}

    async def open(self) -> None:
        await self.app.start()
        await self.pbx.cli(f"dialplan set global CTI_AGI 127.0.0.1:{self.app.routing.port}")
        token = await self.app.accounts.new_setup_token()
        assert token is not None
        await self.app.accounts.set_up(token, "admin", "刘洋", PASSWORD)
        self.admin = self.site.browser("admin")
        await self.admin.sign_in()
        self.phone = await self.site.phone("1001", self.pbx)
        self.agent = await self.site.agent("1001", "PJSIP/1001", ["support"], name="李娜")
        self.trunk = await Phone.open(
            "trunk", sip_port=self.pbx.sip_port, tone=1000, pacer=self.site.pacer, port=self.pbx.trunk_port
        )
        self.site.phones["trunk"] = self.trunk
        await self.admin.post("/customers", {"name": "王小明", "contacts": [{"kind": "phone", "value": CALLER}]})
        await self.admin.put("/surveys/service", {"survey": SURVEY})
        made = await self.admin.post("/flows", {"key": "work", "draft": FLOW})
        await self.admin.post("/flows/work/publish", {"revision": made["revision"]})
        await self.admin.put("/flows/numbers/4800", {"flow": "work"})
        await self.until(lambda: self.app.routing.flows.for_number("4800") is not None, "the flow in force")

    async def close(self) -> None:
        await self.site.stop()
        await self.app.stop()

    async def until(self, holds: Any, what: str, limit: float = 8.0) -> None:
        async def look() -> bool | None:
            return True if holds() else None

        await poll(look, what, limit)

    async def found(self, path: str, fits: Any, limit: float = 8.0) -> Any:
        """The first item of a list that fits, once there is one."""

        async def look() -> Any:
            items = (await self.admin.get(path))["items"]
            return next((one for one in items if fits(one)), None)

        return await poll(look, f"an item of {path}", limit)

    async def hear(self, address: str) -> bytes:
        async with self.agent.http.get(f"{self.site.url}{address}") as response:
            assert response.status == 200
            return await response.read()

    async def pause(self, on: bool) -> None:
        await self.app.send("main", queue_pause("PJSIP/1001", on, queue="support"))

    def waiting(self) -> list[str]:
        return [one.number for one in self.app.live.queues["main", "support"].waiting]

    async def called_back(self) -> Call:
        """The agent's phone rings and his screen shows who it is; when he answers, the customer's phone rings."""
        ringing = await self.phone.incoming(10)
        assert ringing.number == CALLER
        assert self.agent.user_id is not None
        user_id = self.agent.user_id

        def shown() -> list[PopJson]:
            return [pop for pop in self.app.pops.of_user(user_id) if pop.customer and pop.state == "ringing"]

        await self.until(shown, "the pop")
        (pop,) = shown()
        assert pop.customer is not None
        assert (pop.customer.name, pop.queue) == ("王小明", "support")
        assert int(pop.data["callback"]) > 0
        assert not self.trunk.rings  # nobody has rung him yet
        await ringing.answer()
        called = await self.trunk.incoming()
        assert called.number == "4800"  # he is shown what he had dialled
        return called

    async def at_menu(self, number: str) -> Call:
        call = self.trunk.call("4800", caller=number, headers=TRUNK)
        await call.answered()
        assert await call.hears(500)
        return call

    async def quiet(self) -> None:
        for phone in (self.phone, self.trunk):
            for call in list(phone.calls.values()):
                call.hangup()
        await self.until(lambda: not self.app.live.calls, "the end of all calls")
        for phone in (self.phone, self.trunk):
            phone._waiting.clear()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def center(
    pytestconfig: pytest.Config,
    state: State,
    asterisk_program: AsteriskProgram,
    postgres: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Center]:
    wishes = Wishes(name=worker_name("flow-work"), agents=2)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    url = await postgres.create_database("flow_work", migrated_template)
    folder: Path = tmp_path_factory.mktemp("work")
    tones = Tones(folder)
    prompts = {"menu": 500, "offer": 600, "leave": 650, "how": ASKED, "recommend": 900, "bye": 1500}
    for prompt, hz in prompts.items():
        tones.add(prompt, {"en": hz}, seconds=0.4)
    settings = f'[dialling]\noutside_prefix = "9"\n[recording]\ndir = "{pbx.recordings}"\n'
    center = Center(Site(folder, url, {"main": pbx}, settings=settings), pbx, tones)
    try:
        await center.open()
        yield center
    finally:
        await center.close()
        await pbx.discard()
        await postgres.drop_database("flow_work")


@pytest_asyncio.fixture(loop_scope="module")
async def house(center: Center) -> AsyncIterator[Center]:
    try:
        yield center
    finally:
        await center.quiet()


async def test_who_hung_up_is_called_when_it_is_his_turn_and_the_agent_sees_him_first(house: Center) -> None:
    rule = {"tries": 3, "gap_seconds": 1, "expire_seconds": 3600, "calendar": ""}
    await house.admin.put("/callback-rules/support", rule)
    await house.pause(True)
    first = await house.at_menu(OTHER)
    first.press("3")
    await house.until(lambda: house.waiting() == [OTHER], "the first in the queue")
    for _ in range(2):  # he calls again: it stays one callback
        call = await house.at_menu(CALLER)
        call.press("1")
        assert await call.hears(600)
        call.press("1")
        await call.ended(8)
    asks = await house.at_menu(CALLER)
    asks.press("4")
    await asks.ended(8)  # the flow knows that a callback is open: he does not come into the queue
    (item,) = (await house.admin.get("/callbacks"))["items"]
    assert (item["state"], item["number"], item["queue"], item["did"]) == ("waiting", CALLER, "support", "4800")
    await house.pause(False)
    ringing = await house.phone.incoming()
    assert ringing.number == OTHER  # who was there before him
    await ringing.answer()
    ringing.hangup()
    called = await house.called_back()
    called.reject(486)
    again = await house.found("/callbacks", lambda one: one["attempts"] == 1)
    assert (again["state"], again["reason"]) == ("waiting", "busy")
    called = await house.called_back()
    (agents_side,) = house.phone.calls.values()
    await called.answer()
    assert await called.hears(440)
    assert await agents_side.hears(1000)
    called.hangup()
    over = await house.found("/callbacks?state=reached", lambda one: one["id"] == item["id"])
    assert over["attempts"] == 2
    rows = await house.site.sql(
        "select result, user_id from callback_attempt where callback_id = $1 order by at", over["id"]
    )
    assert [(row["result"], row["user_id"]) for row in rows] == [
        ("busy", house.agent.user_id), ("reached", house.agent.user_id),
    ]  # fmt: skip
    assert (await house.admin.get("/callbacks"))["items"] == []


async def test_a_message_is_left_and_listened_to(house: Center) -> None:
    call = await house.at_menu(LEAVER)
    call.press("2")
    assert await call.hears(650)
    await house.until(lambda: house.app.work.voicemail._going, "the tone")
    folder = house.pbx.recordings / "cti-voicemail"
    long = 1.5 * 8000 * 2  # bytes of what he says
    await house.until(lambda: any(one.stat().st_size > long for one in folder.glob("*.wav")), "what he says")
    call.hangup()  # as most do
    item = await house.found("/voicemail", lambda one: one["number"] == LEAVER)
    assert (item["state"], item["queue"], item["new"]) == ("open", "support", True)
    assert 1.0 < item["seconds"] < 6.0
    url = (await house.agent.post(f"/voicemail/{item['id']}/listen", {}))["url"]
    sound = await house.hear(url)
    assert sound[:4] == b"RIFF"
    assert heard_in(sound, 1000) > 10 * heard_in(sound, 440)
    assert not list((house.pbx.recordings / "cti-voicemail").glob("*.wav"))
    assert not (await house.found("/voicemail", lambda one: one["id"] == item["id"]))["new"]
    entries = (await house.admin.get("/audit"))["items"]
    assert [one["subject"] for one in entries if one["action"] == "voicemail.listen"] == [str(item["id"])]
    await house.agent.post(f"/voicemail/{item['id']}/done", {"reason": "called"})
    assert (await house.admin.get("/voicemail"))["items"] == []


async def test_who_was_served_is_asked(house: Center) -> None:
    call = await house.at_menu(SURVEYED)
    call.press("3")
    ringing = await house.phone.incoming()
    # The end of a key is sent three times; the third must not come after the agent's answer, as a key of its own.
    assert await call.hears(350)
    await ringing.answer()
    assert await call.hears(440)
    call_id = next(iter(house.app.live.calls))
    ringing.hangup()
    assert await call.hears(ASKED)
    call.press("4")
    assert await call.hears(900)
    call.press("10")
    await call.ended(10)
    answers = await house.found(f"/calls/{call_id}/survey", lambda one: one["question"] == 1 and one["value"] == 10)
    assert (answers["kind"], answers["queue"], answers["user_id"]) == ("nps", "support", house.agent.user_id)
    results = (await house.admin.get("/survey-results?by=agent"))["items"]
    assert {(one["kind"], one["score"], one["name"]) for one in results} == {
        ("csat", 1.0, "李娜"),
        ("nps", 100.0, "李娜"),
    }


async def test_overflow_to_voicemail_needs_no_context_of_the_site(house: Center) -> None:
    await house.pause(True)
    call = await house.at_menu("13800000005")
    call.press("3")
    await house.until(lambda: house.waiting() == ["13800000005"], "him in the queue")
    (waiting,) = house.app.live.queues["main", "support"].waiting
    channel = next(leg.channel for leg in house.app.live.calls[waiting.call_id].legs if leg.id == waiting.leg_id)
    await house.app.send("main", queue_withdraw("support", channel, "voicemail:"))
    await house.until(lambda: house.app.work.voicemail._going, "the message begun")
    call.hangup()
    await house.until(lambda: not house.app.work.voicemail._going, "the end of the message")
    await house.pause(False)
