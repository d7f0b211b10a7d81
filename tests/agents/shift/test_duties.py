"""What merely happens to a shift: rings that nobody takes, consoles that are gone, links that come back, time."""

from cti_server.agents.model import Profile, QueuePlace
from cti_server.agents.shift import model
from cti_server.agents.shift.model import ShiftRules, Target
from cti_server.core.errors import Conflict
from cti_server.live.views import LinkView
from cti_server.live.words import AgentState, SegmentResult
from tests.agents.shift.world import PROFILE, World
from tests.calls.made import AT

READY, AWAY = Target(AgentState.READY), Target(AgentState.NOT_READY, "break")


async def test_two_offers_in_a_row_that_nobody_took_end_readiness(world: World) -> None:
    await world.ready()
    world.let_ring()
    world.let_ring(SegmentResult.ABANDONED)
    world.let_ring(SegmentResult.ELSEWHERE)
    assert (world.duty.state, world.duty.missed) == ("ready", 1)
    world.talks()
    world.hangs_up()
    assert world.duty.missed == 0, "in a row"
    await world.shift.finish_work(1)
    world.asked()
    world.let_ring()
    world.let_ring(SegmentResult.REJECTED)
    await world.calm()
    assert (world.duty.reason, world.asked()) == ("rona", [("pause", "PJSIP/1001", "rona")])
    assert world.told("shift.notice") == [{"kind": "rona", "missed": 2}]


async def test_a_lost_console_takes_readiness_after_the_grace_and_not_before() -> None:
    world = World()
    world.shift.watch(_Watched())  # type: ignore[arg-type]
    world.duties.presence(1, True)
    await world.ready()
    assert world.duty.console
    world.duties.presence(1, False)
    world.at(30)
    world.duties.presence(1, True)
    world.at(200)
    world.duties.tick()
    assert world.duty.state == "ready"
    world.duties.presence(1, False)
    world.at(259)
    world.duties.tick()
    assert world.duty.state == "ready"
    world.at(260)
    world.duties.tick()
    await world.calm()
    assert (world.duty.reason, world.asked()) == ("lostTab", [("pause", "PJSIP/1001", "lostTab")])
    await world.close()


async def test_a_lost_console_may_sign_out_and_waits_for_the_call() -> None:
    world = World(ShiftRules(lost_tab_signs_out=True))
    world.duties.presence(1, True)
    await world.ready()
    world.talks()
    world.duties.presence(1, False)
    world.at(61)
    world.duties.tick()
    assert world.duty.signed_in
    world.hangs_up("acw")
    await world.shift.finish_work(1)
    assert not world.duty.signed_in
    assert world.asked()[-1] == ("remove", "sales", "PJSIP/1001")
    await world.close()


async def test_an_overrun_is_told_once(world: World) -> None:
    await world.ready()
    await world.shift.set_state(1, AWAY)
    world.at(899)
    world.duties.tick()
    assert world.told("shift.overrun") == []
    world.at(900)
    world.duties.tick()
    world.duties.tick()
    assert world.told("shift.overrun") == [{"reason": "break"}]
    assert world.told("shift.changed")[-1].overrun


async def test_a_restart_takes_up_where_it_was(world: World) -> None:
    await world.ready()
    world.duties.presence(1, True)
    world.talks()
    await world.shift.choose_next(1, AWAY)
    world.at(60)
    world.hangs_up("acw")
    kept = [model.duty_of(row) for row in world.kept.of("agent_duty")][-1]
    assert kept == world.duty
    again = World()
    again.shift.watch(_Watched())  # type: ignore[arg-type]
    again.at(70)
    again.duties.restored([kept])
    assert again.shift.shown(1).acw.until == AT + 80  # type: ignore[union-attr]
    again.duties.link_up("main")
    await again.shift.bring(1)
    assert again.asked() == [
        ("add", "support", "PJSIP/1001", "李娜", 0, "acw"),
        ("add", "sales", "PJSIP/1001", "李娜", 2, "acw"),
    ]
    again.at(80)
    again.duties.tick()
    await again.calm()
    assert (again.duty.reason, again.asked()) == ("break", [("pause", "PJSIP/1001", "break")])
    assert 1 in again.duties._away, "his console has the whole grace to come back"
    await again.close()


async def test_a_call_that_ended_unseen_is_followed_by_its_work(world: World) -> None:
    await world.ready()
    world.talks()
    await world.calm()
    world.live.agents.clear()
    world.at(100)
    world.duties.link_up("main")
    assert world.duty.acw.until == AT + 120


async def test_work_that_ends_during_a_call_of_his_own_waits_for_it(world: World) -> None:
    await world.ready()
    world.talks()
    world.hangs_up("acw")
    world.talks(queue=None, linkedid="2.2")
    world.at(60)
    world.duties.tick()
    assert world.duty.acw
    world.hangs_up("acw")
    assert world.duty.acw is None


async def test_what_the_pbx_did_not_take_is_tried_again_less_and_less_often(world: World) -> None:
    await world.ready()
    world.members.fault = Conflict("no", code="pbx_refused")
    world.let_ring()
    world.let_ring()
    await world.calm()
    tries = []
    for second in range(1, 20):
        world.asked()
        world.at(second)
        world.duties.tick()
        await world.calm()
        tries += [second] if world.asked() else []
    assert tries == [2, 6, 14]
    world.members.fault = None
    world.live.links["main"] = LinkView("main", True, AT)
    world.at(60)
    world.duties.tick()
    await world.calm()
    assert world.asked() == [("pause", "PJSIP/1001", "rona")]
    world.at(120)
    world.duties.tick()
    await world.calm()
    assert world.asked() == []


async def test_other_queues_and_another_device_by_the_admin(world: World) -> None:
    await world.ready()
    after = Profile(1, "main", "PJSIP/1001", (QueuePlace("sales", 2), QueuePlace("vip")))
    world.directory.put(after)
    await world.shift.profile_changed(1, PROFILE, after)
    assert world.asked() == [("remove", "support", "PJSIP/1001"), ("add", "vip", "PJSIP/1001", "李娜", 0)]
    assert world.duty.state == "ready"
    moved = Profile(1, "main", "PJSIP/1009", after.queues)
    world.directory.put(moved)
    await world.shift.profile_changed(1, after, moved)
    assert not world.duty.signed_in
    assert world.shift.shown(1).signed_in is False  # type: ignore[union-attr]


async def test_a_member_that_somebody_removed_is_made_one_again(world: World) -> None:
    await world.ready()
    pause = world.members.pause

    async def once(*asked: object) -> None:
        world.members.pause = pause  # type: ignore[method-assign]
        raise Conflict("Interface not found")

    world.members.pause = once  # type: ignore[method-assign, assignment]
    await world.shift.set_state(1, AWAY)
    assert [one[:2] for one in world.asked()] == [("add", "support"), ("add", "sales")]


async def test_the_clock_wakes_by_itself(world: World) -> None:
    await world.ready()
    await world.shift.set_state(1, AWAY)
    assert world.duties._nap() == 30.0
    world.at(890)
    assert world.duties._nap() == 10.0
    world.at(901)
    assert world.duties._nap() == 30.0, "what is overdue is no reason to spin"


class _Watched:
    def watch_family(self, name: str, heard: object) -> None:
        assert name == "user"
