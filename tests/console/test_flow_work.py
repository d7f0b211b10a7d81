"""Callbacks, messages and surveys on the pages of supervisors, agents and admins."""

import time
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from playwright.sync_api import expect

from cti_server.routing.callbacks.model import CallbackJson, Rule
from cti_server.routing.survey.model import AnswerJson, ResultJson, SurveyBody, SurveyJson
from cti_server.routing.voicemail.model import VoicemailJson
from tests.console.conftest import Opener
from tests.fakes.console_server import ConsoleServer, page
from tests.fakes.console_world import Json

pytestmark = pytest.mark.browser


def callback(number: int = 1, **more: Any) -> Json:
    now = time.time()
    plain = CallbackJson(
        id=number, revision=1, state="waiting", pbx="pbx1", queue="support", number=f"1380000000{number}",
        name="王小明", customer_id=None, call_id="pbx1:1", did="4800", priority=0, joined_at=now - 300,
        booked_at=now - 200,
        due_at=None, not_before=None, attempts=0, attempt=None, offered_at=None, claimed_by=None, claimed_by_name="",
        ended_at=None, ended_by_name="", reason="", number_key="1",
    )  # fmt: skip
    return msgspec.to_builtins(replace(plain, **more))  # type: ignore[no-any-return]


def message(id_: int = 1, **more: Any) -> Json:
    plain = VoicemailJson(id_, 1, "open", "pbx1", "pbx1:2", "sales", "13911112222", "4800", time.time() - 900, 23.4,
                          True, None, "", None, "", "")  # fmt: skip
    return msgspec.to_builtins(replace(plain, **more))  # type: ignore[no-any-return]


@pytest.mark.parametrize(("language", "offered", "fresh"), [
    ("en", "being called now", "1 new"), ("zh-CN", "正在回呼", "1 条新留言"),
])  # fmt: skip
def test_a_supervisor_sees_both_lists(
    open_page: Opener, server: ConsoleServer, language: str, offered: str, fresh: str
) -> None:
    waits = callback(1, attempts=1, reason="busy", not_before=time.time() + 600)
    server.topics["callbacks"]["items"] = [waits, callback(2, state="offered")]
    server.topics["voicemail"]["items"] = [message(1), message(2, new=False, number="")]
    found = open_page("supervisor.html", language=language)
    expect(found.locator(".callbacks .lost-item")).to_have_count(2)
    expect(found.locator(".callbacks .lost-item").nth(1)).to_contain_text(offered)
    expect(found.locator(".voicemail .panel-head")).to_contain_text(fresh)
    assert found.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_callback_is_put_off_and_cancelled_and_goes(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["callbacks"]["items"] = [callback(1)]
    later = callback(1, revision=2, due_at=time.time() + 7200)
    server.answers["POST", "callbacks/1/reschedule"] = lambda _body: (200, later)
    server.answers["POST", "callbacks/1/cancel"] = lambda _body: (200, callback(1, revision=3, state="cancelled"))
    found = open_page("supervisor.html")
    row = found.locator(".callbacks .lost-item")
    row.get_by_role("button", name="Another time").click()
    dialog = found.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option("2")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    server.push("callbacks", "callbacks.changed", later)
    expect(row).to_contain_text("at ")
    row.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("textbox").fill("has written")
    dialog.get_by_role("button", name="Cancel").first.click()
    server.push("callbacks", "callbacks.changed", callback(1, revision=3, state="cancelled"))
    expect(row).to_have_count(0)
    sent = {path: body for method, path, body in server.asked if method == "POST"}
    assert 7000 < sent["callbacks/1/reschedule"]["due_at"] - time.time() < 7300
    assert sent["callbacks/1/cancel"] == {"reason": "has written"}


def test_an_agent_listens_to_a_message_of_his_queue_and_ends_it(open_page: Opener, server: ConsoleServer) -> None:
    kept = [message(1)]
    server.answers["GET", "voicemail"] = lambda _body: (200, page(kept))
    server.answers["POST", "voicemail/1/listen"] = lambda _body: (200, {"url": "/api/v1/voicemail/1/audio"})

    def done(_body: Any) -> tuple[int, Any]:
        kept.clear()
        return 200, message(1, state="done")

    server.answers["POST", "voicemail/1/done"] = done
    found = open_page("agent.html")
    row = found.locator(".voicemail .lost-item")
    row.get_by_role("button", name="Listen").click()
    expect(row.locator("audio")).to_have_attribute("src", "/api/v1/voicemail/1/audio")
    row.get_by_role("button", name="Done").click()
    expect(row).to_have_count(0)


SURVEY = {
    "title": "Service", "share": 40, "questions": [
        {"kind": "csat", "label": "ok", "speech": [{"say": "text", "text": {"zh-CN": "请评价", "en": "Rate us"}}]},
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "score"), [("en", "75%"), ("zh-CN", "满意度")])
def test_an_admin_writes_a_survey_and_reads_answers(
    open_page: Opener, server: ConsoleServer, language: str, score: str
) -> None:
    item = msgspec.to_builtins(SurveyJson("service", msgspec.convert(SURVEY, SurveyBody), 1, "刘洋", time.time()))
    figures = [ResultJson("service", "csat", "support", None, "", 12, 8, 4.1, 0.75)]
    server.answers["GET", "surveys"] = lambda _body: (200, page([item]))
    server.answers["GET", "survey-results"] = lambda _body: (200, page(msgspec.to_builtins(figures)))
    server.answers["PUT", "surveys/service"] = lambda _body: (200, item)
    found = open_page("admin.html#surveys", language=language)
    expect(found.locator(".table").last).to_contain_text(score)
    found.locator(".row-actions button").click()
    dialog = found.get_by_role("dialog")
    dialog.locator("input[type=number]").fill("60")
    assert found.evaluate("[...document.querySelectorAll('.dialog-body')].every(e => e.scrollWidth <= e.clientWidth)")
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_have_count(0)
    (body,) = [body for method, path, body in server.asked if (method, path) == ("PUT", "surveys/service")]
    assert msgspec.convert(body["survey"], SurveyBody).share == 60
    assert body["revision"] == 1


def test_how_callbacks_are_tried(open_page: Opener, server: ConsoleServer) -> None:
    rule = msgspec.to_builtins(Rule("support"))
    server.answers["GET", "callback-rules"] = lambda _body: (200, page([rule]))
    server.answers["GET", "flow-calendars"] = lambda _body: (200, [{"name": "office"}])
    server.answers["GET", "queue-policies"] = lambda _body: (200, page([]))
    server.answers["GET", "wait-estimates"] = lambda _body: (200, page([]))
    server.answers["PUT", "callback-rules/support"] = lambda _body: (200, rule)
    found = open_page("admin.html#queueRules")
    found.get_by_role("button", name="Edit Callbacks support").click()
    dialog = found.get_by_role("dialog")
    dialog.get_by_label("Pause, minutes").fill("5")
    dialog.get_by_label("Hours", exact=True).select_option("office")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    (body,) = [body for method, path, body in server.asked if (method, path) == ("PUT", "callback-rules/support")]
    assert body == {"tries": 3, "gap_seconds": 300, "expire_seconds": 86400, "calendar": "office"}


def test_the_call_shows_what_was_answered(open_page: Opener, server: ConsoleServer) -> None:
    call_id = server.rows[0]["call_id"]
    answers = [AnswerJson("service", 0, "csat", "satisfied", "support", 2, "李娜", time.time(), 4),
               AnswerJson("service", 1, "nps", "recommend", "support", 2, "李娜", time.time(), None)]  # fmt: skip
    server.answers["GET", f"calls/{call_id}/survey"] = lambda _body: (200, page(msgspec.to_builtins(answers)))
    found = open_page(f"history.html#call={call_id}")
    panel = found.locator("section", has=found.get_by_role("heading", name="Survey after the call"))
    expect(panel).to_contain_text("4 / 5")
    expect(panel).to_contain_text("not answered")
