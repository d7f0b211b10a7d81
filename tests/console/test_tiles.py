"""Sixty agents on one screen, with totals, marks and filters."""

import time

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.fakes import console_world as world
from tests.fakes.console_server import ConsoleServer

pytestmark = pytest.mark.browser


def sixty(server: ConsoleServer) -> None:
    now = time.time()
    agents = [world.agent(n, now, state=["ready", "busy", "notReady", "workingAfterCall"][n % 4]) for n in range(60)]
    for n, agent in enumerate(agents):
        agent["team"] = ["north", "south"][n % 2]
        agent["since"] = now - 30 - n
    agents[1]["call"]["since"] = now - 700
    agents[3]["since"] = now - 200
    agents[2]["shift"] = {"signed_in": True, "limit_at": now - 5, "acw_until": None, "missed": 0}
    server.topics["agents"]["agents"] = agents


def test_sixty_tiles_stand_on_one_screen(open_page: Opener, server: ConsoleServer) -> None:
    sixty(server)
    page = open_page("supervisor.html", width=1280, height=800)
    page.get_by_role("button", name="Tiles").click()
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(60)
    heights = page.locator(".tiles").bounding_box()
    assert heights is not None
    assert heights["height"] <= 800 - 120
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()  # the choice is remembered
    expect(tiles).to_have_count(60)


def test_totals_marks_and_filters(open_page: Opener, server: ConsoleServer) -> None:
    sixty(server)
    page = open_page("supervisor.html")
    bar = page.locator(".agents-bar")
    expect(bar).to_contain_text("3 too long")
    expect(bar.locator(".total-ready")).to_have_text("15")
    bar.get_by_label("Team").select_option("south")
    expect(bar.locator(".total-ready")).to_have_text("0")
    expect(page.locator(".agents-table tbody tr")).to_have_count(30)
    page.get_by_role("button", name="Tiles").click()
    expect(page.locator(".tile")).to_have_count(30)
    for name in ("Long call", "Long wrap-up"):
        expect(page.get_by_role("img", name=name)).to_have_count(1)
    bar.get_by_label("Team").select_option("")
    expect(page.get_by_role("img", name="Away longer than allowed")).to_have_count(1)
    bar.get_by_label("Queue").select_option("sales")
    expect(page.locator(".tile")).to_have_count(30)
    times = page.locator(".tile time").all_inner_texts()
    seconds = [60 * int(text.split(":")[0]) + int(text.split(":")[1]) for text in times]
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_table_of_sixty_fits_and_its_totals_stay_in_sight(
    open_page: Opener, server: ConsoleServer, language: str
) -> None:
    sixty(server)
    page = open_page("supervisor.html", width=1280, height=800, language=language)
    expect(page.locator(".agents-table tbody tr")).to_have_count(60)
    frame = page.locator(".agents .table-frame")
    assert frame.evaluate("frame => frame.scrollWidth <= frame.clientWidth"), "a column is cut off"
    page.evaluate("scrollTo(0, 500)")
    expect(page.locator(".agents-bar")).to_be_in_viewport()
    below = page.evaluate("document.querySelector('.topbar').getBoundingClientRect().bottom")
    bar = page.locator(".agents-bar").bounding_box()
    assert bar is not None
    assert bar["y"] >= below, "the totals are behind the page's head"
