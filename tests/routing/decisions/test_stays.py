"""What is remembered of those who wait."""

from cti_server.live.views import AgentView, CallView, LegView, MembershipView, QueueView, SegmentView, WaitingView
from cti_server.live.words import AgentState, CallState, Direction, LegRole, LegState, SegmentKind
from cti_server.routing.decisions.model import CustomerFacts
from cti_server.routing.decisions.stays import Coming, Reservation, Stays, callers, members
from tests.routing.decisions.made import NOW

KEY = ("main", "support")
WHO = WaitingView("main:1", "1", "138", "", 1, NOW)


def test_who_was_told_how_to_enter_needs_no_question_to_the_pbx() -> None:
    stays = Stays()
    stays.expect("main:1", Coming("support", 5, 2, CustomerFacts(tier="gold"), 3))
    stay, coming = stays.joined(KEY, WHO)
    assert coming is not None
    assert (stay.priority, stay.extra, stay.facts.tier) == (5, 2, "gold")
    assert stays.joined(KEY, WHO) == (stay, None), "the same stay"
    other, coming = stays.joined(("main", "sales"), WHO)
    assert (other.priority, coming) == (None, None)


def test_whom_we_put_back_keeps_the_time_at_which_he_came() -> None:
    stays = Stays()
    stay, _ = stays.joined(KEY, WHO)
    stay.again = True
    stays.left(KEY, "1")
    back, _ = stays.joined(KEY, WaitingView("main:1", "1", "138", "", 1, NOW + 40))
    assert (back.joined_at, back.listed_at, back.again) == (NOW, NOW + 40, False)
    stays.left(KEY, "1")
    fresh, _ = stays.joined(KEY, WaitingView("main:1", "1", "138", "", 1, NOW + 90))
    assert fresh.joined_at == NOW + 90


def test_a_reservation_ends_with_the_stay_or_with_its_time() -> None:
    stays = Stays()
    stays.joined(KEY, WHO)
    stays.reserved[*KEY, "PJSIP/1001"] = Reservation("main:1", NOW + 10)
    stays.reserved[*KEY, "PJSIP/1002"] = Reservation("main:2", NOW + 10)
    stays.left(KEY, "1")
    assert list(stays.reserved) == [(*KEY, "PJSIP/1002")]
    assert stays.expire(NOW + 9) == []
    assert stays.expire(NOW + 10) == [KEY]


def test_it_agrees_with_the_live_model() -> None:
    stays = Stays()
    stays.joined(KEY, WHO)
    second = WaitingView("main:2", "2", "139", "", 1, NOW + 5)
    fresh = stays.agree(KEY, QueueView("main", "support", (second,)), {})
    assert [stay.leg_id for stay in fresh] == ["2"]
    assert list(stays.of(KEY)) == ["2"]
    stays.of(KEY)["2"].priority = 3
    stays.forget_priorities("main")
    assert stays.of(KEY)["2"].priority is None
    assert stays.agree(KEY, None, {}) == []
    assert not stays.of(KEY)


def test_callers_and_members_as_the_rules_see_them() -> None:
    stays = Stays()
    stay, _ = stays.joined(KEY, WHO)
    stay.held_until = NOW + 1
    leg = LegView("1", "PJSIP/trunk-1", "PJSIP/trunk", LegRole.CUSTOMER, LegState.CONNECTED, "138", "", NOW)
    call = CallView(
        "main:1", "main", "1", CallState.QUEUED, Direction.INBOUND, "138", "", False, "4000", "support", NOW,
        legs=(leg,), segments=(SegmentView(1, SegmentKind.QUEUE, NOW, queue="vip"),), data={"a": "b"},
    )  # fmt: skip
    queue = QueueView("main", "support", (WHO,), ("PJSIP/1001", "PJSIP/1002"))
    (caller,) = callers(queue, stays.of(KEY), {"main:1": call}, NOW)
    assert (caller.channel, caller.visited, caller.held) == ("PJSIP/trunk-1", {"vip", "support"}, True)
    assert callers(queue, stays.of(KEY), {}, NOW) == []
    agent = AgentView(
        "main", "PJSIP/1001", "", AgentState.READY, "", NOW, (MembershipView("support", 7), MembershipView("vip", 1))
    )

    class People:
        def user_of(self, pbx: str, device: str) -> int | None:
            return 4

        def device_of(self, user_id: int) -> tuple[str, str] | None:
            return None

        def name_of(self, user_id: int) -> str:
            return ""

    class Skills:
        def of(self, user_id: int) -> dict[str, int]:
            return {"tax": user_id}

    reserved = {(*KEY, "PJSIP/1001"): Reservation("main:1", NOW)}
    (member,) = members(queue, {("main", "PJSIP/1001"): agent}, People(), Skills(), {}, reserved)
    assert (member.penalty, member.skills, member.reserved) == (7, {"tax": 4}, True)
