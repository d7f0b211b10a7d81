"""What a PBX told us: one small fact for each event that matters, and the whole truth after a lost link.

Facts name channels by Uniqueid. Numbers and names are as the PBX wrote them (`<unknown>` included); empty means that
the event did not say. Times travel beside a fact, not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cti_server.live.words import Place, RecordingWord

NOTHING: Mapping[str, str] = {}


class Channel(NamedTuple):
    """The channel that a fact is about, as far as the event describes it; fields in the order of Asterisk's headers.

    A tuple, for it is made for nearly every event. `state` is Asterisk's number (0 down, 4 ring, 5 ringing, 6 up).
    """

    name: str
    state: str = ""
    number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    context: str = ""
    exten: str = ""
    id: str = ""
    """Uniqueid."""
    linkedid: str = ""


@dataclass(frozen=True, slots=True)
class ChannelBegan:
    """Newchannel. `state` 4 means that it came in to the PBX, 0 that the PBX is calling out on it."""

    channel: Channel
    state: int
    exten: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelStateChanged:
    """Newstate: 4 ring, 5 ringing, 6 up."""

    channel: Channel
    state: int


@dataclass(frozen=True, slots=True)
class CallerIdChanged:
    """NewCallerid."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class ChannelRenamed:
    """Rename: a masquerade (pickup, some transfers) gave this Uniqueid another device's channel."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class HangupAsked:
    """HangupRequest or SoftHangupRequest: somebody hung up; the channel is still there."""

    id: str
    cause: int
    soft: bool = False
    """Asked by the PBX itself or by an action, not by the party."""


@dataclass(frozen=True, slots=True)
class ChannelEnded:
    """Hangup."""

    channel: Channel
    cause: int
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialBegan:
    """DialBegin. `caller` is None when the PBX itself dials (Originate)."""

    caller: Channel | None
    called: Channel
    dial_string: str
    connected_number: str = ""
    """The number that the called device is shown."""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DialEnded:
    """DialEnd; may come twice for a leg."""

    called_id: str
    status: str
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class AgentCalled:
    """AgentCalled: a queue rings a member."""

    caller: Channel
    called: Channel
    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class AgentConnected:
    """AgentConnect: a queue's caller and a member are about to be bridged."""

    caller_id: str
    called_id: str
    queue: str


@dataclass(frozen=True, slots=True)
class AgentMissed:
    """AgentRingNoAnswer (also after a rejection)."""

    called_id: str


@dataclass(frozen=True, slots=True)
class QueueJoined:
    """QueueCallerJoin. `place` is context and extension, by which a later exit is told apart."""

    channel: Channel
    queue: str
    position: int
    place: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueueLeft:
    """QueueCallerLeave, for whatever reason."""

    id: str
    queue: str
    place: str


@dataclass(frozen=True, slots=True)
class QueueGivenUp:
    """QueueCallerAbandon: the caller hung up, or the queue timed out, or he was redirected or withdrawn."""

    id: str
    queue: str
    place: str


@dataclass(frozen=True, slots=True)
class QueueStatusTold:
    """The dialplan told `${QUEUESTATUS}` after `Queue()`."""

    id: str
    status: str


@dataclass(frozen=True, slots=True)
class QueueOrdered:
    """QueueStatus of one queue, asked after a caller was given another priority: app_queue tells no event of that."""

    queue: str
    ids: tuple[str, ...]
    """Uniqueids in the order in which they stand."""


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    """BridgeEnter. `creator` is `ConfBridge`, `Parking`, … or `<unknown>`."""

    channel: Channel
    bridge: str
    technology: str
    creator: str


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    """BridgeLeave."""

    id: str
    bridge: str


@dataclass(frozen=True, slots=True)
class BridgeGone:
    """BridgeDestroy."""

    bridge: str


@dataclass(frozen=True, slots=True)
class Held:
    """Hold; the channel is that of the party who put the other on hold."""

    id: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Unhold; also comes without a hold before it."""

    id: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """BlindTransfer or AttendedTransfer that succeeded."""

    transferer_ids: tuple[str, ...]
    transferee_id: str
    attended: bool


@dataclass(frozen=True, slots=True)
class Parked:
    """ParkedCall."""

    id: str
    space: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Our dialplan told where it has a leg now; `tried` is what the dialling came to that brought it there, `waits_for`
    the channel for which it is on hold."""

    channel: Channel
    place: Place
    tried: str = ""
    waits_for: str = ""


@dataclass(frozen=True, slots=True)
class RecordingTold:
    """Our dialplan began to record a channel (`name` of its files, `consent` of the caller); MixMonitorMute, …Stop.

    DTMFEnd: a key, without saying which.
    """

    channel: Channel
    word: RecordingWord
    name: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Unparked:
    """UnParkedCall (`how` is retrieved), ParkedCallTimeOut (timedOut), ParkedCallGiveUp (givenUp)."""

    id: str
    how: str


@dataclass(frozen=True, slots=True)
class SpyBegan:
    """ChanSpyStart: this channel listens to another; it is no party of any call."""

    spy_id: str


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """QueueMemberAdded, Status, Pause, Penalty, Ringinuse, and the items of a listing: all say the same things.

    `last_call`, `last_pause`, `login_time` are whole seconds of the PBX's clock, 0 for never.
    """

    queue: str
    interface: str
    state_interface: str
    name: str
    penalty: int
    status: int
    paused: bool
    reason: str
    dynamic: bool = True
    calls_taken: int = 0
    last_call: int = 0
    last_pause: int = 0
    login_time: int = 0


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """QueueMemberRemoved."""

    queue: str
    interface: str
    state_interface: str


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """DeviceStateChange of an endpoint; `state` as Asterisk writes it: NOT_INUSE, RINGING, UNAVAILABLE, …"""

    device: str
    state: str


@dataclass(frozen=True, slots=True)
class PbxStopped:
    """Shutdown: the PBX says that it goes down; no channel lives on."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """Our link to the PBX broke or fell silent: what is known grows old until the next Truth."""

    reason: str


@dataclass(frozen=True, slots=True)
class ListingBegun:
    """The questions whose answers will be the next Truth are being sent.

    What events tell from here on is newer than that Truth and is not corrected by it.
    """


@dataclass(frozen=True, slots=True)
class TrueChannel:
    """A channel as a listing shows it. `bridge` is empty when it is in none."""

    channel: Channel
    state: int
    seconds: float
    """Age of the channel."""
    bridge: str = ""
    exten: str = ""
    application: str = ""
    app_data: str = ""
    connected_number: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrueEntry:
    """A caller in a queue as QueueStatus shows it. `wait` in seconds."""

    queue: str
    id: str
    position: int
    wait: float
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything that the PBX lists. Applied after the link came up and from time to time."""

    channels: tuple[TrueChannel, ...] = ()
    queues: tuple[str, ...] = ()
    members: tuple[MemberSeen, ...] = ()
    entries: tuple[TrueEntry, ...] = ()
    devices: Mapping[str, str] = field(default_factory=dict)
    bridges: Mapping[str, str] = field(default_factory=dict)
    """Bridge id → its creator, for those that are not plain ones (`ConfBridge`, `Parking`)."""
    parked: frozenset[str] = frozenset()
    """Uniqueids."""
    spaces: Mapping[str, str] = field(default_factory=dict)
    """Uniqueid → parking space, as far as told."""
    version: str = ""
    unknown: frozenset[str] = frozenset()
    """Families that the PBX would not list (`queues`, `parked`): what is known of them is left as it is."""
    pbx_time: float | None = None
    """The PBX's own clock at the moment of the answer, when it is known."""


Event = (
    ChannelBegan
    | ChannelStateChanged
    | CallerIdChanged
    | ChannelRenamed
    | HangupAsked
    | ChannelEnded
    | DialBegan
    | DialEnded
    | AgentCalled
    | AgentConnected
    | AgentMissed
    | QueueJoined
    | QueueLeft
    | QueueGivenUp
    | QueueStatusTold
    | BridgeEntered
    | BridgeLeft
    | BridgeGone
    | Held
    | Retrieved
    | Transferred
    | Parked
    | Placed
    | RecordingTold
    | Unparked
    | SpyBegan
    | MemberSeen
    | MemberRemoved
    | DeviceChanged
    | PbxStopped
)
"""What one message of the PBX can tell."""

Fact = Event | LinkLost | ListingBegun | Truth | QueueOrdered
