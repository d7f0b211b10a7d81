"""The process that decodes: what it gives, and that it cannot hold anybody up."""

import asyncio
import sys

import pytest

from cti_server.core.errors import BadInput, TimedOut, Unavailable
from cti_server.routing.prompts import refining
from cti_server.routing.prompts.refining import Refinery, piped
from tests.routing.prompts.made import read, tone


async def test_a_file_goes_through_the_process() -> None:
    done = await Refinery().refine(tone(silence=0.5))
    assert read(done.narrow)[0] == 8000
    assert 1.0 <= done.seconds <= 1.3


async def test_the_process_refuses_with_the_reason() -> None:
    with pytest.raises(BadInput) as error:
        await Refinery().refine(tone(level=0.0))
    assert error.value.code == "audio_silent"


async def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    real = asyncio.create_subprocess_exec
    started: list[asyncio.subprocess.Process] = []

    async def hang(*_command: str, **more: object) -> asyncio.subprocess.Process:
        child = await real(sys.executable, "-c", "import time; time.sleep(60)", **more)  # type: ignore[arg-type]
        started.append(child)
        return child

    monkeypatch.setattr(refining.asyncio, "create_subprocess_exec", hang)
    with pytest.raises(TimedOut) as error:
        await Refinery(limit=0.3).refine(tone())
    assert error.value.code == "audio_timed_out"
    assert started[0].returncode == -9


async def test_one_that_dies_is_a_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def dies(_command: list[str], _data: bytes) -> bytes:
        return await piped([sys.executable, "-c", "import os; os.abort()"], b"")

    monkeypatch.setattr(refining, "piped", dies)
    with pytest.raises(BadInput) as error:
        await Refinery().refine(tone())
    assert error.value.code == "bad_audio"


async def test_a_program_that_is_not_there() -> None:
    with pytest.raises(Unavailable) as error:
        await piped(["/nowhere/program"], b"")
    assert error.value.code == "cannot_start"
