"""Hands a file to the process that decodes it, and waits no longer than allowed."""

import asyncio
import contextlib
import sys
from typing import Final

import msgspec
import structlog

from cti_server.core.errors import BadInput, TimedOut, Unavailable
from cti_server.routing.prompts.model import Refined, format_of

log = structlog.get_logger(__name__)

LIMIT: Final = 25.0
_AT_ONCE: Final = 2


class _Answer(msgspec.Struct):
    narrow: bytes = b""
    wide: bytes = b""
    seconds: float = 0.0
    gain: float = 0.0
    code: str = ""
    sentence: str = ""
    allowed: str = ""

    def sound(self) -> Refined:
        """What came of it. Raises BadInput."""
        if self.code:
            raise BadInput(self.sentence, field="data", allowed=self.allowed or None, code=self.code)
        return Refined(self.narrow, self.wide, self.seconds, self.gain)


class Refinery:
    """Makes sound fit to be played; at most two files at once, the others wait."""

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def refine(self, data: bytes) -> Refined:
        """A file of anybody's as clean sound. Raises BadInput, TimedOut, Unavailable."""
        return (await self.refine_all([data]))[0]

    async def refine_all(self, files: list[bytes]) -> list[Refined]:
        """Several small ones, for which the process is started once. Raises what `refine` raises, for the first."""
        for data in files:
            format_of(data)
        packed = msgspec.msgpack.encode(files)
        try:
            async with asyncio.timeout(self._limit), self._places:
                out = await piped([sys.executable, "-m", "cti_server.routing.prompts.worker"], packed)
        except TimeoutError:
            raise TimedOut("Decoding the file took too long.", code="audio_timed_out") from None
        try:
            answers = msgspec.msgpack.decode(out, type=list[_Answer])
        except msgspec.DecodeError:
            # It met a limit of the kernel: what it was reading is no sound of a phone.
            raise BadInput(
                "This file cannot be decoded.", field="data", allowed="a whole WAV or MP3 file", code="bad_audio"
            ) from None
        return [answer.sound() for answer in answers]


async def piped(command: list[str], data: bytes, env: dict[str, str] | None = None) -> bytes:
    """What a program makes of `data`; whatever happens, it does not outlive this call. Raises Unavailable."""
    try:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=env,
        )
    except OSError as error:
        raise Unavailable(f"{command[0]} cannot be started: {error.strerror}.", code="cannot_start") from error
    try:
        out, err = await child.communicate(data)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode:
        log.warning(
            "program_failed", program=command[-1], status=child.returncode, said=err[-400:].decode("utf-8", "replace")
        )
        return b""
    return out
