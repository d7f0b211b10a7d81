"""Notices a PBX that has fallen silent although its connection looks alive (half-open, frozen, overloaded)."""

from dataclasses import dataclass
from typing import NoReturn, Protocol

from cti_server.ami.errors import AmiSilent, AmiTimeout


class Watched(Protocol):
    """A link as the watchdog sees it."""

    chunks: int
    """How many times anything has arrived."""

    async def stay(self, seconds: float) -> None:
        """Return after `seconds`; raise AmiLinkLost as soon as the link breaks."""
        ...

    async def ping(self, limit: float) -> None:
        """Return when the pong has come; raise AmiTimeout after `limit` seconds, AmiLinkLost when the link breaks."""
        ...


@dataclass(frozen=True, slots=True)
class Beat:
    """How often to ask. With the defaults silence is seen at most 5 + 2 × 4 = 13 seconds after it began."""

    interval: float = 5.0
    limit: float = 4.0
    misses: int = 2
    noisy_misses: int = 6
    """Misses in a row that are too many even while events keep coming: the peer no longer hears us."""


async def watch(link: Watched, beat: Beat) -> NoReturn:
    """Ping until the link breaks (AmiLinkLost) or falls silent (AmiSilent)."""
    silent = missed = 0
    while True:
        if not missed:
            await link.stay(beat.interval)
        heard = link.chunks
        try:
            await link.ping(beat.limit)
        except AmiTimeout:
            missed += 1
            silent = silent + 1 if link.chunks == heard else 0
            if silent >= beat.misses or missed >= beat.noisy_misses:
                raise AmiSilent(f"The PBX has not answered {missed} pings.") from None
        else:
            silent = missed = 0
