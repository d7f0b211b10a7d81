"""What the intake decides: which files are finished, what of a call belongs to a recording, what went wrong (pure)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cti_server.recording.policy import CallFacts

FULL: Final = 256 * 1024
"""Bytes; with less free a disk is full: what the PBX writes at once is 32 KiB a side, and some is kept for root."""
STABLE: Final = 1.0
"""Seconds without growth after which the file of a channel that is gone is finished."""
STABLE_BLIND: Final = 60.0
"""… and while the PBX's link is down, so that its channels are not known."""
CALL_LIMIT: Final = 30.0
"""Seconds that the filing waits for the call's own row; then it is filed without."""
MISSING_AFTER: Final = 20.0
"""Seconds after the end of a recording until a file that is not there is missing."""
MISSING_AFTER_DELIVERY: Final = 7 * 86_400.0
"""… of a PBX on another host, whose line may be down for days."""
MOST_APART: Final = 1.0
"""Seconds by which a recording may be shorter or longer than its call."""
MOST_TRIES: Final = 5
SIDES: Final = ("-r.wav", "-t.wav")
"""What the other side says; what it hears."""


class Trouble(StrEnum):
    """Why recordings cannot be written or kept on a disk; the same words are the reason on the call."""

    NONE = ""
    FULL = "diskFull"
    READ_ONLY = "readOnly"
    GONE = "noFolder"


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a folder, in bytes."""

    folder: Path
    total: int
    free: int
    low: bool
    """Whether less is free than wanted: recordings are made, but not for long."""
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Seen:
    """The files of one recording in the PBX's folder: bytes in all, and since when they have not grown (monotonic)."""

    size: int
    since: float


@dataclass(frozen=True, slots=True)
class Job:
    """A recording to be filed. Times in unix seconds."""

    id: int
    pbx: str
    name: str
    linkedid: str
    uniqueid: str
    started_at: float
    stopped_at: float | None
    verdict: str
    consent: str
    attempts: int
    waits: float
    """Seconds since it was offered."""
    trouble: str = ""
    """What kept the PBX from writing it, as far as was seen while it ran."""


@dataclass(frozen=True, slots=True)
class CallPart:
    """A stretch of the call."""

    kind: str
    queue: str | None
    device: str | None
    user_id: int | None
    started_at: float = 0.0


@dataclass(frozen=True, slots=True)
class CallOf:
    """The call of a recording as the history has it. `leg_ended_at`: when the recorded channel ended."""

    row: Mapping[str, Any]
    parts: tuple[CallPart, ...]
    leg_ended_at: float | None

    @property
    def over(self) -> bool:
        """Whether the history knows its end."""
        return self.row["ended_at"] is not None

    @property
    def user_ids(self) -> tuple[int, ...]:
        """Who talked in it."""
        return tuple(sorted({one.user_id for one in self._talks if one.user_id is not None}))

    @property
    def answered_at(self) -> float | None:
        """When somebody first talked to the caller; None when nobody did."""
        return min((one.started_at for one in self._talks), default=None)

    @property
    def devices(self) -> tuple[str, ...]:
        """The numbers of the devices that talked in it: 1001 of PJSIP/1001."""
        return tuple(sorted({(one.device or "").partition("/")[2] for one in self._talks if one.device}))

    @property
    def _talks(self) -> list[CallPart]:
        return [one for one in self.parts if one.kind in ("talk", "conference")]

    def facts(self, consent: str) -> CallFacts:
        """What the rules may know of it."""
        queues = {one.queue for one in self.parts if one.queue} | ({self.row["queue"]} if self.row["queue"] else set())
        call_id = f"{self.row['pbx']}:{self.row['linkedid']}"
        users = frozenset(self.user_ids)
        return CallFacts(call_id, self.row["direction"], self.row["dialled"], frozenset(queues), users, consent)


def names_of(files: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Recordings by name with the bytes of their files; other files are not ours."""
    found: dict[str, int] = {}
    for file, size in files:
        for side in SIDES:
            if file.endswith(side):
                name = file.removesuffix(side)
                found[name] = found.get(name, 0) + size
    return found


def watched(before: Mapping[str, Seen], now: Mapping[str, int], at: float) -> dict[str, Seen]:
    """What is seen now; what has not grown keeps its time."""
    return {
        name: known if (known := before.get(name)) is not None and known.size == size else Seen(size, at)
        for name, size in now.items()
    }


def lead_of(job: Job, call: CallOf | None) -> float | None:
    """Seconds before an agent answered, of an inbound call; None when nobody did. What is not known is not cut off."""
    if call is None or call.row["direction"] != "inbound":
        return 0.0
    return None if call.answered_at is None else max(0.0, call.answered_at - job.started_at)


def length_notes(seconds: float, job: Job, call: CallOf | None) -> list[str]:
    """Whether what the PBX wrote is as long as what it records; codes `short` and `long`."""
    ended = job.stopped_at or (call.leg_ended_at if call is not None else None)
    if ended is None:
        return []
    apart = seconds - (ended - job.started_at)
    return ["short"] if apart < -MOST_APART else ["long"] if apart > MOST_APART else []


def reason_of(reason: str, trouble: str) -> str:
    """Why nothing can be heard: what was wrong with the disk, where that explains files that are not there or empty."""
    return trouble if trouble and reason in ("empty", "noAudio", "missing") else reason


def tries_again(reason: str, again: bool, attempts: int) -> float | None:
    """Seconds after which a failed filing is tried again; None: never. Disk and store are waited for without end."""
    if reason in ("noRoom", "no_shelf", "shelf_refused"):
        return 15.0
    return 2.0**attempts if again and attempts < MOST_TRIES else None
