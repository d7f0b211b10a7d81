"""The worker process: answers, survives fifty broken files, keeps its limit, and is replaced when it dies."""

import os
import signal
from pathlib import Path

from cti_server.recording.intake.worker import answer
from cti_server.recording.intake.workshop import Workshop
from tests.recording.intake.sounds import broken, tone, wav, write


async def test_fifty_broken_pairs_are_each_named_and_the_worker_lives(tmp_path: Path) -> None:
    workshop = Workshop()
    try:
        pairs = broken()
        assert len(pairs) == 50
        pids = set()
        for name, (customer, agent, due) in pairs.items():
            write(tmp_path, name, customer, agent)
            told = await workshop.press(tmp_path / f"{name}-r.wav", tmp_path / f"{name}-t.wav", tmp_path / "x.mp3", 20)
            found = told["reason"] if not told["ok"] else told["pressed"]["notes"]
            assert due in found, (name, told)
            pids.add(workshop.pid)
        assert len(pids) == 1
    finally:
        await workshop.close()


async def test_a_worker_that_dies_or_hangs_is_replaced(tmp_path: Path) -> None:
    write(tmp_path, "x", wav(tone(1.0, 440)), wav(tone(1.0, 440)))
    files = tmp_path / "x-r.wav", tmp_path / "x-t.wav", tmp_path / "x.mp3"
    workshop = Workshop()
    try:
        assert (await workshop.press(*files, 20))["ok"]
        first = workshop.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        assert (await workshop.press(*files, 0.3))["reason"] == "tooLong"
        assert (await workshop.press(*files, 20))["ok"]
        second = workshop.pid
        assert second not in (None, first)
        os.kill(second or 0, signal.SIGKILL)
        lost = await workshop.press(*files, 20)
        assert lost["ok"] or lost["reason"] == "workerDied"
        assert (await workshop.press(*files, 20))["ok"]
    finally:
        await workshop.close()


def test_a_job_that_is_none_and_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert answer(b"nonsense")["reason"] == "badJob"
    write(tmp_path, "x", wav(tone(0.5, 440)), wav(tone(0.5, 440)))
    job = f'{{"customer":"{tmp_path}/x-r.wav","agent":"{tmp_path}/x-t.wav","target":"{tmp_path}/no/x.mp3"}}'
    assert answer(job.encode()) == {"ok": False, "reason": "noRoom", "again": True}
