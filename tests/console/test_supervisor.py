"""The supervisor's page with many agents, and the wallboard."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser


def test_of_300_agents_only_the_row_that_changed_is_touched(open_page: Opener, server: ConsoleServer) -> None:
    now = time.time()
    server.topics["agents"]["agents"] = [world.agent(n, now, state="ready") for n in range(300)]
    page = open_page("supervisor.html")
    expect(page.locator(".agents-table tbody tr")).to_have_count(300)
    page.get_by_role("button", name="Agent", exact=True).click()
    page.evaluate("""() => {
        window.touched = new Set();
        new MutationObserver((changes) => changes.forEach(({ target }) => {
            const one = target.nodeType === 1 ? target : target.parentElement;
            const row = one?.closest('tbody tr');
            if (row && !one.closest('time')) window.touched.add(row.querySelector('.sub').textContent);
        })).observe(document.querySelector('.agents-table'),
            { childList: true, subtree: true, characterData: true, attributes: true });
    }""")
    server.push("agents", "agent.busy", world.agent(17, now, state="busy"))
    row = page.locator(".agents-table tbody tr").filter(has_text="1018")
    expect(row.locator(".state-busy")).to_be_visible()
    assert page.evaluate("[...window.touched]") == ["1018"]


def test_agents_are_filtered_by_state_and_name_and_sorted_by_time(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("supervisor.html")
    rows = page.locator(".agents-table tbody tr")
    page.locator(".filter-busy").click()
    expect(rows).to_have_count(3)
    page.get_by_role("button", name="Time", exact=True).click()
    page.get_by_role("button", name="Time", exact=True).click()
    seconds = [
        60 * int(text.split(":")[0]) + int(text.split(":")[1]) for text in rows.locator("time").all_inner_texts()
    ]
    assert seconds == sorted(seconds, reverse=True)
    page.get_by_role("searchbox").fill("赵敏")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox").fill("nobody at all")
    expect(page.get_by_text("No agent fits this filter")).to_be_visible()


def test_a_queue_moves_as_it_is_told(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("supervisor.html")
    row = page.locator(".queues-table tbody tr").filter(has_text="Sales")
    expect(row.locator(".strong")).to_have_text("0")
    queue = world.queue("sales", "Sales", time.time(), 2, world.figures(95, 72, 49, 2))
    server.push("queues", "queue.callerJoined", queue)
    expect(row.locator(".strong")).to_have_text("2")
    expect(row.locator("time")).to_contain_text("1:")


def test_on_a_phone_one_part_at_a_time(open_page: Opener) -> None:
    page = open_page("supervisor.html", width=390, height=844)
    expect(page.locator(".queues")).to_be_visible()
    expect(page.locator(".agents")).to_be_hidden()
    page.locator(".view-tab").nth(1).click()
    expect(page.locator(".agents")).to_be_visible()
    expect(page.locator(".queues")).to_be_hidden()
    page.locator(".view-tab").nth(2).click()
    expect(page.locator(".live-calls")).to_contain_text("林芳")


def test_an_empty_house_says_what_comes_next(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["agents"]["agents"] = []
    server.topics["queues"]["queues"] = []
    server.topics["calls"]["calls"] = []
    page = open_page("supervisor.html")
    for text in ("No agents yet", "No queues yet", "No calls at the moment"):
        expect(page.get_by_text(text)).to_be_visible()


# Texts that leave their tile.
OVER = """() => [...document.querySelectorAll('.huge, .big, .tile h2, .board-day div')].filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const text = range.getBoundingClientRect();
    const box = (one.closest('.tile') ?? one.parentElement).getBoundingClientRect();
    return text.left < box.left - 1 || text.right > box.right + 1 || text.bottom > box.bottom + 30;
}).map((one) => one.textContent)"""
WAITS = [(0, 0), (3, 74), (117, 700), (8, 4000)]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("waiting", "longest"), WAITS)
def test_the_wallboard_is_large_and_nothing_runs_over(
    open_page: Opener, server: ConsoleServer, language: str, waiting: int, longest: int
) -> None:
    now = time.time()
    queue = world.queue("support", "客服热线", now, waiting, world.figures(1200, 1200, 1200, 0))
    for caller in queue["waiting"]:
        caller["joined_at"] = now - longest
    server.topics["queues"]["queues"] = [queue]
    page = open_page("wallboard.html", language=language, width=1920, height=1080)
    expect(page.locator(".huge")).to_have_count(3)
    page_size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert page_size == [1920, 1080]
    assert page.evaluate(OVER) == []
    sizes = page.evaluate(
        "[...document.querySelectorAll('.huge')].map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 120  # a digit of 88 px: on a 50 inch screen 5 cm high, read at nine metres


def test_the_wallboard_tells_definition_time_of_the_site_and_age(open_page: Opener) -> None:
    page = open_page("wallboard.html")
    expect(page.locator(".board-definition")).to_contain_text("Service level F6: answered within T ÷")
    expect(page.locator(".wall-age")).to_contain_text("Data as of ")
    shown = page.locator(".wall-time").inner_text()
    here = datetime.now(ZoneInfo("Asia/Shanghai"))
    assert shown[:5] in {(here - timedelta(minutes=back)).strftime("%H:%M") for back in (0, 1)}


def test_the_wallboard_stands_still_while_blind(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("wallboard.html")
    wait = page.locator(".tile-longest .huge")
    expect(wait).to_contain_text("1:1")
    link = {**server.topics["system"]["links"][0], "up": False, "since": time.time(), "reason": "no answer to pings"}
    server.push("system", "system.link", link)
    expect(page.locator(".wall-age.old")).to_contain_text("Stale since ")
    expect(page.locator(".wall-age.old")).to_contain_text("The link to PBX pbx1 is down")
    expect(page.locator(".board")).to_have_class("board stale")
    before, clock = wait.inner_text(), page.locator(".wall-time").inner_text()
    page.wait_for_function("(was) => document.querySelector('.wall-time').textContent !== was", arg=clock)
    assert wait.inner_text() == before
    server.push("system", "system.link", {**link, "up": True})
    expect(page.locator(".wall-age.old")).to_have_count(0)
    server.refuse_push = True
    server.drop()
    expect(page.locator(".wall-age.old")).to_contain_text("The connection to the server is lost")


def test_a_wallboard_is_set_up_by_its_address(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("wallboard.html?queues=vip,support&each=1&rotate=5")
    title = page.locator(".wall-head h1")
    expect(page.locator(".wall-turn")).to_contain_text("/ 2")
    first = title.inner_text()
    assert first in ("客服热线", "贵宾专线")
    expect(title).not_to_have_text(first, timeout=8000)


def test_queues_of_a_wallboard_are_picked_and_stand_in_the_address(open_page: Opener) -> None:
    page = open_page("wallboard.html")
    expect(page.locator(".wall-head h1")).to_have_text("All queues")
    page.get_by_role("button", name="Choose queues").click()
    page.get_by_label("客服热线").uncheck()
    page.get_by_label("Sales").uncheck()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".wall-head h1")).to_have_text("贵宾专线")
    assert page.url.endswith("wallboard.html?queues=pbx1/vip")
    page.reload()
    expect(page.locator(".wall-head h1")).to_have_text("贵宾专线")
