"""The field's words (ECMA-269, CSTA Phase III) as enums; the same strings stand in SQL, JSON and the consoles."""

from enum import StrEnum


class CallState(StrEnum):
    """Where a call as a whole stands."""

    INITIATED = "initiated"  # begun: dialling, in an IVR, in the dialplan
    QUEUED = "queued"  # waiting in a queue, nobody rung
    DELIVERED = "delivered"  # somebody is being rung
    ESTABLISHED = "established"  # two or more talk
    HELD = "held"  # an agent has put the other side on hold
    CLEARED = "cleared"  # over


class Direction(StrEnum):
    """Who began the call, seen from the call center."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How a call ended, told once it is cleared."""

    ANSWERED = "answered"  # an agent talked with the other side
    ABANDONED = "abandoned"  # the caller hung up while waiting in a queue
    LEFT_QUEUE = "leftQueue"  # left a queue by key, time-out or withdrawal and reached nobody afterwards
    NO_ANSWER = "noAnswer"  # rang outside a queue (or outbound) and nobody answered
    BUSY = "busy"
    FAILED = "failed"  # could not be put through
    NOT_QUEUED = "notQueued"  # ended in the IVR or dialplan without reaching a queue or an agent
    MERGED = "merged"  # a consultation that was joined into another call
    INTERRUPTED = "interrupted"  # the PBX or its link went away meanwhile; the true end was not seen


class LegState(StrEnum):
    """Where one channel of a call stands."""

    INITIATED = "initiated"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HELD = "held"
    CLEARED = "cleared"


class LegRole(StrEnum):
    """Whose channel it is."""

    CUSTOMER = "customer"  # the outside party
    AGENT = "agent"  # an internal device
    SYSTEM = "system"  # Local halves, spies, announcers: never counted


class SegmentKind(StrEnum):
    """One stretch of a call."""

    IVR = "ivr"  # in the dialplan before a queue or a ring; device and queue None
    QUEUE = "queue"  # waiting in `queue`
    RING = "ring"  # `device` is being rung (by `queue`, if any)
    TALK = "talk"  # `device` talks (holds are inside: see held_seconds)
    PARK = "park"
    CONFERENCE = "conference"  # `device` in a conference room


class SegmentResult(StrEnum):
    """How a segment ended."""

    ANSWERED = "answered"  # ring or queue: somebody took it
    NO_ANSWER = "noAnswer"
    REJECTED = "rejected"
    ELSEWHERE = "elsewhere"  # ring: somebody else took it
    ABANDONED = "abandoned"
    TIMED_OUT = "timedOut"
    EXIT_KEY = "exitKey"
    REDIRECTED = "redirected"  # taken out by a redirect, withdrawal or transfer
    TRANSFERRED = "transferred"  # talk: handed on
    CLEARED = "cleared"  # ended by hangup
    INTERRUPTED = "interrupted"


class AgentState(StrEnum):
    """What an agent's device and memberships say."""

    LOGGED_OFF = "loggedOff"  # member of no queue
    READY = "ready"  # member of at least one queue, not paused in all, device idle
    NOT_READY = "notReady"  # paused in every queue of which a member; reason given
    ALERTING = "alerting"  # the device rings
    BUSY = "busy"  # on a call
    WORKING_AFTER_CALL = "workingAfterCall"  # paused with the reserved reason
    UNREACHABLE = "unreachable"  # device unavailable or not registered while a member


class Place(StrEnum):
    """Where a leg is in our own dialplan, while cti-server moves the legs of a call."""

    HOLD = "hold"  # hears music until somebody comes back
    WAIT = "wait"  # an agent who has put somebody on hold
    CONSULT = "consult"  # an agent who asks a colleague meanwhile
    TRANSFER = "transfer"  # on its way to somebody else
    RETURNED = "returned"  # nobody was there: back to who sent it
    TAKEN = "taken"  # a colleague takes over from an agent who hung up
    ROOM = "room"  # in a conference of the parties of its call


SPY_CALL = "cti-spy-"
"""How the Linkedid of a call begins by which a supervisor only listens to another."""

CALLBACK_CALL = "cti-callback-"
"""How the Linkedid of a call begins by which the server calls somebody back who kept his place in a queue."""

CALLBACK_LEG = "-2"
"""How the Uniqueid of the leg ends that stands in the queue for him; before it stands the Linkedid."""

ACW_REASON = "acw"
"""The pause reason that is reserved for after-call work."""

OWN_PENALTY = 100
"""A member's own penalty is what is left of the one on the PBX when divided by this: what is above is our ranking."""


class RecordingWord(StrEnum):
    """What the PBX tells of a recording."""

    STARTED = "started"
    REFUSED = "refused"  # the dialplan did not begin, because of consent
    MUTED = "muted"  # silence is written until further notice
    UNMUTED = "unmuted"
    STOPPED = "stopped"
    KEY = "key"  # somebody pressed one; which is never read
