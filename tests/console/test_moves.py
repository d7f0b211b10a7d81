"""Agents are ticked, changed at once, and put back, in the supervisor's page; the agent is told."""

import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.console.test_tiles import sixty
from tests.fakes.console_server import ConsoleServer, page

pytestmark = pytest.mark.browser
Json = dict[str, Any]


def item(user: int, state: str = "planned", **more: Any) -> Json:
    places = {"before": [{"queue": "support", "penalty": 0}], "after": [{"queue": "vip", "penalty": 4}]}
    levels = {"level_before": None, "level_after": None}
    return {"user_id": user, "name": f"A{user}", **places, **levels, "state": state, "reason": "", **more}


def move(*items: Json, **more: Any) -> Json:
    now = time.time()
    change = {"kind": "only", "queues": ["vip"], "penalty": 4, "skill": "", "level": None}
    plain = {"id": 5, "by": 1, "by_name": "王小明", "at": now, "change": change, "until": None, "text": ""}
    return {**plain, "undo_until": now + 3600, "items": list(items), "undone_at": None, "undone_by_name": "", **more}


def test_a_change_is_seen_beforehand_applied_followed_and_undone(open_page: Opener, server: ConsoleServer) -> None:
    sixty(server)
    server.answers["POST", "agent-moves/preview"] = lambda body: (200, page([item(user) for user in body["users"]]))
    server.answers["POST", "agent-moves"] = lambda body: (202, move(*(item(user) for user in body["users"])))
    server.answers["GET", "skills"] = lambda body: (200, page([]))
    one = open_page("supervisor.html")
    ticks = one.locator("tbody .tick")
    ticks.nth(1).click()
    ticks.nth(3).click(modifiers=["Shift"])
    expect(one.get_by_text("3 agents chosen")).to_be_visible()
    one.get_by_role("button", name="Change queues or skills…").click()
    dialog = one.get_by_role("dialog")
    dialog.get_by_text("Only these queues").click()
    dialog.get_by_role("checkbox", name="贵宾专线").check()
    dialog.get_by_label("How long").select_option("today")
    expect(dialog.locator(".move-item")).to_have_count(3)
    dialog.get_by_role("button", name="Change 3 agents").click()
    (asked,) = server.said("POST", "agent-moves")
    users = asked["users"]
    assert (asked["change"], asked["until"]) == ({"kind": "only", "queues": ["vip"], "penalty": None}, "today")
    expect(dialog.get_by_text("Waiting for the PBX…")).to_be_visible()
    refused = item(users[2], "failed", reason="vip: no such queue")
    server.push("moves", "move.changed", move(item(users[0], "done"), item(users[1], "kept"), refused))
    expect(dialog.get_by_text("The PBX has reported on everybody.")).to_be_visible()
    expect(dialog.locator(".move-failed")).to_contain_text("vip: no such queue")
    dialog.get_by_role("button", name="Close").last.click()
    line = one.locator(".moves-line")
    expect(line).to_contain_text("1 not as wanted")
    line.get_by_role("button", name="Undo").click()
    server.push("moves", "move.changed", move(undone_at=time.time(), undone_by_name="王小明"))
    expect(line).to_contain_text("taken back by 王小明")
    assert len(server.said("POST", "agent-moves/5/undo")) == 1


def test_all_that_the_filter_shows_are_ticked_and_undo_is_there_after_a_reload(
    open_page: Opener, server: ConsoleServer
) -> None:
    sixty(server)
    server.topics["moves"]["moves"] = [move(item(1, "done"))]
    one = open_page("supervisor.html")
    one.locator(".agents-bar").get_by_label("Team").select_option("south")
    one.get_by_role("checkbox", name="Choose all 30 shown").click()
    expect(one.get_by_text("30 agents chosen")).to_be_visible()
    one.reload()
    expect(one.locator(".moves-line").get_by_role("button", name="Undo")).to_be_visible()


def test_the_agent_is_told_in_his_language(open_page: Opener, server: ConsoleServer) -> None:
    one = open_page("agent.html", language="zh-CN")
    queues = [{"queue": "vip", "penalty": 0}]
    told = {"by": "王建国", "back": False, "text": "高峰", "until": None, "kind": "only", "skill": "", "level": None}
    expect(one.get_by_role("heading", name="来电客户")).to_be_visible()
    server.push("me", "agent.moved", {**told, "queues": queues})
    expect(one.locator(".shift-notice")).to_contain_text("王建国 调整了您的工作安排。 您的队列：vip。 高峰")
