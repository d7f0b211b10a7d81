"""Recordings: how fast they are taken in and with how much memory.

Our worker (checks, both hashes, stereo MP3, drawing, speech figures in one pass) beside ffmpeg making the same
MP3 and nothing more, and beside LAME alone, which is the limit; all in CPU seconds of one thread.
"""

import array
import asyncio
import os
import random
import tempfile
import time
import wave
from pathlib import Path
from typing import Final

import lameenc

from bench.ffmpeg import cpu_of_join, find_ffmpeg
from bench.report import Report
from cti_server.recording.intake.workshop import Workshop

MINUTES: Final = float(os.environ.get("CTI_BENCH_MINUTES", "20"))
"""Length of the long file; 120 for the two hours of the goal, which takes two minutes more."""
SHORT: Final = 2.0
RATE: Final = 8000
FACTOR_GOAL: Final = 30.0
MEMORY_GOAL: Final = 16.0


def run() -> Report:
    """All of it."""
    report = Report("recording")
    asyncio.run(_run(report))
    report.close()
    return report


async def _run(report: Report) -> None:
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as folder:
        await _intake(report, Path(folder))


# -- intake


def make(path: Path, minutes: float, seed: int) -> None:
    """A side of a call: ten seconds of noise that swells and fades as speech does, over and over."""
    chance = random.Random(seed)
    block = array.array("h", (int(chance.gauss(0, 2500) * abs((n % 2000) / 1000 - 1)) for n in range(10 * RATE)))
    for sample in range(3 * RATE, 5 * RATE):
        block[sample] = 0
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        for _ in range(round(minutes * 6)):
            sound.writeframes(block.tobytes())


async def _intake(report: Report, folder: Path) -> None:
    peaks = []
    for minutes in (SHORT, MINUTES):
        sides = [folder / f"{minutes}{side}.wav" for side in "rt"]
        for seed, side in enumerate(sides):
            make(side, minutes, seed)
        workshop = Workshop()
        begin = time.perf_counter()
        answer = await workshop.press(*sides, folder / "a.mp3", 1800.0)
        waited, took = time.perf_counter() - begin, _cpu(workshop.pid)
        assert answer["ok"], answer
        assert abs(answer["pressed"]["seconds"] - minutes * 60) < 1
        peaks.append(_peak_mb(workshop.pid))
        await workshop.close()
    ours = MINUTES * 60 / took
    lame = MINUTES * 60 / await asyncio.to_thread(_lame, sides)
    found = await find_ffmpeg()
    ffmpeg = None if isinstance(found, str) else await cpu_of_join(*found, sides, folder / "b.mp3")
    report.say(
        f"  {MINUTES:g} minutes: ours {ours:.0f} × real time on one core ({waited:.0f} s by the clock);"
        f" LAME alone {lame:.0f} ×"
    )
    report.say(f"  ffmpeg, the MP3 alone: {MINUTES * 60 / ffmpeg:.0f} ×" if ffmpeg else f"  {found}")
    report.say(f"  memory at most: {peaks[0]:.1f} MB for {SHORT:g} minutes, {peaks[1]:.1f} MB for {MINUTES:g}")
    report.results["intake"] = {
        "ours_x": round(ours, 1),
        "lame_x": round(lame, 1),
        "ffmpeg_x": round(MINUTES * 60 / ffmpeg, 1) if ffmpeg else None,
        "peak_mb": [round(peak, 1) for peak in peaks],
    }
    report.goal("intake, × real time per core", ours, FACTOR_GOAL, at_least=True)
    report.goal("memory for the long file above the short one, MB", peaks[1] - peaks[0], MEMORY_GOAL, at_least=False)


def _peak_mb(pid: int | None) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _cpu(pid: int | None) -> float:
    """CPU seconds that a process has used, which other programs on the machine disturb less than the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _lame(sides: list[Path]) -> float:
    begin = time.thread_time()
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(48)
    encoder.set_in_sample_rate(RATE)
    encoder.set_out_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(5)
    encoder.silence()
    with wave.open(str(sides[0])) as left, wave.open(str(sides[1])) as right:
        while ours := left.readframes(RATE):
            both = array.array("h", bytes(2 * len(ours)))
            both[0::2], both[1::2] = array.array("h", ours), array.array("h", right.readframes(RATE))
            encoder.encode(both.tobytes())
    encoder.flush()
    return time.thread_time() - begin
