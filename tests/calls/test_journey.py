"""The journey of a call as a timeline."""

from cti_server.calls.journey import journey
from cti_server.calls.model import CallRow, SegmentJson
from cti_server.live.words import SegmentKind
from tests.calls.made import AT, story


def test_the_steps_come_in_order_with_ends_before_beginnings() -> None:
    *_, (_, view) = story()
    parts = tuple(
        SegmentJson(
            p.n, p.kind, p.queue, p.device, None, "", p.leg_id, p.started_at, p.ended_at, p.result, p.held_seconds, True
        )
        for p in view.segments
    )
    row = CallRow(
        1, view.id, "main", "cleared", "inbound", "", "", False, "", None, AT, None, AT + 75, "answered", 75.0, 12.0,
        50.0, 10.0, True, None, None, None,
    )  # fmt: skip
    steps = journey(row, parts)
    assert [step.what for step in steps] == [
        "started", "ivr", "queued", "ringing", "ringEnded", "ringing", "leftQueue", "ringEnded", "talking", "talkEnded",
        "cleared",
    ]  # fmt: skip
    assert steps[4].result == "noAnswer"
    assert steps[6].seconds == 12.0
    assert steps[-1].result == "answered"


def test_every_kind_of_segment_has_its_words() -> None:
    row = CallRow(
        1, "m:1", "m", "queued", "inbound", "", "", False, "", None, AT, None, None, None, None, 0, 0, 0, True, None,
        None, None,
    )  # fmt: skip
    for kind in SegmentKind:
        lasting = SegmentJson(1, kind, None, None, None, "", None, AT, None, None, 0.0, True)
        assert len(journey(row, (lasting,))) == 2
