"""The check finds each kind of mistake, and finds none in a flow that is right."""

import copy
from typing import Any

import pytest

from cti_server.routing.flows.check import Known, check, prompts_of
from cti_server.routing.flows.document import flow_of
from cti_server.sandbox.stage.flow import FLOW

GOOD: dict[str, Any] = {
    "format": 1,
    "title": "x",
    "languages": ["zh-CN", "en"],
    "start": "menu",
    "nodes": {
        "menu": {"kind": "menu", "speech": [{"say": "prompt", "prompt": "p"}],
                 "exits": {"1": "q", "timeout": "q"}},
        "q": {"kind": "queue", "queue": "support"},
    },
}  # fmt: skip
KNOWN = Known(
    prompts={"p": frozenset({"zh-CN", "en"}), "half": frozenset({"en"})},
    queues=frozenset({"support", "sales", "vip"}),
    calendars=frozenset({"office"}),
    switches=frozenset({"outage"}),
    lists=frozenset({"blacklist"}),
    agents=frozenset({"li"}),
    surveys=frozenset({"csat"}),
    endings={"sub": frozenset({"done", "other"})},
    uses={"sub": frozenset({"deep"}), "deep": frozenset({"me"})},
    host_allowed=lambda url: url.startswith("https://crm/"),
)


def found(change: dict[str, Any] | None = None, **nodes: Any) -> set[tuple[str, str, str]]:
    document = copy.deepcopy(GOOD)
    document["nodes"].update(nodes)
    document.update(change or {})
    return {(each.code, each.node, each.about) for each in check(flow_of(document), KNOWN, key="me")}


def menu(**more: Any) -> dict[str, Any]:
    return {**GOOD["nodes"]["menu"], **more}


def to(kind: str, **more: Any) -> dict[str, Any]:
    """A node `x` that is reached from the menu."""
    return {"menu": menu(exits={"1": "x", "timeout": "q"}), "x": {"kind": kind, **more}}


def test_a_good_flow_has_no_findings() -> None:
    assert found() == set()
    assert prompts_of(flow_of(GOOD)) == {"p"}
    known = Known(queues=KNOWN.queues, calendars=KNOWN.calendars, switches=KNOWN.switches, lists=KNOWN.lists)
    assert [each for each in check(flow_of(FLOW), known) if each.severity == "error"] == []


@pytest.mark.parametrize(
    ("nodes", "finding"),
    [
        ({"menu": menu(exits={"1": "q"})}, ("menu_without_timeout", "menu", "timeout")),
        ({"menu": menu(exits={"timeout": "q"})}, ("menu_without_keys", "menu", "")),
        ({"menu": menu(exits={"1": "gone", "timeout": "q"})}, ("target_missing", "menu", "1")),
        ({"menu": menu(exits={"1": "q", "open": "q", "timeout": "q"})}, ("exit_unknown", "menu", "open")),
        ({"menu": menu(exits={"1": "q", "timeout": "menu"})}, ("loop_without_choice", "menu", "")),
        ({"menu": menu(speech=[])}, ("asks_in_silence", "menu", "")),
        ({"menu": menu(speech=[{"say": "prompt", "prompt": "none"}])}, ("prompt_missing", "menu", "none")),
        ({"menu": menu(speech=[{"say": "prompt", "prompt": "half"}])},
         ("prompt_language_missing", "menu", "half zh-CN")),
        ({"menu": menu(speech=[{"say": "text", "text": {"en": "x"}}])}, ("text_language_missing", "menu", "zh-CN")),
        ({"x": {"kind": "hangup"}}, ("unreachable", "x", "")),
        (to("play"), ("exit_unconnected", "x", "next")),
        (to("queue", queue="none"), ("queue_unknown", "x", "none")),
        (to("queue", queue=""), ("setting_missing", "x", "queue")),
        (to("queue", queue="sales", max_wait_seconds=9), ("overflow_to_safe_queue", "x", "timeout")),
        (to("hours", calendar="none", exits={"open": "q", "closed": "q"}), ("calendar_unknown", "x", "none")),
        (to("switch", switch="none", exits={"on": "q", "off": "q"}), ("switch_unknown", "x", "none")),
        (to("survey", survey="none"), ("survey_unknown", "x", "none")),
        (to("agent", exits={"failed": "q"}), ("agent_missing", "x", "")),
        (to("agent", agent="wang", exits={"failed": "q"}), ("agent_unknown", "x", "wang")),
        (to("subflow", flow="none"), ("flow_unknown", "x", "none")),
        (to("subflow", flow="sub"), ("flow_through_itself", "x", "sub")),
        (to("subflow", flow="sub"), ("exit_unconnected", "x", "other")),
        (to("subflow", flow="sub", exits={"never": "q"}), ("exit_unknown", "x", "never")),
        (to("lookup", url="https://evil/", exits={"done": "q", "failed": "q"}),
         ("host_not_allowed", "x", "https://evil/")),
        (to("lookup", url="https://crm/${y}", exits={"done": "q", "failed": "q"}), ("data_never_set", "x", "y")),
        (to("collect", into="y", min_digits=5, max_digits=4, exits={"done": "q", "timeout": "q"}),
         ("digits_impossible", "x", "")),
        (to("identify", pin_digits=4, exits={"known": "q", "unknown": "q"}), ("pin_without_url", "x", "")),
        (to("callback", queue="sales", other_key="1", exits={"done": "q", "declined": "q"}), ("key_twice", "x", "")),
        (to("condition", cases=[{"name": "a", "when": [{"ask": "list", "list": "none"}]}],
            exits={"a": "q", "else": "q"}), ("list_unknown", "x", "none")),
        (to("condition", cases=[{"name": "a", "when": [{"ask": "known"}]}], exits={"else": "q"}),
         ("exit_unconnected", "x", "a")),
        (to("condition", cases=[{"name": "a", "when": []}], exits={"a": "q", "else": "q"}), ("case_empty", "x", "a")),
        (to("condition", cases=[], exits={"else": "q"}), ("setting_missing", "x", "cases")),
        (to("language", keys={"1": "fr"}, exits={"next": "q"}), ("language_unknown", "x", "fr")),
        (to("language", exits={"next": "q"}), ("language_missing", "x", "")),
    ],
)  # fmt: skip
def test_each_mistake_is_found(nodes: dict[str, Any], finding: tuple[str, str, str]) -> None:
    assert finding in found(**nodes)


def test_the_whole() -> None:
    assert ("start_missing", "", "none") in found({"start": "none"})
    assert ("language_twice", "", "") in found({"languages": ["en", "en"]})


def test_a_loop_over_a_key_or_a_wait_is_no_trap() -> None:
    again = {"q": {"kind": "queue", "queue": "support", "exits": {"timeout": "menu", "full": "bye", "empty": "bye"}},
             "menu": menu(exits={"1": "menu", "2": "q", "timeout": "bye"}), "bye": {"kind": "hangup"}}  # fmt: skip
    assert found(**again) == set()
