"""What stands in the list and what is told of it; what people do with it is seen in the rooms, on a real database."""

from dataclasses import dataclass
from typing import Any

from cti_server.core.clock import SystemClock
from cti_server.core.worklist.service import WorkList, cut


@dataclass(frozen=True)
class Thing:
    id: int
    revision: int
    state: str = "open"


class Hub:
    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []

    def publish(self, topic: str, type: str, data: Any, ts: float) -> None:
        self.told.append((type, data))


def made(most: int = 9) -> tuple[WorkList[Thing], Hub]:
    hub = Hub()
    things: WorkList[Thing] = WorkList(
        topic="things",
        open_states=("open",),
        hub=hub,
        db=None,
        audit=None,
        clock=SystemClock(),
        most=most,  # type: ignore[arg-type]
    )
    return things, hub


def test_an_older_picture_is_not_told_and_what_is_over_leaves_the_list() -> None:
    things, hub = made()
    things.fill([Thing(1, 5)], dict)
    things.tell(Thing(1, 4))
    things.tell(Thing(1, 5))
    things.tell(Thing(1, 6, "done"))
    things.tell(Thing(2, 7))
    assert [kind for kind, _ in hub.told] == ["things.list", "things.changed", "things.changed"]
    assert things.items == {2: Thing(2, 7)}


def test_a_full_list_takes_no_more_and_still_tells_of_them() -> None:
    things, hub = made(most=1)
    things.tell(Thing(1, 1))
    things.tell(Thing(2, 2))
    things.tell(Thing(1, 3))
    assert things.items == {1: Thing(1, 3)}
    assert len(hub.told) == 3


def test_a_page_says_where_the_next_one_begins() -> None:
    found = [Thing(9, 1), Thing(8, 1), Thing(7, 1)]
    assert cut(list(found), 2) == (found[:2], 8)
    assert cut(found[:2], 2) == (found[:2], None)
