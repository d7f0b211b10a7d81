"""A copy that is there after a restart, whole or not at all."""

from pathlib import Path

import pytest

from cti_server.core.local_copy import LocalCopy


def test_what_was_kept_is_there_again_and_only_for_us(tmp_path: Path) -> None:
    copy = LocalCopy(tmp_path / "copies")
    assert copy.load("flows") is None
    copy.keep("flows", [{"key": "热线"}])
    copy.keep("flows", [{"key": "two"}])
    assert LocalCopy(tmp_path / "copies").load("flows") == [{"key": "two"}]
    file = tmp_path / "copies/flows.json"
    assert file.stat().st_mode & 0o077 == 0
    assert [one.name for one in (tmp_path / "copies").iterdir()] == ["flows.json"]
    before = file.stat().st_mtime_ns
    copy.keep("flows", [{"key": "two"}])
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 9, "document": 1}', '{"format": 1}', "\xff"])
def test_what_cannot_be_read_is_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    (tmp_path / "flows.json").write_text(text, encoding="latin-1")
    assert LocalCopy(tmp_path).load("flows") is None


def test_a_folder_that_cannot_be_made_hurts_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    copy = LocalCopy(tmp_path / "file" / "copies")
    copy.keep("flows", [1])
    assert copy.load("flows") is None
