"""The journey of a call: its segments told as points in time (pure).

Words of a step: `started`, `ivr`, `queued`, `leftQueue`, `ringing`, `ringEnded`, `talking`, `talkEnded`, `parked`,
`parkEnded`, `conference`, `conferenceEnded`, `cleared`. A step at the end of a stretch carries its result and length.
"""

from collections.abc import Iterator
from typing import Final

from cti_server.calls.model import CallRow, SegmentJson, StepJson
from cti_server.live.words import SegmentKind

_WORDS: Final = {
    SegmentKind.IVR: ("ivr", None),
    SegmentKind.QUEUE: ("queued", "leftQueue"),
    SegmentKind.RING: ("ringing", "ringEnded"),
    SegmentKind.TALK: ("talking", "talkEnded"),
    SegmentKind.PARK: ("parked", "parkEnded"),
    SegmentKind.CONFERENCE: ("conference", "conferenceEnded"),
}


def journey(call: CallRow, segments: tuple[SegmentJson, ...]) -> tuple[StepJson, ...]:
    """What happened to the caller, in order of time; of one moment, ends come before beginnings."""
    steps = [(-1, StepJson(at=call.started_at, what="started"))]
    for part in segments:
        steps.extend(_steps(part))
    if call.ended_at is not None:
        end = StepJson(at=call.ended_at, what="cleared", seconds=call.seconds, result=call.outcome)
        steps.append((2, end))
    return tuple(step for _, step in sorted(steps, key=lambda pair: (pair[1].at, pair[0])))


def _steps(part: SegmentJson) -> Iterator[tuple[int, StepJson]]:
    begin, end = _WORDS[SegmentKind(part.kind)]
    length = None if part.ended_at is None else max(0.0, part.ended_at - part.started_at)
    yield 1, StepJson(part.started_at, begin, part.queue, part.device, part.agent_name, length)
    if end is not None and part.ended_at is not None:
        yield 0, StepJson(part.ended_at, end, part.queue, part.device, part.agent_name, length, part.result)
