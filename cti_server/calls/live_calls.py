"""Tells the consoles of the live calls: all of them on topic `calls`, and each agent of his own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cti_server.calls.model import (
    CallJson,
    Live,
    MyCallJson,
    People,
    call_json,
    lies_within,
    my_call_json,
    only_listens,
)
from cti_server.calls.writer import CallWriter
from cti_server.core.auth.model import Role, Session
from cti_server.core.push.sights import Sight
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView
from cti_server.live.words import LegRole, LegState

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

TOPIC = "calls"


def may_watch(session: Session) -> bool:
    """Who sees the calls of others while they last: supervisors and admins."""
    return bool(session.roles & {Role.SUPERVISOR, Role.ADMIN})


class LiveCalls:
    """The live side of the history of calls."""

    def __init__(self, hub: "PushHub", live: Live, people: People, writer: CallWriter) -> None:
        self._hub = hub
        self._live = live
        self._people = people
        self._writer = writer
        sight = Sight(
            items=("calls",),
            key=lambda call: call.id,
            shown=lambda scope, call: call if lies_within(scope, call, people) else None,
            gone=lambda call: ("call.removed", {"id": call.id, "state": "cleared"}),
        )
        hub.register_topic(TOPIC, may=may_watch, snapshot=self.snapshot, sight=sight)
        hub.add_part("user", "calls", self.calls_of)

    def snapshot(self) -> dict[str, list[CallJson]]:
        """Every live call, the oldest first."""
        told = (call for call in self._live.calls.values() if not only_listens(call))
        calls = sorted(told, key=lambda call: call.started_at)
        return {"calls": [call_json(call, self._writer.customer(call.id)) for call in calls]}

    def calls_of(self, user_id: int) -> list[MyCallJson]:
        """The live calls that ring this user or in which he has a leg, the oldest first."""
        device = self._people.device_of(user_id)
        if device is None:
            return []
        mine = (
            my_call_json(call, device[1], self._writer.customer(call.id))
            for call in sorted(self._with_device(*device), key=lambda call: call.started_at)
        )
        return [call for call in mine if call is not None]

    def _with_device(self, pbx: str, device: str) -> Iterator[CallView]:
        agent = self._live.agents.get((pbx, device))
        if agent is not None:
            yield from (self._live.calls[call_id] for call_id in agent.call_ids if call_id in self._live.calls)
            return
        # A device that is a member of no queue is perhaps no agent of the model; then its legs are looked for.
        for call in self._live.calls.values():
            if call.pbx == pbx and any(leg.device == device and _lives(leg.role, leg.state) for leg in call.legs):
                yield call

    def tell(self, change: CallChanged) -> None:
        """Send a change to those who may know of it."""
        self._send(change.kind, change.call, change.at)

    def tell_customer(self, call: CallView, at: float) -> None:
        """The customer of a live call became known."""
        self._send(CallKind.UPDATED, call, at)

    def _send(self, kind: CallKind, call: CallView, at: float) -> None:
        customer = self._writer.customer(call.id)
        if self._hub.hears(TOPIC):
            self._hub.publish(TOPIC, kind, call_json(call, customer), at)
        known = self._writer.known.get(call.id)
        before = known.audience if known else {}
        now = self._audience(call)
        # Whose leg has just ended hears of that, once; from then on the call is none of his business.
        for user_id, device in {**before, **now}.items():
            if not self._hub.hears(f"user:{user_id}"):
                continue
            mine = my_call_json(call, device, customer, gone=user_id not in now)
            if mine is not None:
                self._hub.publish(f"user:{user_id}", kind, mine, at)
        if known:
            known.audience = now

    def _audience(self, call: CallView) -> dict[int, str]:
        """User → device of those who are rung by the call or have a living leg of it."""
        if call.ended_at is not None:
            return {}
        devices = {leg.device for leg in call.legs if _lives(leg.role, leg.state)}
        devices |= {part.device for part in call.segments if part.device is not None and part.ended_at is None}
        return {
            user_id: device
            for device in devices
            if (user_id := self._people.user_of(call.pbx, device)) is not None and self._has(call, device)
        }

    def _has(self, call: CallView, device: str) -> bool:
        # A leg that went over into another call still stands in the view of the old one: the agent's own list of calls
        # says where it is.
        agent = self._live.agents.get((call.pbx, device))
        return agent is None or call.id in agent.call_ids


def _lives(role: LegRole, state: LegState) -> bool:
    return role is not LegRole.SYSTEM and state is not LegState.CLEARED
