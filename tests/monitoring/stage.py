"""The room of supervision on a real Asterisk: phones with tones, the live model, and people."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from cti_server.ami.actions import Action, Reply
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from cti_server.live.changes import CallChanged, LinkChanged
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.monitoring.pbx_side import PbxSpies
from cti_server.monitoring.service import MonitoringService
from cti_server.sandbox.asterisk import Asterisk
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from tests.monitoring.people import EmptyDatabase, KeptAudit, KeptHub, KeptJournal, Staff

TRUNK = {"X-Trunk": "1"}
LONG = "10012"
LONG_PASSWORD = "a-long-number"
# A device whose name begins as another one's does.
EXTRA = {
    "pjsip.conf": f"""
[{LONG}](agent-endpoint)
auth = {LONG}
aors = {LONG}
callerid = "Agent {LONG}" <{LONG}>
media_address = 127.0.0.1
bind_rtp_to_media_address = yes
[{LONG}](agent-auth)
username = {LONG}
password = {LONG_PASSWORD}
[{LONG}](agent-aor)
""",
    "extensions.conf": f"""
[from-trunk](+)
exten => 5001,1,Gosub(cti-name-call,s,1)
 same => n,Dial(PJSIP/1001,30)
 same => n,Hangup()
exten => 5012,1,Gosub(cti-name-call,s,1)
 same => n,Dial(PJSIP/{LONG},30)
 same => n,Hangup()
""",
}
TONES = {"1001": 500, LONG: 620, "1005": 740, "1006": 860}


@dataclass
class Stage:
    pbx: Asterisk
    clock: SystemClock = field(default_factory=SystemClock)
    bus: Bus = field(default_factory=Bus)
    hub: KeptHub = field(default_factory=KeptHub)
    journal: KeptJournal = field(default_factory=KeptJournal)
    audit: KeptAudit = field(default_factory=KeptAudit)
    staff: Staff = field(default_factory=Staff)
    tasks: Tasks = field(default_factory=lambda: Tasks("stage"))
    phones: dict[str, Phone] = field(default_factory=dict)
    changes: list[CallChanged] = field(default_factory=list)

    async def open(self) -> None:
        settings = LinkSettings(
            name="main", host=self.pbx.host, port=self.pbx.ami_port, user=self.pbx.ami_user, secret=self.pbx.ami_secret
        )
        self.connection = AmiConnection(settings, self.clock)
        self.model = Pbx("main")
        self.live = Pbxs({"main": self.model})
        self.spies = PbxSpies(self._send, auto_answer=False)
        self.service = MonitoringService(
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.staff,
            spies=self.spies,
            journal=self.journal,
            db=EmptyDatabase(),
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
        )
        self._moved = asyncio.Condition()
        up = asyncio.Event()
        self.bus.subscribe(LinkChanged, lambda change: up.set() if change.link.up else None)
        self.bus.subscribe(CallChanged, self.changes.append)
        await self.service.start()
        self.feed = Feed(self.connection, self.model, self.bus)
        self.feed.start()
        await asyncio.wait_for(up.wait(), 10)
        pacer = Pacer()
        for number, tone in TONES.items():
            password = LONG_PASSWORD if number == LONG else self.pbx.passwords[number]
            phone = await Phone.open(number, password, sip_port=self.pbx.sip_port, tone=tone, pacer=pacer)
            await phone.register()
            self.phones[number] = phone
        for name, tone in (("customer", 980), ("second", 1100)):
            self.phones[name] = await Phone.open(name, sip_port=self.pbx.sip_port, tone=tone, pacer=pacer)

    async def _send(self, pbx: str, action: Action) -> Reply:
        return await self.connection.send(action)

    async def close(self) -> None:
        for phone in self.phones.values():
            await phone.close()
        await self.feed.close()
        await self.tasks.close()

    async def talk(self, customer: str = "customer", number: str = "5001", agent: str = "1001") -> tuple[Call, Call]:
        """A customer and an agent who hear each other: the customer's call and the agent's."""
        before = self._answered()
        outside = self.phones[customer].call(number, caller="13800000001", headers=TRUNK)
        inside = await self.phones[agent].incoming()
        await inside.answer()
        await outside.answered()
        await self.until(lambda: self._answered() > before)
        return outside, inside

    def _answered(self) -> int:
        return sum(1 for each in self.live.calls.values() if len(each.segments) and each.answered_at)

    async def until(self, holds: Callable[[], bool], limit: float = 5.0) -> None:
        """Wait until the model says so."""
        changed = asyncio.Event()
        self.bus.subscribe(CallChanged, lambda _: changed.set())
        async with asyncio.timeout(limit):
            while not holds():
                changed.clear()
                await changed.wait()

    async def quiet(self) -> None:
        """All phones on hook, and seen to be by the model."""
        for phone in self.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()
        for phone in self.phones.values():
            await phone.idle()
            while phone.rings:
                await phone.incoming()
        await self.until(lambda: not self.live.calls)
        self.hub.told.clear()
        self.changes.clear()
