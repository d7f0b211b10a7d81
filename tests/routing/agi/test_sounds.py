"""Numbers and dates in words, by the PBX's files."""

import pytest

from cti_server.routing.agi.sounds import files_of, moment, number
from cti_server.routing.agi.speaking import NoPrompts
from cti_server.routing.flows.acts import Sound


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("0", "en", "0"),
        ("123", "en", "1 hundred 20 3"),
        ("1015", "en", "1 thousand 15"),
        ("2000019", "en", "2 million 19"),
        ("12", "zh-CN", "10 2"),
        ("105", "zh-CN", "1 hundred 0 5"),
        ("1010", "zh-CN", "1 thousand 0 1 10"),
        ("20030", "zh-CN", "2 ten-thousand 0 3 10"),
        ("12345678901", "en", "1 2 3 4 5 6 7 8 9 0 1"),
        ("x1", "en", "1"),
    ],
)
def test_numbers(value: str, language: str, said: str) -> None:
    assert " ".join(each.removeprefix("digits/") for each in number(value, language)) == said


def test_moments_and_lists() -> None:
    assert moment("2026-11-30", "date", "en") == ["digits/mon-10", "digits/30", "digits/2", "digits/thousand",
                                                  "digits/20", "digits/6"]  # fmt: skip
    assert moment("18:05", "time", "en") == ["digits/18", "digits/0", "digits/5"]
    assert moment("never", "date", "en") == []
    sounds = (Sound("digits", "1*#x", "en"), Sound("position", "q", "en"), Sound("silence", "1.0", "en"),
              Sound("prompt", "p", "en"))  # fmt: skip
    assert files_of(sounds, NoPrompts(), lambda queue: 2) == ["digits/1", "digits/star", "digits/pound", "digits/3",
                                                              "silence/1"]  # fmt: skip
