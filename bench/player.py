"""A click on "play" → the first sound of a recording of one hour. Everything is real: server, file, Chromium.

The page itself notes the click (as its own first listener) and when the sound has begun: the event `playing` has come
and the time of the sound moves. Each click is on a page that was opened anew, half of them at a place within the hour:
then the key is asked for, and the sound fetched by ranges, as for anybody who opens a recording.
"""

import asyncio
import base64
import random
import tempfile
from pathlib import Path
from typing import Any, Final

import asyncpg
from playwright.async_api import Browser, async_playwright

from bench.million import add_people
from bench.parts import Server
from bench.recording import make
from bench.report import Delays, Report
from cti_server.core.storage.migrate import migrate
from cti_server.recording.intake.workshop import Workshop
from cti_server.sandbox.chromium import find_chromium
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import State, repository

MINUTES: Final = 60.0
CLICKS: Final = 20
GOAL: Final = 300.0
OBJECT: Final = "2026/1.mp3"

# Runs in the page before its own code; `heard` is the promise of the milliseconds from the click to the sound.
WATCH: Final = """
(() => {
  let clicked = 0;
  let played = false;
  let began = 0;
  const Real = window.Audio;
  window.heard = new Promise((tell) => {
    document.addEventListener("click", () => { clicked = clicked || performance.now(); }, true);
    window.Audio = function () {
      const audio = new Real();
      audio.addEventListener("playing", () => { if (!played) { played = true; began = audio.currentTime; } });
      const look = () => {
        if (played && audio.currentTime > began) tell({ ms: performance.now() - clicked, at: audio.currentTime });
        else setTimeout(look, 1);
      };
      look();
      return audio;
    };
  });
})();
"""


def run() -> Report:
    """All of it."""
    report = Report("player")
    asyncio.run(_run(report))
    report.close()
    return report


async def _run(report: Report) -> None:
    state = State.open()
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as place:
        made = await _hour(Path(place))
        postgres = await Postgres.start(state, name="bench-postgres")
        try:
            dsn = await postgres.create_database("bench_player")
            await migrate(dsn, repository() / "cti_server/migrations")
            (boss,) = await add_people(dsn, "main", [""], ["supervisor"])
            settings = {"database.url": dsn, "pbx": [{"name": "main", "secret": "long enough", "port": 1}]}
            server = Server(state, "player", {**settings, "routing.port": 0})
            shelf = server.folder / "var" / "recordings" / OBJECT
            shelf.parent.mkdir(parents=True, exist_ok=True)
            (Path(place) / "hour.mp3").replace(shelf)
            await _filed(dsn, made, boss.user_id)
            server.ready_at = "/healthz"  # there is no PBX
            async with server:
                await _clicks(report, state, server, boss.token)
        finally:
            await postgres.discard()


async def _hour(folder: Path) -> dict[str, Any]:
    """An hour of two sides, pressed by our own worker."""
    sides = [folder / f"{side}.wav" for side in "rt"]
    for seed, side in enumerate(sides):
        await asyncio.to_thread(make, side, MINUTES, seed)
    workshop = Workshop()
    answer = await workshop.press(*sides, folder / "hour.mp3", 900.0)
    await workshop.close()
    assert answer["ok"], answer
    made: dict[str, Any] = answer["pressed"]
    return made


async def _filed(dsn: str, made: dict[str, Any], user_id: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, seconds, size, object, sha256,"
            " peaks, peak_seconds, direction, number) values ('main', 'n', 'l', 'l', now() - interval '2 hours',"
            " 'ready', $1, $2, $3, $4, $5, $6, 'inbound', '13800138000')",
            made["seconds"], made["size"], OBJECT, made["sha256"], base64.b64decode(made["peaks"]),
            made["peak_seconds"],
        )  # fmt: skip
    finally:
        await connection.close()


async def _clicks(report: Report, state: State, server: Server, token: str) -> None:
    chance, took = random.Random(7), []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(await find_chromium(state, Progress())), args=["--no-sandbox"]
        )
        for click in range(CLICKS):
            start = chance.randrange(60, 3500) if click % 2 else 0
            took.append(await _click(browser, server, token, start))
        await browser.close()
    delays = Delays.of(took)
    report.say(f"  click → first sound, one hour, {CLICKS} clicks: {delays}")
    report.results["click"] = delays.json()
    report.goal("p95 of click → first sound, ms", delays.p95, GOAL, at_least=False)


async def _click(browser: Browser, server: Server, token: str, start: int) -> float:
    """Seconds from the click to the sound, on a page of its own."""
    base = f"http://127.0.0.1:{server.port}"
    context = await browser.new_context()
    try:
        await context.add_cookies([{"name": "cti", "value": token, "url": base}])
        page = await context.new_page()
        await page.add_init_script(WATCH)
        await page.goto(f"{base}/recordings.html#recording=1&t={start}")
        await page.wait_for_selector(".player-play")
        await page.click(".player-play")
        async with asyncio.timeout(30):
            heard = await page.evaluate("window.heard")
        assert start <= heard["at"] < start + 5, f"heard at {heard['at']}, wanted {start}"
        return float(heard["ms"]) / 1000
    finally:
        await context.close()
