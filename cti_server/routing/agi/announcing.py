"""What a caller is told at the door of a queue: his place and the expected wait (pure).

In our own words where somebody keeps prompts, which then are made into speech when a flow is published that needs
them; else in the PBX's own sounds. Numbers are put together from the PBX's digits, in the caller's language.
"""

from collections.abc import Callable
from typing import Final

from cti_server.routing.agi.sounds import CHINESE, number
from cti_server.routing.flows.acts import Queueing
from cti_server.routing.flows.document import Flow, flow_of
from cti_server.routing.flows.handing import ToQueue

PLACE: Final = "place"
NEXT: Final = "next"
WAIT: Final = "wait"
_TEXTS: Final = {
    PLACE: {"en": ("You are caller number", "in line."), "zh": ("您是第", "位等候的客户。")},
    NEXT: {"en": ("You are the next caller to be answered.", ""), "zh": ("您是下一位接入的客户。", "")},
    WAIT: {"en": ("The expected wait in minutes is", ""), "zh": ("预计等候时间约", "分钟。")},
}
_OF_THE_PBX: Final = {
    PLACE: ("queue-thereare", "queue-callswaiting"),
    NEXT: ("queue-youarenext", ""),
    WAIT: ("queue-holdtime", "queue-minutes"),
}


def _tongue(language: str) -> str:
    return "zh" if language.split("-")[0] in CHINESE else "en"


def announced(act: Queueing, language: str, text_file: Callable[[str, str], str | None]) -> list[str]:
    """Files, in order; none where nothing is to be told, or not known."""
    found: list[str] = []
    if act.place is not None:
        found += _said(NEXT if act.place <= 1 else PLACE, "" if act.place <= 1 else str(act.place), language, text_file)
    if act.wait_minutes:
        found += _said(WAIT, str(act.wait_minutes), language, text_file)
    return found


def _said(what: str, value: str, language: str, text_file: Callable[[str, str], str | None]) -> list[str]:
    before, after = _TEXTS[what][_tongue(language)]
    own = [text_file(text, language) if text else "" for text in (before, after)]
    first, last = own if None not in own else _OF_THE_PBX[what]
    return [part for part in (first, *(number(value, language) if value else ()), last) if part]


def texts_for(flow: Flow) -> Flow | None:
    """A flow of the texts that callers of this one may be told, to be made into speech; None when it tells none."""
    if not any(
        isinstance(node, ToQueue) and (node.announce_position or node.announce_wait) for node in flow.nodes.values()
    ):
        return None
    parts = [
        {"say": "text", "text": {language: text}}
        for language in flow.languages
        for pair in _TEXTS.values()
        for text in pair[_tongue(language)]
        if text
    ]
    return flow_of({
        "format": 1, "title": "announcements", "languages": list(flow.languages), "start": "end",
        "nodes": {"end": {"kind": "hangup", "speech": parts}},
    })  # fmt: skip
