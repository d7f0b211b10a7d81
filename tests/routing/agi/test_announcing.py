"""What a caller is told at the door of a queue."""

from dataclasses import replace

import pytest

from cti_server.routing.agi.announcing import announced, texts_for
from cti_server.routing.flows.acts import Queueing
from tests.routing.publishing.office import flow

WISH = Queueing("support", 0, {}, 0, 0, True, True, (), "", "", False)


def nothing(text: str, language: str) -> str | None:
    return None


@pytest.mark.parametrize(
    ("place", "minutes", "language", "files"),
    [
        (None, None, "en", []),
        (1, None, "en", ["queue-youarenext"]),
        (12, None, "zh-CN", ["queue-thereare", "digits/10", "digits/2", "queue-callswaiting"]),
        (None, 21, "en", ["queue-holdtime", "digits/20", "digits/1", "queue-minutes"]),
    ],
)
def test_in_the_sounds_of_the_pbx(place: int | None, minutes: int | None, language: str, files: list[str]) -> None:
    assert announced(replace(WISH, place=place, wait_minutes=minutes), language, nothing) == files


def test_in_our_own_words_where_all_of_them_are_spoken() -> None:
    spoken = {"您是第": "/p/a", "位等候的客户。": "/p/b", "预计等候时间约": "/p/c"}
    wish = replace(WISH, place=3, wait_minutes=2)
    told = announced(wish, "zh-CN", lambda text, language: spoken.get(text))
    assert told == ["/p/a", "digits/3", "/p/b", "queue-holdtime", "digits/2", "queue-minutes"]


def test_the_texts_are_made_into_speech_with_the_flow_that_needs_them() -> None:
    assert texts_for(flow()) is None
    asked = texts_for(flow(q={"kind": "queue", "queue": "support", "announce_wait": True}))
    assert asked is not None
    assert {text for part in asked.nodes["end"].speech for text in part.text.values()} == {  # type: ignore[attr-defined,union-attr]
        "You are caller number", "in line.", "You are the next caller to be answered.",
        "The expected wait in minutes is",
    }  # fmt: skip
