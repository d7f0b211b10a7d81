"""Call control and supervision with phones in real browsers and on the desk, mixed, over TLS: who hears whom.

One site for all tests, as sites run it: the pages come over https, the phones speak wss to Asterisk. Every page
measures the tones that its newest connection hears, every desk phone its own.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.certificate import make_certificate
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.state import State
from cti_server.settings import IceServer
from tests.calls.softphone.bare_browser import BareBrowser
from tests.calls.softphone.desk import PASSWORD, PLAIN, WATCH, Desk, asked, become
from tests.conftest import fresh_database, real_part, worker_name

pytestmark = [pytest.mark.pbx, pytest.mark.browser, pytest.mark.database, pytest.mark.asyncio(loop_scope="session")]

CUSTOMER, LI, ZHAO, WANG, SUN, MUSIC = 1000, 440, 620, 770, 880, 350
ALL = (CUSTOMER, LI, ZHAO, WANG, SUN, MUSIC)
TURN = IceServer("turn:127.0.0.1:9", "site", "secret")


@dataclass
class Site:
    """Li and Zhao have browser phones, Wang has one on the desk; Sun supervises and is no agent."""

    desk: Desk
    trunk: Phone
    wang: Phone
    li: Page
    zhao: Page

    async def call(self) -> Call:
        """A customer of the queue rings at Li's page."""
        call = self.trunk.call("4000", caller="13800138000", headers={"X-Trunk": "1"})
        await expect(self.li.locator(".phone-call.ringing")).to_be_visible()
        return call

    async def answered(self) -> Call:
        call = await self.call()
        await self.li.get_by_role("button", name="Answer").click()
        await call.answered()
        await hears(self.li, CUSTOMER)
        await hears(call, LI)
        return call

    async def quiet(self) -> None:
        for phone in (self.trunk, self.wang):
            for call in list(phone.calls.values()):
                call.hangup()
        for page in (self.li, self.zhao):  # whoever is left by everybody is let go by the PBX
            await expect(page.locator(".phone-call")).to_have_count(0)
        await become(self.calls, 0)

    async def calls(self) -> int:
        return len(self.desk.app.live.calls)


async def ready(desk: Desk, login: str, voice: int, shows: str = "agent") -> Page:
    page = await desk.page(login, voice=voice, shows=shows)
    if shows == "supervisor":
        await page.get_by_role("button", name="Phone in this page").click()
    await page.get_by_role("button", name="Start phone").click()
    await expect(page.locator(".phone-line.up")).to_be_visible()
    return page


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole_site(
    pytestconfig: pytest.Config,
    state: State,
    asterisk_program: AsteriskProgram,
    postgres: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    chromium_path: str,
    ice_address: None,
) -> AsyncIterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    certificate = await real_part(pytestconfig, "pbx", lambda: make_certificate(folder / "tls"))
    wishes = Wishes(name=worker_name("browser-site"), certificate=certificate)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    async for url in fresh_database(pytestconfig, postgres, migrated_template):
        desk = Desk(pbx, url, folder, chromium_path, certificate=certificate, ice_servers=[TURN])
        pacer = Pacer()
        phones = [
            await Phone.open(
                user, pbx.passwords.get(user, ""), sip_port=pbx.sip_port, tone=tone, pacer=pacer, port=port
            )
            for user, tone, port in (("trunk", CUSTOMER, pbx.trunk_port), ("1003", WANG, 0))
        ]
        try:
            await desk.open()
            await phones[1].register()
            phones[1].answer_after = 0.05
            await desk.hire("li", "PJSIP/1001w", "support")
            await desk.hire("zhao", "PJSIP/1002w")
            await desk.hire("sun", "PJSIP/1005w", roles=frozenset({"supervisor"}))
            await desk.hire("wang", "PJSIP/1003")
            yield Site(desk, *phones, *await asyncio.gather(ready(desk, "li", LI), ready(desk, "zhao", ZHAO)))
        finally:
            for phone in phones:
                await phone.close()
            await desk.close()
            await pbx.discard()


@pytest_asyncio.fixture(loop_scope="session")
async def site(whole_site: Site) -> AsyncIterator[Site]:
    yield whole_site
    await whole_site.quiet()
    assert whole_site.desk.faults == []


async def hears(who: Page | Call, *tones: int) -> None:
    """He hears these tones, each at some moment, and then at one moment none of the others.

    Not all at the same moment: a machine that has other work makes the sound of browsers choppy.
    """
    heard: set[int] = set()

    async def now() -> set[int]:
        if isinstance(who, Call):
            found = {tone for tone in ALL if await who.hears(tone, within=0.0)}
        else:
            found = set(await who.evaluate("(all) => window.tones(all)", list(ALL)))
        heard.update(found & set(tones))
        return (heard | found) if heard == set(tones) else {0, *found}

    try:
        await become(now, set(tones), limit=15.0)
    except AssertionError as fault:
        measured = who.levels(*ALL) if isinstance(who, Call) else await who.evaluate("window.measured")
        raise AssertionError(f"{fault} (levels in dB: {measured})") from None


def control(page: Page, name: str) -> Locator:
    return page.locator(".controls").get_by_role("button", name=name, exact=True)


async def choose(page: Page, button: str, name: str) -> None:
    await control(page, button).click()
    await page.get_by_role("dialog").locator(".target", has_text=name).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def choose_number(page: Page, number: str) -> None:
    await control(page, "Transfer").click()
    await page.get_by_role("dialog").get_by_role("searchbox").fill(number)
    await page.get_by_role("dialog").get_by_role("button", name="Call").click()


async def take(page: Page) -> None:
    await page.locator(".phone-call.ringing").get_by_role("button", name="Answer").click()


async def command(page: Page, path: str, body: object = None) -> tuple[int, Any]:
    return await asked(page, "POST", path, body or {}, key=True)


async def rows(site: Site, question: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await site.desk.app.db.fetch(question)]


async def test_hold_consult_swap_and_both_transfers(site: Site) -> None:
    customer = await site.answered()
    await site.li.locator("section.phone").get_by_role("button", name="Hold").click()
    await hears(customer, MUSIC)
    await hears(site.li)
    # What the page's own phone holds, it takes back before the PBX moves the call: else it would stay silent.
    await choose(site.li, "Ask first", "zhao")
    await take(site.zhao)
    await hears(site.zhao, LI)
    await hears(site.li, ZHAO)
    await hears(customer, MUSIC)
    await control(site.li, "Swap").click()
    await hears(customer, LI)
    await hears(site.li, CUSTOMER)
    await hears(site.zhao, MUSIC)
    await control(site.li, "Hand over").click()
    await expect(site.li.locator(".phone-call")).to_have_count(0)
    await hears(customer, ZHAO)
    await hears(site.zhao, CUSTOMER)
    await choose(site.zhao, "Transfer", "wang")
    wang = await site.wang.incoming()
    await hears(customer, WANG)
    await hears(wang, CUSTOMER)
    assert wang.number == "13800138000"
    wang.hangup()
    await customer.ended()

    async def kept() -> list[str]:
        found = await rows(site, "select device, packets_received from softphone_quality where final order by device")
        return [row["device"] for row in found if row["packets_received"] > 10]

    await become(kept, ["PJSIP/1001w", "PJSIP/1002w"])

    async def talks() -> list[tuple[str, str]]:
        found = await rows(site, "select device, result from call_segment where kind = 'talk' order by n")
        return [(row["device"], row["result"]) for row in found]

    agents = ["PJSIP/1001w", "PJSIP/1002w", "PJSIP/1003"]
    await become(talks, list(zip(agents, ["transferred", "transferred", "cleared"], strict=True)))


async def test_a_conference_of_browser_and_desk_phones(site: Site) -> None:
    customer = await site.answered()
    await choose(site.li, "Add a third", "wang")
    wang = await site.wang.incoming()
    await expect(site.li.locator(".members li")).to_have_count(3)
    await hears(customer, LI, WANG)
    await hears(site.li, CUSTOMER, WANG)
    await hears(wang, CUSTOMER, LI)
    member = site.li.locator(".members li", has_text="wang")
    await member.get_by_role("button", name="Listen only").click()
    await hears(customer, LI)
    await hears(wang, CUSTOMER, LI)
    await hears(site.li, CUSTOMER)
    await member.get_by_role("button", name="Remove").click()
    await wang.ended()
    await hears(site.li, CUSTOMER)
    await hears(customer, LI)


async def test_a_supervisor_at_a_browser_phone_listens_whispers_barges_in_and_takes_over(site: Site) -> None:
    """From the supervisor's page alone, whose owner is nothing else: by its buttons, with its own phone."""
    sun = await ready(site.desk, "sun", SUN, "supervisor")
    customer = await site.answered()
    await sun.get_by_role("button", name="On the call of li").first.click()
    dialog = sun.get_by_role("dialog")

    async def press(mode: str) -> None:
        button = dialog.get_by_role("button", name=mode)
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")

    await press("Listen")
    await expect(dialog.get_by_text("You are muted")).to_be_visible()
    await hears(sun, CUSTOMER, LI)
    await hears(customer, LI)
    await hears(site.li, CUSTOMER)
    await press("Whisper")
    await hears(site.li, CUSTOMER, SUN)
    await hears(customer, LI)
    await press("Barge in")
    await hears(customer, LI, SUN)
    await hears(site.li, CUSTOMER, SUN)
    await dialog.get_by_role("button", name="Take over").click()
    await expect(site.li.locator(".phone-call")).to_have_count(0)
    await hears(customer, SUN)
    await hears(sun, CUSTOMER)
    await sun.context.close()
    customer.hangup()


async def test_what_cannot_be_is_refused_with_its_reason_and_nothing_is_half_done(site: Site) -> None:
    """At the API of the real server, on the real PBX."""
    li = str(site.desk.users["li"])
    assert (await command(site.li, "me/shift/sign-in"))[0] < 300
    assert (await command(site.li, "me/shift/state", {"state": "ready"}))[0] < 300
    call = await site.call()
    (live,) = site.desk.app.live.calls.values()

    async def refused(path: str, body: object = None) -> tuple[int, str]:
        status, told = await command(site.li, path, body)
        return status, told["code"]

    assert await refused("me/shift/state", {"state": "notReady", "reason": "break"}) == (409, "ringing")
    assert await refused(f"calls/{live.id}/hold") == (409, "ringing")
    assert await refused("dial", {"number": "13800138000"}) == (409, "ringing")
    await take(site.li)
    await call.answered()
    await hears(call, LI)
    for kind, value, answer in (
        ("agent", li, (409, "oneself")),
        ("extension", "1001w", (400, "bad_number")),
        ("agent", "999999", (400, "unknown_target")),
        ("extension", "1999", (400, "unknown_target")),
        ("extension", "1009", (409, "unreachable")),
        ("queue", "nowhere", (400, "unknown_target")),
        ("external", "900123", (400, "forbidden_number")),
        ("extension", "9900123", (400, "forbidden_number")),
        ("external", "12ab", (400, "bad_number")),
    ):
        to = {"to": {"kind": kind, "value": value}}
        for act in ("transfer", "consult", "conference"):
            wanted = (409, "not_a_person") if kind == "queue" and act != "transfer" else answer
            assert await refused(f"calls/{live.id}/{act}", to) == wanted, (kind, value, act)
    assert await refused("me/shift/state", {"state": "notReady", "reason": "break"}) == (409, "on_call")
    assert await refused(f"calls/{live.id}/consult/complete") == (409, "no_consultation")
    assert await refused(f"calls/{live.id}/hangups") == (404, "not_found")
    await hears(call, LI)
    await hears(site.li, CUSTOMER)
    # The page is told the same, in words.
    await choose_number(site.li, "1009")
    await expect(site.li.get_by_role("dialog")).to_contain_text("cannot be reached")
    await site.li.keyboard.press("Escape")
    call.hangup()
    await become(site.calls, 0)
    for step in ("acw/finish", "sign-out"):
        await command(site.li, f"me/shift/{step}")


async def test_it_rings_in_a_hidden_tab_and_is_answered_when_that_is_back(site: Site) -> None:
    desk = site.desk
    await desk.hire("qian", "PJSIP/1004w", "sales")
    # In the background Chromium wakes a tab's own timers once a minute only, after some minutes; here after a second.
    sleepy = "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"
    async with BareBrowser(desk.chromium, desk.folder / "bare", [*desk.flags(LI), sleepy]) as browser:
        await browser.do("Browser.grantPermissions", permissions=["notifications", "audioCapture"])
        tab, target = await browser.open(f"{desk.url}/index.html")
        await browser.do("Page.enable", tab)
        await browser.do("Page.addScriptToEvaluateOnNewDocument", tab, source=PLAIN + WATCH)
        entry = {"login": "qian", "password": PASSWORD}
        await become(lambda: browser.js(tab, "location.pathname + document.readyState"), "/index.htmlcomplete")
        await become(lambda: browser.js(tab, f"fetch('api/v1/sign-in', {fetching(entry)}).then((one) => one.ok)"), True)
        await browser.do("Page.navigate", tab, url=f"{desk.url}/agent.html")
        await become(lambda: browser.js(tab, press("Start phone")), True)
        await become(lambda: browser.js(tab, "Boolean(document.querySelector('.phone-line.up'))"), True)
        assert await browser.js(tab, "[isSecureContext, location.protocol]") == [True, "https:"]
        servers = {"urls": [TURN.urls], "username": TURN.username, "credential": TURN.credential}

        _, other = await browser.open("about:blank")
        await browser.show(other)
        await become(lambda: browser.js(tab, "document.visibilityState"), "hidden")
        call = site.trunk.call("4001", caller="13800138000", headers={"X-Trunk": "1"})
        await become(lambda: browser.js(tab, "window.notes.map((note) => note.title)"), ["Incoming call"])
        await become(lambda: browser.js(tab, "document.title"), "☎ (1) Agent desk · CTI Contact Center")
        mark = "document.querySelector('link[rel=icon]').getAttribute('href')"
        assert await browser.js(tab, mark) == "styles/mark-ringing.svg"
        assert await browser.js(tab, "document.visibilityState") == "hidden"
        await browser.show(target)
        await become(lambda: browser.js(tab, press("Answer")), True)
        await call.answered()
        await hears(call, LI)
        await become(lambda: browser.js(tab, f"window.tones({list(ALL)})"), [CUSTOMER])
        configured = await browser.js(tab, "window.connections.at(-1).getConfiguration().iceServers")
        assert configured == [servers]
        call.hangup()
        await become(lambda: browser.js(tab, "document.querySelectorAll('.phone-call').length"), 0)


def fetching(body: object) -> str:
    headers = {"X-CTI": "1", "Content-Type": "application/json"}
    return json.dumps({"method": "POST", "headers": headers, "body": json.dumps(body)})


def press(name: str) -> str:
    """Click the button of this name; false while there is none."""
    wanted = f"(one) => one.textContent.trim() === {name!r} && !one.disabled"
    find = f"[...document.querySelectorAll('button')].find({wanted})"
    return f"(() => {{ const found = {find}; found?.click(); return Boolean(found); }})()"
