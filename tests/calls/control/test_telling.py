"""What agents are told of what they can do."""

from typing import Any, cast

from cti_server.calls.control.model import Live, Silence
from cti_server.calls.control.telling import Telling, directory
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import AgentView, CallView, LinkView, QueueView, WaitingView
from cti_server.live.words import AgentState
from tests.calls.control import scenes
from tests.calls.control.office import Hub, People

PEOPLE = People({1: scenes.AGENT, 2: scenes.OTHER})


class World:
    calls: dict[str, CallView]
    agents: dict[tuple[str, str], AgentView]
    queues: dict[tuple[str, str], QueueView]
    links: dict[str, LinkView]

    def __init__(self, *calls: CallView) -> None:
        self.calls = {call.id: call for call in calls}
        self.agents, self.queues, self.links = {}, {}, {}


def telling(*calls: CallView) -> tuple[Telling, Hub, Silence]:
    hub, silence = Hub(), Silence()
    return Telling(cast(Any, hub), World(*calls), PEOPLE, silence), hub, silence


def changed(call: CallView) -> CallChanged:
    return CallChanged(CallKind.UPDATED, 5.0, call)


def test_each_agent_is_told_his_own_and_only_when_something_changed() -> None:
    told, hub, _ = telling()
    for _ in range(2):
        told.heard(changed(scenes.CONSULTING))
    stages = sorted((topic, data.stage) for topic, _, data in hub.told)
    assert stages == [("user:1", "consulting"), ("user:2", "talking")]
    mine = next(data for topic, _, data in hub.told if topic == "user:1")
    assert (mine.can["swap"], mine.can["hold"]) == ("", "consulting")
    assert mine.consult is not None
    assert (mine.consult.name, mine.consult.state) == ("User 2", "talking")


def test_who_has_left_is_told_so_once() -> None:
    told, hub, _ = telling()
    told.heard(changed(scenes.TALKING))
    gone = scenes.call(scenes.customer())
    told.heard(changed(gone))
    told.heard(changed(gone))
    assert [entry[1:] for entry in hub.told[1:]] == [("control.gone", {"call_id": gone.id})]


def test_a_mute_is_told_though_the_pbx_has_no_event_for_it() -> None:
    told, hub, silence = telling(scenes.TALKING)
    told.heard(changed(scenes.TALKING))
    silence.muted.add("u1")
    told.tell(scenes.TALKING.id, 6.0)
    assert hub.told[-1][2].muted
    assert told.of_user(1)[0].muted
    assert told.of_user(2) == []
    assert told.of_user(99) == []


def test_a_consultation_that_reached_nobody_says_why() -> None:
    legs = (scenes.customer(scenes.Place.HOLD), scenes.leg(1, scenes.AGENT, place=scenes.Place.WAIT, tried="NOANSWER"))
    told, hub, _ = telling()
    told.heard(changed(scenes.call(*legs)))
    assert hub.told[-1][2].tried == "noAnswer"


def test_the_directory_names_colleagues_and_queues_with_their_state() -> None:
    world = World()
    world.agents["main", scenes.OTHER] = AgentView("main", scenes.OTHER, "", AgentState.READY, "", 9.0)
    waiting = (WaitingView("c", "l", "138", "", 1, 1.0),)
    world.queues["main", "support"] = QueueView("main", "support", waiting, (scenes.OTHER, "PJSIP/1009"))
    world.queues["other", "far"] = QueueView("other", "far")
    shown = directory("main", 1, cast(Live, world), PEOPLE, {"support": "客服"})
    (colleague,) = shown.agents
    assert (colleague.user_id, colleague.number, colleague.state, colleague.reachable) == (2, "1002", "ready", True)
    (queue,) = shown.queues
    assert (queue.label, queue.waiting, queue.ready, queue.agents) == ("客服", 1, 1, 1)
