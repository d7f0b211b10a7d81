"""The process that listens: reads one job a line, writes one answer a line, and knows nothing else.

`python -m cti_server.recording.transcripts.worker` with {"file": a stereo MP3} as JSON lines on its input. It yields to
everything else on the machine, its memory is limited, and it ends when its input does.
"""

import os
import resource
import sys
from pathlib import Path
from typing import Any, Final

import miniaudio
import msgspec
import webrtcvad

from cti_server.recording.transcripts.model import RATE, SIDES, Cutter, Engine, LineJson, in_order
from cti_server.recording.transcripts.sphinx import Sphinx

MEMORY_MB: Final = 768
"""MiB of address space; the engine with its model takes about 110 MiB of memory."""
NICE: Final = 15
STRICTNESS: Final = 2


def transcribe(engine: Engine, file: Path) -> list[LineJson]:
    """What both sides said. Raises miniaudio.MiniaudioError for a file that is no sound."""
    cutters = [Cutter(webrtcvad.Vad(STRICTNESS)) for _ in SIDES]
    lines: list[LineJson] = []

    def hear(side: int, sound: bytes | None) -> None:
        for one in cutters[side].end() if sound is None else cutters[side].add(sound):
            words = engine.hear(one.sound)
            if words:
                lines.append(LineJson(SIDES[side], one.at, round(one.until, 2), " ".join(words)))

    blocks = miniaudio.stream_file(str(file), miniaudio.SampleFormat.SIGNED16, 2, RATE, frames_to_read=RATE)
    for block in blocks:
        for side in (0, 1):
            hear(side, block[side::2].tobytes())
    for side in (0, 1):
        hear(side, None)
    return in_order(lines)


def answer(engine: Engine, line: bytes) -> dict[str, Any]:
    """Do one job: {"ok": true, "lines": …}, or {"ok": false, "reason": code}."""
    try:
        file = Path(msgspec.json.decode(line)["file"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return {"ok": False, "reason": "badJob"}
    try:
        return {"ok": True, "lines": [msgspec.to_builtins(one) for one in transcribe(engine, file)]}
    except (miniaudio.MiniaudioError, OSError, ValueError):
        return {"ok": False, "reason": "unreadable"}
    except MemoryError:
        return {"ok": False, "reason": "tooBig"}


def main() -> None:
    """Work until the input ends."""
    os.nice(NICE)
    limit = MEMORY_MB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    engine = Sphinx()
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(answer(engine, line)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
