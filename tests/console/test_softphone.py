"""The phone on the agent's page before it works: what is shown, and the way out of each failure."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cti_server.sandbox.state import free_port
from tests.console.conftest import Opener
from tests.fakes.console_server import ConsoleServer, problem

pytestmark = pytest.mark.browser


def phone(**more: Any) -> dict[str, Any]:
    return {"device": "PJSIP/1001w", "key": None, "since": None, "passed": False, **more}


def issued(_body: Any) -> tuple[int, Any]:
    """A PBX at whose address nobody listens."""
    return 200, {
        "key": "p1",
        "password": "secret",
        "uri": "sip:1001w@cti.invalid",
        "websocket": f"ws://127.0.0.1:{free_port()}/ws",
        "ice_servers": [],
        "register_seconds": 60,
        "expires_at": time.time() + 3600,
    }


def check(page: Page, name: str) -> Any:
    return page.locator(".phone-check", has_text=name)


def test_who_has_a_desk_phone_sees_nothing_of_it(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["phone"] = None
    page = open_page("agent.html")
    expect(page.locator(".statebar")).to_be_visible()
    expect(page.locator(".phone")).to_have_count(0)


def test_every_failed_check_says_the_way_out(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["phone"] = phone()
    server.answers["POST", "phone"] = issued
    server.answers["POST", "phone/p1/check"] = lambda _: (200, phone(key="p1"))
    page = open_page("agent.html")
    page.get_by_role("button", name="Start phone").click()
    expect(check(page, "Notifications")).to_contain_text("Notifications are blocked. Allow them")
    expect(check(page, "Microphone")).to_contain_text("then check again")
    expect(check(page, "Line to the PBX")).to_contain_text("cannot be reached from this computer", timeout=15_000)
    page.get_by_role("button", name="Check again").wait_for()
    told = server.said("POST", "phone/p1/check")[-1]["results"]
    assert told["notification"] == "notificationDenied"
    assert told["microphone"] in ("microphoneDenied", "microphoneNone")
    assert told["network"] == "networkNoWebsocket"
    expect(page.locator(".phone-line")).to_have_count(0)


def test_a_server_that_cannot_give_a_phone_says_why(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["phone"] = phone()
    server.answers["POST", "phone"] = lambda _: problem(503, "pbx_not_connected")
    page = open_page("agent.html", language="zh-CN")
    page.get_by_role("button", name="启动电话").click()
    expect(check(page, "话务平台线路")).to_contain_text("服务器无法启动电话")
    expect(page.locator(".phone > .problem")).to_be_visible()


def test_a_phone_that_runs_in_another_page_is_told_of(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["phone"] = phone(key="p9", since=time.time())
    page = open_page("agent.html")
    expect(page.locator(".phone")).to_contain_text("runs in another page now. Starting it here ends it there.")
    server.push("me", "phone.changed", phone())
    expect(page.locator(".phone")).to_contain_text("One click before work")


def test_devices_are_remembered(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["phone"] = phone()
    page = open_page("agent.html")
    page.get_by_role("button", name="Devices").click()
    page.get_by_label("Suppress noise and echo").uncheck()
    page.reload()
    page.get_by_role("button", name="Devices").click()
    expect(page.get_by_label("Suppress noise and echo")).not_to_be_checked()
    expect(page.get_by_label("Ring on")).to_be_visible()
