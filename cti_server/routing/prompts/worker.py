"""`python -m cti_server.routing.prompts.worker`: refine what comes by standard input, in a process that may die.

A file of somebody's may be made to break its reader. So it is read where it can take neither memory nor time from the
calls: limits of the kernel, set before the first byte is looked at. In comes a msgpack list of files, out a list of
maps, each either {narrow, wide, seconds, gain} or {code, sentence, allowed}.
"""

import resource
import sys
from typing import Any, Final

import msgspec

from cti_server.core.errors import BadInput
from cti_server.routing.prompts.model import MOST_BYTES

MEMORY: Final = 768 * 2**20
SECONDS: Final = 20


def main() -> int:
    """Read, refine, answer. A fault that has no answer ends with a status that is not 0."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = msgspec.msgpack.decode(sys.stdin.buffer.read(2 * MOST_BYTES), type=list[bytes])
    sys.stdout.buffer.write(msgspec.msgpack.encode([answer(data) for data in files]))
    return 0


def answer(data: bytes) -> dict[str, Any]:
    """What is answered to these bytes."""
    # Only now, so that the limits stand before the decoders are loaded.
    from cti_server.routing.prompts.audio import refine

    try:
        done = refine(data)
    except BadInput as fault:
        return {"code": fault.code, "sentence": fault.sentence, "allowed": fault.allowed or ""}
    return {"narrow": done.narrow, "wide": done.wide, "seconds": done.seconds, "gain": done.gain}


if __name__ == "__main__":
    sys.exit(main())
