"""A call as a row, and back."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cti_server.calls.model import CustomerRef, digits_of
from cti_server.calls.picture import call_of, customer_of, newest, row_of
from cti_server.live.words import LegState, SegmentKind, SegmentResult
from tests.calls.made import People, call, leg, part, story


def test_a_row_survives_json_and_gives_the_same_call() -> None:
    for _, view in story():
        row = json.loads(json.dumps(row_of(view, 5, CustomerRef(3, "李"), People(), digits_of)))
        assert call_of(row) == view
        assert customer_of(row) == CustomerRef(3, "李")


def test_lengths_and_owners_stand_in_the_row() -> None:
    *_, (_, view) = story()
    row = row_of(view, 1, None, People(), digits_of)
    assert (row["wait_seconds"], row["talk_seconds"], row["held_seconds"]) == (12.0, 50.0, 10.0)
    assert [segment["user_id"] for segment in row["segments"]] == [None, None, 2, 1, 1]
    assert [one["user_id"] for one in row["legs"]] == [None, 2, 1]
    assert row["number_key"] == "8613800138000"


def test_no_nul_reaches_the_database() -> None:
    view = call(name="a\x00b", data={"k\x00": "v\x00"}, legs=(leg(name="\x00x"),))
    row = row_of(view, 1, CustomerRef(1, "\x00"), People(), digits_of)
    assert "\\u0000" not in json.dumps(row)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts, texts, st.dictionaries(texts, texts, max_size=3), st.floats(0, 4e9), st.sampled_from(list(SegmentKind)))
def test_any_text_survives_but_nul(name: str, number: str, data: dict[str, str], at: float, kind: SegmentKind) -> None:
    piece = replace(part(1, kind, 0, 1, result=SegmentResult.CLEARED), started_at=at, ended_at=at + 1)
    view = call(name=name, number=number, data=data, legs=(leg(state=LegState.HELD),), segments=(piece,))
    back = call_of(json.loads(json.dumps(row_of(view, 1, None, People(), digits_of))))
    assert back.name == name.replace("\x00", "")
    assert back.segments == view.segments


def test_of_several_pictures_the_newest_counts() -> None:
    rows = [{"pbx": "a", "linkedid": "1", "revision": n} for n in (2, 5, 3)]
    rows.append({"pbx": "b", "linkedid": "1", "revision": 1})
    assert [row["revision"] for row in newest(rows)] == [5, 1]
