"""A server that speaks S3, in a process of its own: to be stopped, hung, killed, or told to trust nobody."""

import asyncio
import os
import signal
import sys
import urllib.error
import urllib.request
from pathlib import Path

from cti_server.sandbox.state import free_port

BUCKET = "recordings"


class S3:
    """`url` and `options` are what the configuration of a site says."""

    url = f"s3://{BUCKET}/calls"

    def __init__(self, folder: Path, trusting: bool = True) -> None:
        self._log = folder / "s3.log"
        self._trusting = trusting
        self.port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    @property
    def options(self) -> dict[str, str]:
        return {
            "endpoint": f"http://127.0.0.1:{self.port}",
            "region": "us-east-1",
            "access_key_id": "key",
            "secret_access_key": "secret",
        }

    async def start(self) -> None:
        """Until it answers and has the bucket. One that trusts nobody lets exactly the bucket be made."""
        environment = dict(os.environ)
        if not self._trusting:
            environment["INITIAL_NO_AUTH_ACTION_COUNT"] = "1"
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)),
                stdout=log, stderr=log, env=environment,
            )  # fmt: skip
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(self._made):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.1)

    def _made(self) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/{BUCKET}", method="PUT")
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError as fault:
            raise AssertionError(f"no bucket: {fault}") from fault
        except OSError:
            return False

    def hang(self) -> None:
        """It takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None
