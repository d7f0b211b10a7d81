"""From what is to be heard to the PBX's sound files (pure). Numbers are put together from the files of `digits/`."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cti_server.routing.agi.model import Prompts
from cti_server.routing.flows.acts import Sound, Sounds

MOST_FILES: Final = 60
CHINESE: Final = ("zh", "yue", "cmn")
_STARS: Final = {"*": "digits/star", "#": "digits/pound"}


def files_of(sounds: Sounds, prompts: Prompts, waiting: Callable[[str], int | None]) -> list[str]:
    """Paths without suffix, in order; what has no file is left out. `waiting(queue)`: how many wait there."""
    found: list[str] = []
    for sound in sounds:
        found += _files(sound, prompts, waiting)
    return found[:MOST_FILES]


def _files(sound: Sound, prompts: Prompts, waiting: Callable[[str], int | None]) -> list[str]:
    if sound.say == "prompt":
        return _one(prompts.prompt_file(sound.value, sound.language))
    if sound.say == "text":
        return _one(prompts.text_file(sound.value, sound.language))
    if sound.say == "silence":
        return [f"silence/{max(1, min(10, round(float(sound.value))))}"]
    if sound.say == "digits":
        return [_STARS.get(sign, f"digits/{sign}") for sign in sound.value if sign.isascii() and sign in "0123456789*#"]
    if sound.say == "number":
        return number(sound.value, sound.language)
    if sound.say == "date":
        return moment(sound.value, sound.style, sound.language)
    if sound.say == "position":
        count = waiting(sound.value)
        return [] if count is None else number(str(count + 1), sound.language)
    return []


def _one(file: str | None) -> list[str]:
    return [file] if file else []


def number(text: str, language: str) -> list[str]:
    """A whole number up to 999,999,999 in words; what is none is said digit by digit."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return [f"digits/{sign}" for sign in text if sign.isascii() and sign.isdigit()]
    value = int(text)
    if value == 0:
        return ["digits/0"]
    return _chinese(value) if language.split("-")[0] in CHINESE else _english(value)


def _english(value: int) -> list[str]:
    said: list[str] = []
    for size, name in ((1_000_000, "digits/million"), (1000, "digits/thousand"), (100, "digits/hundred")):
        if value >= size:
            said += [*_english(value // size), name]
            value %= size
    if value >= 20:
        said.append(f"digits/{value // 10 * 10}")
        value %= 10
    return [*said, f"digits/{value}"] if value else said


def _chinese(value: int) -> list[str]:
    """By ten-thousands, with a zero for a gap: 1005 is 一千零五, 20030 二万零三十."""
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        rest = ([] if low >= 1000 or low == 0 else ["digits/0"]) + (_chinese(low) if low else [])
        return [*_chinese(high), "digits/ten-thousand", *rest]
    said: list[str] = []
    gap = False
    for size, name in ((1000, "digits/thousand"), (100, "digits/hundred"), (10, "digits/10"), (1, "")):
        digit = value // size % 10
        if digit == 0:
            gap = bool(said)
            continue
        said += (["digits/0"] if gap else []) + [f"digits/{digit}"] + ([name] if name else [])
        gap = False
    return said[1:] if 10 <= value < 20 else said


def moment(text: str, style: str, language: str) -> list[str]:
    """A date, a time or both, in words. Nothing when it is none."""
    try:
        at = datetime.fromisoformat(f"2000-01-01T{text}" if style == "time" and "T" not in text else text)
    except ValueError:
        return []
    said: list[str] = []
    if style in ("date", "both"):
        if language.split("-")[0] in CHINESE:
            said += [*(f"digits/{sign}" for sign in str(at.year)), "digits/year"]
            said += [*number(str(at.month), language), "digits/month", *number(str(at.day), language), "digits/day"]
        else:
            said += [f"digits/mon-{at.month - 1}", *number(str(at.day), language), *number(str(at.year), language)]
    if style in ("time", "both"):
        said += number(str(at.hour), language) or ["digits/0"]
        said += [*(["digits/0"] if 0 < at.minute < 10 else []), *number(str(at.minute), language)]
    return said
