"""A made-up server and a real Chromium for the consoles.

Playwright's synchronous side keeps a loop running in this thread while it lives, so it lives for one module only.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.fakes.console_server import ConsoleServer

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# Whatever the policy refuses is written down where a test can read it.
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.violatedDirective));
"""
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def server() -> Iterator[ConsoleServer]:
    one = ConsoleServer()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def open_page(browser: Browser, server: ConsoleServer) -> Iterator[Opener]:
    """Open a page of the consoles; faults of its scripts fail the test at the end."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opener(path: str, *, language: str = "en", width: int = 1280, height: int = 800, **more: Any) -> Page:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, locale=language, timezone_id="Europe/Berlin", **more)
        context.add_init_script(WATCH)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server.url}/{path}")
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not faults
