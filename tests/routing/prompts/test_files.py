"""Where the sound lies."""

from pathlib import Path

import pytest

from cti_server.core.errors import NotFound
from cti_server.routing.prompts.files import PromptFiles
from cti_server.routing.prompts.model import Refined


def test_written_whole_and_removed(tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "prompts")
    place = files.playable(7, "zh-CN", 3)
    assert place == str(tmp_path / "prompts/7/zh-CN-3")
    assert not files.is_there(place)
    files.write(place, Refined(b"narrow", b"wide", 1.0, 0.0))
    assert files.is_there(place)
    assert files.read(place) == b"wide"
    assert sorted(path.name for path in (tmp_path / "prompts/7").iterdir()) == ["zh-CN-3.wav", "zh-CN-3.wav16"]
    files.remove(7)
    with pytest.raises(NotFound):
        files.read(place)
    assert files.said("en-abc").endswith("prompts/said/en-abc")
