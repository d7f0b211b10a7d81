"""Signing in, the call history and administration."""

import pytest
from playwright.sync_api import expect

from tests.console.conftest import Opener
from tests.fakes.console_server import ConsoleServer, problem

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("roles", "file"),
    [
        (["agent"], "agent.html"),
        (["supervisor"], "supervisor.html"),
        (["qa"], "quality.html"),
        (["admin"], "admin.html"),
    ],
)
def test_everybody_is_sent_where_the_work_is(
    open_page: Opener, server: ConsoleServer, roles: list[str], file: str
) -> None:
    server.user = None
    page = open_page("index.html?next=https://evil.example/agent.html")
    page.get_by_label("Login").fill("wang")
    server.user = server.person(roles)
    page.get_by_label("Password").fill("secret words")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/{file}")
    assert server.said("POST", "sign-in") == [{"login": "wang", "password": "secret words"}]


def test_a_refused_sign_in_says_why(open_page: Opener, server: ConsoleServer) -> None:
    server.user = None
    server.answers["POST", "sign-in"] = lambda _body: problem(401, "sign_in_failed")
    page = open_page("index.html", language="zh-CN")
    page.get_by_label("账号").fill("wang")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("账号或密码不正确")
    server.answers["POST", "sign-in"] = lambda _body: problem(429, "too_many", retry_after=60)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("尝试次数过多")


def test_the_first_admin_is_made_and_the_token_leaves_the_address(open_page: Opener, server: ConsoleServer) -> None:
    server.user = None
    page = open_page("index.html#setup=secret-token")
    expect(page.get_by_role("heading", name="Make the first admin")).to_be_visible()
    assert page.url == f"{server.url}/index.html"
    page.get_by_label("Login").fill("chen")
    page.get_by_label("Name").fill("陈思远")
    page.get_by_label("Password").fill("long enough words")
    page.get_by_role("button", name="Make the admin").click()
    expect(page.get_by_text("The admin has been made")).to_be_visible()
    told = {"token": "secret-token", "login": "chen", "name": "陈思远", "password": "long enough words"}
    assert server.said("POST", "setup") == [told]
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_given_password_must_be_changed_before_anything_else(open_page: Opener, server: ConsoleServer) -> None:
    server.must_change = True
    page = open_page("agent.html")
    page.wait_for_url("**/index.html#password")
    expect(page.get_by_text("choose a password of your own")).to_be_visible()
    page.get_by_label("Present password").fill("given")
    page.get_by_label("New password", exact=False).first.fill("my own long words")
    page.get_by_label("New password again").fill("something else")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("differ")
    page.get_by_label("New password again").fill("my own long words")
    server.must_change = False
    page.get_by_role("button", name="Change password").click()
    page.wait_for_url("**/agent.html")
    assert server.said("POST", "me/password") == [{"old": "given", "new": "my own long words"}]


def test_a_page_of_another_role_is_refused_with_a_way_out(open_page: Opener, server: ConsoleServer) -> None:
    server.user = server.person(["agent"])
    page = open_page("admin.html")
    expect(page.get_by_role("heading", name="No access")).to_be_visible()
    page.get_by_role("link", name="Go to my page").click()
    page.wait_for_url("**/agent.html")
    expect(page.locator(".page-link")).to_have_count(2)  # the desk and his own quality


def test_the_list_is_filtered_and_the_filters_stand_in_the_address(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("history.html")
    expect(page.locator(".call-table tbody tr")).to_have_count(50)
    page.get_by_label("From").fill("2026-11-23")
    page.get_by_label("To", exact=True).fill("2026-11-23")
    page.get_by_label("Number").fill("139 1234")
    page.get_by_label("Outcome").select_option("abandoned")
    page.get_by_label("Queue").select_option("vip")
    page.get_by_label("Shortest, in seconds").fill("10")
    with page.expect_response(lambda answer: "outcome=abandoned" in answer.url):
        page.get_by_role("button", name="Search").click()
    asked = server.said("GET", "calls")[-1]
    midnight = 1795363200  # 2026-11-23 00:00 in Shanghai
    assert (float(asked["from"]), float(asked["to"])) == (midnight, midnight + 86400)
    assert (asked["number"], asked["outcome"], asked["queue"]) == ("139 1234", "abandoned", "vip")
    assert asked["min_seconds"] == "10"
    assert "max_seconds" not in asked
    page.reload()
    expect(page.get_by_label("Outcome")).to_have_value("abandoned")


def test_pages_of_the_list_and_its_file(open_page: Opener) -> None:
    page = open_page("history.html")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Page 2")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.locator(".call-table tbody tr")).to_have_count(20)
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_role("button", name="Previous").click()
    expect(page.get_by_text("Page 2")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert saved.value.suggested_filename == "calls.csv"


def test_a_call_shows_its_journey_drawn_and_told(open_page: Opener) -> None:
    page = open_page("history.html")
    page.locator(".call-table a").first.click()
    expect(page.locator(".timeline .lane")).to_have_count(5)
    expect(page.locator(".timeline .bar-talk")).to_have_count(2)
    expect(page.locator(".bar-talk title").last).to_contain_text(
        "Ada Lovelace · Talk · 2:39 · transferred · 0:34 of it on hold"
    )
    expect(page.locator(".steps")).to_contain_text("Waits in queue 客服热线")
    expect(page.locator(".steps")).to_contain_text("王小明 stops ringing · not answered")
    page.get_by_role("button", name="Back to the list").click()
    expect(page.locator(".call-table")).to_be_visible()


def test_a_list_that_fails_says_so_and_can_be_asked_again(open_page: Opener, server: ConsoleServer) -> None:
    server.answers["GET", "calls"] = lambda _body: problem(503, "database_away")
    page = open_page("history.html")
    expect(page.locator(".call-list .problem")).to_contain_text("The database is away")
    del server.answers["GET", "calls"]
    page.locator(".call-list").get_by_role("button", name="Try again").click()
    expect(page.locator(".call-table tbody tr")).to_have_count(50)


def test_a_new_user_s_password_is_shown_once(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("admin.html#users")
    page.get_by_role("button", name="New user").click()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Login").fill("ada")
    page.get_by_label("Supervisor").check()
    page.get_by_role("button", name="Make the user").click()
    expect(page.locator(".secret")).to_contain_text("abcde-fghjk-mnpqr-stuvw")
    page.get_by_role("button", name="I have noted it").click()
    expect(page.get_by_text("abcde-fghjk")).to_have_count(0)
    made = {"login": "ada", "name": "Ada", "roles": ["agent", "supervisor"]}
    assert server.said("POST", "users") == [{**made, "teams": [], "queues": []}]


def test_disabling_and_a_new_password_ask_twice(open_page: Opener, server: ConsoleServer) -> None:
    page = open_page("admin.html#users")
    page.locator("tr").filter(has_text="user2").get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Disable").click()
    assert server.said("PATCH", "users/2") == []
    page.get_by_role("button", name="Sure? Press again").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.said("PATCH", "users/2") == [{"disabled": True}]
    page.locator("tr").filter(has_text="user3").get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="New password").click()
    page.get_by_role("button", name="Sure? Press again").click()
    expect(page.locator(".secret")).to_contain_text("zyxwv")


def test_an_agent_gets_phone_queues_and_skills(open_page: Opener, server: ConsoleServer) -> None:
    late = {"queue": "vip", "change": "add", "done": False, "reason": "link down"}
    server.answers["PUT", "agents/2"] = lambda body: (200, {**body, "members": [late]})
    server.answers["GET", "skills"] = lambda body: (200, {"items": ["French", "普通话"], "next_cursor": None})
    server.answers["GET", "agents/2/skills"] = lambda body: (200, {"user_id": 2, "skills": {"普通话": 5, "billing": 2}})
    server.answers["PUT", "agents/2/skills"] = lambda body: (200, {"user_id": 2, **body})
    page = open_page("admin.html#agents")
    page.locator("tr").filter(has_text="李静").get_by_role("button", name="Edit").click()
    page.get_by_label("Phone", exact=True).fill("PJSIP/1099")
    page.get_by_label("vip").check()
    page.locator(".place").filter(has_text="vip").get_by_role("spinbutton").fill("5")
    expect(page.locator(".skill-line")).to_have_count(2)
    page.locator(".skill-line").first.get_by_role("button", name="Remove this skill").click()
    page.get_by_role("button", name="Add a skill").click()
    page.locator(".skill-line").last.get_by_label("Skill", exact=True).fill("French")
    page.locator(".skill-line").last.get_by_label("Level").select_option("4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("queues vip follow when the link is back")).to_be_visible()
    sent = server.said("PUT", "agents/2")[0]
    places = [{"queue": "support", "penalty": 0}, {"queue": "sales", "penalty": 0}, {"queue": "vip", "penalty": 5}]
    assert sent.pop("queues") == places
    assert sent == {"pbx": "pbx1", "device": "PJSIP/1099", "team": "A 组", "location": "", "always_on": True}
    assert server.said("PUT", "agents/2/skills") == [{"skills": {"普通话": 5, "French": 4}}]


def test_a_link_that_is_down_says_why(open_page: Opener, server: ConsoleServer) -> None:
    server.topics["system"]["links"][0].update(up=False, reason="The AMI secret is refused; see [[pbx]] secret.")
    page = open_page("admin.html#pbx")
    expect(page.locator(".link-card.down")).to_contain_text("The AMI secret is refused")
    expect(page.locator(".link-card.down")).to_contain_text("Down")
