"""A process that plays an Asterisk for `end_to_end` and `command`: it speaks AMI and sends recorded calls.

On standard input a line of JSON per phase: {"seconds", "marked": {"lanes", "first_lane", "first_call"}, "load": the
same or null}. The answer is a line of JSON when all calls have come to their ends: what was sent, how well the pace was
kept, and for each marked call its id, its agent's lane and the monotonic time just before its AgentCalled was written.
Then the connection is cut, so that the next phase begins with an empty PBX.

For `command`: {"talks": {"lanes", "first_call"}} begins a call in each lane that does not end; {"clicks": true} tells
what actions came since and when.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field, replace
from typing import Any

from bench.talk import Traffic, name_of, recommended, recording, renamed, timed
from tests.fakes.ami_server import FakeAmi, Received

MARKED_TALK = ("s02_queue_answer_callerhangup",)
MARKED_CALLER = b"138%08d"
LOAD_CALLER = b"139%08d"
KNOWN = 500_000
"""So many callers of each kind are customers; see `million`."""
TICK = 0.001
LEAD = 0.000_05
"""Seconds in which an event should be made beforehand."""
_LINKEDID = re.compile(rb"\r\nLinkedid: ([^\r]+)")


def marked_traffic(order: dict[str, int]) -> Traffic:
    """Calls whose pops are timed."""
    traffic = load_traffic(order)
    return replace(traffic, names=MARKED_TALK, pause=0.5, caller=lambda n: MARKED_CALLER % (n * 7919 % KNOWN))


def load_traffic(order: dict[str, int]) -> Traffic:
    """Calls that keep the server busy."""
    return Traffic(
        order["lanes"],
        first_lane=order["first_lane"],
        first_call=order["first_call"],
        caller=lambda n: LOAD_CALLER % (n * 104_729 % KNOWN),
        filters=recommended(),
    )


async def begin_talks(pbx: FakeAmi, order: dict[str, int]) -> list[dict[str, Any]]:
    """One call in each lane, up to the moment in which both parties talk: its id, its lane, its agent's channel."""
    lines = recording(MARKED_TALK[0], recommended()).lines
    last = max(n for n, line in enumerate(lines) if name_of(line.raw) == "BridgeEnter")
    begun = []
    for lane in range(order["lanes"]):
        now = time.time()
        events = [renamed(line.raw, lane, order["first_call"] + lane, MARKED_CALLER % lane) for line in lines]
        spoken = [timed(raw, now - lines[last].after + line.after) for raw, line in zip(events, lines, strict=True)]
        await pbx.say(b"".join(raw + b"\r\n\r\n" for raw in spoken[: last + 1]))
        agent = next(raw for raw in events[:last] if name_of(raw) == "AgentCalled")
        begun.append({"call": line_of(agent, "Linkedid"), "lane": lane, "channel": line_of(agent, "DestChannel")})
    return begun


@dataclass
class Clicks:
    """When actions of two kinds came: muting a channel, and the floor's."""

    came: list[tuple[str, float]] = field(default_factory=list)

    def listen(self, pbx: FakeAmi) -> None:
        """Note them from now on; the answers are Asterisk's."""
        pbx.scripts["Setvar"] = self._mute
        pbx.scripts["Floor"] = self._floor

    def _mute(self, action: Received) -> bytes:
        if action.get("Variable") == "MUTEAUDIO(in)":
            self.came.append((action.get("Channel"), time.monotonic()))
        return b"Response: Success\r\nActionID: {id}\r\nMessage: Variable Set\r\n\r\n"

    def _floor(self, action: Received) -> bytes:
        self.came.append(("", time.monotonic()))
        return b"Response: Success\r\nActionID: {id}\r\nMessage: Done\r\n\r\n"

    def taken(self) -> list[tuple[str, float]]:
        """What came since the last time."""
        found, self.came = self.came, []
        return found


@dataclass
class Told:
    """What one phase has sent."""

    events: int = 0
    """Within the seconds of the order; the calls that were begun are then brought to their ends."""
    sent: int = 0
    """In all."""
    seconds: float = 0.0
    """Until all calls had ended."""
    latest: float = 0.0
    """Seconds by which the sender itself was late at worst."""
    cut: bool = False
    """The server dropped the link before all was sent."""
    marks: list[tuple[str, int, float]] = field(default_factory=list)


def line_of(event: bytes, name: str) -> str:
    """A header's value."""
    return event.split(f"\r\n{name}: ".encode(), 1)[1].split(b"\r\n", 1)[0].decode()


def listings(traffics: list[Traffic]) -> dict[str, list[str]]:
    """What a PBX with these members, all idle, lists."""
    members = [raw for traffic in traffics for raw in traffic.members()]
    queues = dict.fromkeys(line_of(raw, "Queue") for raw in members)
    devices = dict.fromkeys(line_of(raw, "Interface") for raw in members)
    entries = [f"Event: QueueParams\r\nQueue: {queue}\r\nMax: 0\r\nStrategy: rrmemory\r\nCalls: 0" for queue in queues]
    entries += [
        f"Event: QueueMember\r\nQueue: {line_of(raw, 'Queue')}\r\nName: {line_of(raw, 'MemberName')}\r\n"
        f"Location: {line_of(raw, 'Interface')}\r\nStateInterface: {line_of(raw, 'Interface')}\r\n"
        "Membership: dynamic\r\nPenalty: 0\r\nCallsTaken: 0\r\nLastCall: 0\r\nLastPause: 0\r\nLoginTime: 1795400000\r\n"
        "InCall: 0\r\nStatus: 1\r\nPaused: 0\r\nPausedReason: "
        for raw in members
    ]
    states = [f"Event: DeviceStateChange\r\nDevice: {device}\r\nState: NOT_INUSE" for device in devices]
    return {"QueueStatus": entries, "DeviceStateList": states}


Due = tuple[float, bytes, tuple[str, int] | None]
"""Seconds from the beginning, an event, and a mark if it rings a marked agent."""


def prepared(order: dict[str, Any], lead: float = LEAD) -> tuple[float, list[Due]]:
    """(beginning, events in order of time).

    All is made beforehand, with times that will be true if an event takes `lead` seconds: while it is sent the sender
    should cost little.
    """
    seconds, first_load_lane = order["seconds"], order["marked"]["first_lane"] + order["marked"]["lanes"]
    traffics = [marked_traffic(order["marked"])]
    if order["load"]:
        traffics.append(load_traffic(order["load"]))
    begin = time.time() + 1.0 + lead * seconds * sum(traffic.pace for traffic in traffics)
    events: list[Due] = []
    for traffic in traffics:
        for spoken in traffic.calls(begin, seconds):
            mark = None
            if spoken.lane < first_load_lane and name_of(spoken.raw) == "AgentCalled":
                found = _LINKEDID.search(spoken.raw)
                assert found is not None
                mark = (found[1].decode(), spoken.lane)
            events.append((spoken.at - begin, spoken.raw + b"\r\n\r\n", mark))
    events.sort(key=lambda event: event[0])
    return begin, events


async def send(pbx: FakeAmi, order: dict[str, Any]) -> Told:
    """One phase."""
    lead = LEAD
    begin, events = await asyncio.to_thread(prepared, order, lead)
    while begin < time.time():
        # The machine was busy: what is late from the first event on would be sent in one flood.
        lead *= 3
        begin, events = await asyncio.to_thread(prepared, order, lead)
    told = Told()
    start = time.monotonic() + begin - time.time()
    told.latest = max(0.0, -(start - time.monotonic()))
    place = 0
    while place < len(events):
        await asyncio.sleep(max(TICK, start + events[place][0] - time.monotonic()))
        due, first = time.monotonic() - start, place
        while place < len(events) and events[place][0] <= due:
            place += 1
        if place == first:
            continue
        chunk = b"".join(raw for _, raw, _ in events[first:place])
        told.latest = max(told.latest, due - events[first][0])
        now = time.monotonic()
        # What comes later rings while the load is already ebbing away.
        told.marks += [(*mark, now) for after, _, mark in events[first:place] if mark and after <= order["seconds"]]
        try:
            await pbx.say(chunk)
        except (ConnectionError, KeyError):
            told.cut = True
            break
    told.events = sum(after <= order["seconds"] for after, _, _ in events[:place])
    told.sent = place
    told.seconds = time.monotonic() - start
    return told


async def main() -> None:
    """Serve until standard input ends."""
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    clicks = Clicks()
    async with FakeAmi() as pbx:
        clicks.listen(pbx)
        print(json.dumps({"port": pbx.port, "user": pbx.user, "secret": pbx.secret}), flush=True)
        while line := await reader.readline():
            order = json.loads(line)
            if "members" in order:
                pbx.items = listings([marked_traffic(order["members"][0]), load_traffic(order["members"][1])])
                pbx.cut()
                print(json.dumps({"members": len(pbx.items["DeviceStateList"])}), flush=True)
                continue
            if "talks" in order:
                print(json.dumps(await begin_talks(pbx, order["talks"])), flush=True)
                continue
            if "clicks" in order:
                print(json.dumps(clicks.taken()), flush=True)
                continue
            told = await send(pbx, order)
            print(json.dumps(told.__dict__), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
