"""Raised hands: in memory for everybody who looks, in the journal for after a restart."""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cti_server.agents.help import model
from cti_server.agents.help.model import Hand, HandJson, Journal, People, hand_json
from cti_server.agents.model import Live
from cti_server.core.auth.model import Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, NotFound

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

ROW: Final = "help_hand"
"""Kind of the journal's rows."""
TOPIC: Final = "help"


class Hands:
    """At most one hand of each agent is up."""

    def __init__(self, hub: "PushHub", live: Live, people: People, journal: Journal, clock: Clock) -> None:
        self._hub = hub
        self._live = live
        self._people = people
        self._journal = journal
        self._clock = clock
        self._up: dict[int, Hand] = {}

    def remember(self, hands: Iterable[Hand]) -> None:
        """Hands that were up when the server last ran; one that went up meanwhile stands."""
        for hand in hands:
            self._up.setdefault(hand.user_id, hand)

    def all(self) -> list[HandJson]:
        """Those that are up, the longest waiting first."""
        return [hand_json(hand, self._people) for hand in sorted(self._up.values(), key=lambda one: one.raised_at)]

    def of(self, user_id: int) -> HandJson | None:
        """A user's own hand; None when it is down."""
        hand = self._up.get(user_id)
        return None if hand is None else hand_json(hand, self._people)

    def forget(self, calls: Collection[str]) -> None:
        """The person of these calls is forgotten."""
        for user_id, hand in self._up.items():
            if hand.call_id in calls:
                self._up[user_id] = replace(hand, number="", caller="")

    def owners(self) -> list[int]:
        """Whose hands are up."""
        return list(self._up)

    def put_up(self, who: Session) -> HandJson:
        """Raise one's hand with the call of this moment; one that is up stays. Raises Conflict (no_device)."""
        key = self._people.device_of(who.user_id)
        if key is None:
            raise Conflict("No device is assigned to you.", code="no_device")
        hand = self._up.get(who.user_id)
        if hand is not None:
            return hand_json(hand, self._people)
        hand = model.raised(secrets.token_hex(8), who.user_id, self._clock.now(), model.call_at(self._live, key))
        self._up[who.user_id] = hand
        return self._tell("hand.raised", hand)

    def come(self, who: Session, user_id: int) -> HandJson:
        """Say that one comes. Raises NotFound (no_such_hand)."""
        hand = model.coming(self._known(user_id), who.user_id, self._clock.now())
        self._up[user_id] = hand
        return self._tell("hand.coming", hand)

    def put_down(self, who: Session, user_id: int) -> HandJson:
        """One's own hand, or as a supervisor that of an agent. Raises NotFound (no_such_hand)."""
        self._known(user_id)
        return self._down(user_id, who.user_id, "agent" if who.user_id == user_id else "supervisor")

    def gone(self, user_id: int, how: str) -> None:
        """He works no longer: so does his hand."""
        if user_id in self._up:
            self._down(user_id, None, how)

    def _down(self, user_id: int, by: int | None, how: str) -> HandJson:
        hand = model.lowered(self._up.pop(user_id), by, how, self._clock.now())
        return self._tell("hand.lowered", hand)

    def _known(self, user_id: int) -> Hand:
        hand = self._up.get(user_id)
        if hand is None:
            raise NotFound("This hand is down.", code="no_such_hand")
        return hand

    def _tell(self, kind: str, hand: Hand) -> HandJson:
        self._journal.append(ROW, hand.row())
        shown = hand_json(hand, self._people)
        now = self._clock.now()
        for topic in (TOPIC, f"user:{hand.user_id}"):
            self._hub.publish(topic, kind, shown, now)
        return shown
