"""Two files into one MP3: who is in which channel, the hashes, the peaks, what is odd, and the memory that it takes."""

import base64
import hashlib
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from cti_server.recording.intake.mp3 import BIT_RATE
from cti_server.recording.intake.press import MOST_PEAKS, press
from cti_server.recording.intake.wav import BadFile
from cti_server.sandbox.phones.ear import Heard
from tests.recording.intake.sounds import RATE, odd, silence, tone, voice, wav, write


def made(folder: Path, customer: bytes | None, agent: bytes | None) -> tuple[Path, Path, Path]:
    write(folder, "x", customer, agent)
    return folder / "x-r.wav", folder / "x-t.wav", folder / "x.mp3"


def test_each_side_is_in_its_channel_and_silence_stays_silent(tmp_path: Path) -> None:
    theirs = tone(1.0, 1000) + silence(1.0) + tone(1.0, 1000)
    ours = tone(1.0, 440) + silence(1.0) + tone(1.0, 440)
    customer, agent, target = made(tmp_path, wav(theirs), wav(ours))
    pressed = press(customer, agent, target)
    sound = Heard.mp3(target.read_bytes())
    assert sound.seconds == pytest.approx(3.0, abs=0.25)
    for at in (0.4, 2.4):
        left, right = sound.levels("left", at, 1000, 440), sound.levels("right", at, 1000, 440)
        assert left[1000] > -15 > -60 > left[440]
        assert right[440] > -15 > -60 > right[1000]
    assert max(sound.loudest("left", 1.3, 1.8), sound.loudest("right", 1.3, 1.8)) < 40
    assert pressed.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert pressed.sha256_customer == hashlib.sha256(customer.read_bytes()).hexdigest()
    assert (pressed.seconds, pressed.size, pressed.notes) == (3.0, target.stat().st_size, ())
    assert pressed.size == pytest.approx(3 * BIT_RATE[RATE] * 125, rel=0.1)
    peaks = base64.b64decode(pressed.peaks)
    half = len(peaks) // 2
    assert half == 60
    assert max(peaks[22:38]) == 0
    assert min(peaks[:18]) > 40


def test_the_figures_come_from_voices(tmp_path: Path) -> None:
    customer, agent, target = made(
        tmp_path, wav(voice(3.0) + silence(5.0)), wav(silence(4.0) + voice(2.0, 2) + silence(2.0))
    )
    told = press(customer, agent, target).figures
    assert told.customer.talk == pytest.approx(3.0, abs=0.3)
    assert told.agent.talk == pytest.approx(2.0, abs=0.3)
    assert told.customer.rate == pytest.approx(4.0, abs=0.5)
    assert told.longest_silence == pytest.approx(2.0, abs=0.3)
    assert told.talk_over == 0
    assert told.share == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("name", odd())
def test_what_is_odd_is_noted_and_heard_nevertheless(name: str, tmp_path: Path) -> None:
    customer, agent, note = odd()[name]
    pressed = press(*made(tmp_path, customer, agent))
    assert pressed.size > 0
    assert [one for one in pressed.notes if one == note] == ([note] if note else [])


def test_nothing_and_rates_that_differ_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as refused:
        press(*made(tmp_path, None, None))
    assert refused.value.reason == "missing"
    with pytest.raises(BadFile) as refused:
        press(*made(tmp_path, wav(tone(1.0, 440)), wav(tone(1.0, 440), rate=16000)))
    assert refused.value.reason == "format"


def test_memory_stays_flat_over_a_long_call(tmp_path: Path) -> None:
    """In a process of its own: sixteen bytes a second would be 92 MB held whole at two hours; here it is a few."""
    for side in ("r", "t"):
        with wave.open(str(tmp_path / f"x-{side}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            # Swells like speech, so that most of it is levels of turns, which are worth remembering and must not be.
            minute = voice(2.0) * 30
            for _ in range(20):
                file.writeframes(minute)
    # VmHWM, for the peak that getrusage tells is inherited from the process that started this one.
    code = (
        "import re, sys; from pathlib import Path; from cti_server.recording.intake.press import press;"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]);"
        "before = peak(); d = Path(sys.argv[1]); p = press(d / 'x-r.wav', d / 'x-t.wav', d / 'x.mp3');"
        "print(p.seconds, peak() - before, len(p.peaks))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=100, check=True
    )
    seconds, grown, peaks = map(float, done.stdout.split())
    assert seconds == 1200
    assert grown < 3 * 1024, f"{grown} KiB for twenty minutes"
    assert peaks <= 2 * MOST_PEAKS * 4 / 3 + 4
