"""The agent's desk: the pop in all its forms, the write-up, drafts."""

import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer, problem

pytestmark = pytest.mark.browser
CALL = "pbx1:1795317478.9"


def ring(server: ConsoleServer, **pop: Any) -> None:
    now = time.time()
    server.push("me", "agent.alerting", world.agent(0, now, state="alerting"))
    server.push("me", "call.delivered", world.my_call(CALL, now))
    server.push("me", "pop.show", world.pop(CALL, now, **pop))


def talk(server: ConsoleServer) -> None:
    """A talk that was going on before the page was opened."""
    now = time.time()
    talking = world.my_call(CALL, now, state="established", my_leg_state="connected", answered_at=now - 48)
    pop = world.pop(CALL, now, state="talking")
    server.topics["me"].update(agent=world.agent(0, now, state="busy"), calls=[talking], pops=[pop])


def ready(page: Page) -> None:
    expect(page.locator(".statebar .state-ready")).to_be_visible()


def test_a_ring_pops_the_record_and_says_so_in_the_title_and_aloud(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    ready(page)
    ring(server)
    pop = page.locator(".pop-panel")
    expect(pop).to_have_attribute("data-status", "matched")
    expect(pop.get_by_role("heading", name="林芳")).to_be_visible()
    expect(pop).to_contain_text("Beijing · China Mobile")
    expect(pop).to_contain_text("等待财务回复发票修改")
    expect(pop).to_contain_text("询问发票抬头修改")
    expect(page.locator(".call-ringing")).to_contain_text("林芳")
    expect(page).to_have_title("☎ (1) Agent desk · CTI Contact Center")
    expect(page.locator("[aria-live=assertive]")).to_have_text("Incoming call: 林芳")


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({"status": "looking", "customer": None}, "Looking up the caller…"),
        ({"status": "numberOnly", "customer": None}, "Only the number for now."),
        (
            {"status": "withheld", "customer": None, "number": world.number("", withheld=True)},
            "The caller hides",
        ),
        ({"status": "new", "customer": world.customer(0, name="", status="new", notes=[], interactions=[])}, "New"),
    ],
)
def test_each_form_of_the_pop(open_page: Opener, server: ConsoleServer, more: world.Json, shown: str) -> None:
    page = open_page("agent.html")
    ready(page)
    ring(server, **more)
    expect(page.locator(".pop-panel")).to_have_attribute("data-status", more["status"])
    expect(page.locator(".pop-panel")).to_contain_text(shown)


def test_the_record_follows_when_it_was_late(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    ready(page)
    ring(server, status="numberOnly", customer=None)
    expect(page.locator(".pop-number")).to_have_text("138 0013 8000")
    server.push("me", "pop.update", world.pop(CALL, time.time()))
    expect(page.locator(".record-head")).to_contain_text("林芳")


def test_several_matches_are_chosen_from(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    ready(page)
    two = [{"id": 7, "name": "林芳", "company": "", "tier": ""}, {"id": 8, "name": "林涛", "company": "", "tier": ""}]
    ring(server, status="several", customer=None, candidates=two)
    page.get_by_role("button", name="林涛").click()
    expect(page.locator(".record-head")).to_be_visible()
    assert server.said("POST", f"pops/{CALL}/choose") == [{"customer_id": 8}]
    server.push("me", "pop.update", world.pop(CALL, time.time(), customer=world.customer(0, id=8, name="林涛")))
    expect(page.locator(".record-head")).to_contain_text("林涛")


@pytest.mark.parametrize("reason", ["elsewhere", "noAnswer", "ended"])
def test_the_pop_goes_when_it_only_rang(open_page: Opener, server: ConsoleServer, reason: str) -> None:
    page = open_page("agent.html")
    ready(page)
    ring(server)
    expect(page.locator(".record")).to_be_visible()
    server.push("me", "call.ringEnded", world.my_call(CALL, time.time(), my_leg_state="cleared"))
    server.push("me", "pop.hide", {"call_id": CALL, "reason": reason})
    expect(page.locator(".record")).to_have_count(0)
    expect(page.get_by_text("Nobody is calling")).to_be_visible()
    expect(page).to_have_title("Agent desk · CTI Contact Center")


def test_after_a_reload_the_talk_is_there_with_its_draft(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    page = open_page("agent.html")
    page.locator("textarea[name=summary]").fill("客户要求改发票抬头 & <b>urgent</b>")
    page.locator("select[name=outcome]").select_option("callback")
    page.locator("textarea[name=note]").fill("call back")
    page.reload()
    expect(page.locator("textarea[name=summary]")).to_have_value("客户要求改发票抬头 & <b>urgent</b>")
    expect(page.locator("select[name=outcome]")).to_have_value("callback")
    expect(page.locator("textarea[name=note]")).to_have_value("call back")
    expect(page.locator(".write-form")).to_contain_text("Draft kept on this computer")


def test_the_write_up_is_sent_and_the_draft_goes(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    page = open_page("agent.html")
    page.locator("select[name=outcome]").select_option("resolved")
    page.locator("textarea[name=summary]").fill("done")
    page.locator("textarea[name=note]").fill("remind her")
    page.locator(".write-form button[type=submit]").click()
    expect(page.locator(".write-form .form-state")).to_contain_text("Saved")
    assert server.said("POST", "customers/7/interactions") == [
        {"call_id": CALL, "outcome": "resolved", "summary": "done"}
    ]
    assert server.said("POST", "customers/7/notes") == [{"text": "remind her", "open": True}]
    page.reload()
    expect(page.locator("textarea[name=summary]")).to_have_value("")


def test_a_failed_save_keeps_what_was_typed_and_says_why(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    server.answers["POST", "customers/7/interactions"] = lambda _body: problem(503, "database_away")
    page = open_page("agent.html")
    page.locator("textarea[name=summary]").fill("important")
    page.locator(".write-form button[type=submit]").click()
    expect(page.locator(".write-form .problem")).to_contain_text("The database is away")
    page.reload()
    expect(page.locator("textarea[name=summary]")).to_have_value("important")


def test_after_the_call_the_pop_stays_until_finished(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    page = open_page("agent.html")
    expect(page.locator(".call-talking")).to_be_visible()
    server.push(
        "me", "call.connectionCleared", world.my_call(CALL, time.time(), my_leg_state="cleared", state="cleared")
    )
    server.push("me", "pop.update", world.pop(CALL, time.time(), state="after"))
    expect(page.get_by_text("After the call")).to_be_visible()
    page.locator("textarea[name=summary]").fill("short talk")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Nobody is calling")).to_be_visible()
    assert server.said("POST", "customers/7/interactions")[-1]["summary"] == "short talk"
    server.topics["me"].update(calls=[], pops=[world.pop(CALL, time.time(), state="after")])
    page.reload()
    expect(page.get_by_text("Nobody is calling")).to_be_visible()


def test_the_record_is_edited_and_a_foreign_change_is_told(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    page = open_page("agent.html")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Company").fill("New Company")
    page.reload()
    expect(page.get_by_label("Company")).to_have_value("New Company")
    server.answers["PATCH", "customers/7"] = lambda _body: problem(409, "conflict")
    page.locator(".record-form button[type=submit]").click()
    expect(page.get_by_text("What you typed is still here")).to_be_visible()
    del server.answers["PATCH", "customers/7"]
    server.customer["version"] = 12
    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text("What you typed is still here")).to_have_count(0)
    page.locator(".record-form button[type=submit]").click()
    expect(page.locator(".record-form")).to_have_count(0)
    expect(page.locator(".record-head")).to_contain_text("New Company")
    sent = server.said("PATCH", "customers/7")[-1]
    assert (sent["version"], sent["company"]) == (12, "New Company")
    assert sent["contacts"][0] == {"kind": "phone", "value": "+8613800138000", "primary": True}


def test_a_pop_that_the_server_closed_stays_while_something_is_unsaved(
    open_page: Opener, server: ConsoleServer
) -> None:
    talk(server)
    page = open_page("agent.html")
    page.locator("textarea[name=summary]").fill("not saved yet")
    over = world.my_call(CALL, time.time(), my_leg_state="cleared", state="cleared")
    server.push("me", "call.connectionCleared", over)
    server.push("me", "pop.hide", {"call_id": CALL, "reason": "ended"})
    now = time.time()
    server.push("me", "call.delivered", world.my_call("c2", now))
    server.push("me", "pop.show", world.pop("c2", now, customer=world.customer(now, id=8, name="林涛")))
    expect(page.locator(".record-head")).to_contain_text("林涛")
    expect(page.locator("textarea[name=summary]")).to_have_value("")
    server.push("me", "call.ringEnded", world.my_call("c2", now, my_leg_state="cleared"))
    server.push("me", "pop.hide", {"call_id": "c2", "reason": "noAnswer"})
    expect(page.locator("textarea[name=summary]")).to_have_value("not saved yet")


def test_a_withheld_caller_is_found_by_name(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    ready(page)
    ring(server, status="withheld", customer=None, number=world.number("", withheld=True))
    page.get_by_role("searchbox").fill("林")
    page.keyboard.press("Enter")
    page.locator(".candidate").click()
    expect(page.locator(".record-head")).to_contain_text("林芳")
    assert server.said("GET", "customers") == [{"query": "林", "limit": "10"}]
    assert server.said("POST", f"pops/{CALL}/choose") == [{"customer_id": 7}]


def test_a_newer_record_from_the_push_stream_replaces_the_saved_one(open_page: Opener, server: ConsoleServer) -> None:
    talk(server)
    page = open_page("agent.html")
    page.locator(".note").get_by_role("button", name="Done").click()
    expect(page.locator(".note.open")).to_have_count(0)
    now = time.time()
    newer = world.customer(now, company="Elsewhere")
    server.push("me", "pop.update", world.pop(CALL, now, state="talking", customer=newer))
    expect(page.locator(".record-head")).to_contain_text("Elsewhere")
    expect(page.locator(".note.open")).to_have_count(1)


def test_time_in_state_follows_the_clock(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["agent"]["since"] = time.time() - 65
    page = open_page("agent.html")
    shown = page.locator(".statebar-time")
    expect(shown).to_have_text("1:08")
    since = server.topics["me"]["agent"]["since"]
    assert abs(time.time() - since - 68) < 1.3


def test_a_call_of_the_day_is_opened_again(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("agent.html")
    page.locator(".day-row").first.click()
    expect(page.locator(".record-head")).to_contain_text("林芳")
    page.locator("textarea[name=summary]").fill("later thought")
    page.locator(".write-form button[type=submit]").click()
    expect(page.locator(".write-form .form-state")).to_contain_text("Saved")
    assert server.said("POST", "customers/7/interactions")[0]["call_id"] == server.rows[0]["call_id"]


def test_without_a_phone_the_page_says_what_to_do(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["me"]["agent"] = None
    page = open_page("agent.html")
    expect(page.get_by_text("No phone is assigned to your account yet")).to_be_visible()
