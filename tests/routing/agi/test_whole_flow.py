"""A published flow of 25 nodes on a real Asterisk, server and database: every kind of node is heard by its tone."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.asterisk_config import MUSIC_HZ
from cti_server.sandbox.postgres import Postgres
from tests.routing.agi.hotline import OPEN, SHUT, Crm, Hotline, document
from tests.whole.site import Site

pytestmark = [pytest.mark.pbx, pytest.mark.database, pytest.mark.asyncio(loop_scope="module")]
PLAIN, BACK, AFTER, GOLD, LATE, BLACK, UNLUCKY = (f"1380000000{number}" for number in range(1, 8))
TONE_OF_AGENT = 440


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(
    asterisk: Asterisk, postgres: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Hotline]:
    url = await postgres.create_database("whole_flow", migrated_template)
    folder = Path(tmp_path_factory.mktemp("hotline"))
    crm = Crm()
    await crm.open()
    settings = f'[recording]\ndir = "{asterisk.recordings}"\n'
    hotline = Hotline(Site(folder, url, {"main": asterisk}, settings=settings), asterisk, crm, folder)
    try:
        await hotline.open()
        yield hotline
    finally:
        await hotline.close()
        crm.close()
        await postgres.drop_database("whole_flow")


@pytest_asyncio.fixture(loop_scope="module")
async def hotline(line: Hotline) -> AsyncIterator[Hotline]:
    try:
        yield line
    finally:
        await line.quiet()


def revision_of(things: list[dict[str, Any]], name: str) -> int:
    return int(next(each["revision"] for each in things if each["name"] == name))


def around(now: float) -> list[str]:
    """Today and its neighbours: a test may run over midnight."""
    return [datetime.fromtimestamp(now + days * 86400, UTC).date().isoformat() for days in (-1, 0, 1)]


async def test_english_card_look_up_sub_flow_overflow(hotline: Hotline) -> None:
    call = await hotline.call(PLAIN)
    await hotline.hears(call, "language")
    call.press("2")
    await hotline.hears(call, "welcome")
    await hotline.hears(call, "menu")
    call.press("1")
    await hotline.hears(call, "card")
    call.press("123456#")

    async def comes_back() -> bool:
        return "!Wait!" in await hotline.pbx.cli("core show channels concise")

    await hotline.until(comes_back, "the dialplan to come back for what takes longer than a step's patience")
    hotline.crm.may.set()
    await hotline.hears(call, "answer")
    assert hotline.crm.asked == ["GET /card?card=123456 HTTP/1.1"]
    await hotline.waits_in("vip")
    await hotline.hears(call, "overflow")  # nobody came within a second
    await hotline.waits_in("support")
    shown = await hotline.pbx.cli("core show channels concise")
    channel = next(row.split("!")[0] for row in shown.splitlines() if row.startswith("PJSIP/trunk"))
    variables = await hotline.pbx.cli(f"core show channel {channel}")
    assert "CTI_DATA=level=7&topic=card+7&way=sub-4800" in variables
    assert "123456" not in variables
    call.hangup()
    assert await hotline.path(PLAIN) == [
        "language:next", "welcome:next", "emergency:off", "hours:open", "who:else", "menu:1", "card:done", "ask:done",
        "level:rich", "found:next", "mark:next", "note:next", "back:done", "deep:done", "vip:timeout", "overflow:next",
        "support:handed",
    ]  # fmt: skip


async def test_chinese_callback_and_publishing_while_he_is_there(hotline: Hotline) -> None:
    call = await hotline.call(BACK)
    await hotline.hears(call, "language", "zh-CN")
    call.press("1")
    await hotline.hears(call, "welcome", "zh-CN")
    assert await hotline.publish(document(hotline.crm.url, start="bye")) == 2
    try:
        later = await hotline.call(AFTER)
        await hotline.hears(later, "bye", "zh-CN")  # a new call follows the new version, at once
        await later.ended()
        await hotline.hears(call, "menu", "zh-CN")  # and he stays with his
        call.press("4")
        await hotline.hears(call, "offer", "zh-CN")
        call.press("1")
        await hotline.hears(call, "bye", "zh-CN")
        await call.ended()
        (item,) = (await hotline.admin.get("/callbacks"))["items"]
        assert (item["number"], item["queue"], item["did"]) == (BACK, "support", "4800")
        assert (await hotline.path(BACK))[-2:] == ["back:done", "bye:end"]
        assert await hotline.path(AFTER) == ["bye:end"]
        rows = await hotline.site.sql("select flow, version, count(*) as n from flow_visit v join flow_call c"
                                      " using (pbx, uniqueid, flow, version) where c.number_key like any($1)"
                                      " group by 1, 2 order by 2", [f"%{BACK}", f"%{AFTER}"])  # fmt: skip
        assert [(row["flow"], row["version"], row["n"]) for row in rows] == [("hotline", 1, 8), ("hotline", 2, 1)]
    finally:
        body = {"revision": hotline.revision, "version": 1}
        hotline.revision = (await hotline.admin.post("/flows/hotline/roll-back", body))["revision"]


async def test_a_survey_follows_the_agent(hotline: Hotline) -> None:
    contacts = [{"kind": "phone", "value": GOLD}]
    await hotline.admin.post("/customers", {"name": "王小明", "tier": "gold", "contacts": contacts})
    await hotline.pause(False)
    try:
        call = await hotline.call(GOLD)
        await hotline.hears(call, "language")
        call.press("2")
        ringing = await hotline.phone.incoming()
        assert await call.hears(MUSIC_HZ)
        await ringing.answer()
        assert await call.hears(TONE_OF_AGENT)
        call_id = next(iter(hotline.app.live.calls))
        ringing.hangup()
        await hotline.hears(call, "how")
        call.press("5")
        await hotline.hears(call, "bye")
        await call.ended()
        assert (await hotline.path(GOLD))[-4:] == ["who:gold", "vip:after", "ask-how:done", "bye:end"]
        (answer,) = (await hotline.admin.get(f"/calls/{call_id}/survey"))["items"]
        assert (answer["value"], answer["queue"], answer["user_id"]) == (5, "vip", hotline.agent.user_id)
    finally:
        await hotline.pause(True)


async def test_outside_hours_and_in_an_outage_a_message_is_left(hotline: Hotline) -> None:
    calendars = await hotline.admin.get("/flow-calendars")
    shut = await hotline.admin.put(
        "/flow-calendars/office", {"value": SHUT, "revision": revision_of(calendars, "office")}
    )
    await hotline.admin.post("/flow-switches/outage/turn", {"on": True})
    call = await hotline.call(LATE)
    await hotline.hears(call, "language")
    call.press("2")
    await hotline.hears(call, "outage")
    await hotline.hears(call, "closed")

    async def records() -> bool:
        return "!Record!" in await hotline.pbx.cli("core show channels concise")

    await hotline.until(records, "the message")
    call.hangup()
    assert (await hotline.path(LATE))[-5:] == [
        "emergency:on", "outage:next", "hours:closed", "closed:next", "message:gone",
    ]  # fmt: skip

    today = [{"day": day, "kind": "holiday"} for day in around(hotline.app.clock.now())]
    await hotline.admin.put(
        "/flow-calendars/office", {"value": {**SHUT, "days": today}, "revision": revision_of(shut, "office")}
    )
    await hotline.admin.post("/flow-switches/outage/turn", {"on": False})
    call = await hotline.call(LATE)
    await hotline.hears(call, "language")
    call.press("2")
    await hotline.hears(call, "holiday")
    await hotline.hears(call, "bye")
    await call.ended()
    assert (await hotline.path(LATE, calls=2))[-4:] == ["emergency:off", "hours:holiday", "holiday:next", "bye:end"]


async def test_who_is_blocked_and_a_program_that_fails(hotline: Hotline) -> None:
    calendars = await hotline.admin.get("/flow-calendars")
    await hotline.admin.put("/flow-calendars/office", {"value": OPEN, "revision": revision_of(calendars, "office")})
    await hotline.admin.post("/caller-lists/blacklist/entries", {"number": BLACK})
    call = await hotline.call(BLACK)
    await hotline.hears(call, "language")
    call.press("2")
    await hotline.hears(call, "bye")
    await call.ended()
    assert (await hotline.path(BLACK))[-2:] == ["who:blocked", "bye:end"]

    hotline.crm.status = "500 Oops"
    call = await hotline.call(UNLUCKY)
    await hotline.hears(call, "language")
    call.press("2")
    await hotline.hears(call, "menu")
    call.press("1")
    await hotline.hears(call, "card")
    call.press("4711#")
    await hotline.hears(call, "sorry")
    await hotline.waits_in("sales")
    call.hangup()
    assert (await hotline.path(UNLUCKY))[-4:] == ["card:done", "ask:failed", "sorry:next", "sales:handed"]
