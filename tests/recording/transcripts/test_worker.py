"""What the worker answers to jobs that are none and to files that are no sound; both sides through an engine."""

from pathlib import Path

from cti_server.recording.intake.press import press
from cti_server.recording.transcripts.model import RATE
from cti_server.recording.transcripts.worker import answer, transcribe
from tests.recording.intake.sounds import silence, voice, wav


class Counts:
    """An engine that says how long each utterance is, in tenths of a second."""

    name, language = "counts", "en"

    def hear(self, sound: bytes) -> list[str]:
        return [str(round(len(sound) / 2 / RATE * 10))]


def test_jobs_that_are_none_and_files_that_are_no_sound(tmp_path: Path) -> None:
    assert answer(Counts(), b"nonsense") == {"ok": False, "reason": "badJob"}
    for content in (None, b"", b"<svg/>" * 99):
        if content is not None:
            (tmp_path / "x.mp3").write_bytes(content)
        told = answer(Counts(), b'{"file": "%s/x.mp3"}' % str(tmp_path).encode())
        assert told == {"ok": False, "reason": "unreadable"}, content


def test_each_side_has_its_own_lines_with_their_times(tmp_path: Path) -> None:
    (tmp_path / "r.wav").write_bytes(wav(silence(2) + voice(1.5) + silence(2)))
    (tmp_path / "t.wav").write_bytes(wav(voice(1.0) + silence(4.5)))
    press(tmp_path / "r.wav", tmp_path / "t.wav", tmp_path / "x.mp3")
    lines = transcribe(Counts(), tmp_path / "x.mp3")
    assert [line.side for line in lines] == ["agent", "customer"]
    assert lines[0].from_seconds < 0.3
    assert 1.6 < lines[1].from_seconds < 2.2
    assert 3.4 < lines[1].to_seconds < 4.4
