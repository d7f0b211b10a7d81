"""What may be asked of a PBX: one function per action, with checked fields, and what answer it has.

There is no way to send anything else: no Command, no Application, no free header name, and channels to be dialled are
built here. Times are in seconds unless a name says otherwise. Every function raises `BadInput` (field, allowed) for a
value that AMI could misread. Fields after https://docs.asterisk.org/Latest_API/API_Documentation/AMI_Actions/.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cti_server.ami import fields
from cti_server.core.errors import BadInput

LISTING_LIMIT: Final = 10.0
_USER_EVENT_RESERVED: Final = frozenset({"action", "actionid", "userevent", "event", "privilege", "timestamp"})
# Set on the new channel before it is dialled, as a pre-dial handler would.
_ANSWER_NOW: Final = "PJSIP_HEADER(add,Call-Info)=<sip:cti>;answer-after=0"
# Two lines are added when sending: Action and ActionID.
_OWN_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Action:
    """A checked action, ready to be sent by `AmiConnection.send`."""

    name: str
    lines: tuple[str, ...] = ()
    """`Header: value`, without line ends, in order."""
    listing: bool = False
    """True: the answer is a list of events, closed by one with `EventList: Complete`."""
    empty_when: str = ""
    """Beginning of the error text by which Asterisk says that the list is empty."""
    limit: float = 5.0
    """Seconds to wait for the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of a PBX."""

    action_id: str
    headers: Mapping[str, str]
    items: tuple[dict[str, str], ...] = ()
    """The events of a listing without its closing one."""
    asked_at: int = 0
    """Position in the stream of events when the action was sent (see `AmiConnection.position`)."""
    answered_at: int = 0
    """Position in the stream of events when the answer was complete."""
    message: str = field(default="")


def _action(name: str, headers: Iterable[tuple[str, str | None]] = (), **more: object) -> Action:
    lines = tuple(fields.line(header, value) for header, value in headers if value is not None)
    if len(lines) + _OWN_LINES > fields.MAX_LINES:
        raise BadInput(f"{name} has too many lines.", field=name, allowed=f"{fields.MAX_LINES - _OWN_LINES} lines")
    return Action(name, lines, **more)  # type: ignore[arg-type]


def _listing(name: str, headers: Iterable[tuple[str, str | None]] = (), empty_when: str = "") -> Action:
    return _action(name, headers, listing=True, empty_when=empty_when, limit=LISTING_LIMIT)


def _flag(value: bool | None) -> str | None:
    return None if value is None else ("true" if value else "false")


# The link itself


def ping() -> Action:
    """Is anybody there?"""
    return _action("Ping")


def challenge() -> Action:
    """Ask for the challenge of an MD5 login."""
    return _action("Challenge", [("AuthType", "MD5")])


def login_md5(user: str, key: str, events: str = "on") -> Action:
    """Log in with md5(challenge + secret), in hex."""
    return _action("Login", [("AuthType", "MD5"), ("Username", user), ("Key", key), ("Events", events)])


def login_plain(user: str, secret: str, events: str = "on") -> Action:
    """Log in with the secret in the clear."""
    return _action("Login", [("Username", user), ("Secret", secret), ("Events", events)])


def core_status() -> Action:
    """Start and reload times, number of calls."""
    return _action("CoreStatus")


def core_settings() -> Action:
    """Versions and SystemName."""
    return _action("CoreSettings")


def list_commands() -> Action:
    """Which actions this account may use: `{name: "… (Priv: agent,all)"}`."""
    return _action("ListCommands")


# Everything that is


def core_show_channels() -> Action:
    """All channels."""
    return _listing("CoreShowChannels")


def status(channel: str | None = None) -> Action:
    """All channels (or one) with more of their state."""
    return _listing("Status", [("Channel", channel and fields.channel(channel))])


def queue_status(queue: str | None = None) -> Action:
    """Parameters, members and waiting callers of all queues (or one)."""
    return _listing("QueueStatus", [("Queue", queue and fields.text(queue, "queue"))])


def queue_summary(queue: str | None = None) -> Action:
    """One line of figures per queue."""
    return _listing("QueueSummary", [("Queue", queue and fields.text(queue, "queue"))])


def device_state_list() -> Action:
    """The state of every known device."""
    return _listing("DeviceStateList")


def bridge_list() -> Action:
    """All bridges."""
    return _listing("BridgeList")


def bridge_info(bridge_id: str) -> Action:
    """The channels in a bridge."""
    return _listing("BridgeInfo", [("BridgeUniqueid", fields.uniqueid(bridge_id, "bridge_id"))])


def parked_calls() -> Action:
    """All parked calls."""
    return _listing("ParkedCalls")


def confbridge_list_rooms() -> Action:
    """All conference rooms in use."""
    return _listing("ConfbridgeListRooms", empty_when="No active conferences")


def confbridge_list(conference: str) -> Action:
    """Who is in a conference room."""
    return _listing(
        "ConfbridgeList",
        [("Conference", fields.text(conference, "conference"))],
        empty_when="No active conferences",
    )


# Queues and members


def queue_add(
    queue: str, interface: str, *, name: str = "", penalty: int = 0, paused: bool = False, state_interface: str = ""
) -> Action:
    """Make `interface` a member of `queue`. Refused with "Already there" when it is one."""
    return _action(
        "QueueAdd",
        [
            ("Queue", fields.text(queue, "queue")),
            ("Interface", fields.channel(interface, "interface")),
            ("MemberName", fields.text(name, "name") if name else None),
            ("Penalty", fields.whole(penalty, "penalty", 0, 1_000_000)),
            ("Paused", _flag(paused)),
            ("StateInterface", fields.channel(state_interface, "state_interface") if state_interface else None),
        ],
    )


def queue_remove(queue: str, interface: str) -> Action:
    """End the membership of `interface` in `queue`."""
    member = fields.channel(interface, "interface")
    return _action("QueueRemove", [("Queue", fields.text(queue, "queue")), ("Interface", member)])


def queue_pause(interface: str, paused: bool, *, reason: str = "", queue: str | None = None) -> Action:
    """Pause or unpause a member in one queue, or in all of his (`queue=None`)."""
    return _action(
        "QueuePause",
        [
            ("Interface", fields.channel(interface, "interface")),
            ("Paused", _flag(paused)),
            ("Queue", queue and fields.text(queue, "queue")),
            ("Reason", fields.text(reason, "reason") if reason else None),
        ],
    )


def queue_penalty(interface: str, penalty: int, *, queue: str) -> Action:
    """Another penalty for a member of a queue; smaller ones are rung first. Keeps his place and his figures."""
    return _action(
        "QueuePenalty",
        [
            ("Interface", fields.channel(interface, "interface")),
            ("Penalty", fields.whole(penalty, "penalty", 0, 1_000_000)),
            ("Queue", fields.text(queue, "queue")),
        ],
    )


def queue_change_priority(queue: str, channel: str, priority: int) -> Action:
    """Give a waiting caller another priority, and his new place at once. Refused with "No such caller" when he is gone.

    An Asterisk that does not know `Immediate` keeps his place; QueueStatus tells.
    """
    return _action(
        "QueueChangePriorityCaller",
        [
            ("Queue", fields.text(queue, "queue")),
            ("Caller", fields.channel(channel)),
            ("Priority", fields.whole(priority, "priority", -20_000, 10_000)),
            ("Immediate", "yes"),
        ],
    )


def queue_withdraw(queue: str, channel: str, info: str) -> Action:
    """Send a waiting caller back to the dialplan, which finds `info` in QUEUE_WITHDRAW_INFO; within about a second."""
    return _action(
        "QueueWithdrawCaller",
        [
            ("Queue", fields.text(queue, "queue")),
            ("Caller", fields.channel(channel)),
            ("WithdrawInfo", fields.text(info, "info")),
        ],
    )


# Calls


def pjsip(endpoint: str) -> str:
    """The channel to dial for a PJSIP endpoint."""
    return f"PJSIP/{fields.endpoint(endpoint)}"


def local(exten: str, context: str) -> str:
    """The channel to dial for an extension of our own dialplan."""
    return f"Local/{fields.exten(exten)}@{fields.context(context)}/n"


def originate(
    device: str,
    *,
    exten: str,
    context: str,
    channel_id: str,
    caller_name: str = "",
    caller_number: str = "",
    ring_seconds: int = 30,
    auto_answer: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Action:
    """Ring the PJSIP endpoint `device`; when it answers, send it to `exten` in `context`.

    `auto_answer` asks the phone to answer by itself (`Call-Info: …;answer-after=0`); one that does not know it rings.

    Always `Async`: the reply only says "queued"; `OriginateResponse` with our `channel_id` (which becomes the
    Uniqueid, also on failure) tells the rest. There is no field for an application, on purpose.
    """
    variables = variables or {}
    shown = fields.caller_id(caller_name, caller_number) if caller_name or caller_number else None
    return _action(
        "Originate",
        [
            ("Channel", pjsip(device)),
            ("Context", fields.context(context)),
            ("Exten", fields.exten(exten)),
            ("Priority", "1"),
            ("CallerID", shown),
            ("Timeout", fields.whole(ring_seconds, "ring_seconds", 1, 300) + "000"),
            ("Async", "true"),
            ("ChannelId", fields.uniqueid(channel_id)),
            ("Variable", _ANSWER_NOW if auto_answer else None),
            *(("Variable", fields.assignment(name, value)) for name, value in variables.items()),
        ],
    )


def originate_pair(
    exten: str,
    *,
    waits_in: str,
    goes_on_in: str,
    channel_id: str,
    other_id: str,
    caller_number: str,
    caller_name: str = "",
    seconds: int = 300,
    variables: Mapping[str, str] | None = None,
) -> Action:
    """A Local pair: its far half runs `exten` in `waits_in`; when that answers, the near half goes on in `goes_on_in`.

    `channel_id` and `other_id` become the Uniqueids of the near and the far half. `seconds` until it is given up.
    Always `Async`, see `originate`.
    """
    variables = variables or {}
    return _action(
        "Originate",
        [
            ("Channel", local(exten, waits_in)),
            ("Context", fields.context(goes_on_in)),
            ("Exten", fields.exten(exten)),
            ("Priority", "1"),
            ("CallerID", fields.caller_id(caller_name, caller_number)),
            ("Timeout", fields.whole(seconds, "seconds", 1, 3600) + "000"),
            ("Async", "true"),
            ("ChannelId", fields.uniqueid(channel_id)),
            ("OtherChannelId", fields.uniqueid(other_id, "other_id")),
            *(("Variable", fields.assignment(name, value)) for name, value in variables.items()),
        ],
    )


@dataclass(frozen=True, slots=True)
class Destination:
    """A channel, and the place in the dialplan to which it is sent."""

    channel: str
    exten: str
    context: str

    def headers(self, prefix: str = "") -> list[tuple[str, str | None]]:
        """As Redirect names them; `prefix` Extra for the second one."""
        return [
            (f"{prefix}Channel", fields.channel(self.channel)),
            (f"{prefix}Context", fields.context(self.context)),
            (f"{prefix}Exten", fields.exten(self.exten)),
            (f"{prefix}Priority", "1"),
        ]


def redirect(channel: str, *, exten: str, context: str) -> Action:
    """Send a channel to `exten` in `context`."""
    return _action("Redirect", Destination(channel, exten, context).headers())


def redirect_both(first: Destination, second: Destination) -> Action:
    """Send two channels that are bridged with one another each to its place; neither hangs up for losing the other."""
    return _action("Redirect", [*first.headers(), *second.headers("Extra")])


def bridge(first: str, second: str) -> Action:
    """Bridge two channels, taken from whatever they do. Afterwards each goes on in the dialplan behind that."""
    return _action(
        "Bridge",
        [("Channel1", fields.channel(first, "first")), ("Channel2", fields.channel(second, "second")), ("Tone", "no")],
    )


def play_dtmf(channel: str, digit: str, *, milliseconds: int = 120) -> Action:
    """Send one key to the party on a channel."""
    if len(digit) != 1 or digit not in "0123456789*#ABCD":
        raise BadInput("That is no key.", field="digit", allowed="one of 0-9 * # A-D")
    return _action(
        "PlayDTMF",
        [
            ("Channel", fields.channel(channel)),
            ("Digit", digit),
            ("Duration", fields.whole(milliseconds, "milliseconds", 50, 1_000)),
        ],
    )


def mute_audio(channel: str, on: bool) -> Action:
    """Let nobody hear the party on a channel, or let them again.

    The dialplan function instead of the action MuteAudio, which needs the right `system`. Refused with "Variable not
    set" where res_mutestream is not loaded.
    """
    value = "on" if on else "off"
    return _action("Setvar", [("Channel", fields.channel(channel)), ("Variable", "MUTEAUDIO(in)"), ("Value", value)])


def mute_recording(channel: str, on: bool) -> Action:
    """Write silence instead of both sides of a channel's recording, or write them again."""
    return _action(
        "MixMonitorMute",
        [("Channel", fields.channel(channel)), ("Direction", "both"), ("State", "1" if on else "0")],
    )


def stop_recording(channel: str) -> Action:
    """End the recording of a channel."""
    return _action("StopMixMonitor", [("Channel", fields.channel(channel))])


def confbridge_mute(conference: str, channel: str, on: bool) -> Action:
    """Mute a member of a conference, or let him speak again."""
    return _action("ConfbridgeMute" if on else "ConfbridgeUnmute", _member(conference, channel))


def confbridge_kick(conference: str, channel: str) -> Action:
    """Put a member out of a conference."""
    return _action("ConfbridgeKick", _member(conference, channel))


def _member(conference: str, channel: str) -> list[tuple[str, str | None]]:
    return [("Conference", fields.exten(conference, "conference")), ("Channel", fields.channel(channel))]


def park(channel: str, *, back_to: str, seconds: int | None = None) -> Action:
    """Park a channel; after `seconds` (default: the lot's own) it rings the device of the channel `back_to`."""
    return _action(
        "Park",
        [
            ("Channel", fields.channel(channel)),
            ("TimeoutChannel", fields.channel(back_to, "back_to")),
            ("Timeout", None if seconds is None else fields.whole(seconds, "seconds", 10, 3600) + "000"),
        ],
    )


def dialplan_exists(context: str, exten: str) -> Action:
    """Is there such an extension? The reply's header `Value` is 1 or 0."""
    return _function(f"DIALPLAN_EXISTS({fields.context(context)},{fields.exten(exten)},1)")


def device_state(device: str) -> Action:
    """The state of a device; the reply's header `Value` is NOT_INUSE, UNAVAILABLE, INVALID (no such device) …"""
    name = fields.channel(device, "device")
    if set(name) & set("(){}$"):
        raise BadInput("That is no device.", field="device", allowed="technology/name")
    return _function(f"DEVICE_STATE({name})")


def _function(text: str) -> Action:
    return _action("Getvar", [("Variable", text)])


def hangup(channel: str, cause: int = 16) -> Action:
    """End a channel with a Q.850 cause."""
    return _action("Hangup", [("Channel", fields.channel(channel)), ("Cause", fields.whole(cause, "cause", 0, 127))])


def get_variable(channel: str, name: str) -> Action:
    """Read a channel variable of the allow-list; the reply's header `Value` holds it."""
    readable = fields.readable_variable(name)
    return _action("Getvar", [("Channel", fields.channel(channel)), ("Variable", readable)])


def global_variable(name: str) -> Action:
    """Read a global variable of ours (CTI_…); the reply's header `Value` holds it."""
    return _action("Getvar", [("Variable", fields.variable(name))])


def show_context(context: str) -> Action:
    """The lines of a context of the dialplan; none when it does not exist. Needs the class reporting."""
    headers = [("Context", fields.text(context, "context"))]
    return _listing("ShowDialPlan", headers, empty_when="Did not find context")


def queue_rule(rule: str) -> Action:
    """The rule of queuerules.conf of this name; the reply's header `RuleList` holds it, or is not there."""
    return _action("QueueRule", [("Rule", fields.text(rule, "rule"))])


def set_variable(channel: str, name: str, value: str) -> Action:
    """Set a channel variable of ours (CTI_…)."""
    return _action(
        "Setvar",
        [
            ("Channel", fields.channel(channel)),
            ("Variable", fields.variable(name)),
            ("Value", fields.text(value, "value", empty=True)),
        ],
    )


def count_alive(beat: int) -> Action:
    """Show the dialplan that we live: it looks whether the global CTI_ALIVE changes."""
    return _action("Setvar", [("Variable", "CTI_ALIVE"), ("Value", str(int(beat)))], limit=2.0)


def probe_device(state: str) -> Action:
    """Set a device that no phone has, so that an event of class `call` comes. Leaves nothing that a call would meet."""
    if state not in ("NOT_INUSE", "UNAVAILABLE"):  # UNKNOWN is refused by func_devstate
        raise BadInput("That is no state for the probe.", field="state", allowed="NOT_INUSE, UNAVAILABLE")
    return _action("Setvar", [("Variable", "DEVICE_STATE(Custom:cti-check)"), ("Value", state)])


def user_event(name: str, values: Mapping[str, str] | None = None) -> Action:
    """Send an event to every listener of class `user`."""
    values = values or {}
    for key in values:
        if not isinstance(key, str) or key.lower() in _USER_EVENT_RESERVED:
            raise BadInput("That header belongs to Asterisk.", field="values", allowed="other header names")
    return _action("UserEvent", [("UserEvent", fields.text(name, "name")), *values.items()])
