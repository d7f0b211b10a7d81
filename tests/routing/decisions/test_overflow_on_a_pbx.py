"""Every kind of overflow on a real Asterisk with nothing but our own pieces of dialplan."""

from typing import Any

import pytest
from playwright.async_api import async_playwright

from cti_server.ami.actions import queue_pause, queue_status
from cti_server.routing.agi.overflow_door import TEXTS
from cti_server.sandbox.phones.call import Call
from tests.console.conftest import FLAGS
from tests.routing.decisions.center import GOLD, PLAIN, SILVER, Center
from tests.whole.site import PASSWORD, poll

pytestmark = [pytest.mark.database, pytest.mark.pbx, pytest.mark.asyncio(loop_scope="session")]
# In `vip` nobody works.
PLAYED = """one => new Promise((done, fail) => {
  one.onerror = () => fail(one.error.message);
  const look = () => one.currentTime > 0.3 && done(one.duration);
  one.ontimeupdate = look;
  look();
})"""


async def overflowing(house: Center, to: str, target: str = "", limit: int = 2) -> None:
    await house.rules("vip", overflow=[{"when": "wait", "limit": limit, "to": to, "target": target}])


async def plays(house: Center, channel_of: str, application: str) -> None:
    """Wait until the channel of this caller runs an application."""

    async def look() -> bool | None:
        lines = (await house.pbx.cli("core show channels concise")).splitlines()
        return any(f"!{channel_of}!" in line and f"!{application}!" in line for line in lines) or None

    await poll(look, f"{application} for {channel_of}", 10.0)


async def arrive(house: Center, number: str) -> Call:
    call = house.site.call_in("4002", number)
    await call.answered()
    await house.until(lambda: number in [who.number for who in house.waiting("vip")], f"{number} in vip")
    return call


async def rows(house: Center, number: str) -> list[dict[str, Any]]:
    return await house.site.sql(
        "select queue, state, priority, extract(epoch from joined_at)::float8 as joined_at, linkedid from callback"
        " where number = $1", number,
    )  # fmt: skip


async def test_who_presses_1_is_called_back_and_keeps_his_place(house: Center) -> None:
    await overflowing(house, "callback")
    call = await arrive(house, GOLD)
    joined = house.waiting("vip")[0]
    await plays(house, GOLD, "Read")
    call.press("1")
    await call.ended(20.0)
    (row,) = await rows(house, GOLD)
    assert (row["queue"], row["state"], f"main:{row['linkedid']}") == ("vip", "waiting", joined.call_id)
    assert row["joined_at"] == pytest.approx(joined.joined_at, abs=0.1)
    assert house.app.work.callbacks.kept_place(joined.call_id)
    said = await poll(lambda: spoken(house), "both texts spoken", 10.0)
    assert said == 4
    why = await house.decisions(joined.call_id, "overflow")
    assert why["result"] == "callback:"
    await house.site.sql("update callback set state = 'cancelled', ended_at = now() where number = $1", GOLD)
    await house.app.work.callbacks.refresh()


async def spoken(house: Center) -> int | None:
    """Texts of the offer that there are as speech: two, in two languages."""
    prompts = house.app.prompts
    found = [prompts.text_file(text, tongue) for each in TEXTS for tongue, text in each.items()]
    return len(found) if all(found) else None


async def test_who_rather_waits_stays_where_he_stood_and_is_not_asked_again(house: Center) -> None:
    await overflowing(house, "callback", limit=3)
    stays = await arrive(house, GOLD)
    await plays(house, GOLD, "Read")
    # Somebody comes while he listens; he goes on before him.
    await house.rules("vip")
    await arrive(house, SILVER)
    await overflowing(house, "callback", limit=600)
    stays.press("2")
    await house.until(lambda: len(house.waiting("vip")) == 2, "him back in the queue", 25.0)
    listed = await house.send(queue_status("vip"))
    order = [item["CallerIDNum"] for item in listed.items if item["Event"] == "QueueEntry"]
    assert order == [GOLD, SILVER]
    await overflowing(house, "callback", limit=3)
    await house.until(lambda: [who.number for who in house.waiting("vip")] == [GOLD], "the other one is asked", 10.0)
    first = house.app.live.calls[house.waiting("vip")[0].call_id]
    assert [part.result for part in first.segments if part.kind == "queue"] == ["redirected", None]
    assert (await rows(house, SILVER)) == []
    stays.hangup()


async def test_a_number_that_may_not_be_dialled_is_not_offered_a_callback(house: Center) -> None:
    await overflowing(house, "callback")
    call = house.site.call_in("4002", "", withheld=True)
    await call.answered()
    await house.until(lambda: house.waiting("vip"), "him in vip")
    stay = house.waiting("vip")[0].joined_at
    await house.until(lambda: [w.joined_at for w in house.waiting("vip") if w.joined_at > stay], "him in again", 12.0)
    await house.rules("vip")


@pytest.mark.browser
async def test_overflow_to_voicemail_and_to_a_message(house: Center, chromium_path: str) -> None:
    await overflowing(house, "voicemail")
    call = await arrive(house, PLAIN)
    await plays(house, PLAIN, "Record")
    folder = house.pbx.recordings / "cti-voicemail"
    long = 1.5 * 8000 * 2  # bytes of what he says
    await house.until(lambda: any(one.stat().st_size > long for one in folder.glob("*.wav")), "what he says")
    call.hangup()

    async def taken() -> dict[str, Any] | None:
        found = await house.site.sql("select queue, state from voicemail where number = $1", PLAIN)
        return found[0] if found and found[0]["state"] != "recording" else None

    message = await poll(taken, "the message", 10.0)
    assert (message["queue"], message["state"]) == ("vip", "open")
    await heard_in_the_browser(house, chromium_path)
    await overflowing(house, "message")
    await arrive(house, SILVER)
    (call_id,) = [who.call_id for who in house.waiting("vip")]
    await plays(house, SILVER, "Playback")
    why = await house.decisions(call_id, "overflow")
    assert why["result"] == "message:"
    await house.rules("vip")


async def heard_in_the_browser(house: Center, chromium_path: str) -> None:
    """An admin opens the page, listens, and the sound really plays."""
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=chromium_path, args=FLAGS)
        page = await chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en")
        await page.goto(f"{house.site.url}/index.html")
        await page.get_by_label("Login").fill("admin")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: not url.endswith("index.html"))
        await page.goto(f"{house.site.url}/supervisor.html")
        await page.locator(".voicemail").get_by_role("button", name="Listen").first.press("Enter")
        player = page.locator(".voicemail audio")
        played = await player.evaluate(PLAYED)
        assert played > 1.0
        await chromium.close()


async def test_overflow_to_a_queue_from_a_queue_that_is_empty_of_agents(house: Center) -> None:
    rule = {"when": "noAgent", "limit": 1, "to": "queue", "target": "support"}
    await house.rules("vip", overflow=[rule])
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", True, queue="support"))
    await house.site.call_in("4002", SILVER).answered()
    await house.until(lambda: [who.number for who in house.waiting("support")] == [SILVER], "him in support", 10.0)
    for number in ("1001", "1002"):
        await house.send(queue_pause(f"PJSIP/{number}", False, queue="support"))
    await house.rules("vip")
