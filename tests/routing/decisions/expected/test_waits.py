"""Which waits are written down, and what is learned from them."""

from typing import Any

from cti_server.live.changes import QueueChanged, QueueKind
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.words import SegmentResult
from cti_server.routing.decisions.expected.waits import Waits
from cti_server.routing.decisions.stays import Stay
from tests.routing.decisions.made import NOW

KEY = ("main", "support")


class Kept:
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def append(self, kind: str, row: dict[str, Any]) -> int:
        self.rows.append(row)
        return 0


def left(leg: str, result: SegmentResult) -> QueueChanged:
    return QueueChanged(QueueKind.CALLER_LEFT, NOW + 30, *KEY, None, result)


def test_a_callback_that_stands_in_the_queue_is_no_wait_of_a_caller() -> None:
    kept = Kept()
    waits = Waits(Pbxs({"main": Pbx("main")}), kept)
    name = "cti-callback-7-1-ab"
    stay = Stay(f"main:{name}", f"{name}-2", NOW - 3600, NOW)
    waits.joined(KEY, stay, None)
    waits.left(KEY, stay, left(stay.leg_id, SegmentResult.ANSWERED))
    assert kept.rows == []
    assert waits.pulse(KEY).giving_up == 0.0
