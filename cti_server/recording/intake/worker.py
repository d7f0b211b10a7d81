"""The process that touches the sound: reads one job a line, writes one answer a line, and knows nothing else.

`python -m cti_server.recording.intake.worker` with {"customer", "agent", "target", "lead"} as JSON lines on its input.
Its memory is limited, so that a file made to hurt kills this process and no other. It ends when its input does.
"""

import contextlib
import resource
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from cti_server.recording.intake.press import plain, press
from cti_server.recording.intake.wav import BadFile

MEMORY_MB: Final = 384
"""MiB of address space; a two-hour call takes 33 MiB of memory."""


def answer(line: bytes) -> dict[str, Any]:
    """Do one job: {"ok": true, "pressed": …}, or {"ok": false, "reason": code, "again": may a new try help?}."""
    try:
        job = msgspec.json.decode(line)
        customer, agent, target = Path(job["customer"]), Path(job["agent"]), Path(job["target"])
        lead = float(job.get("lead", 0.0))
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return {"ok": False, "reason": "badJob", "again": False}
    try:
        return {"ok": True, "pressed": plain(press(customer, agent, target, lead))}
    except BadFile as fault:
        return {"ok": False, "reason": fault.reason, "again": fault.reason == "unreadable"}
    except MemoryError:
        return {"ok": False, "reason": "tooBig", "again": False}
    except OSError:
        # The disk on which the MP3 is made is full or gone; the recording itself is unharmed.
        with contextlib.suppress(OSError):
            target.unlink(missing_ok=True)
        return {"ok": False, "reason": "noRoom", "again": True}


def main() -> None:
    """Work until the input ends."""
    limit = MEMORY_MB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(msgspec.json.encode(answer(line)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
