"""Programs that a sandbox runs: short ones to their end, long ones under a watch that leaves nothing behind."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cti_server.sandbox.state import SandboxError


@dataclass(frozen=True)
class Finished:
    """How a short program ended. `out` holds standard output, `err` standard error."""

    code: int
    out: str
    err: str


async def run(
    argv: Sequence[str | Path],
    *,
    limit: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    check: str | None = None,
) -> Finished:
    """Run a program to its end, at most `limit` seconds, with nothing on its standard input.

    With `check` (what was tried, as the start of a sentence) a failure raises SandboxError with the last lines
    that the program wrote. The program and its children are killed when the time is over or we are cancelled.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
        cwd=cwd,
        start_new_session=True,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), limit)
    except TimeoutError:
        raise SandboxError(f"{check or argv[0]} did not end within {limit:.0f} s.") from None
    finally:
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
    done = Finished(process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace"))
    if check is not None and done.code != 0:
        raise SandboxError(f"{check} failed: {last_words(done.err or done.out)}")
    return done


def last_words(text: str, lines: int = 3) -> str:
    """The last lines that say something, on one line."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    return " / ".join(said[-lines:]) or "it said nothing"


# Whoever is killed between the fork and the prctl would leave an orphan: the program begins only if its parent is
# still the one that started it.
STILL_WANTED = '[ "$PPID" = "$1" ] || exit 1; shift; exec "$@"'


class Child:
    """A long-running program of ours, writing to a log file, in a session of its own.

    It gets `death_signal` from the kernel when the process that started it dies in whatever way (prctl
    PR_SET_PDEATHSIG, set by setpriv before the program begins). The signal comes when the *thread* that started
    the child ends: start children from the thread that lives as long as the program. A child belongs to no event
    loop: it may be started under one and stopped under another (as fixtures and tests do).
    """

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, log_start: int) -> None:
        self.name = name
        self.log = log
        self._log_start = log_start
        self._process = process

    @classmethod
    def start(
        cls,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str],
        cwd: Path | None = None,
        identity: Sequence[str] = (),
        death_signal: str = "KILL",
    ) -> "Child":
        """Start the program; raises SandboxError when it cannot be started at all.

        `identity`: the words before it that make it another user (the kernel forgets the death signal when the user
        changes, so they come first).
        """
        guard = [*identity, needed("setpriv", "util-linux"), "--pdeathsig", death_signal, "sh", "-c", STILL_WANTED]
        with log.open("ab") as output:
            log_start = output.tell()
            try:
                process = subprocess.Popen(
                    [*guard, "guard", str(os.getpid()), *argv],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    env=env,
                    cwd=cwd,
                    start_new_session=True,
                )
            except OSError as error:
                raise SandboxError(f"{name} cannot be started: {error}") from error
        return cls(name, process, log, log_start)

    @property
    def pid(self) -> int:
        """The process id of the program (setpriv and the wrappers replace themselves by it)."""
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal, None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program alone; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def ended(self, limit: float) -> bool:
        """Wait for its end; False when it still runs after `limit` seconds."""
        until = time.monotonic() + limit
        while self.code is None:
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(min(0.01, limit))
        return True

    async def stop(self, number: signal.Signals = signal.SIGTERM, limit: float = 5.0) -> None:
        """Ask it to end, then kill it and what it left in its session. May be called twice."""
        if self.code is None:
            self.send(number)
            await self.ended(limit)
        await self.kill()

    async def kill(self) -> None:
        """End it and its children at once (SIGKILL), as a crash would."""
        _signal_group(self.pid, signal.SIGKILL)
        await self.ended(5.0)

    def last_log(self, lines: int = 3) -> str:
        """The last lines that this start wrote into its log, for a sentence on what went wrong."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(self._log_start, file.seek(0, 2) - 4000))
                return last_words(file.read().decode(errors="replace"), lines)
        except OSError:
            return "no log"


def needed(program: str, package: str) -> str:
    """The path of a program of the machine; SandboxError names the Debian package when it is absent."""
    found = shutil.which(program)
    if found is None:
        raise SandboxError(f"The program {program} is not on this machine; install the package {package}.")
    return found


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
