"""What is taken in and what may go."""

import pytest

from cti_server.core.errors import BadInput, Conflict
from cti_server.routing.prompts.model import (
    MOST_BYTES,
    AudioJson,
    Format,
    PromptJson,
    Use,
    check_seconds,
    check_unused,
    checked_label,
    checked_language,
    checked_name,
    checked_text,
    format_of,
    nodes_playing,
    said_stem,
)
from tests.routing.prompts.made import MP3, tone


def test_the_bytes_say_what_a_file_is() -> None:
    assert format_of(tone()) is Format.WAV
    assert format_of(MP3) is Format.MP3
    assert format_of(b"ID3\x04" + bytes(20)) is Format.MP3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#EXTM3U\nhttp://evil.example/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"\xff\xfb",
        b"\xff\xff\xff\xff",
        b"OggS" + bytes(40),
    ],
)
def test_what_only_calls_itself_a_sound_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput) as error:
        format_of(data)
    assert error.value.code == "bad_audio"


def test_a_file_has_a_size_and_a_length() -> None:
    with pytest.raises(BadInput) as error:
        format_of(b"RIFF" + bytes(MOST_BYTES))
    assert error.value.code == "audio_too_large"
    check_seconds(300)
    for seconds in (0.05, 300.1):
        with pytest.raises(BadInput) as error:
            check_seconds(seconds)
        assert error.value.code == "audio_length"


def test_names_labels_languages_and_texts() -> None:
    assert checked_name(" welcome.v2 ") == "welcome.v2"
    assert checked_label(" 欢迎词 ") == "欢迎词"
    assert checked_language("zh-CN") == "zh-CN"
    assert checked_text(" 您好，\n欢迎 ") == "您好， 欢迎"
    for check, wrong in (
        (checked_name, "../etc"),
        (checked_name, ""),
        (checked_name, "欢迎"),
        (checked_label, "a\nb"),
        (checked_language, "fr"),
        (checked_text, " ... "),
        (checked_text, "a" * 2001),
    ):
        with pytest.raises(BadInput):
            check(wrong)
    assert said_stem("a", "en") != said_stem("b", "en")


def test_what_is_played_somewhere_stays() -> None:
    check_unused([])
    with pytest.raises(Conflict) as error:
        check_unused([Use("main", "Main line", "greet", "published"), Use("main", "Main line", "bye", "draft")])
    assert (error.value.code, error.value.details["places"]) == ("prompt_in_use", 2)
    assert "Main line" in error.value.sentence


def test_the_sound_of_a_language() -> None:
    audio = AudioJson("en", 3, "upload", "", "", 1.0, 0.0, 0.0, 1)
    prompt = PromptJson(1, "a", "", 0.0, (audio,))
    assert prompt.of("en") is audio
    assert prompt.of("zh-CN") is None


def test_which_nodes_of_a_flow_play_a_prompt() -> None:
    play = {"kind": "play", "speech": [{"say": "prompt", "prompt": "welcome"}]}
    other = {"kind": "play", "speech": [{"say": "text", "text": {"en": "welcome"}}]}
    assert nodes_playing({"nodes": {"a": play, "b": other}}, "welcome") == ["a"]
