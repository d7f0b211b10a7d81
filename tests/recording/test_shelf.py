"""The shelf on a local folder: whole or not at all, by ranges, gone when deleted."""

from pathlib import Path

import pytest

from cti_server.core.errors import NotFound
from cti_server.recording.shelf import CHUNK, Shelf


async def test_what_is_put_is_read_by_ranges_and_deleted(tmp_path: Path) -> None:
    shelf = Shelf("", tmp_path / "shelf")
    file = tmp_path / "a.mp3"
    content = bytes(range(256)) * 3000
    file.write_bytes(content)
    await shelf.put("2026/11/30/1.mp3", file)
    assert await shelf.size("2026/11/30/1.mp3") == len(content)
    parts = [part async for part in shelf.read("2026/11/30/1.mp3", 0, len(content) - 1)]
    assert b"".join(parts) == content
    assert max(map(len, parts)) <= CHUNK
    assert b"".join([part async for part in shelf.read("2026/11/30/1.mp3", 700, 705)]) == content[700:706]
    await shelf.delete("2026/11/30/1.mp3")
    await shelf.delete("2026/11/30/1.mp3")
    with pytest.raises(NotFound):
        await shelf.size("2026/11/30/1.mp3")
    with pytest.raises(NotFound):
        await anext(shelf.read("2026/11/30/1.mp3", 0, 5))


async def test_another_store_is_chosen_by_its_address(tmp_path: Path) -> None:
    shelf = Shelf("memory:///", tmp_path / "unused")
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    await shelf.put("x", file)
    assert await shelf.size("x") == 3
    assert not (tmp_path / "unused").exists()
