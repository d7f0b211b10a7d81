"""Calls as the live model shows them, in every stage of an agent's control."""

from cti_server.live.views import CallView, LegView
from cti_server.live.words import CallState, Direction, LegRole, LegState, Place

AGENT, OTHER = "PJSIP/1001", "PJSIP/1002"


def leg(
    n: int,
    device: str,
    *,
    state: LegState = LegState.CONNECTED,
    place: Place | None = None,
    role: LegRole = LegRole.AGENT,
    tried: str = "",
    waits_for: str = "",
) -> LegView:
    name = f"{device}-0000000{n}"
    answered = None if state in (LegState.ALERTING, LegState.INITIATED) else 100.0 + n
    return LegView(f"u{n}", name, device, role, state, f"10{n}", "", 100.0 + n, answered, place=place, tried=tried,
                   waits_for=waits_for)  # fmt: skip


def customer(place: Place | None = None, state: LegState = LegState.CONNECTED) -> LegView:
    waits_for = f"{AGENT}-00000001" if place is Place.HOLD else ""
    return leg(0, "PJSIP/trunk", role=LegRole.CUSTOMER, place=place, state=state, waits_for=waits_for)


def call(*legs: LegView, pbx: str = "main", linkedid: str = "pbx1-17953.0") -> CallView:
    return CallView(f"{pbx}:{linkedid}", pbx, linkedid, CallState.ESTABLISHED, Direction.INBOUND, "138", "", False,
                    "4000", "support", 100.0, legs=legs)  # fmt: skip


RINGING = call(customer(), leg(1, AGENT, state=LegState.ALERTING))
DIALLING = call(leg(1, AGENT), customer(state=LegState.ALERTING))
TALKING = call(customer(), leg(1, AGENT))
HELD = call(customer(Place.HOLD), leg(1, AGENT, state=LegState.HELD, place=Place.WAIT))
ASKING = call(
    customer(Place.HOLD),
    leg(1, AGENT, state=LegState.HELD, place=Place.CONSULT),
    leg(2, OTHER, state=LegState.ALERTING),
)
CONSULTING = call(customer(Place.HOLD), leg(1, AGENT, state=LegState.HELD, place=Place.CONSULT), leg(2, OTHER))
SWAPPED = call(customer(), leg(1, AGENT), leg(2, OTHER, place=Place.HOLD, waits_for=f"{AGENT}-00000001"))
CONFERENCE = call(customer(Place.ROOM), leg(1, AGENT, place=Place.ROOM), leg(2, OTHER, place=Place.ROOM))
ALONE = call(leg(1, AGENT))
ALL = {
    "ringing": RINGING,
    "dialling": DIALLING,
    "talking": TALKING,
    "held": HELD,
    "asking": ASKING,
    "consulting": CONSULTING,
    "conference": CONFERENCE,
    "alone": ALONE,
}
