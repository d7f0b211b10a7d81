"""What came of a fact. Each change has a CSTA name (`kind`) and the whole new view of what changed."""

from dataclasses import dataclass
from enum import StrEnum

from cti_server.live.views import AgentView, CallView, LinkView, WaitingView
from cti_server.live.words import AgentState, RecordingWord, SegmentResult


class CallKind(StrEnum):
    """Kinds of a call's change; `leg_id` and `device` of the change say on whose leg."""

    ORIGINATED = "call.originated"
    QUEUED = "call.queued"
    DELIVERED = "call.delivered"  # a device begins to ring
    RING_ENDED = "call.ringEnded"  # it stops ringing without having answered
    ESTABLISHED = "call.established"
    HELD = "call.held"
    RETRIEVED = "call.retrieved"
    TRANSFERRED = "call.transferred"
    CONFERENCED = "call.conferenced"
    CONNECTION_CLEARED = "call.connectionCleared"
    CLEARED = "call.cleared"
    UPDATED = "call.updated"  # anything else of the view


class AgentKind(StrEnum):
    """Kinds of an agent's change, one for each state he can come into."""

    LOGGED_OFF = "agent.loggedOff"
    READY = "agent.ready"
    NOT_READY = "agent.notReady"
    ALERTING = "agent.alerting"
    BUSY = "agent.busy"
    WORKING_AFTER_CALL = "agent.workingAfterCall"
    UNREACHABLE = "agent.unreachable"
    UPDATED = "agent.updated"  # same state; memberships, calls or reason changed


class QueueKind(StrEnum):
    """Kinds of a queue's change."""

    CALLER_JOINED = "queue.callerJoined"
    CALLER_LEFT = "queue.callerLeft"
    CALLER_ABANDONED = "queue.callerAbandoned"
    UPDATED = "queue.updated"


@dataclass(frozen=True, slots=True)
class CallChanged:
    """A call changed. Several may come of one fact, in the order in which they happened."""

    kind: CallKind
    at: float
    call: CallView
    leg_id: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """Something of a recording was told on the channel of `leg_id`; `name` of its files and `consent` at its start."""

    word: RecordingWord
    at: float
    call: CallView
    leg_id: str
    channel: str
    name: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent's state or memberships changed; `before` was the state until `at`, since `before_since`."""

    kind: AgentKind
    at: float
    agent: AgentView
    before: AgentState
    before_reason: str
    before_since: float


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """A queue changed; for callers that came or left, who and how.

    Only its name is told: with many who wait, a view of them all for every one who comes is the dearest thing of a busy
    queue, and those who show it show it a few times a second. They ask the model (`Pbx.queues`).
    """

    kind: QueueKind
    at: float
    pbx: str
    name: str
    caller: WaitingView | None = None
    result: SegmentResult | None = None


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link to a PBX came up (after the model was made true again) or went down."""

    at: float
    link: LinkView


Change = CallChanged | RecordingChanged | AgentChanged | QueueChanged | LinkChanged
