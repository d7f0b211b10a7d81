"""Changes for many agents on a real PostgreSQL: previewed, kept, brought to the PBX, told, and taken back."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from cti_server.agents.model import QueuePlace
from cti_server.agents.moves.api import MoveBody, PreviewBody, routes
from cti_server.agents.moves.model import Change, Kind, Move, State
from cti_server.agents.moves.service import MovesService
from cti_server.ami.errors import AmiRefused
from cti_server.core.auth.scope import Scope
from cti_server.core.errors import Conflict, Forbidden, NotFound
from cti_server.core.web.routes import ApiRequest
from cti_server.live.views import QueueView
from tests.agents.test_service import House, Open, begin  # noqa: F401
from tests.calls.made import session

pytestmark = pytest.mark.database
BOSS = session("supervisor", user_id=2)
LI, BOB = 1, 2
ADD_VIP = Change(Kind.ADD, ("vip",), 4)


async def floor(house: House) -> MovesService:
    """李娜 in support, Bob in support and sales; the PBX has a queue vip besides."""
    house.live.queues["main", "vip"] = QueueView("main", "vip")
    await house.start()
    await house.save("support")
    await house.save("support", "sales", user_id=BOB, device="PJSIP/1002")
    house.members.asked.clear()
    house.hub.told.clear()
    return house.agents.moves


async def settled(house: House, move: Move) -> Move:
    """The change when the PBX has said what became of each."""
    for task in [task for task in house.tasks._running if "move-" in task.get_name()]:
        await task
    return house.agents.moves._moves[move.id]


def queues_of(house: House, user_id: int) -> dict[str, int]:
    profile = house.agents.directory.profile_of(user_id)
    assert profile is not None
    return {place.queue: place.penalty for place in profile.queues}


async def test_a_preview_says_what_would_be_and_does_nothing(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    li, bob = moves.preview(BOSS, [LI, BOB], Change(Kind.ADD, ("sales",)))
    assert (li.before, li.after) == ((QueuePlace("support"),), (QueuePlace("support"), QueuePlace("sales")))
    assert bob.state is State.UNCHANGED
    (gone,) = moves.preview(BOSS, [LI], Change(Kind.ADD, ("nowhere",)))
    assert (gone.state, gone.reason) == (State.REFUSED, "no_such_queue")
    assert house.members.asked == []
    with pytest.raises(Conflict):
        await moves.apply(BOSS, [BOB], Change(Kind.ADD, ("sales",)), None, "")


async def test_a_change_reaches_the_pbx_is_told_audited_and_taken_back(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    move = await moves.apply(BOSS, [LI, BOB], ADD_VIP, None, "rush")
    assert {item.state for item in move.items} == {State.PLANNED}, "nothing is shown as done before the PBX said so"
    move = await settled(house, move)
    assert {item.state for item in move.items} == {State.DONE}
    assert ("add", "vip", "PJSIP/1001", "李娜", 4) in house.members.asked
    assert queues_of(house, BOB) == {"support": 0, "sales": 0, "vip": 4}
    (told,) = (one.data for one in house.hub.on("user:1") if one.type == "agent.moved")
    assert (told["by"], told["text"], told["back"]) == ("Someone", "rush", False)
    rows = await house.db.fetch("select subject, details from audit_entry where action = 'agent.move' order by id")
    assert [row["subject"] for row in rows] == ["1", "2"]
    house.members.asked.clear()
    undone = await settled(house, await moves.undo(BOSS, move.id))
    assert {item.state for item in undone.items} == {State.UNDONE}
    assert queues_of(house, LI) == {"support": 0}
    assert ("remove", "vip", "PJSIP/1001") in house.members.asked
    with pytest.raises(Conflict):
        await moves.undo(BOSS, move.id)


async def test_a_penalty_is_changed_in_place(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    from cti_server.live.views import MembershipView
    from tests.calls.made import agent

    house.pbx.agent(agent("PJSIP/1001", memberships=(MembershipView("support", dynamic=True),)))
    await settled(house, await moves.apply(BOSS, [LI], Change(Kind.PENALTY, ("support",), 9), None, ""))
    assert house.members.asked == [("penalty", "support", "PJSIP/1001", 9)]


async def test_what_was_changed_meanwhile_is_reported_and_the_rest_taken_back(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    move = await settled(house, await moves.apply(BOSS, [LI, BOB], ADD_VIP, None, ""))
    await house.save("support")  # an admin takes 李娜 out of vip himself
    undone = await settled(house, await moves.undo(BOSS, move.id))
    assert [item.state for item in undone.items] == [State.CHANGED, State.UNDONE]
    assert queues_of(house, LI) == {"support": 0}
    assert queues_of(house, BOB) == {"support": 0, "sales": 0}


async def test_a_refusal_of_the_pbx_is_named_for_the_agent(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    house.members.fault = AmiRefused("QueueAdd", "Unable to add interface")
    move = await settled(house, await moves.apply(BOSS, [LI], ADD_VIP, None, ""))
    assert move.items[0].state is State.FAILED
    assert "Unable to add interface" in move.items[0].reason
    house.members.fault = None
    undone = await settled(house, await moves.undo(BOSS, move.id))
    assert undone.items[0].state is State.UNDONE


async def test_for_a_time_it_takes_itself_back_also_after_a_restart(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    only = Change(Kind.ONLY, ("vip",))
    until = house.clock.now() + 600
    move = await settled(house, await moves.apply(BOSS, [BOB], only, until, ""))
    assert queues_of(house, BOB) == {"vip": 0}
    house = await begin()
    house.live.queues["main", "vip"] = QueueView("main", "vip")
    await house.start()
    assert queues_of(house, BOB) == {"vip": 0}
    moves = house.agents.moves
    (known,) = moves.listing(BOSS.scope)
    assert known.items[0].state is State.DONE
    await moves._time_is_up(known)
    await settled(house, known)
    assert queues_of(house, BOB) == {"support": 0, "sales": 0}
    assert moves._moves[move.id].undone_by_name == ""
    (row,) = await house.db.fetch("select login from audit_entry where action = 'agent.moveBack'")
    assert row["login"] == "(time)"


async def test_today_ends_with_the_business_day(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    move = await moves.apply(BOSS, [LI], ADD_VIP, None, "", today=True)
    assert move.until == moves._days.bounds(house.clock.now())[1]
    assert move.undo_until == move.until
    await settled(house, move)


async def test_a_skill_for_many_and_back(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    await house.agents.skills.put(BOSS, LI, {"英语": 2})
    move = await settled(house, await moves.apply(BOSS, [LI, BOB], Change(Kind.SKILL, skill="英语", level=5), None, ""))
    assert house.agents.skills.of(LI) == house.agents.skills.of(BOB) == {"英语": 5}
    await house.agents.skills.put(BOSS, BOB, {"英语": 3})
    undone = await settled(house, await moves.undo(BOSS, move.id))
    assert [item.state for item in undone.items] == [State.UNDONE, State.CHANGED]
    assert house.agents.skills.of(LI) == {"英语": 2}
    assert house.agents.skills.of(BOB) == {"英语": 3}


async def test_a_limited_supervisor_moves_his_own_only_and_may_take_that_back(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    seller = replace(BOSS, scope=Scope(queues=frozenset({"sales"})))
    with pytest.raises(NotFound):
        await moves.apply(seller, [LI], Change(Kind.ADD, ("sales",)), None, "")
    with pytest.raises(Forbidden):
        await moves.apply(seller, [BOB], ADD_VIP, None, "")
    move = await settled(house, await moves.apply(seller, [BOB], Change(Kind.REMOVE, ("sales",)), None, ""))
    assert [one.id for one in moves.listing(seller.scope)] == [move.id], "though Bob is out of his sight now"
    other = await settled(house, await moves.apply(BOSS, [BOB], ADD_VIP, None, ""))
    assert other.id not in [one.id for one in moves.listing(seller.scope)]
    with pytest.raises(NotFound):
        await moves.undo(seller, other.id)
    await settled(house, await moves.undo(seller, move.id))
    assert queues_of(house, BOB) == {"support": 0, "vip": 4, "sales": 0}


async def test_the_addresses(begin: Open) -> None:  # noqa: F811
    house = await begin()
    moves = await floor(house)
    found = {(route.method, route.path): route for route in routes(moves)}

    def ask(body: Any = None, kind: Any = None, **path: int) -> ApiRequest:
        return ApiRequest(BOSS, None, msgspec.convert(body, kind) if kind else None, None, path, "en", "", "r")

    change = {"kind": "add", "queues": ["vip"]}
    shown = await found["POST", "/agent-moves/preview"].handler(ask({"users": [1], "change": change}, PreviewBody))
    assert shown.items[0].after[-1] == QueuePlace("vip")  # type: ignore[attr-defined]
    body = {"users": [1], "change": change, "until": "today"}
    made = await found["POST", "/agent-moves"].handler(ask(body, MoveBody))
    await settled(house, made)  # type: ignore[arg-type]
    listed = await found["GET", "/agent-moves"].handler(ask())
    assert [one.id for one in listed.items] == [made.id]  # type: ignore[attr-defined]
    await found["POST", "/agent-moves/{id:int}/undo"].handler(ask(id=made.id))  # type: ignore[attr-defined]
    await settled(house, made)  # type: ignore[arg-type]
    assert {frozenset(route.roles or ()) for route in found.values()} == {frozenset({"supervisor", "admin"})}
    for wrong in ({"users": [], "change": change}, {"users": [1], "change": change, "until": "tomorrow"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, MoveBody)
