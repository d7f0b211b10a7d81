"""Programs of a sandbox: their words on failure, their time limit, and that nothing outlives them."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from cti_server.sandbox.process import STILL_WANTED, Child, last_words, needed, run
from cti_server.sandbox.state import SandboxError
from tests.sandbox.parents import assert_ends_with_its_parent

PARENT = """
import os, pathlib, sys, time
from cti_server.sandbox.process import Child
child = Child.start("sleep", ["sleep", "60"], log=pathlib.Path(sys.argv[1]), env=os.environ)
print(child.pid, flush=True)
time.sleep(60)
"""


async def test_the_end_and_the_words_of_a_program() -> None:
    done = await run(["sh", "-c", "echo 出; echo err >&2; exit 3"], limit=10)
    assert (done.code, done.out, done.err) == (3, "出\n", "err\n")


async def test_a_checked_failure_says_what_was_tried_and_what_the_program_said() -> None:
    with pytest.raises(SandboxError, match=r"Baking failed: no flour / no salt"):
        await run(["sh", "-c", "echo no flour >&2; echo no salt >&2; exit 1"], limit=10, check="Baking")


async def test_a_program_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    script = f"sleep 61 & echo $! > {tmp_path}/pid; wait"
    before = time.monotonic()
    with pytest.raises(SandboxError, match=r"Waiting did not end within 0 s"):
        await run(["sh", "-c", script], limit=0.3, check="Waiting")
    assert time.monotonic() - before < 10
    pid = int(await asyncio.to_thread((tmp_path / "pid").read_text))
    assert not await asyncio.to_thread(is_alive, pid)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


async def test_a_child_is_asked_then_killed(tmp_path: Path) -> None:
    deaf = "trap '' TERM; echo ready; while :; do sleep 0.01; done"
    child = Child.start("deaf", ["sh", "-c", deaf], log=tmp_path / "log", env=os.environ)
    while child.last_log() != "ready":  # noqa: ASYNC110 (it writes to a file)
        await asyncio.sleep(0.01)
    await child.stop(signal.SIGTERM, limit=0.1)
    assert child.code == -signal.SIGKILL
    await child.stop()


async def test_its_last_words_are_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "log"
    await asyncio.to_thread(log.write_text, "of an earlier start\n")
    child = Child.start("x", ["echo", "of now"], log=log, env=os.environ)
    assert await child.ended(10)
    assert child.last_log() == "of now"


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="cannot be started"):
        Child.start("x", ["true"], log=tmp_path / "log", env=os.environ, identity=["/no/such/program"])
    with pytest.raises(SandboxError, match="install the package tool-package"):
        needed("no-such-tool", "tool-package")


async def test_a_child_whose_parent_died_first_does_not_begin(tmp_path: Path) -> None:
    argv = ["sh", "-c", STILL_WANTED, "guard", "1", "touch", str(tmp_path / "begun")]
    assert (await run(argv, limit=10)).code == 1
    assert not await asyncio.to_thread((tmp_path / "begun").exists)


async def test_a_killed_parent_takes_its_child_along(tmp_path: Path) -> None:
    await assert_ends_with_its_parent(PARENT, str(tmp_path / "log"))


def test_last_words_leave_out_empty_lines() -> None:
    assert last_words("a\n\nb\n \nc\nd\n", 2) == "c / d"
    assert last_words("\n") == "it said nothing"
    assert sys.executable
