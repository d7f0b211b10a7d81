"""The day of quality in a real Chromium, in both languages: find, hear, score, dispute, re-check, calibrate, report."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.recording.qa.site import Person, QaSite

pytestmark = [pytest.mark.database, pytest.mark.browser, pytest.mark.timeout(300)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"]


async def test_the_day_of_quality(database_url: str, tmp_path: Path, chromium_path: str) -> None:
    site = QaSite(tmp_path, database_url)
    await site.start()
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=chromium_path, args=FLAGS)
            await _day(site, browser)
            await browser.close()
    finally:
        await site.stop()


async def _day(site: QaSite, browser: Browser) -> None:
    he = await Person.come(site, browser, "he", "zh-CN")
    sun = await Person.come(site, browser, "sun", "en")
    lina = await Person.come(site, browser, "lina", "en")
    await _a_form_is_made(he)
    await _a_call_is_found_heard_and_scored(he)
    await _the_agent_disputes(lina)
    await _a_second_grader_re_checks(sun)
    await _the_agent_accepts(lina)
    await _both_calibrate(he, sun)
    await _figures(he, sun)
    assert [one.faults for one in (he, sun, lina)] == [[], [], []]


async def _a_form_is_made(he: Person) -> None:
    page = await he.open("quality.html#forms")
    await page.get_by_role("button", name="默认评分表（中文）").click()
    await expect(page.locator(".edit-question")).to_have_count(13)
    await page.get_by_role("button", name="嗓音是否清晰").click()
    await page.locator(".question-form textarea").first.fill("声音是否清晰、悦耳？")
    await expect(page.locator(".form-preview .question-text").first).to_have_text("声音是否清晰、悦耳？")
    await he.shot("form-editor")
    await page.get_by_role("button", name="发布").click()
    await expect(page.locator("tbody tr")).to_contain_text("v1")
    await he.shot("forms")


async def _a_call_is_found_heard_and_scored(he: Person) -> None:
    page = await he.open("recordings.html")
    await page.locator("tbody tr", has_text="王小明").locator(".row-link").click()
    await page.get_by_role("link", name="为这通电话评分").click()
    await page.get_by_role("button", name="评分", exact=True).click()
    await page.locator(".total").wait_for()
    await expect(page.locator(".tag.machine")).to_have_count(4)
    await page.locator(".player-play").click()
    await page.wait_for_selector(".player[data-playing=true]")
    await page.locator(".player-play").click()
    await he.fill("2")
    # By keys: on the question of the tone five points, and the moment that shows it.
    tone = page.locator("[data-question=tone] input[type=radio]").first
    await tone.focus()
    await page.keyboard.press("5")
    await page.keyboard.press("m")
    await expect(page.locator("[data-question=tone] .pill.on")).to_have_text("5")
    await expect(page.locator(".save-saved")).to_be_visible()
    before = await page.locator(".total-number").inner_text()
    await page.reload()
    await expect(page.locator(".total-number")).to_have_text(before)
    await expect(page.locator("[data-question=tone] .pill.on")).to_have_text("5")
    await page.locator("[data-question=listening] .link").click()
    await he.shot("scoring")
    await page.locator(".sheet-end textarea").fill("态度好，业务知识还要加强。")
    await page.get_by_role("button", name="提交评分").click()
    await expect(page.locator(".head-score .score-mark")).to_be_visible()
    await he.shot("scored")


async def _the_agent_disputes(lina: Person) -> None:
    page = await lina.open("my_quality.html")
    await expect(page.locator(".qa-new")).to_be_visible()
    await lina.shot("mine")
    await page.locator(".row-link").click()
    await page.get_by_role("button", name="Dispute").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why you disagree").fill("The answer was right, see the knowledge base.")
    await lina.shot("dispute")
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.locator(".rounds")).to_contain_text("see the knowledge base")
    await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


async def _a_second_grader_re_checks(sun: Person) -> None:
    page = await sun.open("quality.html#scores")
    await page.locator("tbody tr", has_text="disputed").locator(".row-link").click()
    await expect(page.locator(".rounds")).to_be_visible()
    await sun.shot("disputed")
    await page.get_by_role("button", name="Re-check").click()
    await expect(page.locator("h1", has_text="Blind")).to_be_visible()
    assert "李娜" not in await page.locator("main").inner_text()
    await sun.fill("5")
    await sun.shot("recheck")
    await page.get_by_role("button", name="Submit score").click()
    await expect(page.locator(".head-score")).to_be_visible()
    page = await sun.open("quality.html#scores")
    await page.locator("tbody tr", has_text="disputed").locator(".row-link").click()
    await page.get_by_role("button", name="Answer the dispute").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Verdict").select_option("changed")
    await dialog.get_by_label("Your answer").fill("The second score holds.")
    await dialog.get_by_role("button", name="Send").click()
    await expect(page.locator(".round-answer")).to_contain_text("Score changed")
    await page.get_by_role("button", name="Coach").click()
    await page.get_by_role("dialog").get_by_label("What to work on").fill("Voice: speak up.")
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Propose for the library").click()
    await page.get_by_role("dialog").get_by_label("What this call shows").fill("Calm with an angry caller")
    await page.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _the_agent_accepts(lina: Person) -> None:
    page = lina.page
    # Told by the stream: the open page shows the answer without a reload.
    await expect(page.locator(".round-answer")).to_contain_text("The second score holds.")
    await expect(page.locator(".head-score .sub")).to_contain_text("first")
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.locator(".tag.qa-acknowledged")).to_be_visible()
    await page.get_by_role("button", name="I agree").click()
    await expect(page.locator(".notice")).to_contain_text("The agent agreed")
    await lina.shot("accepted")
    page = await lina.open("my_quality.html")
    await page.get_by_role("button", name="Done").click()
    await expect(page.locator(".coaching .qa-acknowledged")).to_be_visible()
    await page.get_by_role("link", name="Excellent calls").click()
    await expect(page.locator(".library-line")).to_contain_text("Calm with an angry caller")
    await lina.shot("library")
    await page.get_by_role("link", name="Hear").click()
    await page.locator(".player-play").click()
    await page.wait_for_selector(".player[data-playing=true]")
    assert "王小明" not in await page.locator("main").inner_text(), "the customer is not shown"
    await lina.shot("library-call")
    await page.locator(".player-play").click()


async def _both_calibrate(he: Person, sun: Person) -> None:
    page = await he.open("recordings.html")
    await page.locator("tbody tr", has_text="Ann Smith").locator(".row-link").click()
    await page.get_by_role("link", name="发起校准").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("主题").fill("十一月校准")
    await dialog.get_by_role("checkbox", name="孙悦").check()
    await dialog.get_by_role("button", name="邀请").click()
    for person, level, begin, submit in ((he, "5", "评分", "提交评分"), (sun, "3", "Score", "Submit score")):
        page = await person.open("quality.html#calibration")
        await page.get_by_role("button", name=begin, exact=True).click()
        await page.locator(".total").wait_for()
        await person.fill(level)
        await page.get_by_role("button", name=submit).click()
        await expect(page.locator(".head-score")).to_be_visible()
    page = await he.open("quality.html#calibration")
    await page.get_by_role("button", name="结束并对比").click()
    await expect(page.locator(".comparison .apart")).to_have_count(4)
    await expect(page.locator(".comparison-facts")).to_contain_text("κ")
    await he.shot("calibration", whole=True)


async def _figures(he: Person, sun: Person) -> None:
    page = await he.open("quality.html#reports")
    await expect(page.locator("tbody tr")).to_contain_text("李娜")
    await he.shot("reports")
    page = await sun.open("quality.html#reports")
    await page.get_by_label("By", exact=True).select_option("question")
    await expect(page.locator("tbody tr")).to_have_count(12)
    await sun.shot("reports")
    await page.get_by_label("By", exact=True).select_option("agent")
    async with page.expect_download() as file:
        await page.get_by_role("link", name="PDF").click()
    assert (await file.value).suggested_filename == "quality-scores.pdf"
    for name in ("Trend", "Output of graders", "Recordings"):
        await page.get_by_role("button", name=name).click()
        await expect(page.locator("#reports-title")).to_have_text(name)
        await expect(page.locator("tbody tr").first).to_be_visible()
        await sun.shot(f"report-{name.split()[0].lower()}")
    await page.get_by_role("button", name="Scores").click()
    await page.locator("tbody .row-link").click()
    await expect(page.locator("#scores-title")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(1)
    await sun.shot("scores")
    page = await sun.open("quality.html#plans")
    await page.get_by_role("button", name="New plan").click()
    await page.get_by_role("dialog").get_by_label("Name").fill("Weekly")
    await page.get_by_role("dialog").get_by_label("Length at least").fill("10")
    await sun.shot("plan")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Draw this week").click()
    await expect(page.locator(".problem.good")).to_be_visible()
    page = await he.open("quality.html#work")
    await he.shot("work")
