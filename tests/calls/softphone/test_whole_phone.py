"""The browser phone on a real Asterisk, in a real Chromium: who may register, who hears whom, what is kept."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from cti_server.calls.softphone.unregister import RegistrarFault, forget_contacts
from cti_server.sandbox.phones.phone import Phone
from tests.calls.softphone.desk import Desk, asked, become, contacts

pytestmark = [pytest.mark.pbx, pytest.mark.browser, pytest.mark.database, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def caller(desk: Desk) -> AsyncIterator[Phone]:
    phone = await Phone.open("trunk", sip_port=desk.pbx.sip_port, tone=1000)
    yield phone
    await phone.close()


async def started(desk: Desk, login: str = "li", device: str = "PJSIP/1001w") -> Page:
    """The page of an agent whose phone has passed its check."""
    await desk.hire(login, device, "support")
    page = await desk.page(login)
    await page.get_by_role("button", name="Start phone").click()
    await expect(page.locator(".phone-line.up")).to_be_visible()
    return page


async def hears(page: Page, hertz: int) -> bool:
    found = await page.evaluate("(hertz) => window.tone(hertz)", hertz)
    return found is not None and found["level"] > -60 and found["level"] > found["other"] + 20


async def test_a_queue_call_from_ring_to_end(desk: Desk, caller: Phone) -> None:
    page = await started(desk)
    assert desk.app.softphone.phone_ready(desk.users["li"])
    call = caller.call("4000", caller="+8613800138000", headers={"X-Trunk": "1"})
    ringing = page.locator(".phone-call.ringing")
    await expect(ringing).to_contain_text("13800138000")
    await expect(page).to_have_title("☎ (1) Agent desk · CTI Contact Center")
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "styles/mark-ringing.svg")
    assert [note["title"] for note in await page.evaluate("window.notes")] == ["Incoming call"]

    await ringing.get_by_role("button", name="Answer").click()
    await call.answered()
    assert await call.hears(440, within=6)
    await become(lambda: hears(page, 1000), True)
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "styles/mark.svg")
    await expect(page.locator(".phone-quality")).to_contain_text("Good line")

    await page.locator("section.phone").get_by_role("button", name="Mute").click()
    await expect(page.locator(".phone-muted")).to_be_visible()
    assert await call.loses(440)
    await page.get_by_role("button", name="Unmute").click()
    assert await call.hears(440)

    await page.get_by_role("button", name="Hold").click()
    await expect(page.locator(".phone-call.held")).to_be_visible()
    assert await call.loses(440)
    assert await call.hears(350)  # the music
    await page.get_by_role("button", name="Retrieve").click()
    assert await call.hears(440)
    await become(lambda: hears(page, 1000), True)

    await page.get_by_role("button", name="Keypad").click()
    for digit in "159#":
        await page.get_by_role("button", name=digit, exact=True).click()
    await call.digits("159#")

    await page.get_by_role("button", name="Hang up").click()
    await call.ended()
    await expect(page.locator(".phone-call")).to_have_count(0)
    await quality_is_kept(desk)
    assert await page.evaluate("window.refused") == []
    assert desk.faults == []


async def quality_is_kept(desk: Desk) -> None:
    async def rows() -> list[Any]:
        return [dict(row) for row in await desk.app.db.fetch("select * from softphone_quality where final")]

    async def count() -> int:
        return len(await rows())

    await become(count, 1)
    kept = (await rows())[0]
    assert kept["device"] == "PJSIP/1001w"
    assert kept["user_id"] == desk.users["li"]
    assert kept["packets_received"] > 100
    assert kept["packets_sent"] > 100
    assert kept["packets_lost"] < kept["packets_received"] * 0.5  # a busy machine drops some on its own loopback
    assert kept["codec"] in ("opus", "PCMU")
    legs = await desk.app.db.fetch(
        "select l.device from call c join call_leg l on l.call_id = c.id where c.pbx || ':' || c.linkedid = $1"
        " and l.uniqueid = $2",
        kept["call_id"],
        kept["leg_id"],
    )
    assert [leg["device"] for leg in legs] == ["PJSIP/1001w"]


async def test_a_caller_who_gives_up_and_one_who_is_declined(desk: Desk, caller: Phone) -> None:
    page = await started(desk)
    ringing = page.locator(".phone-call.ringing")
    call = caller.call("4000", caller="+8613800138000", headers={"X-Trunk": "1"})
    await expect(ringing).to_be_visible()
    call.hangup()
    await expect(ringing).to_have_count(0)
    await expect(page.locator("link[rel=icon]")).to_have_attribute("href", "styles/mark.svg")
    call = caller.call("4000", caller="+8613800138000", headers={"X-Trunk": "1"})
    await ringing.get_by_role("button", name="Decline").click()
    await expect(ringing).to_have_count(0)
    call.hangup()
    assert desk.faults == []


async def test_it_rings_on_one_device_and_speaks_on_another(desk: Desk, caller: Phone) -> None:
    page = await started(desk)
    await page.get_by_role("button", name="Devices").click()
    options = page.get_by_label("Ring on").locator("option")
    await expect(options.nth(2)).to_be_attached()
    found = await options.evaluate_all("all => all.map((one) => one.value)")
    ring, headset = found[1], found[2]
    await page.get_by_label("Ring on").select_option(ring)
    await page.get_by_label("Headset").select_option(headset)
    await become(lambda: page.evaluate("window.sinks.at(-1)"), ["AudioContext", ring])
    call = caller.call("4000", caller="+8613800138000", headers={"X-Trunk": "1"})
    await page.get_by_role("button", name="Answer").click()
    await call.answered()
    await become(lambda: page.evaluate("window.sinks.at(-1)"), ["HTMLMediaElement", headset])
    assert await call.hears(440, within=6)
    call.hangup()
    await expect(page.locator(".phone-call")).to_have_count(0)
    assert desk.faults == []


async def test_the_phone_ends_with_the_session(desk: Desk) -> None:
    page = await started(desk)
    await become(lambda: contacts(desk.pbx, "1001w"), 1)
    assert (await asked(page, "POST", "sign-out", {}))[0] == 204
    await become(lambda: contacts(desk.pbx, "1001w"), 0, limit=5)
    assert "cti_phone" not in await desk.pbx.cli("database show cti_phone/auth/1001w")
    assert desk.app.softphone.shown(desk.users["li"]).key is None  # type: ignore[union-attr]
    assert not desk.app.softphone.phone_ready(desk.users["li"])


async def register(desk: Desk, endpoint: str, user: str, password: str) -> bool:
    """Whether the registrar takes somebody who comes with these."""
    try:
        await forget_contacts(desk.websocket, f"sip:{endpoint}@cti.invalid", user, password, limit=5)
    except RegistrarFault as fault:
        # 500: nobody at all may register as this endpoint, for it has no password.
        if not re.search(r"SIP/2.0 (401|500) ", str(fault)):
            raise
        return False
    return True


async def test_foreign_and_spent_passwords_are_refused(desk: Desk) -> None:
    await desk.hire("li", "PJSIP/1001w")
    await desk.hire("zhao", "PJSIP/1002w")
    li, zhao = await desk.page("li"), await desk.page("zhao")
    _, first = await asked(li, "POST", "phone")
    _, other = await asked(zhao, "POST", "phone")
    assert await register(desk, "1001w", first["key"], first["password"])
    assert not await register(desk, "1001w", other["key"], other["password"])
    assert not await register(desk, "1001w", first["key"], "x")
    assert not await register(desk, "1003w", first["key"], first["password"])
    assert not await register(desk, "1001", first["key"], first["password"])
    assert not await register(desk, "1001w", "1001", desk.pbx.passwords["1001"])
    _, second = await asked(li, "POST", "phone")
    assert not await register(desk, "1001w", first["key"], first["password"])
    _, third = await asked(li, "PUT", f"phone/{second['key']}")
    assert not await register(desk, "1001w", second["key"], second["password"])
    assert await register(desk, "1001w", third["key"], third["password"])
    assert (await asked(li, "PUT", f"phone/{first['key']}"))[0] == 409
    assert (await asked(zhao, "PUT", f"phone/{third['key']}"))[0] == 409
    assert (await asked(li, "DELETE", f"phone/{second['key']}"))[0] == 204
    assert not await register(desk, "1001w", third["key"], third["password"])
    _, last = await asked(li, "POST", "phone")
    await asked(li, "POST", "sign-out", {})
    await become(lambda: register(desk, "1001w", last["key"], last["password"]), False)
    assert (await asked(li, "POST", "phone"))[0] == 401


async def test_one_page_is_the_phone_at_a_time(desk: Desk) -> None:
    page = await started(desk)
    second = await desk.page("li", page.context)
    await second.get_by_role("button", name="Start phone").click()
    await expect(second.get_by_text("runs in another page now")).to_be_visible()
    await expect(page.locator(".phone-line.up")).to_be_visible()
    await second.get_by_role("button", name="Use it here").click()
    await expect(second.locator(".phone-line.up")).to_be_visible()
    await expect(page.get_by_text("runs in another page now")).to_be_visible()
    elsewhere = await desk.page("li")  # another computer
    await elsewhere.get_by_role("button", name="Start phone").click()
    await expect(elsewhere.locator(".phone-line.up")).to_be_visible()
    await expect(second.get_by_text("runs in another page now")).to_be_visible()
    await become(lambda: contacts(desk.pbx, "1001w"), 1)
    assert desk.faults == []


async def test_a_restart_of_the_server_leaves_the_phone_and_a_session_that_ended_meanwhile_does_not(desk: Desk) -> None:
    await started(desk)
    await become(lambda: contacts(desk.pbx, "1001w"), 1)
    await desk.app.stop()
    assert await contacts(desk.pbx, "1001w") == 1
    desk.app = desk.make_app()
    await desk.app.start()
    assert desk.app.softphone.phone_ready(desk.users["li"])
    await desk.app.db.execute("update user_session set ended_at = now()")
    await desk.app.stop()
    desk.app = desk.make_app()
    await desk.app.start()
    assert not desk.app.softphone.phone_ready(desk.users["li"])
    await become(lambda: contacts(desk.pbx, "1001w"), 0)


async def test_the_phone_comes_back_after_a_restart_of_the_pbx(desk: Desk) -> None:
    page = await started(desk)
    await desk.pbx.kill()
    await expect(page.locator(".phone-line.down")).to_be_visible()
    await desk.pbx.restart()
    await expect(page.locator(".phone-line.up")).to_be_visible(timeout=30_000)
    assert await contacts(desk.pbx, "1001w") == 1
