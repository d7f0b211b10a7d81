"""The shift on the pages: controls that ask, a screen that waits for the stream, notices, the admin's rules."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer, page, problem

pytestmark = pytest.mark.browser
REASONS = [
    {"code": "break", "zh": "小休", "en": "Break", "limit_seconds": 900, "active": True},
    {"code": "gym", "zh": "健身", "en": "Gym", "limit_seconds": None, "active": True},
]


def shift(**more: Any) -> dict[str, Any]:
    queues = [{"queue": name, "signed_in": True, "static": False} for name in ("support", "sales")]
    return {
        "signed_in": True,
        "state": "notReady",
        "reason": "signedIn",
        "since": time.time(),
        "limit_at": None,
        "overrun": False,
        "next": None,
        "acw": None,
        "reasons": REASONS,
        "queues": queues,
        "tab": "",
        **more,
    }


def desk(open_page: Opener, server: ConsoleServer, phone: str = "notReady", language: str = "en", **more: Any) -> Page:
    """The agent's page with this shift; the server obeys every command."""
    agent = world.agent(0, time.time(), state=phone)
    agent["call"] = agent["call"] if phone == "busy" else None
    server.topics["me"].update(agent=agent, shift=shift(**more))
    found = open_page("agent.html", language=language)
    expect(found.locator(".statebar")).to_be_visible()
    for body in asked(server, "tab"):
        server.push("me", "session.takenOver", body)
    return found


def asked(server: ConsoleServer, path: str) -> list[Any]:
    return server.said("POST", f"me/shift/{path}")


def test_signing_in_to_some_queues_shows_when_the_stream_tells_it(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server, "loggedOff", signed_in=False, state="loggedOff", reason="")
    page.get_by_role("button", name="Sign in to queues").click()
    page.get_by_label("sales").uncheck()
    page.get_by_role("dialog").get_by_role("button", name="Sign in to queues").dblclick()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert asked(server, "sign-in") == [{"queues": ["support"]}]
    expect(page.locator(".statebar .state-loggedOff")).to_be_visible()
    server.push("me", "shift.changed", shift())
    server.push("me", "agent.notReady", {**world.agent(0, time.time(), state="notReady"), "reason": "signedIn"})
    expect(page.locator(".statebar")).to_contain_text("Not ready · Signed in")


def test_ready_not_ready_with_a_reason_and_no_command_fires_twice(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server)
    page.get_by_role("button", name="Ready", exact=True).dblclick()
    page.get_by_role("button", name="Not ready").click()
    page.get_by_role("button", name="Break · 15:00").click()
    expect(page.get_by_role("button", name="Break · 15:00")).to_have_count(0)
    page.wait_for_timeout(300)
    assert asked(server, "state") == [{"state": "ready"}, {"state": "notReady", "reason": "break"}]
    page.get_by_role("button", name="More").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function("true")
    expect(page.get_by_role("button", name="More")).to_be_enabled()
    assert asked(server, "sign-out") == [{}]


def test_a_refusal_is_told_in_the_users_language(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["POST", "me/shift/state"] = lambda _: problem(409, "ringing")
    page = desk(open_page, server, language="zh-CN")
    page.get_by_role("button", name="示闲", exact=True).click()
    expect(page.locator(".statebar .problem")).to_have_text("电话正在振铃，请先接听。")


def test_after_call_work_counts_down_is_extended_and_ended(open_page: Opener, server: ConsoleServer) -> None:
    acw = {
        "call_id": "c",
        "queue": "support",
        "started_at": time.time(),
        "until": time.time() + 20,
        "extendable": True,
        "outcome_required": False,
    }
    page = desk(open_page, server, "workingAfterCall", state="workingAfterCall", reason="", acw=acw)
    left = page.locator(".shift-left")
    expect(left).to_have_text("0:17 left")
    page.get_by_role("button", name="30 s").dblclick()
    server.push("me", "shift.changed", shift(acw={**acw, "until": time.time() + 300, "extendable": False}))
    expect(page.get_by_role("button", name="30 s")).to_be_disabled()
    page.get_by_role("button", name="After this call…").click()
    page.get_by_role("button", name="Gym").click()
    server.push("me", "shift.changed", shift(acw=acw, next={"state": "notReady", "reason": "gym"}))
    expect(page.locator(".shift-next")).to_contain_text("Then: Gym")
    page.get_by_role("button", name="Take this back").click()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="Done")).to_be_enabled()
    assert (asked(server, "acw/extend"), asked(server, "acw/finish")) == ([{}], [{}])
    assert asked(server, "next") == [{"state": "notReady", "reason": "gym"}, {"state": None}]


def test_during_a_call_only_what_comes_after_it_can_be_chosen(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server, "busy")
    expect(page.get_by_role("button", name="After this call…")).to_be_visible()
    expect(page.get_by_role("button", name="Ready", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Not ready")).to_have_count(0)


def test_notices_overrun_and_another_tab(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server, reason="break", limit_at=time.time() - 65)
    expect(page.locator(".overrun")).to_contain_text("over by 1:0")
    server.push("me", "shift.overrun", {"reason": "break"})
    expect(page.locator(".shift-notice")).to_contain_text("Break has lasted longer than allowed.")
    told = {"by": "王建国", "state": "notReady", "reason": "gym", "text": "<b>Meet</b> at 3", "after_call": False}
    server.push("me", "agent.forced", told)
    notice = page.get_by_role("alert").filter(has_text="王建国")
    expect(notice).to_contain_text("王建国 set you to: Not ready · Gym. <b>Meet</b> at 3")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_count(0)
    server.push("me", "session.takenOver", {"tab": "another-one"})
    expect(page.get_by_text("You have opened this page elsewhere.")).to_be_visible()
    expect(page.locator(".shift")).to_have_count(0)
    page.get_by_role("button", name="Use this one").click()
    mine = asked(server, "tab")
    assert len(mine) == 2
    assert mine[0] == mine[1]
    server.push("me", "session.takenOver", mine[1])
    expect(page.locator(".shift")).to_be_visible()


def test_a_supervisor_forces_with_a_reason_and_sees_who_is_over_time(open_page: Opener, server: ConsoleServer) -> None:
    now = time.time()
    brief = {"signed_in": True, "limit_at": now - 100, "acw_until": None, "missed": 0}
    agents = [{**world.agent(n, now, state="notReady"), "reason": "gym", "shift": brief} for n in range(3)]
    server.topics["agents"].update(agents=agents, reasons=REASONS)
    server.answers["POST", "agents/2/force"] = lambda _: (202, {"applied": "afterCall", "notes": []})
    page = open_page("supervisor.html")
    row = page.locator(".agents-table tbody tr").filter(has_text="1002")
    expect(row).to_contain_text("Not ready · Gym")
    expect(row.locator(".overrun")).to_contain_text("over by 1:")
    row.get_by_role("button", name="Set the state of 李静").click()
    page.get_by_role("radio", name="Not ready").check()
    page.get_by_role("dialog").get_by_label("Reason").select_option("break")
    page.get_by_role("dialog").get_by_label("Why").fill("团队会议")
    page.get_by_role("button", name="Apply").dblclick()
    expect(page.get_by_role("dialog")).to_contain_text("takes effect after it")
    assert server.said("POST", "agents/2/force") == [{"state": "notReady", "text": "团队会议", "reason": "break"}]


def test_the_admin_sets_reasons_and_after_call_work(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["GET", "reasons"] = lambda _: (200, page(REASONS))
    setting = {"pbx": "pbx1", "queue": "support", "acw_seconds": 20, "outcome_required": False}
    server.answers["GET", "queue-settings"] = lambda _: (200, page([setting]))
    server.answers["PUT", "reasons"] = lambda body: (200, page(body["reasons"]))
    server.answers["PUT", "queue-settings"] = lambda body: (200, page(body["settings"]))
    found = open_page("admin.html#shift")
    found.get_by_role("button", name="New reason").click()
    last = found.locator(".rules-table").first.locator("tbody tr").last
    last.get_by_label("Code").fill("nap")
    last.get_by_label("Chinese").fill("午睡")
    last.get_by_label("English").fill("Nap")
    last.get_by_label("Limit (min)").fill("1.5")
    last.get_by_role("button", name="Move up").click()
    found.get_by_role("button", name="Save").first.click()
    expect(found.locator("code").filter(has_text="nap")).to_be_visible()
    sent = server.said("PUT", "reasons")[0]["reasons"]
    assert [one["code"] for one in sent] == ["break", "nap", "gym"]
    assert sent[1] == {"code": "nap", "zh": "午睡", "en": "Nap", "limit_seconds": 90, "active": True}
    found.get_by_label("Seconds support").fill("0")
    found.get_by_label("Outcome required support").check()
    found.get_by_role("button", name="Save").last.click()
    expect(found.get_by_role("button", name="Save").last).to_be_enabled()
    assert server.said("PUT", "queue-settings") == [
        {"settings": [{**setting, "acw_seconds": 0, "outcome_required": True}]}
    ]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [1280, 400])
def test_the_state_bar_fits(open_page: Opener, server: ConsoleServer, language: str, width: int) -> None:
    server.topics["me"].update(agent=world.agent(0, time.time(), state="notReady"), shift=shift())
    page = open_page("agent.html", language=language, width=width)
    expect(page.locator(".shift")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("window.refused") == []
