"""The worker process as the server holds it: one, started when there is work, killed when it takes too long."""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

log = structlog.get_logger(__name__)

MODULE: Final = "cti_server.recording.intake.worker"
LINE_LIMIT: Final = 4 * 2**20


class Workshop:
    """Does one job after another in a process of its own. `close()` ends that process."""

    def __init__(self, argv: list[str] | None = None) -> None:
        self._argv = argv or [sys.executable, "-m", MODULE]
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def press(self, customer: Path, agent: Path, target: Path, limit: float, lead: float = 0.0) -> dict[str, Any]:
        """The worker's answer; {"ok": false, "reason": "workerDied" or "tooLong"} when it gave none in `limit` s.

        `lead`: seconds at the beginning that are left out.
        """
        files = {"customer": str(customer), "agent": str(agent), "target": str(target)}
        return await self.ask({**files, "lead": lead}, limit)

    async def ask(self, job: dict[str, Any], limit: float) -> dict[str, Any]:
        """The worker's answer to a job; {"ok": false, "reason": …, "again": true} when it gave none in `limit` s."""
        try:
            process = await self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            async with asyncio.timeout(limit):
                process.stdin.write(msgspec.json.encode(job) + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
            if line.endswith(b"\n"):
                answer: dict[str, Any] = msgspec.json.decode(line)
                return answer
            reason = "workerDied"
        except TimeoutError:
            reason = "tooLong"
        except (OSError, ValueError, msgspec.DecodeError):
            reason = "workerDied"
        except asyncio.CancelledError:
            await self.close()
            raise
        log.warning("recording_worker_lost", reason=reason, job=job)
        await self.close()
        return {"ok": False, "reason": reason, "again": True}

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_LIMIT,
                cwd=Path(__file__).parents[3],
            )
        return self._process

    async def close(self) -> None:
        """End the worker. May be called twice."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
