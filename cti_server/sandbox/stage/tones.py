"""Prompts that are tones, given by an admin as any sound is: what a caller hears becomes a number."""

from __future__ import annotations

import base64
import io
import math
import struct
import wave
from collections.abc import Mapping

from cti_server.sandbox.phones.tone import RATE
from cti_server.sandbox.stage.console import Console

LOUD = 6000


def tone_file(hz: int, seconds: float) -> bytes:
    """A sine as WAV of 8 kHz."""
    samples = (round(LOUD * math.sin(2 * math.pi * hz * at / RATE)) for at in range(round(seconds * RATE)))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()


async def give_tones(admin: Console, tones: Mapping[str, int], *, language: str = "en", seconds: float = 0.6) -> None:
    """A prompt of each name, whose sound in this language is a tone (Hz). Raises SandboxError."""
    known = {prompt["name"]: prompt["id"] for prompt in (await admin.get("/prompts"))["items"]}
    for name, hz in tones.items():
        number = known.get(name) or (await admin.post("/prompts", {"name": name}))["id"]
        data = base64.b64encode(tone_file(hz, seconds)).decode()
        await admin.put(f"/prompts/{number}/audio/{language}", {"data": data, "file_name": f"{name}.wav"})
