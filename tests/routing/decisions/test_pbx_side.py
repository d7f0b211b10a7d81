"""What the PBX is asked in the director's name, and what its answers mean."""

import pytest

from cti_server.ami.actions import Action, Reply
from cti_server.ami.errors import AmiRefused
from cti_server.routing.decisions.model import Standing
from cti_server.routing.decisions.pbx_side import PbxEngine


class Link:
    def __init__(self, refusal: str = "", items: tuple[dict[str, str], ...] = ()) -> None:
        self.sent: list[Action] = []
        self.refusal, self.items = refusal, items

    async def send(self, pbx: str, action: Action) -> Reply:
        self.sent.append(action)
        if self.refusal:
            raise AmiRefused(action.name, self.refusal)
        return Reply("1", {}, self.items)


async def test_the_actions() -> None:
    link = Link()
    engine = PbxEngine(link.send)
    assert await engine.set_priority("main", "客服", "PJSIP/trunk-1", 8)
    assert await engine.set_penalty("main", "support", "PJSIP/1001", 1500)
    assert await engine.withdraw("main", "support", "PJSIP/trunk-1", "queue:sales")
    assert [(one.name, one.lines) for one in link.sent] == [
        ("QueueChangePriorityCaller", ("Queue: 客服", "Caller: PJSIP/trunk-1", "Priority: 8", "Immediate: yes")),
        ("QueuePenalty", ("Interface: PJSIP/1001", "Penalty: 1500", "Queue: support")),
        ("QueueWithdrawCaller", ("Queue: support", "Caller: PJSIP/trunk-1", "WithdrawInfo: queue:sales")),
    ]


async def test_who_is_gone_is_no_error_and_anything_else_is() -> None:
    text = "Unable to change priority caller on queue: No such caller"
    assert not await PbxEngine(Link(text).send).set_priority("main", "support", "PJSIP/trunk-1", 8)
    text = "Unable to request withdraw from queue: No such caller"
    assert not await PbxEngine(Link(text).send).withdraw("main", "support", "PJSIP/trunk-1", "queue:sales")
    with pytest.raises(AmiRefused):
        await PbxEngine(Link("Permission denied").send).withdraw("main", "support", "PJSIP/trunk-1", "queue:sales")


async def test_standings_are_in_order_and_of_this_queue() -> None:
    def entry(queue: str, leg: str, position: str, priority: str) -> dict[str, str]:
        return {"Event": "QueueEntry", "Queue": queue, "Uniqueid": leg, "Position": position, "Priority": priority}

    items = (entry("support", "2", "2", "0"), entry("support", "1", "1", "5"), entry("sales", "3", "1", "9"),
             {"Event": "QueueMember", "Queue": "support"})  # fmt: skip
    assert await PbxEngine(Link(items=items).send).standings("main", "support") == (
        Standing("1", 1, 5), Standing("2", 2, 0),
    )  # fmt: skip
