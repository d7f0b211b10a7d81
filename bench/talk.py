"""A busy PBX out of recorded queue calls: many calls side by side, each with ids, agents and times of its own.

The recordings are those of a real Asterisk 22 (`tests/talks/22`). Nothing of an event is made up; only its ids, the
numbers of its agents and its times are replaced, so that a model sees new calls and not the old ones again.
"""

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
TALKS: Final = ROOT / "tests/talks/22"
FILTERS: Final = ROOT / "config/asterisk/eventfilters_cti.conf"
BANNER: Final = b"Asterisk Call Manager/11.0.0\r\n"

DAY: Final = (
    "s02_queue_answer_callerhangup", "s02b_queue_answer_agenthangup", "s02_queue_answer_callerhangup",
    "s18_ivr_dtmf", "s02b_queue_answer_agenthangup", "s06_hold", "s02_queue_answer_callerhangup",
    "s03_queue_abandon", "s02b_queue_answer_agenthangup", "s07a_blindxfer_sip_refer", "s04_ringnoanswer",
)  # fmt: skip
"""A lane's calls, over and over: mostly answered, some through an IVR, held, given up, transferred, not answered."""

_ID = re.compile(rb"\bpbx16000-\d{10}\.(\d+)\b")
_CHANNEL = re.compile(rb"-000000([0-9a-f]{2})\b")
_UUID = re.compile(rb"\b[0-9a-f]{8}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b")
_AGENT = re.compile(rb"\b100([1-9])\b")
_CALLER = re.compile(rb"\b1[38]\d{9}\b")
_TIME = re.compile(rb"(?<=\r\nTimestamp: )[0-9.]+")
_END = b"\r\n\r\n"
_FIRST_LANE = 10_000
_CALLS_FROM = 1_795_400_000


@dataclass(frozen=True)
class Line:
    """One event of a call: seconds since the call's first one, and its bytes without the closing empty line."""

    after: float
    raw: bytes


@dataclass(frozen=True)
class Recording:
    """One recorded call, from its first channel on, and how its agents became members of their queues."""

    members: tuple[bytes, ...]
    lines: tuple[Line, ...]

    @property
    def length(self) -> float:
        """Seconds from the first event to the last."""
        return self.lines[-1].after


def time_of(raw: bytes) -> float | None:
    """The event's own Timestamp."""
    found = _TIME.search(raw)
    return float(found.group()) if found else None


def name_of(raw: bytes) -> str:
    """The event's name."""
    return raw[7 : raw.find(b"\r\n", 7)].decode("ascii", "replace")


def recording(name: str, filters: "Sequence[Filter]" = ()) -> Recording:
    """Read a talk: only events, no answers to actions of the recorder, nothing that the filters keep back."""
    whole = [message.lstrip(b"\r\n") for message in (TALKS / f"{name}.ami").read_bytes().split(_END)]
    events = [raw for raw in whole if raw.startswith(b"Event: ") and b"\r\nActionID: " not in raw]
    begin = next(number for number, raw in enumerate(events) if name_of(raw) == "Newchannel")
    members = tuple(raw for raw in events[:begin] if name_of(raw) == "QueueMemberAdded")
    first = at = time_of(events[begin]) or 0.0
    lines = []
    for raw in events[begin:]:
        at = max(at, time_of(raw) or at)
        if not any(each.drops(raw) for each in filters):
            lines.append(Line(at - first, raw))
    return Recording(members, tuple(lines))


def agent_of(lane: int, number: int = 1) -> str:
    """The extension of a lane's agent; the recordings know agents 1 to 4."""
    return str(_FIRST_LANE + lane * 10 + number)


def renamed(raw: bytes, lane: int, call: int, caller: bytes | None = None) -> bytes:
    """The event with the agents of `lane` and the ids of `call` (both from 0), and with `caller` as its number."""
    raw = _ID.sub(b"pbx16000-%d.\\1" % (_CALLS_FROM + call), raw)
    raw = _CHANNEL.sub(lambda found: b"-%08x" % (call * 16 + int(found[1], 16)), raw)
    raw = _UUID.sub(b"%08x\\1" % call, raw)
    raw = _AGENT.sub(lambda found: agent_of(lane, int(found[1])).encode(), raw)
    return _CALLER.sub(caller, raw) if caller is not None else raw


def timed(raw: bytes, at: float) -> bytes:
    """The event as of `at` (unix seconds)."""
    return _TIME.sub(b"%.6f" % at, raw)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One event as it goes over the wire at `at` (unix seconds), in a call of a lane."""

    at: float
    raw: bytes
    lane: int
    call: int


@dataclass
class Traffic:
    """Calls in `lanes` lanes side by side, each one call after the other with `pause` seconds between.

    `names` are the recordings; `caller(call)` gives each call its number (None: as recorded). Lanes begin spread over
    their first call, `first_lane` lets two traffics have agents of their own, `first_call` ids of their own.
    """

    lanes: int
    names: Sequence[str] = DAY
    pause: float = 1.0
    first_lane: int = 0
    first_call: int = 0
    caller: Callable[[int], bytes] | None = None
    filters: "Sequence[Filter]" = ()

    def __post_init__(self) -> None:
        kinds = {name: recording(name, self.filters) for name in set(self.names)}
        self._recordings = [kinds[name] for name in self.names]

    def members(self) -> list[bytes]:
        """The events by which every lane's agents became members of their queues, each once."""
        found: dict[bytes, None] = {}
        for lane in range(self.first_lane, self.first_lane + self.lanes):
            for one in self._recordings:
                found.update(dict.fromkeys(renamed(raw, lane, 0) for raw in one.members))
        first: dict[tuple[bytes, ...], bytes] = {}
        for raw in found:
            key = tuple(re.findall(rb"\r\n(?:Queue|Interface): [^\r]*", raw))
            first.setdefault(key, raw)
        return list(first.values())

    def calls(self, begin: float, seconds: float = float("inf")) -> Iterator[Spoken]:
        """All events in order of time from `begin` (unix seconds); no call begins after `seconds`, all come to their
        ends."""
        heap: list[tuple[float, int, int, int, float]] = []
        for lane in range(self.lanes):
            # Golden-ratio steps spread the beginnings evenly for any number of lanes.
            first = self._recordings[lane % len(self._recordings)]
            start = begin + (lane * 0.618_034 % 1.0) * (first.length + self.pause)
            heap.append((start, lane, lane, 0, start))
        heapq.heapify(heap)
        turns, serial = list(range(self.lanes)), self.lanes
        while heap:
            at, lane, call, line, start = heapq.heappop(heap)
            one = self._recordings[turns[lane] % len(self._recordings)]
            yield self._spoken(one.lines[line].raw, at, lane, call)
            line += 1
            if line == len(one.lines):
                turns[lane] += 1
                call, line, serial, start = serial, 0, serial + 1, at + self.pause
                one = self._recordings[turns[lane] % len(self._recordings)]
                if start > begin + seconds:
                    continue
            heapq.heappush(heap, (start + one.lines[line].after, lane, call, line, start))

    def _spoken(self, raw: bytes, at: float, lane: int, call: int) -> Spoken:
        lane, call = lane + self.first_lane, call + self.first_call
        caller = self.caller(call) if self.caller is not None else None
        return Spoken(at, timed(renamed(raw, lane, call, caller), at), lane, call)

    def events(self, count: int, begin: float = 1_795_400_000.0) -> list[bytes]:
        """The members and then `count` events."""
        return [*self.members(), *(spoken.raw for spoken in islice(self.calls(begin), count))]

    @property
    def pace(self) -> float:
        """Events a second, over a whole round of the recordings."""
        events = sum(len(one.lines) for one in self._recordings)
        return self.lanes * events / sum(one.length + self.pause for one in self._recordings)


_FILTER = re.compile(
    r"eventfilter\(action\(exclude\)(?:,name\((?P<name>\w+)\))?(?:,header\((?P<header>\w+)\))?"
    r"(?:,method\((?P<method>starts_with|exact)\))?\) =[ \t]*(?P<value>.*)"
)


@dataclass(frozen=True)
class Filter:
    """Events that the PBX leaves out: those of a name, those with a header that begins so, or both. Empty: any."""

    name: bytes
    header: bytes = b""

    def drops(self, raw: bytes) -> bool:
        """Whether this event stays off the wire."""
        return raw.startswith(b"Event: %b" % self.name) and self.header in raw


def read_filters(text: str) -> list[Filter]:
    """The filters in a piece of manager.conf. Raises ValueError for one that is written in another way."""
    filters = []
    for line in text.splitlines():
        if not line.startswith("eventfilter"):
            continue
        found = _FILTER.fullmatch(line)
        if found is None or bool(found["header"]) != bool(found["method"]):
            raise ValueError(f"a filter that this bench cannot apply: {line}")
        end = "\r\n" if found["method"] == "exact" else ""
        header = f"\r\n{found['header']}: {found['value'].strip()}{end}" if found["header"] else ""
        name = f"{found['name']}\r\n" if found["name"] else ""
        filters.append(Filter(name.encode(), header.encode()))
    return filters


def recommended() -> list[Filter]:
    """The filters that `config/asterisk` recommends."""
    return read_filters(FILTERS.read_text(encoding="utf-8"))


def chunks(events: Sequence[bytes], size: int) -> list[bytes]:
    """The events as TCP would bring them: `size` bytes a read, cut anywhere."""
    whole = b"".join(raw + _END for raw in events)
    return [whole[start : start + size] for start in range(0, len(whole), size)]
