"""What holds for every page: languages, layout, keyboard, names for those who hear the page, hostile names."""

import itertools
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser
SHOWN = {
    "agent.html": ".statebar-time",
    "supervisor.html": ".agents-table",
    "history.html": ".call-table",
    "history.html#call=1000": ".timeline",
    "wallboard.html": ".board",
    "admin.html#users": ".table",
    "admin.html#agents": ".table",
    "admin.html#pbx": ".link-card",
    "admin.html#audit": ".table",
}
ATTACKS = [
    "<img src=x onerror=\"window.hit='img'\">",
    '"><svg/onload="window.hit=\'svg\'">',
    "<script>window.hit='script'</script>",
    "javascript:window.hit='url'",
    "{{constructor.constructor('window.hit=1')()}}${window.hit='template'}",
    "'\u2028\u0000--></title><iframe srcdoc=\"<script>parent.hit='frame'</script>\">",
]


def opened(open_page: Opener, path: str, **more: Any) -> Page:
    page = open_page(path, **more)
    expect(page.locator(SHOWN[path]).first).to_be_visible()
    return page


def pop_in(server: ConsoleServer, **pop: Any) -> None:
    now = time.time()
    server.topics["me"].update(calls=[world.my_call("c1", now)], pops=[world.pop("c1", now, **pop)])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", SHOWN)
def test_a_page_fits_speaks_one_language_and_asks_for_nothing_foreign(
    open_page: Opener, server: ConsoleServer, path: str, language: str
) -> None:
    pop_in(server)
    page = opened(open_page, path, language=language)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate("document.documentElement.lang") == language
    raw = page.evaluate("document.body.innerText.match(/\\b[a-z]+[A-Z]?\\w*\\.[a-z]\\w+(?=\\s|$)/gm) || []")
    from_texts = {key for key in raw if not key.endswith((".com", ".example", ".jing"))}
    assert not from_texts
    assert page.evaluate("window.refused") == []


@pytest.mark.parametrize("path", ["supervisor.html", "history.html", "agent.html", "admin.html#users"])
def test_a_page_fits_a_phone(open_page: Opener, path: str) -> None:
    page = (
        opened(open_page, path, width=390, height=844)
        if path != "supervisor.html"
        else open_page(path, width=390, height=844)
    )
    expect(page.locator("main .panel").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_language_is_switched_at_once_remembered_and_told_to_the_account(
    open_page: Opener, server: ConsoleServer
) -> None:
    page = opened(open_page, "supervisor.html", language="en")
    expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    expect(page.locator(".agents-table")).to_contain_text("Ready")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="队列")).to_be_visible()
    expect(page.locator(".agents-table")).to_contain_text("示闲")
    expect(page.locator(".agents-table")).not_to_contain_text("Ready")
    page.reload()
    expect(page.get_by_role("heading", name="队列")).to_be_visible()
    assert server.said("PATCH", "me") == [{"language": "zh-CN"}]


def test_the_account_s_language_is_taken_on_a_new_machine(open_page: Opener, server: ConsoleServer) -> None:
    server.user = server.person(["supervisor"], language="zh-CN")
    page = opened(open_page, "supervisor.html", language="en")
    expect(page.get_by_role("heading", name="队列")).to_be_visible()


@pytest.mark.parametrize("path", SHOWN)
def test_everything_can_be_reached_and_operated_by_keyboard(
    open_page: Opener, server: ConsoleServer, path: str
) -> None:
    pop_in(server)
    page = opened(open_page, path)
    wanted = page.evaluate("""() => {
        const all = [...document.querySelectorAll('a[href], button, input, select, textarea')];
        window.left = all.filter((one) => !one.disabled && one.tabIndex >= 0 && one.getClientRects().length > 0);
        return window.left.length;
    }""")
    assert wanted > 3
    for _ in range(wanted * 4 + 20):
        page.keyboard.press("Tab")
        done = page.evaluate("""() => {
            const one = document.activeElement;
            const style = getComputedStyle(one);
            if (one !== document.body && style.outlineStyle === 'none')
                throw new Error('no focus seen: ' + one.outerHTML.slice(0, 90));
            window.left = window.left.filter((other) => other !== one && other.isConnected);
            return window.left.length === 0;
        }""")
        if done:
            return
    left = page.evaluate("window.left.map((one) => one.outerHTML.slice(0, 120))")
    raise AssertionError(f"cannot be reached: {left}")


@pytest.mark.parametrize("path", SHOWN)
def test_everything_has_a_name_for_those_who_hear_the_page(open_page: Opener, server: ConsoleServer, path: str) -> None:
    pop_in(server)
    page = opened(open_page, path)
    nameless = page.evaluate("""() => {
        const labelled = (one) => [...(one.labels ?? [])].some((label) => label.textContent.trim());
        const named = (one) => (one.matches('a, button') && one.textContent.trim()) || labelled(one)
            || one.getAttribute('aria-label') || one.querySelector('svg[aria-label]');
        const all = [...document.querySelectorAll('a[href], button, input, select, textarea')];
        return all.filter((one) => !named(one)).map((one) => one.outerHTML.slice(0, 120));
    }""")
    assert nameless == []
    assert page.locator("h1").count() == 1
    signs = page.evaluate("[...document.querySelectorAll('svg:not([aria-hidden]):not([aria-label])')].length")
    assert signs == 0


@pytest.mark.parametrize("path", SHOWN)
def test_hostile_names_are_only_text(open_page: Opener, server: ConsoleServer, path: str) -> None:
    poison(server)
    page = opened(open_page, path)
    if path not in ("history.html#call=1000", "wallboard.html"):
        expect(page.locator("#app")).to_contain_text("<img src=x onerror=")
    assert page.evaluate("window.hit ?? null") is None
    assert page.evaluate("window.refused") == []
    assert page.locator("#app :is(img, iframe, script, [onload], [onerror])").count() == 0


NAMES = {"name", "label", "text", "summary", "company", "tier", "author", "agent_name", "reason", "number", "display"}
NAMES |= {"province", "carrier", "value", "outcome", "version", "dialled", "login", "subject", "address", "queue"}


def poison(server: ConsoleServer) -> None:
    """The attacks, in turn, as every text that a page shows."""
    attacks = itertools.cycle(ATTACKS)

    def infect(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: infect(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [infect(part, key) for part in value]
        return next(attacks) if isinstance(value, str) and key in NAMES else value

    pop_in(server)
    attack = ATTACKS[0]
    server.topics = {name: infect(topic) for name, topic in server.topics.items()}
    server.topics["me"]["pops"][0]["data"] = {attack: attack}
    server.topics["me"]["pops"][0]["customer"].update(name=attack, fields={attack: attack})
    server.topics["queues"]["queues"][0]["label"] = attack
    server.topics["system"]["links"][0].update(version=attack)
    server.rows = [infect(row) for row in server.rows]
    assert server.user is not None
    server.user["name"] = attack
    plain = server.get
    server.get = lambda path, request: (200, infect(plain(path, request)[1]))  # type: ignore[method-assign]


def test_escape_closes_a_dialog_and_the_focus_comes_back(open_page: Opener) -> None:
    page = opened(open_page, "admin.html#users")
    button = page.get_by_role("button", name="New user")
    button.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_lost_connection_is_told_with_its_time_and_mends_itself(open_page: Opener, server: ConsoleServer) -> None:
    page = opened(open_page, "supervisor.html")
    expect(page.locator(".connection")).to_have_text("Live")
    server.refuse_push = True
    server.drop()
    band = page.locator(".band")
    expect(band).to_contain_text("The connection to the server is lost. Stale since ")
    expect(band).to_contain_text("Trying again in ")
    server.refuse_push = False
    band.get_by_role("button", name="Try now").click()
    expect(band).to_have_count(0)
    expect(page.locator(".connection")).to_have_text("Live")


def test_a_session_that_ended_leads_to_the_sign_in_page_and_back(open_page: Opener, server: ConsoleServer) -> None:
    page = opened(open_page, "history.html")
    server.user = None
    server.drop()
    page.wait_for_url("**/index.html?next=history.html")
    page.get_by_label("Login").fill("wang")
    page.get_by_label("Password").fill("secret words")
    server.user = server.person(["qa"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/history.html")


def test_reduced_motion_is_respected(open_page: Opener) -> None:
    page = opened(open_page, "agent.html", reduced_motion="reduce")
    seconds = page.evaluate("""() => {
        const one = document.createElement('span');
        one.className = 'spinner';
        document.body.append(one);
        return parseFloat(getComputedStyle(one).animationDuration);
    }""")
    assert seconds < 0.001
