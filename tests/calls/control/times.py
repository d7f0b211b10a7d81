"""The PBX's own record of every channel (CEL), beside which the segments of the live model are held.

Asterisk writes it from its core, not from the events that the model reads: when a channel was answered, when it came
into a bridge, when it was hung up. See https://docs.asterisk.org/Configuration/Reporting/Channel-Event-Logging-CEL/.
"""

import asyncio
import itertools
from dataclasses import dataclass, field

from cti_server.core.tasks import Tasks
from cti_server.live.views import CallView
from cti_server.live.words import LegRole, SegmentKind
from cti_server.sandbox.asterisk import Asterisk

CEL = {"cel.conf": "[general]\nenable = yes\napps = all\nevents = ALL\n[manager]\nenabled = yes\n"}
TALKS = frozenset({SegmentKind.TALK, SegmentKind.CONFERENCE})
WITHIN = 0.4
"""Seconds by which a sum of segments may differ from the PBX; the calls of these tests are short."""


@dataclass
class Record:
    """One channel."""

    name: str
    talked_from: float | None = None
    ended_at: float | None = None


@dataclass
class Times:
    """Listens at the AMI for the record alone."""

    pbx: Asterisk
    channels: dict[str, Record] = field(default_factory=dict)
    compared: int = 0
    _tasks: Tasks = field(default_factory=lambda: Tasks("times"))

    async def open(self) -> None:
        await self.pbx.cli("module load cel_manager.so")
        self._reader, self._writer = await asyncio.open_connection(self.pbx.host, self.pbx.ami_port, limit=1 << 20)
        self._writer.write(
            f"Action: Login\r\nUsername: {self.pbx.ami_user}\r\nSecret: {self.pbx.ami_secret}\r\n\r\n".encode()
        )
        self._news = asyncio.Event()
        self._tasks.start("record", self._read())

    async def close(self) -> None:
        await self._tasks.close()
        self._writer.close()

    async def _read(self) -> None:
        while True:
            raw = (await self._reader.readuntil(b"\r\n\r\n")).decode()
            if raw.startswith("Event: CEL\r\n"):
                lines = (line.partition(": ") for line in raw.splitlines() if line)
                self._take({key: value for key, _, value in lines})
                self._news.set()

    def _take(self, event: dict[str, str]) -> None:
        at = float(event["Timestamp"])
        record = self.channels.setdefault(event["UniqueID"], Record(event["Channel"]))
        if event["EventName"] == "BRIDGE_ENTER" and record.talked_from is None:
            record.talked_from = at
        elif event["EventName"] == "HANGUP":
            record.ended_at = at

    async def agree(self, *calls: CallView) -> None:
        """Each agent's stretches of talk last as long as his channels were in talk, and no channel counts twice."""
        whole = [call for call in calls if call.merged_into is None]
        legs = [leg for call in whole for leg in call.legs if leg.role is LegRole.AGENT]
        async with asyncio.timeout(5):
            while any(self.channels.get(leg.id, Record("")).ended_at is None for leg in legs):
                self._news.clear()
                await self._news.wait()
        ids = [leg.id for leg in legs]
        assert len(ids) == len(set(ids)), f"a channel counts twice: {legs}"
        for call in whole:
            for device in {leg.device for leg in legs if leg in call.legs}:
                self._agree(call, device)

    def _agree(self, call: CallView, device: str) -> None:
        records = [self.channels[leg.id] for leg in call.legs if leg.device == device]
        told = sum((one.ended_at or 0) - one.talked_from for one in records if one.talked_from is not None)
        talks = [part for part in call.segments if part.device == device and part.kind in TALKS]
        found = sum((part.ended_at or 0) - part.started_at for part in talks)
        assert abs(found - told) < WITHIN, f"{device}: segments {found:.2f} s, the PBX {told:.2f} s; {talks}"
        ordered = sorted(talks, key=lambda part: part.started_at)
        for before, after in itertools.pairwise(ordered):
            assert (before.ended_at or 0) <= after.started_at + 0.05, f"{device} talks twice at once: {before} {after}"
        self.compared += bool(told)
