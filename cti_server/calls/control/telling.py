"""Tells each agent what he can do with his calls, and shows him to whom he can hand them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cti_server.calls.control import dialplan
from cti_server.calls.control.model import Live, People, Scene, Silence, scene_of
from cti_server.calls.control.shown import ColleagueJson, ControlJson, DirectoryJson, QueueLineJson, control_json
from cti_server.live.changes import CallChanged, CallKind
from cti_server.live.views import CallView, LegView
from cti_server.live.words import AgentState, LegRole

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub

CHANGED: Final = "control.changed"
GONE: Final = "control.gone"
_AT_WORK: Final = frozenset(AgentState) - {AgentState.LOGGED_OFF, AgentState.UNREACHABLE}


class Telling:
    """The part `control` of each user's topic: one ControlJson for each of his calls."""

    def __init__(self, hub: "PushHub", live: Live, people: People, silence: Silence) -> None:
        self._hub = hub
        self._live = live
        self._people = people
        self._silence = silence
        self._told: dict[str, dict[int, ControlJson | None]] = {}
        """Call → user → what he was told last; None: nobody listened."""
        self._seen: dict[str, tuple[LegView, ...]] = {}
        hub.add_part("user", "control", self.of_user)

    def of_user(self, user_id: int) -> list[ControlJson]:
        """What the user can do with each of his calls."""
        seat = self._people.device_of(user_id)
        if seat is None:
            return []
        scenes = (scene_of(call, seat[1]) for call in self._live.calls.values() if call.pbx == seat[0])
        return [self._json(scene) for scene in scenes if scene is not None]

    def heard(self, change: CallChanged) -> None:
        """A call has changed: tell those for whom something else is possible now."""
        call = change.call
        # What can be done follows from the legs; the same object as before says that none of them has changed.
        if call.legs is not self._seen.get(call.id) or call.ended_at is not None:
            self._tell(call, change.at)
        self._seen[call.id] = call.legs
        if change.kind is CallKind.CLEARED:
            del self._seen[call.id]

    def tell(self, call_id: str, at: float) -> None:
        """Something that the PBX has no event for has changed (somebody was muted)."""
        call = self._live.calls.get(call_id)
        if call is not None:
            self._tell(call, at)

    def _tell(self, call: CallView, at: float) -> None:
        before = self._told.pop(call.id, {})
        now = {
            user_id: self._json(scene) if self._hub.hears(f"user:{user_id}") else None
            for user_id, scene in self._scenes(call).items()
        }
        if now:
            self._told[call.id] = now
        for user_id, shown in now.items():
            if shown is not None and before.get(user_id) != shown:
                self._hub.publish(f"user:{user_id}", CHANGED, shown, at)
        for user_id in before.keys() - now.keys():
            self._hub.publish(f"user:{user_id}", GONE, {"call_id": call.id}, at)

    def _scenes(self, call: CallView) -> dict[int, Scene]:
        found = {}
        for device in {leg.device for leg in call.legs if leg.role is not LegRole.SYSTEM}:
            user_id = self._people.user_of(call.pbx, device)
            scene = scene_of(call, device) if user_id is not None else None
            if user_id is not None and scene is not None:
                found[user_id] = scene
        return found

    def _json(self, scene: Scene) -> ControlJson:
        return control_json(scene, self._people, self._silence)


def directory(pbx: str, user_id: int, live: Live, people: People, labels: Mapping[str, str]) -> DirectoryJson:
    """The colleagues and queues of a PBX, by name."""
    colleagues = []
    for seat in people:
        if seat.pbx != pbx or seat.user_id == user_id:
            continue
        agent = live.agents.get((pbx, seat.device))
        state = agent.state if agent is not None else AgentState.LOGGED_OFF
        colleagues.append(
            ColleagueJson(
                user_id=seat.user_id,
                name=people.name_of(seat.user_id),
                number=dialplan.endpoint_of(seat.device) or "",
                team=seat.team,
                state=state,
                reason=agent.reason if agent is not None else "",
                since=agent.since if agent is not None else None,
                reachable=state is not AgentState.UNREACHABLE,
            )
        )
    queues = [
        QueueLineJson(
            name=queue.name,
            label=labels.get(queue.name, queue.name),
            waiting=len(queue.waiting),
            ready=_count(live, pbx, queue.members, frozenset({AgentState.READY})),
            agents=_count(live, pbx, queue.members, _AT_WORK),
        )
        for (name_of_pbx, _), queue in live.queues.items()
        if name_of_pbx == pbx
    ]
    return DirectoryJson(
        tuple(sorted(colleagues, key=lambda one: one.name)), tuple(sorted(queues, key=lambda one: one.label))
    )


def _count(live: Live, pbx: str, devices: tuple[str, ...], states: frozenset[AgentState]) -> int:
    return sum((agent := live.agents.get((pbx, device))) is not None and agent.state in states for device in devices)
