"""Shifts on a real Asterisk: pauses arrive, the next caller waits for the end of the work, a restart loses nothing."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from cti_server.agents.members import PbxMembers
from cti_server.agents.shift.model import Note, ShiftRules, Target
from cti_server.agents.shift.reasons import QueueSetting
from cti_server.agents.shift.service import ShiftService
from cti_server.ami import actions
from cti_server.ami.actions import Action
from cti_server.ami.connection import AmiConnection
from cti_server.ami.feed import Feed
from cti_server.ami.login import LinkSettings, LinkTimes
from cti_server.ami.watchdog import Beat
from cti_server.core.bus import Bus
from cti_server.core.clock import SystemClock
from cti_server.core.tasks import Tasks
from cti_server.live.changes import AgentChanged, CallChanged, LinkChanged
from cti_server.live.pbx import Pbx
from cti_server.live.pbxs import Pbxs
from cti_server.live.things.devices import DeviceRules
from cti_server.live.words import AgentState, LegRole
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.asterisk_program import AsteriskProgram
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.state import State
from tests.agents.shift.world import BREAK, PROFILE, Audit, Db
from tests.calls.made import Hub, Kept, session
from tests.conftest import real_part, worker_name

pytestmark = pytest.mark.pbx

TRUNK = {"X-Trunk": "1"}
READY, BREAKS = Target(AgentState.READY), Target(AgentState.NOT_READY, "break")
TIMES = LinkTimes(beat=Beat(interval=1.0, limit=2.0), retry_first=0.1, retry_most=0.5, retry_login=0.3)
# A queue that rings for 2 s, and one whose member stands in the configuration.
QUEUES = "[quick]\nstrategy = leastrecent\nringinuse = no\ntimeout = 2\nretry = 1\n[fixed]\nmember => PJSIP/1001\n"
EXTENSIONS = "[from-trunk](+)\nexten => 4009,1,Queue(quick)\n same => n,Hangup()\n"


class People:
    """One agent and his profile."""

    def __init__(self, profile: Any) -> None:
        self.profile = profile

    def profile_of(self, user_id: int) -> Any:
        return self.profile if user_id == 1 else None

    def user_of(self, pbx: str, device: str) -> int | None:
        return 1 if (pbx, device) == self.profile.key else None

    def name_of(self, user_id: int) -> str:
        return "李娜"


@dataclass
class Shop:
    """The server's part that owns shifts, on a real PBX, with the agent's phone and the line from outside."""

    pbx: Asterisk
    bus: Bus
    hub: Hub
    live: Pbxs
    shift: ShiftService
    feed: Feed
    agent: Phone
    trunk: Phone
    news: asyncio.Event

    @property
    def view(self) -> Any:
        return self.live.agents.get(PROFILE.key)

    async def until(self, holds: Callable[[], object], what: str, limit: float = 10.0) -> None:
        """Look again with each change that the PBX tells."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                while not holds():
                    self.news.clear()
                    await self.news.wait()
        assert holds(), f"{what}: {self.view}"

    async def state(self, state: AgentState, reason: str = "") -> None:
        await self.until(
            lambda: self.view is not None and (self.view.state, self.view.reason) == (state, reason),
            f"{state} {reason}",
        )

    async def talk(self, exten: str = "4000") -> tuple[Call, Call]:
        caller = self.trunk.call(exten, caller="13800000001", headers=TRUNK)
        leg = await self.agent.incoming(10.0)
        await leg.answer()
        await caller.answered()
        await self.state(AgentState.BUSY)
        return caller, leg

    async def ask(self, action: Action) -> None:
        await self.feed.connection.send(action)

    async def members(self, queue: str) -> str:
        """What Asterisk itself says."""
        return await self.pbx.cli(f"queue show {queue}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop_pbx(
    pytestconfig: pytest.Config, state: State, asterisk_program: AsteriskProgram
) -> AsyncIterator[Asterisk]:
    extra = {"queues.conf": QUEUES, "extensions.conf": EXTENSIONS}
    wishes = Wishes(name=worker_name("shift"), extra=extra)
    pbx = await real_part(pytestconfig, "pbx", lambda: Asterisk.start(state, program=asterisk_program, wishes=wishes))
    yield pbx
    await pbx.discard()


@pytest_asyncio.fixture
async def shop(shop_pbx: Asterisk) -> AsyncIterator[Shop]:
    pacer, bus, hub, tasks, clock = Pacer(), Bus(), Hub(), Tasks("test"), SystemClock()
    phones = {}
    for user, tone in (("1001", 440), ("trunk", 1000)):
        secret = shop_pbx.passwords.get(user, "")
        phones[user] = await Phone.open(user, secret, sip_port=shop_pbx.sip_port, tone=tone, pacer=pacer)
    await phones["1001"].register()
    live = Pbxs({"main": Pbx("main", devices=DeviceRules(r"PJSIP/\d{4}", ""))})
    settings = LinkSettings(
        name="main",
        host=shop_pbx.host,
        port=shop_pbx.ami_port,
        user=shop_pbx.ami_user,
        secret=shop_pbx.ami_secret,
        times=TIMES,
    )
    connection = AmiConnection(settings, clock)
    shift = ShiftService(
        bus=bus,
        hub=hub,  # type: ignore[arg-type]
        live=live,
        directory=People(PROFILE),  # type: ignore[arg-type]
        db=Db(),  # type: ignore[arg-type]
        journal=Kept(),
        audit=Audit(),  # type: ignore[arg-type]
        members=PbxMembers(lambda _, action: connection.send(action)),
        clock=clock,
        tasks=tasks,
        mark=lambda _: None,
        rules=ShiftRules(rona_after=2),
    )
    shift._book.reasons = [BREAK]
    feed = Feed(connection, live.of("main"), bus)
    shop = Shop(shop_pbx, bus, hub, live, shift, feed, phones["1001"], phones["trunk"], asyncio.Event())

    def link(change: LinkChanged) -> None:
        if change.link.up:
            shift.link_up("main")
            if shift.governs(1):
                tasks.start("bring", shift.bring(1))

    bus.subscribe(LinkChanged, link)
    shift.start()
    for kind in (LinkChanged, AgentChanged, CallChanged):
        bus.subscribe(kind, lambda _: shop.news.set())
    feed.start()
    await shop.until(lambda: live.links["main"].up, "link up")
    yield shop
    shop.trunk.drop_calls()
    if shift.governs(1) and shift.shown(1).signed_in:  # type: ignore[union-attr]
        for call in list(shop.agent.calls.values()):
            call.hangup()
        with contextlib.suppress(Exception):
            await shop.until(lambda: not shop.view.call_ids, "all calls over")
            await shift._duties.pbx._leave(PROFILE.key, ["support", "sales", "quick"])
    await feed.close()
    await tasks.close()
    for phone in phones.values():
        await phone.close()


async def test_a_shift_from_signing_in_to_signing_out_is_what_the_pbx_has(shop: Shop) -> None:
    await shop.shift.sign_in(1)
    assert "paused:signedIn" in await shop.members("support")
    await shop.state(AgentState.NOT_READY, "signedIn")
    assert {one.queue: one.penalty for one in shop.view.memberships if one.dynamic} == {"support": 0, "sales": 2}
    await shop.shift.set_state(1, READY)
    assert "paused" not in await shop.members("support")
    await shop.state(AgentState.READY)
    await shop.shift.set_state(1, BREAKS)
    await shop.state(AgentState.NOT_READY, "break")
    assert await shop.shift.force(session("supervisor", user_id=2), 1, READY, "need you")
    await shop.state(AgentState.READY)
    # He stands in the configuration of `fixed`: there he can only be paused.
    assert await shop.shift.sign_out(1) == [Note("fixed", "static")]
    assert "PJSIP/1001" not in await shop.members("support")
    assert "paused:signedOut" in await shop.members("fixed")


async def test_the_second_caller_is_not_offered_before_the_work_after_the_first_call_is_over(shop: Shop) -> None:
    shop.shift._book.put_settings([QueueSetting("main", "support", 30)])
    await shop.shift.sign_in(1, ["support"])
    await shop.shift.set_state(1, READY)
    first, _ = await shop.talk()
    second = shop.trunk.call("4000", caller="13800000002", headers=TRUNK)
    await shop.until(lambda: len(shop.live.queues["main", "support"].waiting) == 1, "the second caller waits")
    await shop.until(lambda: all(one.paused for one in shop.view.memberships if one.dynamic), "paused while he talks")
    assert shop.view.state is AgentState.BUSY
    first.hangup()
    await shop.state(AgentState.WORKING_AFTER_CALL, "acw")
    # Long enough for the queue to try twice (retry = 1 s).
    with pytest.raises(TimeoutError):
        await shop.agent.incoming(2.5)
    assert shop.shift.shown(1).acw is not None  # type: ignore[union-attr]
    await shop.shift.finish_work(1)
    leg = await shop.agent.incoming(5.0)
    await leg.answer()
    await second.answered()
    await shop.shift.choose_next(1, BREAKS)
    second.hangup()
    await shop.state(AgentState.WORKING_AFTER_CALL, "acw")
    await shop.shift.finish_work(1)
    await shop.state(AgentState.NOT_READY, "break")


async def test_who_ends_a_call_that_was_handed_to_him_works_after_it_by_its_queue(shop: Shop) -> None:
    shop.shift._book.put_settings([QueueSetting("main", "support", 30)])
    await shop.shift.sign_in(1, ["sales"])
    await shop.shift.set_state(1, READY)
    first = await Phone.open("1002", shop.pbx.passwords["1002"], sip_port=shop.pbx.sip_port, tone=620)
    await first.register()
    first.answer_after = 0.0
    await shop.ask(actions.queue_add("support", "PJSIP/1002"))
    caller = shop.trunk.call("4000", caller="13800000001", headers=TRUNK)
    await first.incoming(10.0)
    await caller.answered()
    await shop.ask(actions.queue_remove("support", "PJSIP/1002"))
    (call,) = shop.live.calls.values()
    customer = next(leg for leg in call.legs if leg.role is LegRole.CUSTOMER)
    await shop.ask(actions.set_variable(customer.channel, "CTI_TARGET", "PJSIP/1001"))
    await shop.ask(actions.redirect(customer.channel, exten="1001", context="cti-transfer"))
    leg = await shop.agent.incoming(10.0)
    await leg.answer()
    await shop.until(lambda: all(one.paused for one in shop.view.memberships if one.dynamic), "paused while he talks")
    leg.hangup()
    await shop.state(AgentState.WORKING_AFTER_CALL, "acw")
    shown = shop.shift.shown(1)
    assert shown is not None
    assert shown.acw is not None
    assert (shown.acw.queue, shown.acw.call_id) == ("support", call.id)
    assert "paused:acw" in await shop.members("sales")
    await first.close()
    await shop.shift.finish_work(1)
    await shop.state(AgentState.READY)


async def test_the_timer_ends_the_work(shop: Shop) -> None:
    shop.shift._book.put_settings([QueueSetting("main", "support", 1)])
    await shop.shift.sign_in(1, ["support"])
    await shop.shift.set_state(1, READY)
    caller, _ = await shop.talk()
    caller.hangup()
    await shop.state(AgentState.WORKING_AFTER_CALL, "acw")
    began = shop.view.since
    await shop.state(AgentState.READY)
    assert 0.8 < shop.view.since - began < 2.0


async def test_who_lets_it_ring_twice_is_not_ready(shop: Shop) -> None:
    quick = type(PROFILE)(1, "main", "PJSIP/1001", (type(PROFILE.queues[0])("quick"),))
    shop.shift._directory.profile = quick  # type: ignore[attr-defined]
    await shop.shift.sign_in(1)
    await shop.shift.set_state(1, READY)
    caller = shop.trunk.call("4009", caller="13800000001", headers=TRUNK)
    await shop.agent.incoming(5.0)
    await shop.state(AgentState.NOT_READY, "rona")
    assert [told.data for told in shop.hub.told if told.type == "shift.notice"] == [{"kind": "rona", "missed": 2}]
    caller.hangup()


@pytest.mark.parametrize("how", ["restart", "kill"])
async def test_a_pbx_that_forgot_everything_is_given_it_back(shop: Shop, how: str) -> None:
    await shop.shift.sign_in(1)
    await shop.shift.set_state(1, BREAKS)
    await shop.state(AgentState.NOT_READY, "break")
    if how == "kill":
        await shop.pbx.kill()
    await shop.pbx.restart()
    await shop.until(lambda: not shop.live.links["main"].up, "link down")
    await shop.until(lambda: shop.live.links["main"].up, "link up", 20.0)
    await shop.state(AgentState.NOT_READY, "break")
    await shop.until(lambda: sum(one.dynamic for one in shop.view.memberships) == 2, "both queues again")
    assert "paused:break" in await shop.members("sales")
    await shop.agent.register()
    await shop.shift.set_state(1, READY)
    await shop.until(lambda: shop.view.state is AgentState.READY, "ready")


async def test_a_call_that_ended_while_the_link_was_down_is_followed_by_its_work(shop: Shop) -> None:
    shop.shift._book.put_settings([QueueSetting("main", "support", 30)])
    await shop.shift.sign_in(1, ["support"])
    await shop.shift.set_state(1, READY)
    await shop.talk()
    await shop.until(lambda: all(one.paused for one in shop.view.memberships), "paused while he talks")
    await shop.pbx.kill()
    shop.agent.drop_calls()
    shop.trunk.drop_calls()
    await shop.pbx.restart()
    await shop.agent.register()
    await shop.state(AgentState.WORKING_AFTER_CALL, "acw")
    await shop.shift.finish_work(1)
    await shop.state(AgentState.READY)
