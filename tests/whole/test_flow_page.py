"""The page of the flows on a real server: a prompt is spoken, a flow drawn, tried, published, taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.speech import find_espeak
from cti_server.sandbox.state import SandboxError, State
from tests.console.conftest import FLAGS, WATCH
from tests.routing.prompts.made import MP3, read
from tests.whole.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
async def site(database_url: str, tmp_path: Path, state: State) -> AsyncIterator[Site]:
    try:
        espeak = await find_espeak(state, Progress())
    except SandboxError as error:
        pytest.skip(error.sentence)
    site = Site(tmp_path, database_url, {}, settings=f'[prompts]\nespeak = "{espeak}"\n')
    await site.start(ready=False)
    yield site
    await site.stop()


@pytest.fixture
async def page(site: Site, chromium_path: str) -> AsyncIterator[Page]:
    admin = await site.first_admin()
    faults: list[str] = []
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=chromium_path, args=FLAGS)
        page = await chromium.new_page(viewport={"width": 1440, "height": 900}, locale="en")
        await page.add_init_script(WATCH)
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(f"{site.url}/index.html")
        await page.get_by_label("Login").fill(admin.login)
        await page.get_by_label("Password").fill(admin.password)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/*.html")
        await page.get_by_role("link", name="Flows").click()
        yield page
        await chromium.close()
    assert not faults


async def test_from_a_prompt_to_a_published_flow_and_back(site: Site, page: Page) -> None:
    await page.get_by_role("link", name="Prompts").click()
    await page.get_by_role("button", name="New prompt").first.click()
    await page.get_by_label("Short name").fill("welcome")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Change welcome, Chinese").click()
    await page.get_by_label("Text", exact=True).fill("您好，欢迎致电。")
    await page.get_by_role("button", name="Use it").click()
    await expect(page.locator("audio")).to_have_count(1, timeout=15_000)
    await page.get_by_role("button", name="Change welcome, English").click()
    await page.get_by_role("button", name="File").click()
    await page.get_by_label("WAV or MP3").set_input_files({"name": "tone.mp3", "mimeType": "audio/mpeg", "buffer": MP3})
    await page.get_by_role("button", name="Use it").click()
    await expect(page.locator("audio")).to_have_count(2, timeout=15_000)
    seconds = await page.evaluate(
        """async () => {
          const one = document.querySelectorAll("audio")[1];
          const known = new Promise((done, fail) => {
            one.onloadedmetadata = done;
            one.onerror = () => fail(one.error.message);
          });
          one.preload = "metadata";
          one.load();
          await known;
          return one.duration;
        }"""
    )
    assert 0.5 < seconds < 1.0
    rate, _, samples = read(next(site.folder.glob("var/prompts/1/zh-CN-1.wav")).read_bytes())
    assert rate == 8000
    assert 0.5 < len(samples) / rate < 5

    await page.get_by_role("link", name="Flows", exact=True).last.click()
    await page.get_by_role("button", name="New flow").first.click()
    await page.get_by_label("Title").fill("Hotline")
    await page.get_by_label("Short name").fill("hotline")
    await page.get_by_role("button", name="Make the flow").click()
    await page.get_by_label("What is said: add").select_option("prompt")
    await page.get_by_label("Prompt", exact=True).select_option("welcome")
    await page.locator('[data-node="welcome"]').focus()
    await page.keyboard.press("/")
    await page.get_by_role("dialog").get_by_role("combobox").fill("Menu")
    await page.keyboard.press("Enter")
    await page.get_by_label("What is said: add").select_option("text")
    await page.get_by_label("Chinese").fill("请按一")
    await page.get_by_label("English").fill("Press one")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await page.get_by_role("dialog").get_by_role("combobox").fill("Hang up")
    await page.keyboard.press("Enter")

    await page.get_by_role("button", name="Try", exact=True).click()
    await page.get_by_role("button", name="Call", exact=True).click()
    await expect(page.locator(".try-step").last).to_contain_text("请按一")
    await page.get_by_role("group", name="Keys").get_by_role("button", name="1").click()
    await expect(page.locator(".flow-try [role=status]")).to_contain_text("got what he wanted")
    # What the server itself says (offers to who waits too long) is spoken already.
    before = set(site.folder.glob("var/prompts/said/*.wav"))
    for version in (1, 2):
        await page.get_by_role("button", name="Publish", exact=True).click()
        await page.get_by_role("button", name="Publish now").click()
        await expect(page.get_by_text(f"Version {version} is live.")).to_be_visible(timeout=60_000)
        await page.locator(".flow-side").get_by_role("button", name="Close").click()
    spoken = set(site.folder.glob("var/prompts/said/*.wav")) - before
    assert {file.name.rpartition("-")[0] for file in spoken} == {"zh-CN", "en"}
    assert len(spoken) == 2  # both languages of the menu
    await page.get_by_role("button", name="Figures").click()
    await expect(page.get_by_text("No call in this time")).to_be_visible()
    await page.get_by_role("button", name="Versions").click()
    await page.get_by_role("button", name="Roll back").click()
    await page.get_by_role("button", name="Make 1 live?").click()
    await expect(page.locator(".flow-title .sub")).to_contain_text("Version 1 is live")

    await page.goto(f"{site.url}/flows.html#prompts")
    await page.get_by_role("row", name="welcome").get_by_role("button", name="Edit").click()
    await expect(page.get_by_role("dialog").get_by_role("link", name="Hotline")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    for place, new, name in (("switches", "New switch", "storm"), ("lists", "New list", "vip")):
        await page.goto(f"{site.url}/flows.html#{place}")
        await page.get_by_role("button", name=new).first.click()
        await page.get_by_label("Short name").fill(name)
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_label("Number", exact=True).fill("13800000001")
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("row", name="13800000001")).to_be_visible()
    await page.goto(f"{site.url}/flows.html#calendars")
    await page.get_by_role("button", name="New calendar").first.click()
    await page.get_by_label("Short name").fill("office")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Hours on Saturday").click()
    await page.get_by_role("button", name="Save").click()
    await page.goto(f"{site.url}/flows.html#numbers")
    await page.get_by_label("Number", exact=True).fill("4800")
    await page.get_by_role("button", name="Let it follow").click()
    await expect(page.get_by_role("row", name="4800")).to_be_visible()
    assert await page.evaluate("window.refused") == []
