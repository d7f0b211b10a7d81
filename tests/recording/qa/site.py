"""The whole server on a real database, with two calls that the real worker has filed; no PBX is needed for that."""

import asyncio
import os
from pathlib import Path

from playwright.async_api import Browser, Page

from cti_server.app import App
from cti_server.core.audit.model import Operator
from cti_server.core.storage.database import Database
from cti_server.sandbox.state import free_port
from cti_server.settings import load_settings
from tests.recording.archive import Archive
from tests.recording.intake.sounds import silence, voice, wav

PASSWORD = "correct horse 42"
PEOPLE = {"he": ("何静", "qa"), "sun": ("孙悦", "qa"), "lina": ("李娜", "agent")}
AGENT = 3
"""Her number: the third of the first three users."""
FILL = """async (level) => {
    for (const question of document.querySelectorAll('.evaluation-sheet .question')) {
        const radios = question.querySelectorAll('.pill input[type=radio]');
        if (radios.length && !question.querySelector('.pill.on')) radios[radios.length === 6 ? level : 0].click();
        await new Promise(requestAnimationFrame);
    }
}"""
"""Choose by the page's own buttons, in one go: thirteen questions on three pages would take long one by one."""
SHOTS = os.environ.get("CTI_TEST_SHOTS", "")
"""A folder for pictures of the pages, for people to look at; empty: none are taken."""


class QaSite:
    def __init__(self, folder: Path, database: str) -> None:
        config = folder / "cti.toml"
        config.write_text("[recording]\nagents_may_listen = true\n", encoding="utf-8")
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        overrides = {"database.url": database, "state.dir": str(folder / "state"), "web.port": str(self.port)}
        self.app = App(load_settings(config, env={}, overrides=overrides))
        self.db = Database(database, pool_size=2, timeout=5.0)
        self.ids: dict[str, int] = {}

    async def start(self) -> None:
        # Filed before the server is there: its own worker would look for the files of its own PBXs.
        await self.db.open()
        await self._file()
        await self.app.start()
        for login, (name, role) in PEOPLE.items():
            user, _ = await self.app.accounts.create_user(
                login, name, frozenset({role}), by=Operator(), password=PASSWORD
            )
            self.ids[login] = user.id
        assert self.ids["lina"] == AGENT

    async def _file(self) -> None:
        archive = Archive(self.db, self.folder, keep_days=36_500)
        customer = wav(voice(5, 1) + silence(4) + voice(5, 2) + silence(10))
        agent = wav(silence(4) + voice(6, 3, 5.0) + silence(5) + voice(9, 4))
        for n in (1, 2):
            await archive.call(n, seconds=24.0, users=(AGENT,), customer_name=("王小明", "Ann Smith")[n - 1])
            archive.leave(n, customer, agent)
            await archive.began(n)
        archive.room.start()
        # The worker waits until a file has not grown for a while.
        async with asyncio.timeout(30):
            while set((await archive.states()).values()) != {("ready", "")}:  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)
        await archive.close()

    async def stop(self) -> None:
        await self.db.close()
        await self.app.stop()


class Person:
    """Somebody at the consoles, in his language."""

    def __init__(self, site: QaSite, page: Page, language: str) -> None:
        self.site = site
        self.page = page
        self.language = language
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    @classmethod
    async def come(cls, site: QaSite, browser: Browser, login: str, language: str) -> "Person":
        context = await browser.new_context(locale=language, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(10_000)
        answer = await context.request.post(
            f"{site.url}/api/v1/sign-in",
            data={"login": login, "password": PASSWORD},
            headers={"X-CTI": "1", "Origin": site.url},
        )
        assert answer.ok, await answer.text()
        return cls(site, await context.new_page(), language)

    async def open(self, path: str) -> Page:
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.site.url}/{path}")
        return self.page

    async def shot(self, name: str, *, whole: bool = False) -> None:
        if SHOTS:
            await self.page.screenshot(path=f"{SHOTS}/{name}-{self.language}.png", full_page=whole)

    async def fill(self, level: str = "4") -> None:
        """Answer whatever is open: the best of choices, this level of scales; and explain what is low."""
        await self.page.evaluate(FILL, int(level))
        wanted = self.page.locator(".question-comment.wanted")
        while int(level) < 3 and await wanted.count():
            await wanted.first.fill("语速快，客户没有听清。")
