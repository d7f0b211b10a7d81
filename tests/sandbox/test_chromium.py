"""The browser for tests and screenshots: there, and able to show Chinese."""

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from cti_server.sandbox import chromium
from cti_server.sandbox.chromium import find_chromium
from cti_server.sandbox.progress import QUIET
from cti_server.sandbox.state import SandboxError, State

WIDTHS = """async () => {
  const width = (text) => {
    const mark = document.createElement("span");
    mark.textContent = text;
    document.body.append(mark);
    return mark.getBoundingClientRect().width;
  };
  return [width("一"), width("客"), width("\\u{10FFFD}")];
}"""


@pytest.mark.browser
async def test_it_draws_chinese(chromium_path: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.set_content("<body style='font-size:40px'></body>")
        one, guest, nothing = await page.evaluate(WIDTHS)
        assert one == guest == 40, "Chinese signs are as wide as they are high"
        assert nothing != one, "a sign that no font has is drawn as a box of another width"
        await browser.close()


async def test_without_a_browser_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium.shutil, "which", lambda name: None)
    with pytest.raises(SandboxError, match="install the package chromium"):
        await find_chromium(State.open(tmp_path / "s"), QUIET, fetch=False)
