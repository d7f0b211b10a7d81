"""The server in this process with a real Asterisk, phones, database and API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cti_server.ami.actions import Action
from cti_server.app import App
from cti_server.live.views import SegmentView, WaitingView
from cti_server.live.words import SegmentKind
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.postgres import Postgres
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.stage.speech import find_espeak
from cti_server.sandbox.state import State
from cti_server.settings import load_settings
from tests.conftest import real_part, worker_name
from tests.whole.site import PASSWORD, Site, poll

NUMBERS = """
[from-trunk](+)
exten => 4010,1,Gosub(cti-name-call,s,1)
 same => n,Answer(,i)
 same => n,Wait(30)
 same => n,Hangup()
exten => 4011,1,Gosub(cti-queue,${EXTEN},1(support))
 same => n,Hangup()
exten => 4012,1,Set(CTI_QUEUE_RULE=opens-soon)
 same => n,Gosub(cti-queue,${EXTEN},1(lone))
 same => n,Hangup()
"""
EXTRA = {
    "extensions.conf": NUMBERS,
    "queues.conf": "[lone](cti-queue)\n",
    "queuerules.conf": "[opens-soon]\npenaltychange => 2,999999,0\n",
}
GOLD, SILVER, PLAIN = "13800000001", "13800000002", "13800000003"


class Center:
    """The server in this process, a PBX, two agents: 1 at 1001 (skill tax 5) and 2 at 1002 (none)."""

    def __init__(self, site: Site, pbx: Asterisk) -> None:
        self.site, self.pbx = site, pbx
        self.app = App(load_settings(site.write_config(), env={}))
        self.users: dict[str, int] = {}

    async def open(self) -> None:
        await self.app.start()
        token = await self.app.accounts.new_setup_token()
        assert token is not None
        await self.app.accounts.set_up(token, "admin", "刘洋", PASSWORD)
        self.admin = self.site.browser("admin")
        await self.admin.sign_in()
        for number in ("1001", "1002"):
            await self.site.phone(number, self.pbx)
            person = await self.site.agent(number, f"PJSIP/{number}", ["support", "sales"])
            assert person.user_id is not None
            self.users[number] = person.user_id
        await self.site.trunk(self.pbx.sip_port)
        await self.pbx.cli(f"dialplan set global CTI_AGI 127.0.0.1:{self.app.routing.port}")
        await self.pbx.cli("dialplan set global CTI_STEP_SECONDS 10")  # a busy machine sends nobody to the safe queue
        await self.app.agents.skills.put(await self.session(), self.users["1001"], {"tax": 5})
        for number, tier in ((GOLD, "gold"), (SILVER, "silver")):
            contacts = [{"kind": "phone", "value": number}]
            await self.admin.post("/customers", {"name": tier, "tier": tier, "contacts": contacts})

    async def session(self) -> Any:
        token, _ = await self.app.accounts.sign_in("admin", PASSWORD, "127.0.0.1")
        return await self.app.accounts.session(token)

    async def close(self) -> None:
        await self.site.stop()
        await self.app.stop()

    async def rules(self, queue: str, **policy: Any) -> None:
        pages = (await self.admin.get("/queue-policies"))["items"]
        version = next((one["version"] for one in pages if one["queue"] == queue), 0)
        await self.admin.put(f"/queue-policies/main/{queue}", {"version": version, "policy": policy})

    async def publish(self, did: str, **nodes: Any) -> None:
        """Callers of a number follow these nodes, the first of them first."""
        key = f"flow-{did}"
        draft = {"format": 1, "title": did, "languages": ["en", "zh-CN"], "start": next(iter(nodes)), "nodes": nodes}
        made = await self.admin.post("/flows", {"key": key, "draft": draft})
        assert made["findings"] == []
        await self.admin.post(f"/flows/{key}/publish", {"revision": made["revision"], "note": ""})
        await self.admin.put(f"/flows/numbers/{did}", {"flow": key})

    async def spoke_with(self, who: str, number: str) -> None:
        """This agent is the last with whom the customer of a number spoke."""
        await self.site.sql(
            "insert into interaction (customer_id, call_id, user_id, at)"
            " select customer_id, $2, $3, now() from contact where value like '%' || $1",
            number, f"main:earlier-{who}-{self.app.clock.now()}", self.users[who],
        )  # fmt: skip

    def waiting(self, queue: str) -> tuple[WaitingView, ...]:
        found = self.app.live.queues.get(("main", queue))
        return found.waiting if found is not None else ()

    def penalty(self, queue: str, number: str) -> int:
        agent = self.app.live.agents["main", f"PJSIP/{number}"]
        return next((one.penalty for one in agent.memberships if one.queue == queue), -1)

    async def until(self, holds: Any, what: str, limit: float = 8.0) -> None:
        async def look() -> bool | None:
            return True if holds() else None

        await poll(look, what, limit)

    async def send(self, action: Action) -> Any:
        return await self.app.connections["main"].send(action)

    async def decisions(self, call_id: str, kind: str) -> dict[str, Any]:
        """The first decision of a kind, once it is in the database, by the address that the call's page asks."""

        async def look() -> dict[str, Any] | None:
            status, body = await self.admin.try_("GET", f"/calls/{call_id}/decisions")
            return next((one for one in body["items"] if one["kind"] == kind), None) if status == 200 else None

        return await poll(look, f"a decision of kind {kind}", 8.0)

    async def quiet(self) -> None:
        """End all calls and see them end."""
        for phone in self.site.phones.values():
            for call in list(phone.calls.values()):
                call.hangup()
        await self.until(lambda: not self.app.live.calls, "the end of all calls")
        for phone in self.site.phones.values():
            phone._waiting.clear()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def center(
    pytestconfig: pytest.Config,
    state: State,
    asterisk_program: AsteriskProgram,
    postgres: Postgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Center]:
    wishes = Wishes(name=worker_name("decisions"), agents=3, extra=EXTRA)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    url = await postgres.create_database("routing_decisions", migrated_template)
    folder: Path = tmp_path_factory.mktemp("center")
    espeak = await real_part(pytestconfig, "pbx", lambda: find_espeak(state, Progress()))
    settings = f'[prompts]\nespeak = "{espeak}"\n[recording]\ndir = "{pbx.recordings}"\n'
    center = Center(Site(folder, url, {"main": pbx}, settings=settings), pbx)
    try:
        await center.open()
        yield center
    finally:
        await center.close()
        await pbx.discard()
        await postgres.drop_database("routing_decisions")


@pytest_asyncio.fixture(loop_scope="session")
async def house(center: Center) -> AsyncIterator[Center]:
    try:
        yield center
    finally:
        await center.quiet()


async def wait_in(house: Center, exten: str, queue: str, *numbers: str) -> dict[str, str]:
    """These callers wait, having come in this order; number → call id."""
    ids: dict[str, str] = {}
    for number in numbers:
        await house.site.call_in(exten, number).answered()
        await house.until(lambda n=number: n in [w.number for w in house.waiting(queue)], f"{number} in {queue}")
        ids[number] = next(w.call_id for w in house.waiting(queue) if w.number == number)
    return ids


def rings(house: Center, call_id: str) -> list[SegmentView]:
    return [s for s in house.app.live.calls[call_id].segments if s.kind is SegmentKind.RING]
