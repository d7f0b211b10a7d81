"""Keys, an agent's day, numbers that can be called on every page, the call bar, the phone of supervisors, locations."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser
Json = dict[str, Any]
NOW = time.time()


def talking(server: ConsoleServer) -> str:
    """A call that is talked on, with everything possible."""
    server.topics["me"]["calls"] = [
        world.my_call("pbx1:1", NOW, state="established", my_leg_state="connected", answered_at=NOW - 40)
    ]
    server.topics["me"]["pops"] = [world.pop("pbx1:1", NOW, state="talking")]
    server.topics["me"]["control"] = [
        {"call_id": "pbx1:1", "stage": "talking", "muted": False, "can": {"park": "call_over"}, "tried": "",
         "consult": None, "members": []}
    ]  # fmt: skip
    return "calls/pbx1%3A1"


def sent(server: ConsoleServer) -> list[str]:
    return [path.replace(":", "%3A") for method, path, _ in server.asked if method == "POST" and path != "push-ticket"]


def key(page: Page, key: str) -> None:
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(key)


def test_keys_act_on_the_call_and_never_while_somebody_types(open_page: Opener, server: ConsoleServer) -> None:
    call = talking(server)
    page = open_page("agent.html")
    expect(page.get_by_role("button", name="Hang up")).to_have_attribute("aria-disabled", "false")
    summary = page.get_by_label("Summary")
    key(page, "w")
    expect(summary).to_be_focused()
    page.keyboard.type("h m t x x u ?")
    expect(summary).to_have_value("h m t x x u ?")
    page.get_by_label("Outcome").focus()
    page.keyboard.press("h")
    key(page, "Control+h")
    assert sent(server) == []
    with page.expect_response("**/hold"):
        key(page, "h")
    with page.expect_response("**/mute"):
        key(page, "m")
    key(page, "t")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").focus()
    page.keyboard.press("h")  # a dialog is open
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert sent(server) == [f"{call}/hold", f"{call}/mute"]


def test_hang_up_wants_two_presses_within_a_second(open_page: Opener, server: ConsoleServer) -> None:
    call = talking(server)
    page = open_page("agent.html")
    expect(page.get_by_role("button", name="Hang up")).to_have_attribute("aria-disabled", "false")
    said = page.locator(".shortcut-said")
    key(page, "x")
    expect(said).to_have_text("Press X again to hang up")
    expect(said).to_have_text("")  # the second is over
    key(page, "x")
    page.keyboard.down("x")
    page.keyboard.up("x")
    expect(said).to_have_text("")
    expect(page.get_by_role("button", name="Hang up")).to_be_enabled()
    assert sent(server) == [f"{call}/hangup"]
    page.keyboard.down("x")
    page.keyboard.down("x")  # held: it repeats
    page.keyboard.down("x")
    expect(said).to_have_text("Press X again to hang up")
    assert sent(server) == [f"{call}/hangup"]


def test_a_key_that_cannot_act_says_why(open_page: Opener, server: ConsoleServer) -> None:
    talking(server)
    server.topics["me"]["control"][0]["can"] = {"hold": "waiting"}
    page = open_page("agent.html")
    expect(page.get_by_role("button", name="Hold")).to_have_attribute("aria-disabled", "true")
    key(page, "h")
    expect(page.locator(".shortcut-said")).to_have_text("Hold / retrieve: You are on hold yourself.")
    assert sent(server) == []


def test_keys_are_chosen_kept_on_the_server_and_put_back(open_page: Opener, server: ConsoleServer) -> None:
    call = talking(server)
    page = open_page("agent.html")
    expect(page.get_by_role("button", name="Hang up")).to_have_attribute("aria-disabled", "false")
    key(page, "?")
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".shortcut")).to_have_count(15)
    dialog.get_by_role("button", name="Hold / retrieve: H").click()
    page.keyboard.press("m")
    expect(dialog.get_by_role("alert")).to_contain_text("M is the key for “Mute / unmute” already")
    page.keyboard.press("Control+w")
    expect(dialog.get_by_role("alert")).to_contain_text("Ctrl+W belongs to the browser")
    assert server.keys is None
    page.keyboard.press("Alt+j")
    expect(dialog.get_by_role("button", name="Hold / retrieve: Alt+J")).to_be_visible()
    assert server.keys is not None
    assert (server.keys["hold"], server.keys["mute"], len(server.keys)) == ("Alt+J", "M", 15)
    dialog.get_by_role("button", name="Take the key from “Mute / unmute”").click()
    expect(dialog.get_by_role("button", name="Mute / unmute: none")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    key(page, "h")
    key(page, "m")
    key(page, "Alt+j")
    other = open_page("agent.html", language="zh-CN")  # another desk
    expect(other.get_by_role("button", name="挂断")).to_have_attribute("aria-disabled", "false")
    key(other, "?")
    expect(other.get_by_role("button", name="保持 / 恢复：Alt+J")).to_be_visible()
    other.get_by_role("button", name="恢复默认").click()
    expect(other.get_by_role("button", name="保持 / 恢复：H")).to_be_visible()
    assert server.keys is None
    assert sent(server) == [f"{call}/hold"]


def test_a_clash_that_the_server_sees_is_told(open_page: Opener, server: ConsoleServer) -> None:
    clash = {"status": 409, "code": "shortcut_clash", "field": "keys.hold"}
    server.answers[("PUT", "me/shortcuts")] = lambda _body: (409, clash)
    page = open_page("agent.html")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Hold / retrieve: H").click()
    page.keyboard.press("j")
    expect(dialog.get_by_role("alert")).to_contain_text("One key would do two things")
    expect(dialog.get_by_role("button", name="Hold / retrieve: H")).to_be_visible()


def test_my_day_in_figures(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    panel = page.locator(".day-figures")
    figures = panel.locator(".day-figure")
    expect(figures).to_have_count(6)
    assert [figures.nth(n).inner_text().replace("\n", " ") for n in range(3)] == [
        "Average handling time 5:00",
        "Average wrap-up 0:36",
        "Occupancy 66%",
    ]
    panel.get_by_text("How this is counted").click()
    expect(panel.get_by_text("(talk + hold + wrap-up) / calls handled")).to_be_visible()
    expect(panel.locator(".day-pauses li").first).to_contain_text("limit 15:00 each 1× over")
    panel.get_by_role("button", name="Call back 13900001111").click()
    expect(panel.get_by_role("button", name="Call back 13900001111")).to_be_enabled()
    assert server.said("POST", "dial") == [{"number": "13900001111"}]
    asked = len(server.said("GET", "me/day"))
    with page.expect_response("**/api/v1/me/day"):
        server.push("me", "agent.notReady", {**world.agent(0, NOW, state="notReady"), "reason": "break"})
    assert len(server.said("GET", "me/day")) == asked + 1


def test_numbers_can_be_called_on_every_page_and_the_call_is_shown(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("history.html")
    page.get_by_role("button", name="Call back 13912340000").click()
    bar = page.locator(".call-bar")
    ringing = world.my_call("pbx1:d", time.time(), direction="outbound", number="13912340000", my_leg_state="alerting")
    server.push("me", "call.initiated", ringing)
    expect(bar).to_contain_text("13912340000")
    expect(bar.get_by_role("button", name="Decline")).to_be_visible()
    expect(page.get_by_role("button", name="Call back 13912340001 – The phone is ringing")).to_be_visible()
    talk = {**ringing, "state": "established", "my_leg_state": "connected", "answered_at": time.time()}
    server.push("me", "call.established", talk)
    expect(bar).to_contain_text("Talking")
    bar.get_by_role("button", name="Hang up").click()
    server.push("me", "call.cleared", {**talk, "state": "cleared", "ended_at": time.time(), "outcome": "noAnswer"})
    expect(bar).to_contain_text("Call ended · No answer")
    bar.get_by_role("button", name="Close").click()
    expect(bar).to_be_hidden()
    assert sent(server) == ["dial", "calls/pbx1%3Ad/hangup"]
    assert server.said("POST", "dial") == [{"number": "13912340000", "customer_id": 7}]
    page.locator(".row-link").first.click()
    expect(page.locator(".call-head").get_by_role("button", name="Call back")).to_be_visible()


def test_a_customer_is_found_and_called_from_the_supervisors_page(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("supervisor.html")
    expect(page.locator(".live-call").first.get_by_role("button", name="Call 1360")).to_be_visible()
    key(page, "/")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").fill("林")
    dialog.get_by_role("searchbox").press("Enter")
    dialog.get_by_role("button", name="Call +8613800138000").click()
    expect(dialog.get_by_role("button", name="Call +8613800138000")).to_have_attribute("aria-disabled", "false")
    assert server.said("POST", "dial") == [{"number": "+8613800138000", "customer_id": 7}]
    assert server.said("GET", "customers") == [{"query": "林", "limit": "20"}]


@pytest.mark.parametrize("who", ["nobody's phone", "qa"])
def test_who_cannot_dial_is_offered_nothing(open_page: Opener, server: ConsoleServer, who: str) -> None:
    if who == "qa":
        server.user = server.person(["qa"])
    else:
        server.topics["me"]["agent"] = None
    page = open_page("history.html")
    expect(page.locator(".call-table")).to_be_visible()
    expect(page.locator(".dial-button")).to_have_count(0)


def test_the_phone_of_a_supervisor_is_loaded_when_it_is_wanted(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("supervisor.html")
    expect(page.locator(".queues-table")).to_be_visible()
    expect(page.locator(".phone-slot")).to_have_count(0)
    server.push("me", "phone.changed", {"device": "PJSIP/2001", "key": None, "since": None, "passed": False})
    names = "performance.getEntriesByType('resource').map((one) => one.name)"
    loaded = f"{names}.filter((name) => /phone_panel|jssip|rooms.phone.line/.test(name))"
    page.get_by_role("button", name="Phone in this page").wait_for()
    assert page.evaluate(loaded) == []
    page.get_by_role("button", name="Phone in this page").click()
    expect(page.get_by_role("button", name="Start phone")).to_be_visible()
    came = page.evaluate(loaded)
    assert any("phone_panel" in name for name in came)
    assert not any("jssip" in name for name in came), "the SIP library waits for the start"


def test_where_agents_sit(open_page: Opener, server: ConsoleServer) -> None:
    for n, one in enumerate(server.topics["agents"]["agents"]):
        one.update(team="A 组", location=["北京 3 楼", "远程"][n % 2])
    page = open_page("supervisor.html")
    rows = page.locator(".agents-table tbody tr")
    expect(rows).to_have_count(10)
    expect(rows.filter(has_text="A 组 · 北京 3 楼")).to_have_count(5)
    page.get_by_label("Location").select_option("远程")
    expect(rows).to_have_count(5)
    page.get_by_role("button", name="Tiles").click()
    expect(page.locator(".tile").first).to_contain_text("远程")
    admin = open_page("admin.html#agents")
    admin.get_by_role("button", name="Edit").first.click()
    admin.get_by_role("dialog").get_by_label("Location").fill("上海")
    admin.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(admin.get_by_role("dialog")).to_have_count(0)
    saved = [body for method, path, body in server.asked if method == "PUT" and path.startswith("agents/")]
    assert saved[0]["location"] == "上海"
