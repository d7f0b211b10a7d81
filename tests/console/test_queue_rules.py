"""The rules of queues on the admin's page, and why a call went where it went on the call's page."""

import time
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from cti_server.routing.decisions.api import PolicyBody, QueuePolicyJson
from cti_server.routing.decisions.model import ErrorsJson
from cti_server.routing.decisions.policy import Policy, checked
from tests.console.conftest import Opener
from tests.fakes.console_server import ConsoleServer, page, problem
from tests.routing.decisions.made import rules

pytestmark = pytest.mark.browser
FULL = rules(
    strategy="skillBased",
    tiers={"by": "value", "add": {"top1": 30, "next4": 20}},
    aging={"every_seconds": 30, "add": 5},
    skills=["tax"],
    level=4,
    relaxing=[{"after_seconds": 20, "level": 3}, {"after_seconds": 60, "level": 0}],
    overflow=[{"when": "length", "limit": 10, "to": "queue", "target": "sales"}],
    prefer="lastAgent",
    prefer_seconds=15,
)


def told(queue: str, version: int, policy: Policy) -> Any:
    at = time.time() if version else None
    return msgspec.to_builtins(QueuePolicyJson("pbx1", queue, version, at, "刘洋" if version else "", policy))


def opened(open_page: Opener, server: ConsoleServer, language: str = "en") -> Page:
    shown = [told("support", 3, FULL), told("sales", 0, Policy())]
    errors = [msgspec.to_builtins(ErrorsJson("pbx1", "support", 412, 61.2, 22.4, -3.1, 0.78, 0.61))]
    server.answers["GET", "queue-policies"] = lambda _: (200, page(shown))
    server.answers["GET", "wait-estimates"] = lambda _: (200, page(errors))
    found = open_page("admin.html#queueRules", language=language)
    expect(found.locator(".table").first).to_contain_text("support")
    return found


@pytest.mark.parametrize(("language", "words"), [("en", "Best skilled"), ("zh-CN", "技能最高")])
def test_the_rules_in_both_languages(open_page: Opener, server: ConsoleServer, language: str, words: str) -> None:
    found = opened(open_page, server, language)
    expect(found.locator(".table").first).to_contain_text(words)
    expect(found.locator(".table").last).to_contain_text("78 %")
    found.locator(".row-actions button").first.click()
    expect(found.get_by_role("dialog")).to_be_visible()
    assert found.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert found.evaluate(
        "[...document.querySelectorAll('dialog .dialog-body')].every(e => e.scrollWidth <= e.clientWidth)"
    )


def test_an_admin_changes_rules_and_the_server_takes_them(open_page: Opener, server: ConsoleServer) -> None:
    found = opened(open_page, server)
    sent: list[PolicyBody] = []

    def keep(body: Any) -> tuple[int, Any]:
        sent.append(msgspec.convert(body, PolicyBody))
        return 200, told("sales", 1, sent[-1].policy)

    server.answers["PUT", "queue-policies/pbx1/sales"] = keep
    found.get_by_role("button", name="Edit sales").click()
    dialog = found.get_by_role("dialog")
    order = dialog.get_by_role("group", name="Who comes first")
    order.get_by_role("button", name="Add").click()
    order.get_by_label("Tier", exact=True).fill("gold")
    order.get_by_label("Points", exact=True).fill("8")
    order.get_by_label("… add points").fill("2")
    ring = dialog.get_by_role("group", name="Which agents are rung")
    ring.get_by_label("Skills, with commas").fill("tax, english")
    ring.get_by_label("Level from").first.fill("3")
    ring.get_by_role("button", name="Add").click()
    dialog.get_by_role("group", name="Overflow").get_by_role("button", name="Add").click()
    dialog.get_by_label("First", exact=True).select_option("lastAgent")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    (body,) = sent
    assert body.version == 0
    assert checked(body.policy, "sales") == rules(
        tiers={"add": {"gold": 8}},
        aging={"add": 2},
        skills=["tax", "english"],
        level=3,
        relaxing=[{"after_seconds": 20, "level": 0}],
        overflow=[{"when": "wait", "limit": 120, "to": "queue", "target": "support"}],
        prefer="lastAgent",
        prefer_seconds=15,
    )
    expect(found.locator(".table").first).to_contain_text("overflow: 1")


def test_two_admins_do_not_overwrite_each_other(open_page: Opener, server: ConsoleServer) -> None:
    found = opened(open_page, server)
    server.answers["PUT", "queue-policies/pbx1/support"] = lambda _: problem(409, "policy_changed")
    found.get_by_role("button", name="Edit support").click()
    found.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(found.get_by_role("alert")).to_contain_text("Somebody else has changed these rules")
    sent = msgspec.convert(server.said("PUT", "queue-policies/pbx1/support")[0], PolicyBody)
    assert (sent.version, sent.policy) == (3, FULL), "opened and saved it is what it was"


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["Priority 8 in support: customer tier gold (+5), waited 40 s (+3)",
                "ring widened to level 3 after 20 s", "Sent from support to queue sales: 12 waiting > 10"]),
        ("zh-CN", ["优先级 8：客户等级 gold（+5），已等待 40 秒（+3）", "等待 20 秒后放宽到级别 3", "12 人排队 > 10"]),
    ],
)  # fmt: skip
def test_a_call_says_why_it_went_there(
    open_page: Opener, server: ConsoleServer, language: str, sentences: list[str]
) -> None:
    def decision(kind: str, result: str, *reasons: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        why = [{"code": code, "values": values} for code, values in reasons]
        return {"at": time.time(), "kind": kind, "queue": "support", "result": result, "reasons": why}

    items = [
        decision("priority", "8", ("tier", {"tier": "gold", "add": 5}), ("waited", {"seconds": 40, "add": 3})),
        decision("ring", "3", ("widened", {"level": 3, "seconds": 20})),
        decision("overflow", "queue:sales", ("overflowLength", {"waiting": 12, "limit": 10})),
    ]
    server.answers["GET", "calls/1000/decisions"] = lambda _: (200, page(items))
    server.answers["GET", "queues"] = lambda _: (200, page([]))
    found = open_page("history.html#call=1000", language=language)
    steps = found.locator("section[aria-labelledby=decisions-title] li")
    expect(steps).to_have_count(3)
    for step, sentence in zip(steps.all(), sentences, strict=True):
        text = step.inner_text().replace("客服热线", "support")
        assert sentence in text, text
