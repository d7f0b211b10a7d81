"""What happens to a child when the process that started it is killed."""

import asyncio
import os
import sys


async def assert_ends_with_its_parent(code: str, *arguments: str, limit: float = 10.0) -> None:
    """Run code that prints the pid of its child and waits; kill it; the child must end within `limit` seconds."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    watch = os.pidfd_open(int(await parent.stdout.readline()))
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    # A pidfd becomes readable when its process has ended.
    loop.add_reader(watch, ended.set)
    parent.kill()
    await parent.wait()
    try:
        await asyncio.wait_for(ended.wait(), limit)
    finally:
        loop.remove_reader(watch)
        os.close(watch)
