"""A queue while it lives: who waits in which order, and whose devices are members."""

from cti_server.live.things.call import Leg
from cti_server.live.things.making import maker
from cti_server.live.views import QueueView, WaitingView

_waiting_view = maker(WaitingView)
_queue_view = maker(QueueView)


class Waiting:
    """A caller in a queue."""

    __slots__ = ("joined_at", "leg", "touched")

    def __init__(self, leg: Leg, joined_at: float, touched: int) -> None:
        self.leg = leg
        self.joined_at = joined_at
        self.touched = touched

    def view(self, position: int) -> WaitingView:
        """His view at a position that counts from 1."""
        leg = self.leg
        number = leg.number or leg.call.number
        return _waiting_view(leg.call.id, leg.id, number, leg.name or leg.call.name, position, self.joined_at)


class Queue:
    """A queue; see QueueView."""

    __slots__ = ("members", "name", "pbx", "view", "waiting")

    def __init__(self, pbx: str, name: str) -> None:
        self.pbx = pbx
        self.name = name
        self.waiting: list[Waiting] = []
        self.members: dict[str, None] = {}
        self.view: QueueView | None = None

    def find(self, leg_id: str) -> int:
        """Index of a caller, -1 when he does not wait here."""
        for index, waiting in enumerate(self.waiting):
            if waiting.leg.id == leg_id:
                return index
        return -1

    def join(self, waiting: Waiting, position: int) -> int:
        """Put a caller at a position that counts from 1 (his priority may let him pass others); returns his index."""
        index = min(max(position - 1, 0), len(self.waiting))
        self.waiting.insert(index, waiting)
        self.view = None
        return index

    def leave(self, leg_id: str) -> WaitingView | None:
        """Take a caller out; his view as he stood, or None when he did not wait here."""
        index = self.find(leg_id)
        if index < 0:
            return None
        self.view = None
        return self.waiting.pop(index).view(index + 1)

    def fresh_view(self) -> QueueView:
        """The view, made anew only after a change."""
        if self.view is None:
            waiting = tuple([who.view(index + 1) for index, who in enumerate(self.waiting)])
            self.view = _queue_view(self.pbx, self.name, waiting, tuple(self.members))
        return self.view
