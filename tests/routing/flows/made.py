"""Flows made at random for tests, of every kind of node, connected anyhow."""

from typing import Any

from hypothesis import strategies as st

from cti_server.routing.flows.check import exits_of
from cti_server.routing.flows.document import KINDS, Flow, flow_of
from cti_server.routing.flows.nodes import KEYS, Per

SETTINGS: dict[str, dict[str, Any]] = {
    "play": {"speech": [{"say": "prompt", "prompt": "a"}]},
    "menu": {"speech": [{"say": "digits", "value": "1"}], "tries": 2},
    "collect": {"into": "x", "check": "luhn", "tries": 2},
    "language": {"keys": {"1": "zh-CN", "2": "en"}},
    "hours": {"calendar": "office"},
    "switch": {"switch": "outage"},
    "condition": {"cases": [{"name": "vip", "when": [{"ask": "tier", "any": ["vip"]}]},
                            {"name": "known", "when": [{"ask": "known", "negated": True}]}]},
    "lookup": {"url": "https://crm.example.com/${x}", "answer": {"y": "a.b"}},
    "set": {"data": {"x": "1${y}"}},
    "identify": {"into": "z", "tries": 2},
    "queue": {"queue": "support", "max_waiting": 5, "tier_priority": {"vip": 5}},
    "agent": {"who": "last"},
    "external": {"number": "9${x}"},
    "voicemail": {"queue": "support"},
    "callback": {"queue": "support"},
    "survey": {"survey": "csat"},
    "subflow": {"flow": "sub"},
}  # fmt: skip
TAGS = [str(cls.__struct_config__.tag) for cls in KINDS]
NODE = {str(cls.__struct_config__.tag): cls for cls in KINDS}


@st.composite
def flows(draw: st.DrawFn, most: int = 8) -> Flow:
    """A document that can be read; whether it passes the check is another question."""
    count = draw(st.integers(1, most))
    names = [f"n{number}" for number in range(count)]
    nodes: dict[str, Any] = {}
    for name in names:
        kind = draw(st.sampled_from(TAGS))
        plain = {"kind": kind, **SETTINGS.get(kind, {})}
        node = NODE[kind].__struct_config__.tag and NODE[kind]
        exits = [each.name for each in node.EXITS]
        if kind == "condition":
            exits += ["vip", "known"]
        if node.PER is Per.KEY:
            exits += draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True))
        # Mostly onwards, so that many of them pass the check.
        later = names[names.index(name) + 1 :]
        plain["exits"] = {
            each: draw(st.sampled_from(later if later and draw(st.integers(0, 5)) else names))
            for each in exits
            if draw(st.integers(0, 29))
        }
        nodes[name] = plain
    document = {"format": 1, "title": "x", "languages": ["en", "zh-CN"], "start": "n0", "nodes": nodes}
    return flow_of(document)


__all__ = ["SETTINGS", "TAGS", "exits_of", "flows"]
