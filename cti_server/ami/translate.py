"""Raw AMI messages into facts. Only events that the live model needs are read, and of them only the needed headers.

Header names and their order are those of Asterisk 16 to 22 (`main/manager_channels.c`, `main/manager_bridges.c`,
`apps/app_queue.c`). Values cannot hold CRLF, so CRLF before a name tells a header from a value.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NoReturn
from urllib.parse import parse_qsl

from cti_server.live import facts
from cti_server.live.facts import Channel, Event
from cti_server.live.things.making import maker
from cti_server.live.words import Place, RecordingWord

_END: Final = "\r\n"
_new: Final = tuple.__new__
_NO_DATA: Final = MappingProxyType[str, str]({})
_FIELD: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_STATUSES: Final = frozenset(
    {"TIMEOUT", "FULL", "JOINEMPTY", "LEAVEEMPTY", "JOINUNAVAIL", "LEAVEUNAVAIL", "CONTINUE", "WITHDRAW"}
)

Reader = Callable[[str], Event | None]

# The facts that busy times are made of: not through a frozen dataclass' own slow beginning.
_agent_called_fact: Final = maker(facts.AgentCalled)
_agent_connected_fact: Final = maker(facts.AgentConnected)
_bridge_entered_fact: Final = maker(facts.BridgeEntered)
_bridge_gone_fact: Final = maker(facts.BridgeGone)
_bridge_left_fact: Final = maker(facts.BridgeLeft)
_channel_began_fact: Final = maker(facts.ChannelBegan)
_channel_ended_fact: Final = maker(facts.ChannelEnded)
_channel_state_changed_fact: Final = maker(facts.ChannelStateChanged)
_device_changed_fact: Final = maker(facts.DeviceChanged)
_dial_began_fact: Final = maker(facts.DialBegan)
_dial_ended_fact: Final = maker(facts.DialEnded)
_hangup_asked_fact: Final = maker(facts.HangupAsked)
_member_seen_fact: Final = maker(facts.MemberSeen)
_queue_joined_fact: Final = maker(facts.QueueJoined)
_queue_left_fact: Final = maker(facts.QueueLeft)


def translate(raw: bytes, arrived_at: float, clock_offset: float = 0.0) -> tuple[Event, float] | None:
    """The fact in a raw message (without its closing empty line) and its time, or None when nobody needs it.

    The time is the event's own Timestamp plus `clock_offset` (both seconds) where the PBX sends one, else `arrived_at`.
    Never raises: what cannot be read is not needed.
    """
    if raw[:7] != b"Event: ":
        # Asterisk sends an empty line too many now and then.
        raw = raw.lstrip(b"\r\n")
        if raw[:7] != b"Event: ":
            return None
    reader = _READERS.get(raw[7 : raw.find(b"\r\n", 7)])
    if reader is None:
        return None
    text = raw.decode("utf-8", "replace")
    try:
        fact = reader(text)
    except ValueError:
        return None
    if fact is None:
        return None
    start = text.find("\r\nTimestamp: ", 9)
    if start < 0:
        return fact, arrived_at
    try:
        # Ten digits, a point, six digits: until the year 2286.
        return fact, float(text[start + 13 : start + 30]) + clock_offset
    except ValueError:
        return fact, arrived_at


def _get(text: str, key: str) -> str:
    """Value of the first header `key`, which is given as CRLF, name, colon, space; empty when there is none."""
    start = text.find(key)
    if start < 0:
        return ""
    start += len(key)
    end = text.find(_END, start)
    return text[start:] if end < 0 else text[start:end]


def _int(text: str, key: str) -> int:
    value = _get(text, key)
    try:
        return int(value) if value else 0
    except ValueError:
        return 0


def _pair(text: str, first: str, second: str) -> tuple[str, str]:
    """Values of two headers that usually stand side by side."""
    start = text.find(first)
    if start < 0:
        return "", ""
    start += len(first)
    end = text.find(_END, start)
    if end < 0:
        return text[start:], ""
    value = text[start:end]
    if text.startswith(second, end):
        start = end + len(second)
        end = text.find(_END, start)
        return value, text[start:] if end < 0 else text[start:end]
    return value, _get(text, second)


def _snapshot(prefix: str) -> re.Pattern[str]:
    """A channel's headers in the one order in which Asterisk writes them; other orders are read header by header."""
    return re.compile(
        f"\r\n{prefix}Channel: ([^\r]*)\r\n{prefix}ChannelState: ([0-9]*)\r\n{prefix}ChannelStateDesc: [^\r]*"
        f"\r\n{prefix}CallerIDNum: ([^\r]*)\r\n{prefix}CallerIDName: ([^\r]*)"
        f"\r\n{prefix}ConnectedLineNum: ([^\r]*)\r\n{prefix}ConnectedLineName: [^\r]*"
        f"\r\n{prefix}Language: [^\r]*\r\n{prefix}AccountCode: [^\r]*"
        f"\r\n{prefix}Context: ([^\r]*)\r\n{prefix}Exten: ([^\r]*)"
        f"\r\n{prefix}Priority: [^\r]*\r\n{prefix}Uniqueid: ([^\r]+)\r\n{prefix}Linkedid: ([^\r]*)"
    )


_VARIABLES: Final = re.compile("(?:\r\nChanVariable: [^\r]*)+").match
_KNOWN_DATA: Final = 1_000
_known_data: dict[str, Mapping[str, str]] = {}
"""Lines of channel variables as they came → what they say. A call's are the same from one event to the next."""

CHANNEL_KEYS: Final = (
    "Channel", "ChannelState", "CallerIDNum", "CallerIDName", "ConnectedLineNum", "Context", "Exten", "Uniqueid",
    "Linkedid",
)  # fmt: skip
_CHANNEL: Final = _snapshot("").search
_DEST: Final = _snapshot("Dest").search
_ENDPOINT: Final = re.compile("\r\nDevice: ((?!Local/)[^\\W_]+/[^\r]*)(?:\r\nState: ([^\r]*))?").search
_MEMBER: Final = re.compile(
    "\r\nQueue: ([^\r]*)\r\nMemberName: ([^\r]*)\r\nInterface: ([^\r]*)\r\nStateInterface: ([^\r]*)"
    "\r\nMembership: ([^\r]*)\r\nPenalty: ([0-9]+)\r\nCallsTaken: ([0-9]+)\r\nLastCall: ([0-9]+)"
    "\r\nLastPause: ([0-9]+)\r\nLoginTime: ([0-9]+)\r\nInCall: [^\r]*\r\nStatus: ([0-9]+)"
    "\r\nPaused: ([0-9])\r\nPausedReason: ([^\r]*)"
).search


def _channel(text: str, prefix: str = "") -> Channel:
    """What a message says of a channel. Raises ValueError without a Uniqueid."""
    match = _DEST(text) if prefix else _CHANNEL(text)
    if match is not None:
        return _new(Channel, match.groups())
    channel = Channel(*[_get(text, f"\r\n{prefix}{key}: ") for key in CHANNEL_KEYS])
    return channel if channel.id else _missing()


def _state(channel: Channel) -> int:
    return int(channel.state or 0)


def _missing() -> NoReturn:
    raise ValueError("an event about a channel without its Uniqueid")


def _id(text: str, key: str) -> str:
    return _get(text, key) or _missing()


def _place(text: str) -> str:
    context, exten = _pair(text, "\r\nContext: ", "\r\nExten: ")
    return f"{context},{exten}"


def _data(text: str) -> Mapping[str, str]:
    """Channel variables (`ChanVariable: name=value`, repeated) that have a value."""
    start = text.find("\r\nChanVariable: ")
    match = _VARIABLES(text, start) if start >= 0 else None
    if match is None:
        return _NO_DATA
    block, end = match.group(), match.end()
    if end < len(text) and not text.startswith(_END, end):
        return _read_data(text[start:])  # a value with a CR alone
    found = _known_data.get(block)
    if found is None:
        if len(_known_data) >= _KNOWN_DATA:
            _known_data.clear()
        found = _known_data[block] = _read_data(block)
    return found


def _read_data(block: str) -> Mapping[str, str]:
    """What lines of variables say, up to the first line of another kind."""
    found: dict[str, str] = {}
    for line in block.split(_END)[1:]:
        if not line.startswith("ChanVariable: "):
            break
        name, _, value = line[14:].partition("=")
        if name == "CTI_DATA":
            found.update(flow_data(value))
        elif value:
            found[name] = value
    return MappingProxyType(found) if found else _NO_DATA


def flow_data(value: str) -> Mapping[str, str]:
    """What a flow has found out (`field=value&…`, percent-coded). Its fields have small letters, variables have not."""
    return {name: text for name, text in parse_qsl(value) if _FIELD.fullmatch(name)}


def _newchannel(text: str) -> Event:
    channel = _channel(text)
    return _channel_began_fact(channel, _state(channel), channel.exten, _data(text))


def _newstate(text: str) -> Event:
    channel = _channel(text)
    return _channel_state_changed_fact(channel, _state(channel))


def _newcallerid(text: str) -> Event:
    return facts.CallerIdChanged(_channel(text))


def _rename(text: str) -> Event:
    return facts.ChannelRenamed(_id(text, "\r\nUniqueid: "), _get(text, "\r\nNewname: "))


def _hangup_request(text: str) -> Event:
    return _hangup_asked_fact(_id(text, "\r\nUniqueid: "), _int(text, "\r\nCause: "))


def _soft_hangup_request(text: str) -> Event:
    return _hangup_asked_fact(_id(text, "\r\nUniqueid: "), _int(text, "\r\nCause: "), soft=True)


def _hangup(text: str) -> Event:
    return _channel_ended_fact(_channel(text), _int(text, "\r\nCause: "), _data(text))


def _dial_begin(text: str) -> Event:
    caller = _channel(text) if "\r\nUniqueid: " in text else None
    called = _channel(text, "Dest")
    return _dial_began_fact(caller, called, _get(text, "\r\nDialString: "), called.connected_number, _data(text))


def _dial_end(text: str) -> Event:
    forwarded = bool(_get(text, "\r\nForward: "))
    return _dial_ended_fact(_id(text, "\r\nDestUniqueid: "), _get(text, "\r\nDialStatus: "), forwarded)


def _agent_called(text: str) -> Event:
    caller, called = _channel(text), _channel(text, "Dest")
    queue, interface = _pair(text, "\r\nQueue: ", "\r\nInterface: ")
    return _agent_called_fact(caller, called, queue, interface)


def _agent_connect(text: str) -> Event:
    caller, called = _id(text, "\r\nUniqueid: "), _id(text, "\r\nDestUniqueid: ")
    return _agent_connected_fact(caller, called, _get(text, "\r\nQueue: "))


def _agent_missed(text: str) -> Event:
    return facts.AgentMissed(_id(text, "\r\nDestUniqueid: "))


def _queue_join(text: str) -> Event:
    channel = _channel(text)
    queue, position = _pair(text, "\r\nQueue: ", "\r\nPosition: ")
    return _queue_joined_fact(channel, queue, int(position or 0), f"{channel.context},{channel.exten}", _data(text))


def _queue_leave(text: str) -> Event:
    return _queue_left_fact(_id(text, "\r\nUniqueid: "), _get(text, "\r\nQueue: "), _place(text))


def _queue_abandon(text: str) -> Event:
    return facts.QueueGivenUp(_id(text, "\r\nUniqueid: "), _get(text, "\r\nQueue: "), _place(text))


def _user_event(text: str) -> Event | None:
    """An event of the dialplan: where it has a leg now, or `${QUEUESTATUS}` in a header Status or QUEUESTATUS."""
    if "\r\nUserEvent: CtiPlace\r\n" in text:
        place, tried, waits = (_get(text, f"\r\n{key}: ") for key in ("Place", "Tried", "With"))
        return facts.Placed(_channel(text), Place(place), tried, waits)
    if "\r\nUserEvent: CtiRecording\r\n" in text:
        name, consent = _get(text, "\r\nName: "), _get(text, "\r\nConsent: ")
        word = RecordingWord.STARTED if name else RecordingWord.REFUSED
        return facts.RecordingTold(_channel(text), word, name, consent)
    status = _get(text, "\r\nQUEUESTATUS: ") or _get(text, "\r\nStatus: ")
    id_ = _get(text, "\r\nUniqueid: ") or _get(text, "\r\nUid: ")
    return facts.QueueStatusTold(id_, status) if id_ and status in _STATUSES else None


def _recording_muted(text: str) -> Event:
    muted = _get(text, "\r\nState: ") in ("1", "true", "True")
    return facts.RecordingTold(_channel(text), RecordingWord.MUTED if muted else RecordingWord.UNMUTED)


def _key(text: str) -> Event | None:
    """A key was pressed on this channel. Which one is not read, so that no card number can be kept anywhere."""
    if _get(text, "\r\nDirection: ") != "Received":
        return None
    return facts.RecordingTold(_channel(text), RecordingWord.KEY)


def _recording_stopped(text: str) -> Event | None:
    """The end of a recording; the event does not say of which. The helper of our context cti-record-renew is none."""
    if "\r\nContext: cti-record-renew\r\n" in text:
        return None
    return facts.RecordingTold(_channel(text), RecordingWord.STOPPED)


def _bridge_enter(text: str) -> Event:
    technology, creator = _pair(text, "\r\nBridgeTechnology: ", "\r\nBridgeCreator: ")
    return _bridge_entered_fact(_channel(text), _get(text, "\r\nBridgeUniqueid: "), technology, creator)


def _bridge_leave(text: str) -> Event:
    return _bridge_left_fact(_id(text, "\r\nUniqueid: "), _get(text, "\r\nBridgeUniqueid: "))


def _bridge_destroy(text: str) -> Event:
    return _bridge_gone_fact(_get(text, "\r\nBridgeUniqueid: "))


def _hold(text: str) -> Event:
    return facts.Held(_id(text, "\r\nUniqueid: "))


def _unhold(text: str) -> Event:
    return facts.Retrieved(_id(text, "\r\nUniqueid: "))


def _blind_transfer(text: str) -> Event | None:
    if _get(text, "\r\nResult: ") != "Success":
        return None
    who = _id(text, "\r\nTransfererUniqueid: ")
    return facts.Transferred((who,), _get(text, "\r\nTransfereeUniqueid: "), attended=False)


def _attended_transfer(text: str) -> Event | None:
    if _get(text, "\r\nResult: ") != "Success":
        return None
    first, second = _id(text, "\r\nOrigTransfererUniqueid: "), _get(text, "\r\nSecondTransfererUniqueid: ")
    who = (first, second) if second and second != first else (first,)
    return facts.Transferred(who, _get(text, "\r\nTransfereeUniqueid: "), attended=True)


def _parked(text: str) -> Event | None:
    # Items of a listing carry an ActionID; they belong to the listing.
    return (
        None
        if "\r\nActionID: " in text
        else facts.Parked(_id(text, "\r\nParkeeUniqueid: "), _get(text, "\r\nParkingSpace: "))
    )


def _unparked(text: str) -> Event:
    return facts.Unparked(_id(text, "\r\nParkeeUniqueid: "), "retrieved")


def _park_timeout(text: str) -> Event:
    return facts.Unparked(_id(text, "\r\nParkeeUniqueid: "), "timedOut")


def _park_given_up(text: str) -> Event:
    return facts.Unparked(_id(text, "\r\nParkeeUniqueid: "), "givenUp")


def _spy(text: str) -> Event:
    return facts.SpyBegan(_id(text, "\r\nSpyerUniqueid: "))


def _member(text: str) -> Event:
    match = _MEMBER(text)
    if match is None:
        return _member_by_header(text)
    queue, name, interface, state, kind, penalty, taken, last, pause, login, status, paused, reason = match.groups()
    return _member_seen_fact(
        queue, interface, state, name, int(penalty), int(status), paused == "1", reason, kind != "static", int(taken),
        int(last), int(pause), int(login),
    )  # fmt: skip


def _member_by_header(text: str) -> Event:
    return _member_seen_fact(
        _get(text, "\r\nQueue: "),
        _get(text, "\r\nInterface: "),
        _get(text, "\r\nStateInterface: "),
        _get(text, "\r\nMemberName: "),
        _int(text, "\r\nPenalty: "),
        _int(text, "\r\nStatus: "),
        _get(text, "\r\nPaused: ") == "1",
        _get(text, "\r\nPausedReason: "),
        _get(text, "\r\nMembership: ") != "static",
        _int(text, "\r\nCallsTaken: "),
        _int(text, "\r\nLastCall: "),
        _int(text, "\r\nLastPause: "),
        _int(text, "\r\nLoginTime: "),
    )


def _member_removed(text: str) -> Event:
    return facts.MemberRemoved(
        _get(text, "\r\nQueue: "), _get(text, "\r\nInterface: "), _get(text, "\r\nStateInterface: ")
    )


def _device(text: str) -> Event | None:
    # Queues, hints, parking spaces and rooms have states too; endpoints are written technology/name.
    match = _ENDPOINT(text)
    if match is None or "\r\nActionID: " in text:
        return None
    device, state = match.groups()
    return _device_changed_fact(device, _get(text, "\r\nState: ") if state is None else state)


def _shutdown(text: str) -> Event:
    return facts.PbxStopped()


_READERS: Final[dict[bytes, Reader]] = {
    b"Newchannel": _newchannel,
    b"Newstate": _newstate,
    b"NewCallerid": _newcallerid,
    b"Rename": _rename,
    b"HangupRequest": _hangup_request,
    b"SoftHangupRequest": _soft_hangup_request,
    b"Hangup": _hangup,
    b"DialBegin": _dial_begin,
    b"DialEnd": _dial_end,
    b"AgentCalled": _agent_called,
    b"AgentConnect": _agent_connect,
    b"AgentRingNoAnswer": _agent_missed,
    b"QueueCallerJoin": _queue_join,
    b"QueueCallerLeave": _queue_leave,
    b"QueueCallerAbandon": _queue_abandon,
    b"UserEvent": _user_event,
    b"MixMonitorMute": _recording_muted,
    b"MixMonitorStop": _recording_stopped,
    b"DTMFEnd": _key,
    b"BridgeEnter": _bridge_enter,
    b"BridgeLeave": _bridge_leave,
    b"BridgeDestroy": _bridge_destroy,
    b"Hold": _hold,
    b"Unhold": _unhold,
    b"BlindTransfer": _blind_transfer,
    b"AttendedTransfer": _attended_transfer,
    b"ParkedCall": _parked,
    b"UnParkedCall": _unparked,
    b"ParkedCallTimeOut": _park_timeout,
    b"ParkedCallGiveUp": _park_given_up,
    b"ChanSpyStart": _spy,
    b"QueueMemberAdded": _member,
    b"QueueMemberStatus": _member,
    b"QueueMemberPause": _member,
    b"QueueMemberPenalty": _member,
    b"QueueMemberRinginuse": _member,
    b"QueueMemberRemoved": _member_removed,
    b"DeviceStateChange": _device,
    b"Shutdown": _shutdown,
}


# --- listings
