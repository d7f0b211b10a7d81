"""`python -m cti_server.sandbox.prepare`: bring in now what a demo or the tests would bring in on first use."""

import asyncio
import sys

from cti_server.sandbox.asterisk_program import find_asterisk
from cti_server.sandbox.chromium import find_chromium
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.speech import find_espeak
from cti_server.sandbox.state import SandboxError, State


async def prepare(state: State, progress: Progress) -> list[str]:
    """Fetch Asterisk, Chromium and espeak-ng where the machine has none; one sentence for each that cannot be had."""
    failed: list[str] = []
    for find in (find_asterisk, find_chromium, find_espeak):
        try:
            await find(state, progress)
        except SandboxError as error:
            failed.append(error.sentence)
            progress.step(error.sentence)
    return failed


def main() -> int:
    """0 when all is there, 1 when something is missing (it was said)."""
    return 1 if asyncio.run(prepare(State.open(), Progress())) else 0


if __name__ == "__main__":
    sys.exit(main())
