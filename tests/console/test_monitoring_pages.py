"""Who may supervise (admin), who did (report), and to what somebody is limited (users)."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser
EVERY = ["listen", "whisper", "barge", "takeOver", "release"]


def session(**more: Any) -> dict[str, Any]:
    now = time.time()
    person = {"user_id": 1, "name": "王小明", "device": "PJSIP/1005"}
    return {
        "id": "s1", "pbx": "pbx1", "supervisor": person, "agent": {**person, "user_id": 2, "name": "李静"},
        "team": "north", "queue": "support", "call_id": "pbx1:1.1", "number": "13800000001", "mode": "barge",
        "state": "ended", "muted": False, "told": True, "asked_at": now - 200, "on_at": now - 190, "mode_since": None,
        "ended_at": now - 100, "end_reason": "callEnded", "exact": True, "seconds": {"listen": 30.0, "barge": 60.0},
        "stretches": [{"mode": "listen", "since": 0, "until": 30}, {"mode": "barge", "since": 30, "until": 90}],
        **more,
    }  # fmt: skip


def test_the_report_is_filtered_and_taken_as_csv(open_page: Opener, server: ConsoleServer) -> None:
    def listed(body: Any) -> tuple[int, Any]:
        return 200, {"items": [session()], "next_cursor": "9"}

    server.answers["GET", "monitoring/sessions"] = listed
    page = open_page("monitoring.html")
    row = page.locator(".report-table tbody tr")
    for text in ("王小明", "李静", "north", "Listen 0:30", "Barge in 1:00", "1:30", "call ended", "told"):
        expect(row).to_contain_text(text)
    page.get_by_label("How").select_option("barge")
    page.get_by_label("Team").select_option("A 组")
    page.get_by_role("button", name="Search").click()
    with page.expect_response(lambda answer: "cursor=9" in answer.url):
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Page 2")).to_be_visible()
    last = server.said("GET", "monitoring/sessions")[-1]
    assert (last["mode"], last["team"], last["cursor"]) == ("barge", "A 组", "9")
    assert float(last["from"]) < time.time() - 5 * 86400
    server.answers["GET", "monitoring/sessions"] = lambda body: (200, "id\ns1\n")
    with page.expect_download() as file:
        page.get_by_role("button", name="CSV").click()
    assert file.value.suggested_filename == "monitoring.csv"


def test_qa_has_the_report_too(open_page: Opener, server: ConsoleServer) -> None:
    server.user = server.person(["qa"])
    server.answers["GET", "monitoring/sessions"] = lambda body: (200, {"items": [], "next_cursor": None})
    page = open_page("monitoring.html", language="zh-CN")
    expect(page.get_by_text("该时段没有监控记录")).to_be_visible()


def test_an_admin_sets_who_may_supervise(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["GET", "monitoring/policy"] = lambda body: (200, {"rules": []})
    page = open_page("admin.html#monitoring")
    page.get_by_label("Rule for").select_option("queue vip")
    page.get_by_role("button", name="New rule").click()
    page.get_by_role("checkbox", name="Queue vip: Barge in").uncheck()
    page.get_by_role("checkbox", name="Queue vip: Tell the agent").check()
    page.locator(".policy-who summary").nth(1).click()
    page.locator(".policy-who").nth(1).get_by_role("checkbox", name="李静").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    (sent,) = server.said("PUT", "monitoring/policy")
    site, vip = sent["rules"]
    assert site == {"scope": "site", "name": "", "allow": EVERY, "users": [], "tell_agent": False}
    allowed = [act for act in EVERY if act != "barge"]
    assert vip == {"scope": "queue", "name": "vip", "allow": allowed, "users": [2], "tell_agent": True}


def test_an_admin_limits_a_supervisor_to_teams_and_queues(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("admin.html#users")
    page.locator("tbody tr").nth(1).get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="A 组").check()
    dialog.get_by_role("checkbox", name="sales").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    (sent,) = server.said("PATCH", "users/2")
    assert (sent["teams"], sent["queues"]) == (["A 组"], ["sales"])
    page.locator("tbody tr").nth(2).get_by_role("button", name="Edit").click()  # an agent has nothing to limit
    expect(page.get_by_role("dialog").get_by_text("Limited to")).to_have_count(0)
