"""What each queue may expect, kept beside what then happened."""

from collections import deque
from typing import Any, Final

from cti_server.core.bus import Bus
from cti_server.live.changes import AgentChanged, CallChanged, CallKind, QueueChanged
from cti_server.live.words import AgentState, SegmentKind, SegmentResult
from cti_server.routing.decisions.expected.wait_estimate import Expected, Pulse
from cti_server.routing.decisions.model import Journal, Live, QueueKey, stands_in
from cti_server.routing.decisions.occupancy import Staff
from cti_server.routing.decisions.stays import Coming, Stay

ESTIMATE: Final = "wait_estimate"
"""Kind of the journal's rows."""
_ENDS: Final = frozenset({CallKind.CONNECTION_CLEARED, CallKind.CLEARED, CallKind.TRANSFERRED})


class Waits:
    """Learns from talks and waits, and writes down for each caller what was expected."""

    def __init__(self, live: Live, journal: Journal) -> None:
        self._live = live
        self._journal = journal
        self._staff = Staff()
        self._pulses: dict[QueueKey, Pulse] = {}
        self._after_call: dict[tuple[str, str], float] = {}
        self._learned: deque[tuple[str, int]] = deque(maxlen=64)

    def start(self, bus: Bus) -> None:
        """Begin to listen."""
        bus.subscribe(CallChanged, self._on_call)
        bus.subscribe(AgentChanged, self._on_agent)
        for agent in self._live.agents.values():
            self._staff.hear(agent)

    def pulse(self, key: QueueKey) -> Pulse:
        """What a queue did lately."""
        return self._pulses.setdefault(key, Pulse())

    def expected(self, key: QueueKey, position: int) -> Expected | None:
        """What somebody who joins at `position` may expect; None while it is not known."""
        agents, free = self._staff.of(key)
        return self.pulse(key).expected(position, agents, free)

    def joined(self, key: QueueKey, stay: Stay, coming: Coming | None) -> None:
        """Somebody joined: write down what is expected, if that is known."""
        if stands_in(stay.call_id, stay.leg_id):
            return
        expected = self.expected(key, stay.position)
        if expected is None:
            return
        stay.estimate = (stay.position, self._staff.of(key)[0], expected)
        stay.told_minutes = coming.told_minutes if coming is not None else None
        self._journal.append(ESTIMATE, _row(key, stay, stay.estimate))

    def left(self, key: QueueKey, stay: Stay, change: QueueChanged) -> None:
        """He left: write down how long it was."""
        if stands_in(stay.call_id, stay.leg_id):
            return
        waited = max(0.0, change.at - stay.joined_at)
        self.pulse(key).left(waited, change.result is SegmentResult.ABANDONED)
        if stay.estimate is not None:
            answered = change.result is SegmentResult.ANSWERED
            if answered:
                self.pulse(key).turned_out(stay.estimate[2], waited)
            self._journal.append(ESTIMATE, _row(key, stay, stay.estimate, waited=waited, answered=answered))

    def _on_call(self, change: CallChanged) -> None:
        if change.kind not in _ENDS:
            return
        call = change.call
        for part in call.segments:
            if part.kind is not SegmentKind.TALK or not part.queue or part.ended_at != change.at:
                continue
            if (call.id, part.n) in self._learned:
                continue  # two legs end at one moment
            self._learned.append((call.id, part.n))
            after = self._after_call.get((call.pbx, part.device or ""), 0.0)
            self.pulse((call.pbx, part.queue)).handled(change.at - part.started_at + after)

    def _on_agent(self, change: AgentChanged) -> None:
        """How long his after-call work was: that of his next call is taken to be as long."""
        self._staff.hear(change.agent)
        if change.before is AgentState.WORKING_AFTER_CALL and change.agent.state is not change.before:
            self._after_call[change.agent.pbx, change.agent.device] = change.at - change.before_since


def _row(key: QueueKey, stay: Stay, estimate: tuple[int, int, Expected], **more: Any) -> dict[str, Any]:
    position, staffed, expected = estimate
    row = {
        "pbx": key[0],
        "linkedid": stay.call_id.partition(":")[2],
        "queue": key[1],
        "joined_at": stay.joined_at,
        "position": position,
        "staffed": staffed,
        "expected": expected.seconds,
        "low": expected.low,
        "high": expected.high,
        "announced": stay.told_minutes is not None,
        "told_minutes": stay.told_minutes,
        "waited": None,
        "answered": None,
    }
    return {**row, **more}
