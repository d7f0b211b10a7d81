"""The control of a call on the desk: buttons and reasons, whom to, consultation, conference, parking, dialling."""

import time
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer, page, problem

pytestmark = pytest.mark.browser
CALL = "pbx1:1795317478.9"
COMMANDS = (
    "hangup", "hold", "retrieve", "mute", "dtmf", "transfer", "consult", "swap", "complete", "cancel", "conference",
    "members", "park",
)  # fmt: skip
STAGES = {
    "talking": "hangup hold mute dtmf transfer consult conference park",
    "held": "hangup retrieve mute transfer consult conference",
    "asking": "hangup mute cancel",
    "consulting": "hangup mute dtmf swap complete cancel conference",
    "conference": "hangup mute members",
}
LEFT_OUT = {"talking": "not_on_hold", "held": "on_hold", "asking": "colleague_rings", "consulting": "consulting",
            "conference": "in_conference"}  # fmt: skip


def control(stage: str, **more: Any) -> dict[str, Any]:
    can = {name: "" if name in STAGES[stage].split() else LEFT_OUT[stage] for name in COMMANDS}
    given = {"call_id": CALL, "stage": stage, "muted": False, "can": can, "tried": "", "consult": None, "members": []}
    return {**given, **more}


def party(state: str) -> dict[str, Any]:
    return {"leg": "u3", "number": "1002", "name": "李静", "user_id": 2, "state": state}


def desk(open_page: Opener, server: ConsoleServer, stage: str = "talking", **more: Any) -> Page:
    now = time.time()
    call = world.my_call(CALL, now, state="established", my_leg_state="connected", answered_at=now - 48)
    server.topics["me"].update(agent=world.agent(0, now, state="busy"), calls=[call], control=[control(stage, **more)])
    for command in ("hold", "retrieve", "mute", "transfer", "consult/swap", "conference", "hangup", "dtmf"):
        server.answers["POST", f"calls/{CALL}/{command}"] = lambda body: (202, {"id": "1", "call_id": CALL})
    opened = open_page("agent.html")
    expect(opened.locator(".controls")).to_be_visible()
    return opened


def button(page: Page, name: str) -> Locator:
    return page.locator(".controls").get_by_role("button", name=name).first


def sent(server: ConsoleServer, command: str) -> list[Any]:
    return server.said("POST", f"calls/{CALL}/{command}")


def test_hold_is_asked_for_and_shown_only_when_the_pbx_reported_it(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server)
    button(page, "Hold").click()
    expect(button(page, "Hold")).to_be_visible()
    assert sent(server, "hold") == [{}]
    server.push("me", "control.changed", control("held"))
    expect(button(page, "Retrieve")).to_be_visible()
    button(page, "Retrieve").click()
    expect(page.locator(".controls .problem")).to_have_count(0)
    assert sent(server, "retrieve") == [{}]


def test_what_is_not_possible_says_why_and_does_nothing(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server, "held")
    park = button(page, "Park")
    expect(park).to_have_attribute("aria-disabled", "true")
    expect(park).to_have_attribute("title", "The other side is on hold.")
    park.focus()
    page.keyboard.press("Enter")
    assert sent(server, "park") == []


def test_a_refusal_of_the_server_is_told_in_the_users_language(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server)
    server.answers["POST", f"calls/{CALL}/mute"] = lambda body: problem(409, "mute_unavailable")
    button(page, "Mute").click()
    expect(page.locator(".controls .problem")).to_contain_text("This PBX cannot mute.")
    assert sent(server, "mute") == [{"on": True}]


def test_hanging_up_is_guarded_for_a_second(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server)
    hangup = button(page, "Hang up")
    expect(hangup).to_have_attribute("aria-disabled", "false")
    server.push("me", "control.changed", control("held"))
    expect(button(page, "Retrieve")).to_be_visible()
    expect(hangup).to_have_attribute("aria-disabled", "true")
    hangup.click(force=True)
    assert sent(server, "hangup") == []
    expect(hangup).to_have_attribute("aria-disabled", "false", timeout=3000)
    hangup.click()
    page.wait_for_timeout(100)
    assert sent(server, "hangup") == [{}]


def test_a_transfer_names_a_colleague_a_queue_or_a_number_by_keyboard(open_page: Opener, server: ConsoleServer) -> None:
    now = time.time()
    agents = [
        {"user_id": 2, "name": "李静", "number": "1002", "team": "A", "state": "ready", "reason": "", "since": now,
         "reachable": True},
        {"user_id": 3, "name": "Ada", "number": "1003", "team": "B", "state": "unreachable", "reason": "", "since": now,
         "reachable": False},
    ]  # fmt: skip
    queues = [{"name": "sales", "label": "销售", "waiting": 2, "ready": 1, "agents": 4}]
    server.answers["GET", "directory"] = lambda body: (200, {"agents": agents, "queues": queues})
    page = desk(open_page, server)
    button(page, "Transfer").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Ada")).to_be_disabled()
    expect(dialog).to_contain_text("2 waiting, 1 of 4 ready")
    dialog.get_by_role("button", name="李静").click()
    expect(dialog).to_be_hidden()
    button(page, "Transfer").click()
    page.get_by_role("dialog").get_by_role("button", name="销售").click()
    button(page, "Transfer").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("138 0013 8000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert [body["to"] for body in sent(server, "transfer")] == [
        {"kind": "agent", "value": "2"},
        {"kind": "queue", "value": "sales"},
        {"kind": "external", "value": "13800138000"},
    ]


def test_a_refused_target_keeps_the_dialog_open(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["GET", "directory"] = lambda body: (200, {"agents": [], "queues": []})
    page = desk(open_page, server)
    server.answers["POST", f"calls/{CALL}/transfer"] = lambda body: problem(400, "forbidden_number", field="value")
    button(page, "Transfer").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("0900123456")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Numbers like this must not be dialled.")


def test_a_consultation_shows_who_and_what_can_be_done(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server, "asking", consult=party("ringing"))
    bar = page.locator(".consult-bar")
    expect(bar).to_contain_text("李静")
    expect(bar.get_by_role("button", name="Hand over")).to_have_attribute("aria-disabled", "true")
    server.push("me", "control.changed", control("consulting", consult=party("talking")))
    expect(bar).to_contain_text("the caller is on hold")
    bar.get_by_role("button", name="Swap").click()
    bar.get_by_role("button", name="All together").click()
    page.wait_for_timeout(100)
    assert (sent(server, "consult/swap"), sent(server, "conference")) == ([{}], [{}])
    server.push("me", "control.changed", control("held", tried="busy"))
    expect(page.locator(".controls")).to_contain_text("The colleague is busy.")


def test_a_member_of_a_conference_may_only_listen_or_is_put_out(open_page: Opener, server: ConsoleServer) -> None:
    members = [
        {"leg": "u1", "number": "1001", "name": "", "user_id": 1, "mine": True, "muted": False, "listen_only": False},
        {"leg": "u.3", "number": "1002", "name": "李静", "user_id": 2, "mine": False, "muted": False,
         "listen_only": True},
    ]  # fmt: skip
    page = desk(open_page, server, "conference", members=members)
    for name in ("listen-only", "remove"):
        server.answers["POST", f"calls/{CALL}/conference/members/u.3/{name}"] = lambda body: (202, {})
    row = page.locator(".members li[data-leg='u.3']")
    expect(row).to_contain_text("listens only")
    expect(page.locator(".members li").first.get_by_role("button")).to_have_count(0)
    row.get_by_role("button", name="Listen only").click()
    expect(row.get_by_role("button", name="Remove")).to_have_attribute("aria-disabled", "false")
    row.get_by_role("button", name="Remove").click()
    page.wait_for_timeout(100)
    assert sent(server, "conference/members/u.3/listen-only") == [{"on": False}]
    assert sent(server, "conference/members/u.3/remove") == [{}]


def test_keys_are_sent_by_mouse_and_by_keyboard(open_page: Opener, server: ConsoleServer) -> None:
    page = desk(open_page, server)
    button(page, "Keypad").click()
    page.locator(".keypad").get_by_role("button", name="5", exact=True).click()
    page.get_by_label("Keys to send").fill("12#x")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Keys to send")).to_have_value("")
    assert sent(server, "dtmf") == [{"digits": "5"}, {"digits": "12#"}]


def idle(open_page: Opener, server: ConsoleServer) -> Page:
    server.topics["me"].update(agent=world.agent(0, time.time()), calls=[], control=[], pops=[])
    return open_page("agent.html")


def test_a_call_of_the_day_is_called_back_with_a_key_of_its_own(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["POST", "dial"] = lambda body: (202, {"id": "1", "call_id": CALL})
    opened = idle(open_page, server)
    opened.locator(".day-list .dial-button").first.click()
    opened.wait_for_timeout(100)
    (body,) = server.said("POST", "dial")
    assert body["number"] == server.rows[0]["number"]


def test_a_parked_call_is_listed_and_taken(open_page: Opener, server: ConsoleServer) -> None:
    parked = {"slot": "701", "call_id": CALL, "number": "138", "name": "林芳", "since": time.time() - 5}
    server.answers["GET", "parked"] = lambda body: (200, page([parked]))
    server.answers["POST", "parked/701/pickup"] = lambda body: (202, {"id": "1", "call_id": CALL, "slot": "701"})
    opened = idle(open_page, server)
    expect(opened.locator(".parked")).to_contain_text("林芳")
    opened.locator(".parked").get_by_role("button", name="Take").click()
    opened.wait_for_timeout(100)
    assert server.said("POST", "parked/701/pickup") == [{}]


def test_in_chinese_every_button_has_its_word(open_page: Opener, server: ConsoleServer) -> None:
    server.user = server.person(["agent"], "zh-CN")
    page = desk(open_page, server)
    assert page.locator(".control-button").all_inner_texts() == [
        "保持", "静音", "按键", "转接", "咨询", "加入第三方", "驻留", "挂断",
    ]  # fmt: skip
