"""Supervision on a call and the list of lost calls, in the supervisor's and the agent's page."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser
Json = dict[str, Any]
NOW = time.time()


def session(mode: str = "listen", *, supervisor: int = 1, name: str = "王小明", state: str = "on") -> Json:
    now = time.time()
    return {
        "id": f"s{supervisor}", "pbx": world.PBX,
        "supervisor": {"user_id": supervisor, "name": name, "device": "PJSIP/1005"},
        "agent": {"user_id": 18, "name": "李娜", "device": "PJSIP/1018"}, "team": "", "queue": "support",
        "call_id": "main:17", "number": "138", "mode": mode, "state": state, "muted": mode == "listen", "told": False,
        "asked_at": now, "on_at": now, "mode_since": now, "ended_at": None, "end_reason": None,
    }  # fmt: skip


def lost(id_: int = 1, **more: Any) -> Json:
    plain = {
        "id": id_, "state": "open", "number": f"1380000000{id_}", "name": "", "callable": True, "calls": 2,
        "queues": ["support"], "first_at": NOW - 600 + id_, "last_at": NOW - 125, "longest_wait": 65.0,
        "claimed_by": None, "claimed_by_name": "", "claimed_at": None, "attempts": 0, "attempt_at": None,
        "ended_at": None, "ended_by": None, "ended_by_name": "", "reason": "", "revision": id_,
    }  # fmt: skip
    return {**plain, **more}


def busy(server: ConsoleServer) -> None:
    server.topics["agents"]["agents"] = [world.agent(17, time.time(), name="李娜", state="busy")]


def test_a_supervisor_listens_whispers_and_stops(open_page: Opener, server: ConsoleServer) -> None:
    busy(server)
    page = open_page("supervisor.html")
    page.get_by_role("button", name="On the call of 李娜…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Listen").click()
    server.push("monitoring", "monitoring.started", session(state="ringing"))
    expect(dialog.get_by_text("Answer your phone PJSIP/1005")).to_be_visible()
    server.push("monitoring", "monitoring.changed", session())
    expect(dialog.get_by_text("You are muted: nobody hears you")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    bar = page.locator(".own-session")
    expect(bar).to_contain_text("You are muted")
    expect(bar.get_by_role("link", name="Score")).to_have_attribute("href", "quality.html#live")
    bar.get_by_role("button", name="Whisper").click()
    server.push("monitoring", "monitoring.changed", session("whisper"))
    expect(bar).to_contain_text("Only the agent hears you")
    bar.get_by_role("button", name="Stop").click()
    server.push("monitoring", "monitoring.ended", {**session("whisper"), "state": "ended"})
    expect(bar).to_have_count(0)
    sent = [path for method, path, _ in server.asked if method == "POST" and path != "push-ticket"]
    assert sent == ["agents/18/listen", "agents/18/whisper", "monitoring/s1/stop"]


def test_who_else_listens_is_shown(open_page: Opener, server: ConsoleServer) -> None:
    busy(server)
    server.topics["monitoring"]["sessions"] = [session(supervisor=7, name="Eva")]
    page = open_page("supervisor.html")
    expect(page.locator(".supervision")).to_contain_text("Eva")
    expect(page.get_by_role("button", name="On the call of 李娜; now on it: Eva")).to_be_visible()


def test_a_refusal_says_why_and_a_release_asks_why(open_page: Opener, server: ConsoleServer) -> None:
    busy(server)
    server.answers[("POST", "agents/18/barge")] = lambda _body: (403, {"code": "not_allowed", "status": 403})
    page = open_page("supervisor.html")
    page.get_by_role("button", name="On the call of 李娜…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Barge in").click()
    expect(dialog.get_by_role("alert")).to_contain_text("You may not do this in this queue or team.")
    dialog.get_by_role("button", name="Release call").click()
    dialog.get_by_role("textbox").fill("wrong line")
    dialog.get_by_role("button", name="Release call").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {"text": "wrong line"} in [body for _, path, body in server.asked if path.endswith("/release")]


def test_lost_callers_are_taken_called_back_and_dismissed_with_a_way_back(
    open_page: Opener, server: ConsoleServer
) -> None:
    server.topics["lost"]["items"] = [
        lost(1),
        lost(2, number="", callable=False),
        lost(3, claimed_by=9, claimed_by_name="Eva"),
    ]
    over = lost(1, state="dismissed", reason="wrong", revision=9)
    server.answers[("POST", "lost-calls/1/dismiss")] = lambda _body: (200, over)
    server.answers[("POST", "lost-calls/1/undo")] = lambda _body: (200, lost(1, revision=10))
    server.answers[("POST", "lost-calls/1/call-back")] = lambda _body: (200, lost(1, state="claimed", revision=11))
    page = open_page("supervisor.html")
    rows = page.locator(".lost-item")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("13800000001")
    expect(rows.nth(0)).to_contain_text("2×")
    expect(rows.nth(1).get_by_role("button", name="Call back")).to_have_count(0)
    expect(rows.nth(2)).to_contain_text("Eva has it")
    rows.nth(0).get_by_role("button", name="Dismiss").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("wrong")
    page.get_by_role("dialog").get_by_role("button", name="Dismiss", exact=True).click()
    server.push("lost", "lost.changed", over)
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Undo").click()
    server.push("lost", "lost.changed", lost(1, revision=10))
    expect(rows).to_have_count(3)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    rows.nth(0).get_by_role("button", name="Call back").click()
    server.push(
        "lost", "lost.changed", lost(1, state="claimed", claimed_by=1, claimed_by_name="W", attempts=1, revision=11)
    )
    expect(rows.nth(0)).to_contain_text("called back 1×")
    expect(rows.nth(0).get_by_role("button", name="Call back")).to_be_enabled()
    sent = {path: body for method, path, body in server.asked if method == "POST"}
    assert sent["lost-calls/1/dismiss"] == {"reason": "wrong"}
    assert sent["lost-calls/1/call-back"] == {}
    assert sent["dial"] == {"number": "13800000001"}


def test_an_agent_is_told_when_the_rules_say_so_and_why_a_call_is_gone(
    open_page: Opener, server: ConsoleServer
) -> None:
    server.topics["me"]["monitored_by"] = [
        {"id": "s", "name": "王建国", "mode": "listen", "since": time.time(), "call_id": "main:1"}
    ]
    page = open_page("agent.html")
    expect(page.get_by_text("王建国 is listening to this call.")).to_be_visible()
    ended = {"id": "s", "name": "王建国", "mode": "listen", "since": time.time(), "call_id": "main:1"}
    server.push("me", "monitoring.ended", ended)
    expect(page.get_by_text("王建国 is listening to this call.")).to_have_count(0)
    forced = {"id": "main:1", "call_id": "main:1", "state": "cleared", "how": "released", "by": "王建国", "text": "why"}
    server.push("me", "call.forced", forced)
    notice = page.get_by_role("alert").filter(has_text="王建国 has ended your call: why")
    expect(notice).to_be_visible()
    notice.get_by_role("button").click()
    expect(notice).to_have_count(0)


def test_sixty_lost_callers_fit_a_phone_and_a_desk(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["lost"]["items"] = [lost(n, number=f"138{n:08}", name="很长的名字" * 6) for n in range(1, 61)]
    busy(server)
    server.topics["monitoring"]["sessions"] = [session()]
    for width in (1280, 390):
        page = open_page("supervisor.html", width=width)
        expect(page.locator(".own-session")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
