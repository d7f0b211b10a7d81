"""Sounds made here: tones as WAV, and one of 0.6 s and 440 Hz as MP3."""

import array
import base64
import io
import math
import wave
from pathlib import Path
from typing import Final

from cti_server.core.auth.model import Session

MP3: Final = base64.b64decode(
    "//MoxAALOFrAX0YYAgvmttAAu7u7u7iIhyYDAYWQIEIBBxcHwfB8PwQDHB/wQcDhzv5Tz/Kef6Pf0GlKm//8t0qr7x+/phBW//Mo"
    "xA4PyOacAZuQAG+LwULjgksEiR3ImBFwtiIKgOEabAQgdzEOHOHOMf8nSZMi8Xv/RRMREe+sFREe/grV///6BylzR95D//MoxAkP"
    "QHI8Ad4wAABwDDAbBOMGcA4wZgpTEqMTN84nw8uTSDI9JeMYAScw+h3QCGWYLQDIGANW0yaXREcCv+jwAAB+bWzb//MoxAcOcF56"
    "Xg9wSnGsUQaWVRFuSWoVCYxSoozRDxE1+gAdh7zWQ5Zv/fvq12dH29X6v2f2F9WxbmL+n/pYPZMAAAA4TbW7//MoxAgOCF5/Hg46"
    "Rm4vna3UiboJpgjxivEBmoGQCAdMcCAQw6B7BqGc/+7fV72a/+v9Vn3+q1Gjr///xirEAABdSRyuYSee//MoxAoO4GJiXg90Lq7W"
    "l0JamkwNA2HDwbYhAfYAAYlgaYMyIPRCaaLHroqIDW/6dH6/f/2fo//Z9//7v/nqhAAAAEhf9r/w//MoxAkNgFqHHgm4QibzxUaD"
    "RFkQgB5j3Lmog6uqMhcAOBFQ5WyU/Rr/V7vV7f6/o/Vds3tXq//x6f///CngR5lghkCggMGD//MoxA4MYG5AAOf2gUdmKEEZzzJh"
    "RiDeYryEUmBUAVBrisdHjmbGIQmIRtpA8spwyv//+5H2wNxVhIgWECwxmBTNQeODnE1q//MoxBcM6HI8AOe4gBHs8DwszE0B8MrJ"
    "IxrxzAiTEAUTvbBBcxT5mf9F///9SlrSpS7oFARgQHmExQYyMppOrGcZy4b0I4Rh//MoxB4MkG5AAOe4gSAH5gEXGeImYlK5iECI"
    "DWXQ7LuQVf///OWQttU9SADBUNmBB4YdQ5lbTGD8ohBiHwR0YEaBTmspZ00s//MoxCYMaG5AAOf2gWcjgcpokNDgSX0gGv///cce"
    "uAmbIGAojMoDDWS096cNN1mA6Xg5jELB5Mon8yFhDBZ6BINWAeOITdJg//MoxC8L6HJAAN+4gbX///3KnBWGLvAAAmBwUYYEJj0s"
    "GqJmZ9+jZw3DKmFaBMOD8zTMjDxgMNAdBZrsPUvclbcHOMpUVAAx//MoxDoMUG5AAOe4gUAUBoGZgEA6GBaLyYkXpZk8j9mC4EQa"
    "IYHIqJlwGPIiWbmSOctllf///UfeCDWzF6zDgAycXNWPj2dE//MoxEMLkG5EAAe2LdLaH06CxKzEGCGMrH4yveTCh1MCAxSt0InK"
    "KfNV///9SlwlhUAoGARgoDmHQwZEJJrmFGiBdEcjorhh//MoxE8MMHJAAN+4gYgBIMJxlSnmFzWYVBSDrOn9psUK///8444DBEBY"
    "BABAQD5gVA0GDwFYYqw+Bht5tGKSHYYD4FZgYgRm//MoxFkMWG5AAOe4gAXAPmBKAAYGID4GALRziEYigQRV/0VEVFKS7vqqtogn"
    "MACwaFCNeN/fTEyE/1sJhYx5DAKAB2jwBUYN//MoxGIOiHJIAV4QAbxkw/YLIgsi8cwghoZizRQIoEh3y+6kI5w5xRIqRX/8yLxe"
    "MS6Xf7b7JJGQlCX03JBoShIGv6L0QKpu//MoxGIYGWaQAZugADmJ0PUTpVIkSUJC0kpFxOFuOZaRJBVFPXWITEnlcoGAQUk5EiR2"
    "SKOZBTAU8FNim+FVTEFNRTQuMFVV//MoxDwMmKYoAc8wAVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVVV"
    "VVVVVVVVVVVVVVVVVVVVVVVV"
)


def tone(rate: int = 8000, seconds: float = 1.0, hz: float = 440, level: float = 0.1, silence: float = 0.0) -> bytes:
    """A tone as WAV, with so many seconds of silence at both ends; `level` of full scale."""
    quiet = [0] * int(rate * silence)
    loud = [int(level * 32767 * math.sin(2 * math.pi * hz * at / rate)) for at in range(int(rate * seconds))]
    return wav(array.array("h", [*quiet, *loud, *quiet]).tobytes(), rate)


def wav(samples: bytes, rate: int, channels: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return out.getvalue()


def read(data: bytes) -> tuple[int, int, "array.array[int]"]:
    """Rate, channels and samples of a WAV."""
    with wave.open(io.BytesIO(data)) as file:
        assert file.getsampwidth() == 2
        return file.getframerate(), file.getnchannels(), array.array("h", file.readframes(file.getnframes()))


def strength(samples: "array.array[int]", rate: int, hz: float) -> float:
    """How much of the sound is this tone, 0 to 1 (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * hz / rate)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    whole = sum(sample * sample for sample in samples) * len(samples) / 2
    return power / whole if whole else 0.0


def signed_in(user_id: int = 1) -> Session:
    return Session(1, user_id, "root", "Root", frozenset({"admin"}), "en", False, "", 0.0, 0.0)


LONG = tone(seconds=40)


def filled(folder: Path) -> Path:
    for path, data in (("1/zh-CN-1.wav", LONG), ("1/zh-CN-1.wav16", tone()), ("said/en-abc.wav", tone(hz=600))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "1" / ".zh-CN-2.wav.7").write_bytes(b"half")
    (folder / "secret.wav").write_bytes(b"x")
    return folder
