"""A caller's INVITE → the pop in the DOM of the agent's page. Everything is real: Asterisk, SIP, server, Chromium.

The time of the INVITE and of the ring are taken where the phones send and receive them; the page itself notes when the
pop of a call that it had not shown before has come into its document, and when the frame after that began. All three
are the machine's wall clock; the page reads it once, as it is loaded. The PBX's own part is told beside: no server can
be sooner.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Page, async_playwright

from bench.report import Delays, Report
from cti_server.sandbox.chromium import find_chromium
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.people import CUSTOMERS, dialled_form
from cti_server.sandbox.stage.stage import TRUNK, Plan, Stage
from cti_server.sandbox.state import State

CALLS: Final = 50
SUPPORT: Final = "4000"
"""The number of the queue in config/asterisk."""
PAUSE: Final = 0.2
LIMIT: Final = 5.0
GOAL: Final = 150.0

# Runs in the page before its own code. `popNext()` resolves with the next pop of a call that was not there before.
WATCH: Final = """
(() => {
  const seen = new Set();
  const waiting = [];
  const found = [];
  const clock = () => (performance.timeOrigin + performance.now()) / 1000;
  const hand = () => { while (waiting.length && found.length) waiting.shift()(found.shift()); };
  const look = () => {
    const at = clock();
    for (const pop of document.querySelectorAll('.pop-panel[data-call]')) {
      const key = pop.dataset.call;
      if (seen.has(key)) continue;
      seen.add(key);
      const status = pop.dataset.status;
      requestAnimationFrame(() => { found.push({ call: key, status, at, frame: clock() }); hand(); });
    }
  };
  window.popNext = () => new Promise((tell) => { waiting.push(tell); hand(); });
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
})();
"""


@dataclass
class Popped:
    """One call; unix seconds."""

    invited: float
    rang: float
    in_dom: float
    frame: float
    status: str


async def signed_in(page: Page, stage: Stage, login: str) -> None:
    """The agent's page, live."""
    await page.add_init_script(WATCH)
    await page.goto(f"{stage.url}/agent.html")
    await page.fill("input[name=login]", login)
    await page.fill("input[name=password]", stage.passwords[login])
    await page.click("button[type=submit]")
    await page.wait_for_selector(".pop-panel")


async def one_call(stage: Stage, page: Page, number: str) -> Popped:
    """Call, take the times, hang up before anybody answers, wait until all is quiet."""
    agent = stage.agents[0]
    rang = 0.0

    def ring(_call: Call) -> None:
        nonlocal rang
        rang = time.time()

    agent.phone.on_call = ring
    invited = time.time()
    caller = stage.trunk.call(SUPPORT, caller=number, headers=TRUNK)
    try:
        pop: dict[str, Any] = await asyncio.wait_for(page.evaluate("popNext()"), LIMIT)
    finally:
        caller.hangup()
    await caller.ended(LIMIT)
    await agent.phone.incoming(LIMIT)
    await agent.phone.idle(LIMIT)
    return Popped(invited, rang, pop["at"], pop["frame"], pop["status"])


async def measure(stage: Stage, chromium: str) -> list[Popped]:
    """All calls at one agent's open page."""
    numbers = [dialled_form(customer.phones[0]) for customer in CUSTOMERS]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await (await browser.new_context(viewport={"width": 1280, "height": 800})).new_page()
        await signed_in(page, stage, stage.agents[0].worker.login)
        pops = []
        # The first finds every cache cold, in the page and in the server, and is not counted.
        for place in range(CALLS + 1):
            pops.append(await one_call(stage, page, numbers[place % len(numbers)]))
            await asyncio.sleep(PAUSE)
        await browser.close()
    return pops[1:]


def tell(report: Report, pops: list[Popped]) -> None:
    """Print and keep."""
    parts = {
        "INVITE sent → the agent's phone rings (the PBX's own part)": [one.rang - one.invited for one in pops],
        "INVITE sent → pop in the DOM": [one.in_dom - one.invited for one in pops],
        "INVITE sent → the frame that shows it": [one.frame - one.invited for one in pops],
        "phone rings → pop in the DOM (our part)": [one.in_dom - one.rang for one in pops],
    }
    told = {name: Delays.of(values) for name, values in parts.items()}
    width = max(map(len, parts))
    for name, delays in told.items():
        report.say(f"  {name:{width}}   {delays}")
    pbx, dom, frame, ours = told.values()
    matched = sum(one.status == "matched" for one in pops)
    report.say(f"  pop in the DOM ÷ the PBX's own part: {dom.p50 / pbx.p50:.1f} (p50)")
    report.say(f"  pops with the customer's record: {matched} of {len(pops)}")
    report.results = {
        "pbx": pbx.json(),
        "invite_to_dom": dom.json(),
        "invite_to_frame": frame.json(),
        "ring_to_dom": ours.json(),
        "ratio_p50": round(dom.p50 / pbx.p50, 2),
        "with_record": matched,
    }
    report.goal("INVITE → pop in the DOM, p95 in ms", dom.p95, GOAL, at_least=False)


async def work(report: Report) -> None:
    """Start everything, measure, take everything away."""
    state = State.open()
    chromium = str(await find_chromium(state, Progress()))
    stage = Stage.prepare(state, Plan(name="bench-dom", agents=1, fresh=True), Progress())
    try:
        await stage.start()
        tell(report, await measure(stage, chromium))
    finally:
        await stage.discard()


def run() -> Report:
    """The bench."""
    report = Report("pop_in_dom")
    asyncio.run(work(report))
    report.close()
    return report
