import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.storage.dead import DeadLetters
from cti_server.core.storage.segments import (
    Appender,
    Damage,
    Reader,
    Row,
    decode,
    encode,
    identity,
    repair_tail,
    segment_files,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def lines(first: int, count: int) -> list[bytes]:
    return [encode(n, 1000.0 + n, "call", {"n": n}) for n in range(first, first + count)]


def numbers(found: list[Row | Damage]) -> list[int]:
    return [item.number for item in found if isinstance(item, Row)]


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_what_goes_in_comes_out(row: dict[str, object]) -> None:
    line = encode(7, 1795317478.93, "call", row)
    assert line.count(b"\n") == 1
    found = decode(line[:-1])
    assert found is not None
    assert (found.number, found.at, found.kind) == (7, 1795317478.93, "call")
    if "\0" not in repr(row) and "\\x00" not in repr(row):
        assert found.row == row


def test_what_postgresql_refuses_is_replaced() -> None:
    found = decode(encode(1, 0.0, "call", {"name": "a\0b\ud800c", "list": ["\0"]})[:-1])
    assert found is not None
    assert found.row == {"name": "a\ufffdb\ufffdc", "list": ["\ufffd"]}


@given(st.data())
def test_a_changed_byte_is_seen(data: st.DataObject) -> None:
    line = bytearray(encode(1, 0.0, "call", {"name": "王小明"})[:-1])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.sampled_from([1, 2, 4, 8, 16, 64, 128]))
    assert decode(bytes(line)) is None


def test_rows_are_read_in_order_over_segments(tmp_path: Path) -> None:
    appender = Appender(tmp_path, 200)
    for first in range(1, 31, 3):
        appender.write(lines(first, 3), first)
    assert len(segment_files(tmp_path)) > 3
    reader = Reader(tmp_path)
    found: list[int] = []
    while batch := reader.next_batch(7, appender.place):
        assert len(batch) <= 7
        found += numbers(batch)
    assert found == list(range(1, 31))
    reader.forget_read()
    assert len(segment_files(tmp_path)) == 1


def test_nothing_behind_the_durable_place_is_read(tmp_path: Path) -> None:
    appender = Appender(tmp_path, 10_000)
    appender.write(lines(1, 2), 1)
    place = appender.place
    appender.write(lines(3, 2), 3)
    reader = Reader(tmp_path)
    assert numbers(reader.next_batch(10, place)) == [1, 2]
    assert numbers(reader.next_batch(10, appender.place)) == [3, 4]


@pytest.mark.parametrize("left", range(1, 30, 4))
def test_a_torn_tail_is_cut(tmp_path: Path, left: int) -> None:
    appender = Appender(tmp_path, 10_000)
    appender.write(lines(1, 3), 1)
    appender.close()
    path = segment_files(tmp_path)[0]
    with path.open("ab") as file:
        file.write(lines(4, 1)[0][:left])
    assert repair_tail(tmp_path) == (1, 3, left)
    assert path.read_bytes() == b"".join(lines(1, 3))
    again = Appender(tmp_path, 10_000)
    again.write(lines(4, 1), 4)
    assert numbers(Reader(tmp_path).next_batch(10, again.place)) == [1, 2, 3, 4]


def test_damage_in_the_middle_is_told_and_the_rest_read(tmp_path: Path) -> None:
    appender = Appender(tmp_path, 10_000)
    appender.write(lines(1, 3), 1)
    path = segment_files(tmp_path)[0]
    text = bytearray(path.read_bytes())
    text[len(lines(1, 1)[0]) + 20] ^= 1
    path.write_bytes(text)
    assert repair_tail(tmp_path) == (1, 3, 0)
    found = Reader(tmp_path).next_batch(10, appender.place)
    assert numbers(found) == [1, 3]
    assert sum(isinstance(item, Damage) for item in found) == 1


def test_numbers_go_on_after_everything_was_read(tmp_path: Path) -> None:
    appender = Appender(tmp_path, 10)
    appender.write(lines(1, 5), 1)
    appender.write(lines(6, 1), 6)
    reader = Reader(tmp_path)
    while reader.next_batch(10, appender.place):
        pass
    reader.forget_read()
    segment_files(tmp_path)[-1].write_bytes(b"")  # killed after the name, before the first row
    assert repair_tail(tmp_path) == (6, 5, 0)


def test_a_refused_write_counts_nothing_and_the_next_one_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    appender = Appender(tmp_path, 10_000)
    appender.write(lines(1, 2), 1)
    real = os.fsync
    broken = iter([True])

    def fsync(handle: int) -> None:
        if next(broken, False):
            raise OSError(5, "Input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="Input/output"):
        appender.write(lines(3, 2), 3)
    assert numbers(Reader(tmp_path).next_batch(10, appender.place)) == [1, 2]
    appender.write(lines(3, 2), 3)
    assert numbers(Reader(tmp_path).next_batch(10, appender.place)) == [1, 2, 3, 4]
    assert len(segment_files(tmp_path)) == 2


def test_a_folder_keeps_its_name(tmp_path: Path) -> None:
    assert identity(tmp_path) == identity(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    assert identity(other) != identity(tmp_path)


def test_dead_letters_are_added_until_the_file_is_full(tmp_path: Path) -> None:
    dead = DeadLetters(tmp_path / "dead.jsonl", 60)
    dead.write({"kind": "call", "error": "x"})
    with pytest.raises(OSError, match=r"dead\.jsonl"):
        dead.write({"kind": "call", "error": "y" * 50})
    assert (tmp_path / "dead.jsonl").read_text().count("\n") == 1
