import pytest

from cti_server.ami.errors import AmiLinkLost, AmiSilent, AmiTimeout
from cti_server.ami.watchdog import Beat, watch


class ScriptedLink:
    """Answers pings after a script: "pong", "silent", "noise" (no pong, but events come), "lost"."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.chunks = 0
        self.elapsed = 0.0

    async def stay(self, seconds: float) -> None:
        self.elapsed += seconds

    async def ping(self, limit: float) -> None:
        match self.script.pop(0) if self.script else "lost":
            case "pong":
                self.chunks += 1
            case "silent":
                self.elapsed += limit
                raise AmiTimeout("no pong")
            case "noise":
                self.chunks += 1
                self.elapsed += limit
                raise AmiTimeout("no pong")
            case _:
                raise AmiLinkLost("gone")


async def test_silence_is_noticed_within_15_seconds() -> None:
    link = ScriptedLink("silent", "silent")
    with pytest.raises(AmiSilent):
        await watch(link, Beat())
    assert link.elapsed <= 15


async def test_one_miss_is_forgiven() -> None:
    link = ScriptedLink("silent", "pong", "silent", "pong")
    with pytest.raises(AmiLinkLost) as caught:
        await watch(link, Beat())
    assert not isinstance(caught.value, AmiSilent)
    assert link.script == []


async def test_a_peer_that_still_sends_is_given_more_time_but_not_for_ever() -> None:
    link = ScriptedLink(*["noise"] * 9)
    with pytest.raises(AmiSilent):
        await watch(link, Beat())
    assert len(link.script) == 9 - Beat().noisy_misses


async def test_noise_between_two_misses_starts_the_count_of_silence_anew() -> None:
    link = ScriptedLink("silent", "noise", "silent", "silent", "pong")
    with pytest.raises(AmiSilent):
        await watch(link, Beat())
    assert link.script == ["pong"]
