"""Ends legs that wait for somebody who will not come back: the dialplan does so within five seconds, this at once.

An agent whom all others have left in a conference is let go, too, as he is at the end of any other call.
"""

from collections.abc import Callable

import structlog

from cti_server.calls.control.switchboard import Switchboard
from cti_server.core.errors import CtiError
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import LegView
from cti_server.live.words import LegRole, LegState, Place

log = structlog.get_logger(__name__)


class Orphans:
    """Looks at a call whenever one of its legs has ended."""

    def __init__(self, board: Callable[[str], Switchboard], tasks: Tasks) -> None:
        self._board = board
        self._tasks = tasks

    def heard(self, change: CallChanged) -> None:
        """A call has changed."""
        if change.kind is not CallKind.CONNECTION_CLEARED:
            return
        left = orphans_of(change.call.legs)
        if left:
            self._tasks.start(f"orphans {change.call.id}", self._end(self._board(change.call.pbx), left))

    @staticmethod
    async def _end(board: Switchboard, legs: list[LegView]) -> None:
        for leg in legs:
            try:
                await board.hangup(leg)
            except CtiError as fault:
                log.warning("orphan_not_ended", pbx=board.pbx, channel=leg.channel, reason=fault.sentence)


def orphans_of(legs: tuple[LegView, ...]) -> list[LegView]:
    """The legs that wait, when everybody who is left waits on the same side: all on hold, or all for one on hold.

    Also the last one in a conference.
    """
    living = [leg for leg in legs if leg.state is not LegState.CLEARED and leg.role is not LegRole.SYSTEM]
    places = {leg.place for leg in living}
    alone = len(living) == 1 and places == {Place.ROOM}
    return living if alone or places in ({Place.HOLD}, {Place.WAIT}) else []
