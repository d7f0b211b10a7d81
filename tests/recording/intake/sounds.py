"""Files as MixMonitor leaves them, whole and broken."""

import array
import math
import random
import struct
from pathlib import Path

RATE = 8000


def tone(seconds: float, hertz: int, peak: int = 8000) -> bytes:
    count = int(seconds * RATE)
    return array.array("h", (int(peak * math.sin(math.tau * hertz * n / RATE)) for n in range(count))).tobytes()


def voice(seconds: float, seed: int = 1, syllables: float = 4.0) -> bytes:
    """Something that WebRTC's detector takes for a voice: harmonics of 140 Hz that swell and fade."""
    chance = random.Random(seed)
    made = array.array("h")
    for n in range(int(seconds * RATE)):
        at = n / RATE
        swell = (1 - math.cos(math.tau * syllables * at)) / 2
        wave = sum(math.sin(math.tau * 140 * k * at) / k for k in range(1, 12))
        made.append(int(5000 * swell * wave / 2 + chance.randint(-40, 40)))
    return made.tobytes()


def silence(seconds: float) -> bytes:
    return bytes(2 * int(seconds * RATE))


def wav(
    sound: bytes, *, rate: int = RATE, channels: int = 1, bits: int = 16, code: int = 1, said: int | None = None
) -> bytes:
    length = len(sound) if said is None else said
    fmt = struct.pack("<HHIIHH", code, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    head = b"RIFF" + struct.pack("<I", 36 + length) + b"WAVEfmt " + struct.pack("<I", 16) + fmt
    return head + b"data" + struct.pack("<I", length) + sound


def broken() -> dict[str, tuple[bytes | None, bytes | None, str]]:
    """Name → the caller's file, ours, and the reason or note that is due; None: no such file. Fifty pairs."""
    good, other = wav(tone(1.0, 440)), wav(tone(1.0, 620))
    noise = random.Random(7).randbytes
    bad: dict[str, tuple[bytes, str]] = {
        "empty": (b"", "empty"),
        "one-byte": (b"R", "notWav"),
        "riff-only": (b"RIFF", "notWav"),
        "header-only": (wav(b""), "noAudio"),
        "header-cut": (good[:30], "notWav"),
        "no-data-chunk": (good[:36], "noAudio"),
        "random": (noise(4000), "notWav"),
        "text": (b"#EXTM3U\nfile:///etc/passwd\n" * 9, "notWav"),
        "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "notWav"),
        "html": (b"<html><script>1</script></html>", "notWav"),
        "mp3": (b"\xff\xfb\x90\x00" + bytes(800), "notWav"),
        "ogg": (b"OggS" + bytes(800), "notWav"),
        "avi": (b"RIFF" + struct.pack("<I", 400) + b"AVI " + bytes(400), "notWav"),
        "rifx": (b"RIFX" + good[4:], "notWav"),
        "ulaw": (wav(bytes(8000), code=7, bits=8), "format"),
        "gsm": (wav(bytes(3250), code=49, bits=0), "format"),
        "float": (wav(bytes(32000), code=3, bits=32), "format"),
        "stereo": (wav(tone(1.0, 440), channels=2), "format"),
        "eight-bit": (wav(bytes(8000), bits=8), "format"),
        "rate-0": (wav(tone(1.0, 440), rate=0), "format"),
        "rate-44100": (wav(tone(1.0, 440), rate=44100), "format"),
        "nul": (bytes(5000), "notWav"),
        "endless-chunks": (good[:12] + (b"LIST" + bytes(4)) * 200, "notWav"),
        "chunk-beyond-end": (good[:12] + b"LIST" + struct.pack("<I", 2**32 - 1), "noAudio"),
        "data-before-fmt": (good[:12] + b"data" + struct.pack("<I", 16000) + tone(1.0, 440), "notWav"),
    }
    pairs: dict[str, tuple[bytes | None, bytes | None, str]] = {}
    for name, (content, reason) in bad.items():
        pairs[f"both-{name}"] = (content, content, reason)
        side = "noCustomer" if len(pairs) % 4 else "noAgent"
        pairs[f"one-{name}"] = (content, other, side) if side == "noCustomer" else (good, content, side)
    return pairs


def odd() -> dict[str, tuple[bytes | None, bytes | None, str]]:
    """Pairs that can be heard although something is odd, and the note of it."""
    good = wav(tone(2.0, 440))
    loud = array.array("h", (random.Random(3).randint(-20000, 20000) for _ in range(2 * RATE))).tobytes()
    return {
        "one-missing": (None, good, "noCustomer"),
        "other-missing": (good, None, "noAgent"),
        "unclosed": (wav(tone(2.0, 440), said=0), good, "unclosed"),
        "cut": (good[:-9000], good, "cut"),
        "apart": (good, wav(tone(4.0, 440)), "sidesApart"),
        "odd-length": (good + b"x", good, ""),
        "wide-band": (wav(tone(2.0, 440), rate=16000), wav(tone(2.0, 440), rate=16000), ""),
        "noise": (wav(loud), good, ""),
    }


def write(folder: Path, name: str, customer: bytes | None, agent: bytes | None) -> None:
    for side, content in (("-r.wav", customer), ("-t.wav", agent)):
        if content is not None:
            (folder / f"{name}{side}").write_bytes(content)
