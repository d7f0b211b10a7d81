"""The scenario `record` on real parts, then the same stage under a server that is killed, and in a real browser."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright, expect

from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.ear import Heard
from cti_server.sandbox.scenarios import record
from cti_server.sandbox.scenarios.record import FILED_LIMIT, LIMIT, QUEUE, VIP
from cti_server.sandbox.stage.own_phone import own_phone
from cti_server.sandbox.stage.people import KNOWN, dialled_form
from cti_server.sandbox.stage.stage import CALLER_HZ, TRUNK, Plan, Stage
from cti_server.sandbox.stage.steps import perform
from cti_server.sandbox.state import State, free_port

SHOTS = os.environ.get("CTI_TEST_SHOTS", "")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]


@pytest_asyncio.fixture
async def stage(state: State, asterisk_program: AsteriskProgram) -> AsyncIterator[Stage]:
    stage = Stage.prepare(state, Plan(f"test-record-{os.getpid()}", 2, free_port(), durable=False, fresh=True))
    try:
        await stage.start()
        yield stage
    finally:
        await stage.discard()


@pytest.mark.pbx
@pytest.mark.database
@pytest.mark.browser
async def test_recorded_found_and_heard_and_nothing_is_lost_when_the_server_is_killed(
    stage: Stage, chromium_path: str
) -> None:
    good = await perform("record", record.play, stage)
    assert good.ok, good.detail
    assert 0 < good.times_ms["filed"] < FILED_LIMIT * 1000
    assert 0 < good.times_ms["told"] < LIMIT * 1000, "scored, and the agent told"
    await _killed_in_a_call(stage)
    await _in_the_browser(stage, chromium_path)


async def _killed_in_a_call(stage: Stage) -> None:
    """kill -9 while a call is recorded; it ends while nobody is there; the next start files it, once and whole."""
    agent = next(one for one in stage.agents if QUEUE in one.worker.queues)
    caller = stage.trunk.call(VIP, caller=dialled_form(KNOWN.phones[0]), headers=TRUNK)
    for other in stage.agents:
        other.phone.answer_after = 0.1
    assert await stage.any_heard(caller, 10.0)
    began = time.time()
    await stage.server.kill()
    await asyncio.sleep(0.5)
    caller.hangup()
    await caller.ended()
    ended = time.time()
    await stage.start_server()
    async with stage.console("supervisor") as boss:

        async def look() -> list[Any] | None:
            rows = (await boss.get("/recordings", {"state": "ready"}))["items"]
            return rows if len(rows) == 2 else None

        rows = await stage.until_found(look, 60.0, "the recording of the call in which the server fell")
        one = rows[0]
        assert one["started_at"] <= began
        assert abs(one["started_at"] + one["seconds"] - ended) < 1.0
        url = (await boss.command(f"/recordings/{one['id']}/listen", {}))["url"]
        data = await boss.load(url)
        assert hashlib.sha256(data).hexdigest() == (await boss.get(f"/recordings/{one['id']}"))["sha256"]
        sound = Heard.mp3(data)
        assert sound.levels("left", began - one["started_at"] + 0.3, CALLER_HZ)[CALLER_HZ] > -26
        assert len((await boss.get("/recordings"))["items"]) == 2
    assert agent.phone is not None


async def _in_the_browser(stage: Stage, chromium_path: str) -> None:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=chromium_path, args=FLAGS)
        page = await (await browser.new_context(locale="en")).new_page()
        page.set_default_timeout(10_000)
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{stage.url}/index.html")
        await page.fill("input[autocomplete=username]", "supervisor")
        await page.fill("input[type=password]", stage.passwords["supervisor"])
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".page-link")
        await page.goto(f"{stage.url}/recordings.html")
        await page.locator(".row-link").nth(1).click()
        await _player(page)
        await _scored_while_it_is_heard(stage, page)
        assert not faults
        await browser.close()


async def _player(page: Page) -> None:
    ranges: list[str] = []
    page.on("response", lambda answer: ranges.append(f"{answer.status}") if "/audio?key=" in answer.url else None)
    play = page.locator(".player-play")
    began = time.monotonic()
    await play.click()
    await page.wait_for_selector(".player[data-playing=true]")
    assert time.monotonic() - began < LIMIT
    assert "206" in ranges
    wave = page.locator(".wave-frame")
    await play.click()
    await page.wait_for_selector(".player[data-playing=false]")
    box = await wave.bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 60)
    half = float(await wave.get_attribute("aria-valuemax") or 0) / 2
    assert abs(float(await wave.get_attribute("aria-valuenow") or 0) - half) <= 1
    await page.keyboard.press("j")
    await page.wait_for_selector(".wave-frame[aria-valuenow='0']")
    await page.keyboard.press("]")
    assert await page.locator(".player-speed select").input_value() == "1.25"
    await page.get_by_role("button", name="Customer").click()
    assert await page.locator(".button.off").count() == 1
    await page.locator(".note-form input").fill("<img src=x onerror=alert(1)>")
    await page.locator(".note-form button").click()
    await page.locator(".mark-text", has_text="<img src=x").wait_for()
    await page.get_by_role("button", name="Link to this second").click()
    assert "#recording=" in page.url
    assert "&t=" in page.url
    marks = await page.locator(".mark-text").all_inner_texts()
    assert any("Recording paused" in text for text in marks)


async def _scored_while_it_is_heard(stage: Stage, page: Page) -> None:
    """A supervisor listens in and opens a form; a reload keeps it; the filed recording comes under it."""
    agent = next(one for one in stage.agents if QUEUE in one.worker.queues)
    async with own_phone(stage, "supervisor") as desk, stage.console("supervisor") as boss:
        desk.phone.answer_after = 0.1
        caller = stage.trunk.call(VIP, caller=dialled_form(KNOWN.phones[0]), headers=TRUNK)
        assert await caller.hears(agent.phone.tone, within=10.0)
        await boss.command(f"/agents/{agent.user_id}/listen")
        own = await desk.phone.incoming(LIMIT)
        await own.answered(LIMIT)
        assert await own.hears(CALLER_HZ)
        await page.goto(f"{stage.url}/quality.html#live")
        await page.get_by_role("button", name="Score", exact=True).click()
        await expect(page.locator(".live-call")).to_be_visible()
        tone = page.locator("[data-question=tone]")
        await tone.locator("input[type=radio]").first.focus()
        await page.keyboard.press("4")
        await page.keyboard.press("m")
        await expect(page.locator(".save-saved")).to_be_visible()
        await page.reload()
        await expect(tone.locator(".pill.on")).to_have_text("4")
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/live-en.png")
        caller.hangup()
        await caller.ended()
    await page.locator(".player-play").wait_for(timeout=FILED_LIMIT * 1000)
    await expect(page.locator(".live-call")).to_have_count(0)
    await expect(page.locator(".tag.machine")).to_have_count(4)
    await expect(tone.locator(".pill.on")).to_have_text("4")
    await expect(page.locator(".save-saved")).to_be_visible()
    await page.reload()
    await expect(tone.locator(".pill.on")).to_have_text("4")
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/bound-en.png")
