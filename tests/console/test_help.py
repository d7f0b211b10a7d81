"""A raised hand, messages and notices, in the agent's and the supervisor's page."""

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


def hand(user_id: int = 1, name: str = "王小明", **more: Any) -> Json:
    plain = {
        "id": f"h{user_id}", "user_id": user_id, "name": name, "team": "A", "raised_at": time.time() - 65,
        "call_id": "c", "number": "13800138000", "caller": "林芳", "queue": "support", "coming_by": None,
        "coming_by_name": "", "coming_at": None,
    }  # fmt: skip
    return {**plain, **more}


def message(id_: int, text: str, *, from_agent: bool, **more: Any) -> Json:
    plain = {
        "id": id_, "agent_id": 1, "sender_id": 1 if from_agent else 2, "sender_name": "王小明" if from_agent else "Eva",
        "from_agent": from_agent, "text": text, "sent_at": NOW - 50 + id_, "read_at": None, "read_by_name": "",
    }  # fmt: skip
    return {**plain, **more}


def unread(agent: int, chiefs: int, agent_id: int = 1) -> Json:
    return {"agent_id": agent_id, "unread": {"by_agent": agent, "by_supervisors": chiefs}}


def notice(id_: int, text: str, **more: Any) -> Json:
    return {"id": id_, "text": text, "by": "Eva", "sent_at": NOW, "expires_at": NOW + 600, **more}


def test_an_agent_raises_and_lowers_a_hand_and_sees_who_comes(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    page.get_by_role("button", name="Ask for help").click()
    server.push("me", "hand.raised", hand())
    up = page.locator(".hand-button")
    expect(up).to_have_attribute("aria-pressed", "true")
    expect(up).to_contain_text("Help asked for")
    server.push("me", "hand.coming", hand(coming_by=2, coming_by_name="Eva", coming_at=NOW))
    expect(up).to_contain_text("Eva is coming")
    page.locator("h1").focus()
    page.keyboard.press("u")
    server.push("me", "hand.lowered", hand())
    expect(up).to_have_text("Ask for help")
    assert [path for method, path, _ in server.asked if method == "POST" and "hand" in path] == [
        "me/hand/raise",
        "me/hand/lower",
    ]


def test_a_supervisor_sees_hands_at_the_row_the_tile_and_in_a_list(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["agents"]["agents"] = [
        world.agent(1, NOW, name="李静", state="busy"),
        world.agent(2, NOW, name="Ada"),
    ]
    server.topics["help"]["hands"] = [hand(2, "李静")]
    page = open_page("supervisor.html")
    line = page.locator(".hand-line")
    expect(line).to_contain_text("李静")
    expect(line).to_contain_text("林芳 · support")
    expect(line.locator(".elapsed")).to_contain_text("1:")
    expect(line).to_contain_text("Nobody is coming yet")
    expect(page.get_by_role("row", name="李静").locator(".hand-mark")).to_be_visible()
    assert page.title().startswith("✋ (1)")
    page.get_by_role("button", name="Tiles").click()
    expect(page.locator(".tile").filter(has_text="李静").locator(".hand-mark")).to_be_visible()
    expect(page.locator(".tile").filter(has_text="Ada").locator(".hand-mark")).to_have_count(0)
    line.get_by_role("button", name="I am coming").click()
    server.push("help", "hand.coming", hand(2, "李静", coming_by=1, coming_by_name="王小明", coming_at=NOW))
    expect(line).to_contain_text("王小明 is coming")
    expect(line.get_by_role("button", name="I am coming")).to_have_count(0)
    server.push("help", "hand.raised", hand(3, "Ada", call_id=None))
    expect(page.locator(".hand-line").first).to_contain_text("Ada")
    page.locator(".hand-line").last.get_by_role("button", name="Settled").click()
    server.push("help", "hand.lowered", hand(2, "李静"))
    expect(page.locator(".hand-line")).to_have_count(1)
    assert server.said("POST", "agents/2/hand/coming") == server.said("POST", "agents/2/hand/lower") == [{}]


def test_messages_of_an_agent(open_page: Opener, server: ConsoleServer) -> None:
    evil = "<img src=x onerror=alert(1)>\nsecond line"
    server.messages = [message(1, "question", from_agent=True, read_at=NOW, read_by_name="Eva")]
    server.topics["me"]["help"] = {"hand": None, "unread": 0, "notices": []}
    page = open_page("agent.html")
    button = page.get_by_role("button", name="Messages with the supervisors")
    button.click()
    thread = page.locator(".thread")
    expect(thread.locator(".bubble.mine")).to_contain_text("question")
    expect(thread.get_by_role("img", name="Read by Eva")).to_be_visible()
    page.keyboard.press("Escape")
    expect(thread).to_have_count(0)
    server.messages.append(message(2, evil, from_agent=False))
    server.push("me", "message.new", unread(1, 0))
    expect(page.locator(".badge")).to_have_text("1")
    assert server.said("POST", "me/messages/read") == [], "nothing is read before it is on the screen"
    page.get_by_role("button", name="Messages: 1 unread").click()
    expect(thread.locator(".bubble").last.locator(".bubble-text")).to_have_text(evil)
    expect(thread.locator(".bubble img")).to_have_count(0)
    field = thread.get_by_role("textbox")
    field.press_sequentially("hux")  # letters that are keys elsewhere
    field.press("Shift+Enter")
    field.press_sequentially("m")
    server.answers[("POST", "me/messages")] = lambda _body: (429, {"status": 429, "code": "too_many_messages"})
    field.press("Enter")
    expect(thread.get_by_role("alert")).to_contain_text("Too many messages")
    expect(field).to_have_value("hux\nm")
    del server.answers[("POST", "me/messages")]
    field.press("Enter")
    expect(field).to_have_value("")
    assert server.said("POST", "me/messages")[-1] == {"text": "hux\nm"}
    assert {"up_to": 2} in server.said("POST", "me/messages/read")
    assert not [path for _, path, _ in server.asked if "hand" in path]


def test_messages_to_an_agent(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["agents"]["agents"] = [world.agent(1, NOW, name="李静"), world.agent(2, NOW, name="Ada")]
    server.topics["help"]["unread"] = [{"user_id": 2, "unread": 3}]
    server.messages = [message(9, "请帮忙", from_agent=True, agent_id=2)]
    page = open_page("supervisor.html", language="zh-CN")
    page.get_by_role("button", name="给李静发消息：3 条未读").click()
    expect(page.locator(".thread .bubble")).to_contain_text("请帮忙")
    server.push("help", "message.read", unread(0, 0, agent_id=2))
    expect(page.locator(".badge")).to_have_count(0)
    page.locator(".thread").get_by_role("textbox").fill("马上来")
    page.locator(".thread").get_by_role("button", name="发送").click()
    expect(page.locator(".thread").get_by_role("textbox")).to_have_value("")
    assert server.said("POST", "agents/2/messages") == [{"text": "马上来"}]
    assert server.said("POST", "agents/2/messages/read")[0] == {"up_to": 9}
    asked = len(server.said("GET", "agents/2/messages"))
    server.messages.append(message(10, "谢谢", from_agent=True, agent_id=2))
    server.push("help", "message.new", unread(0, 1, agent_id=2))
    expect(page.locator(".thread .bubble").last).to_contain_text("谢谢")
    assert len(server.said("GET", "agents/2/messages")) > asked


def test_a_notice_stays_on_top_until_it_is_read_or_over(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["help"] = {"hand": None, "unread": 0, "notices": [notice(1, "first\n<b>x</b>")]}
    page = open_page("agent.html")
    bars = page.locator(".notice")
    expect(bars.locator(".notice-text")).to_have_text("first\n<b>x</b>")
    server.push("me", "notice.shown", notice(2, "soon over", expires_at=time.time() + 1.5))
    expect(bars).to_have_count(2)
    expect(bars).to_have_count(1)
    bars.get_by_role("button", name="Read").click()
    server.push("me", "notice.gone", {"id": 1})
    expect(bars).to_have_count(0)
    assert server.said("POST", "me/notices/1/read") == [{}]


def test_a_supervisor_sends_a_notice_and_sees_who_has_read_it(open_page: Opener, server: ConsoleServer) -> None:
    for one in server.topics["agents"]["agents"]:
        one["team"] = "A 组"
    page = open_page("supervisor.html")
    page.get_by_role("button", name="Notice to agents").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text").fill("CRM down at 15:00")
    dialog.get_by_label("To").select_option("A 组")
    dialog.get_by_label("For").select_option("15")
    dialog.get_by_role("button", name="Send notice").click()
    expect(dialog.get_by_label("Text")).to_have_value("")
    assert server.said("POST", "notices") == [{"text": "CRM down at 15:00", "team": "A 组", "minutes": 15}]
    readers = [{"user_id": 1, "name": "王小明", "at": NOW}, {"user_id": 2, "name": "李静", "at": None}]
    server.push("help", "notice.changed", notice(5, "CRM down", team="A 组", withdrawn_at=None, readers=readers))
    line = dialog.locator(".sent-notice")
    line.get_by_text("Read by 1 of 2").click()
    expect(line).to_contain_text("Not yet: 李静")
    line.get_by_role("button", name="Take it back").click()
    server.push("help", "notice.changed", notice(5, "CRM down", team="A 组", withdrawn_at=NOW, readers=readers))
    expect(line).to_have_count(0)
    assert server.said("POST", "notices/5/withdraw") == [{}]
