"""A real Asterisk, callers with keys, and the mouth of the flows in this process; prompts are tones."""

import asyncio
import contextlib
import math
import struct
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from cti_server.routing.agi.model import CallBegan
from cti_server.routing.agi.mouth import FlowMouth
from cti_server.routing.agi.server import AgiServer, AgiSession
from cti_server.routing.agi.speaking import Rooms
from cti_server.routing.flows.acts import Visit
from cti_server.routing.flows.document import flow_of
from cti_server.routing.flows.walk import Published, World
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer

DID = "4800"


def write_tone(path: Path, hz: int, seconds: float = 0.5, rate: int = 8000) -> None:
    samples = (round(8000 * math.sin(2 * math.pi * hz * n / rate)) for n in range(int(seconds * rate)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


class Tones:
    """Prompts by id and language, each a tone of its own: `tones["welcome", "en"] = 500`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hz: dict[tuple[str, str], int] = {}

    def add(self, prompt: str, hz: Mapping[str, int], seconds: float = 0.5) -> None:
        for language, tone in hz.items():
            self.hz[prompt, language] = tone
            write_tone(self.folder / f"{prompt}-{language}.wav", tone, seconds)

    def prompt_file(self, prompt: str, language: str) -> str | None:
        return str(self.folder / f"{prompt}-{language}") if (prompt, language) in self.hz else None

    def text_file(self, text: str, language: str) -> str | None:
        return None


class Counted:
    def __init__(self) -> None:
        self.began_rows: list[CallBegan] = []
        self.visits: list[Visit] = []
        self.ends: list[str] = []

    def began(self, row: CallBegan) -> None:
        self.began_rows.append(row)

    def passed(self, pbx: str, uniqueid: str, visits: tuple[Visit, ...]) -> None:
        self.visits += visits

    def ended(self, pbx: str, uniqueid: str, outcome: str, at: float) -> None:
        self.ends.append(outcome)

    @property
    def path(self) -> list[str]:
        return [f"{visit.node}:{visit.exit}" for visit in self.visits]


class Line:
    """The door by which test callers come in, and the server that answers."""

    def __init__(self, pbx: Asterisk, folder: Path) -> None:
        self.pbx = pbx
        self.clock = SystemClock()
        self.tones = Tones(folder)
        self.counted = Counted()
        self.rooms = Rooms(prompts=self.tones, figures=self.counted)
        self.world = World()
        self.published: Published | None = None
        self.tasks = Tasks("line")
        self.mouth = FlowMouth(
            pick=lambda did: self.published if did == DID else None,
            world=lambda: self.world,
            rooms=self.rooms,
            clock=self.clock,
            tasks=self.tasks,
        )
        self.server = self.make_server()

    def make_server(self, port: int = 0) -> AgiServer:
        return AgiServer({"flow": self.mouth, "alive": alive}, self.tasks, host="127.0.0.1", port=port)

    async def open(self) -> None:
        await self.server.start()
        await self.point_to(f"127.0.0.1:{self.server.port}")
        self.phone = await Phone.open(
            "trunk", sip_port=self.pbx.sip_port, tone=1000, pacer=Pacer(), port=self.pbx.trunk_port
        )

    async def point_to(self, address: str) -> None:
        await self.pbx.cli(f"dialplan set global CTI_AGI {address}")

    async def close(self) -> None:
        await self.phone.close()
        await self.server.stop()
        await self.tasks.close()

    def publish(self, document: Mapping[str, Any], version: int = 1, key: str = "main") -> Published:
        self.published = Published(key, version, flow_of(document))
        return self.published

    async def call(self, number: str = "13800000001") -> Call:
        call = self.phone.call(DID, caller=number, headers={"X-Trunk": "1"})
        await call.answered()
        return call

    async def waiting_in(self, queue: str, limit: float = 10.0) -> float:
        """Seconds until a caller waits in this queue, as the PBX itself says."""
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout(limit):
            while "PJSIP/trunk" not in await self.pbx.cli(f"queue show {queue}"):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.05)
        return asyncio.get_running_loop().time() - begun

    async def hang_up(self) -> None:
        for call in list(self.phone.calls.values()):
            call.hangup()
        with contextlib.suppress(TimeoutError):
            await self.phone.idle()


async def alive(session: AgiSession) -> None:
    await session.set("CTI_ANSWER", "done")
