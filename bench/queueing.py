"""A queue simulated event by event, served by the very rules that the server uses (cti_server.routing.decisions).

It does what app_queue does with them: callers in order of priority and then of arrival; each is offered to the first
agent by penalty and then by idle time; a ring that is too narrow lets him wait while others behind him may be served.
"""

import heapq
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cti_server.live.words import AgentState
from cti_server.routing.decisions.model import CustomerFacts, Member
from cti_server.routing.decisions.occupancy import Occupancy
from cti_server.routing.decisions.policy import Policy, Preference, Strategy
from cti_server.routing.decisions.strategies import first_of, next_aging, next_ring, priority, ring


@dataclass(slots=True)
class Arrival:
    """A caller. Seconds; `patience` after which he hangs up when nobody has answered, `service` once somebody has."""

    at: float
    service: float
    patience: float
    tier: str = ""
    customer: int = 0
    answered_at: float | None = None
    gave_up_at: float | None = None
    agent: str = ""

    @property
    def waited(self) -> float:
        """Seconds until he was answered or gave up."""
        end = self.answered_at if self.answered_at is not None else self.gave_up_at
        return (end if end is not None else self.at) - self.at


@dataclass(slots=True)
class _Agent:
    member: Member
    since: float = 0.0
    """When his state began."""
    leaves: bool = False
    busy: Occupancy = field(default_factory=Occupancy)
    seconds: dict[AgentState, float] = field(default_factory=dict)

    def become(self, state: AgentState, now: float) -> None:
        spent = now - self.since
        self.busy.spent(self.member.state, spent)
        self.seconds[self.member.state] = self.seconds.get(self.member.state, 0.0) + spent
        self.member = replace(self.member, state=state, occupancy=self.busy.share)
        self.since = now


class Simulation:
    """One queue over some time. `skills` agent → skill → level; `staff` from when on who works: (seconds, names)."""

    def __init__(
        self,
        policy: Policy,
        arrivals: Sequence[Arrival],
        staff: Sequence[tuple[float, frozenset[str]]],
        skills: Mapping[str, Mapping[str, int]] | None = None,
        last_agents: dict[int, str] | None = None,
    ) -> None:
        self.policy = policy
        self.arrivals = arrivals
        self._skills = skills or {}
        self._last = last_agents if last_agents is not None else {}
        self._agents: dict[str, _Agent] = {}
        self._waiting: list[Arrival] = []
        self._free = 0
        self._count = itertools.count()
        self._events: list[tuple[float, int, str, object]] = []
        for at, names in staff:
            self._push(at, "staff", names)
        for one in arrivals:
            self._push(one.at, "arrival", one)

    def run(self) -> "Simulation":
        """Until nothing is left to happen."""
        now = 0.0
        while self._events:
            now, _, kind, what = heapq.heappop(self._events)
            getattr(self, f"_{kind}")(now, what)
            if self._waiting and self._free:
                self._serve(now)
        for agent in self._agents.values():
            agent.become(agent.member.state, now)
        return self

    def occupancy(self) -> dict[str, float]:
        """Busy over busy and ready, by agent."""
        found = {}
        for name, agent in self._agents.items():
            busy, ready = agent.seconds.get(AgentState.BUSY, 0.0), agent.seconds.get(AgentState.READY, 0.0)
            if busy + ready > 0:
                found[name] = busy / (busy + ready)
        return found

    def seconds(self) -> tuple[float, float]:
        """Busy and ready seconds of all agents."""
        agents = self._agents.values()
        return (
            sum(one.seconds.get(AgentState.BUSY, 0.0) for one in agents),
            sum(one.seconds.get(AgentState.READY, 0.0) for one in agents),
        )

    # -- what happens

    def _push(self, at: float, kind: str, what: object) -> None:
        heapq.heappush(self._events, (at, next(self._count), kind, what))

    def _staff(self, now: float, names: frozenset[str]) -> None:
        for name in sorted(names):
            agent = self._agents.get(name)
            if agent is None:
                skills = self._skills.get(name, {})
                agent = self._agents[name] = _Agent(Member(name, 0, AgentState.LOGGED_OFF, skills), now)
            agent.leaves = False
            if agent.member.state is AgentState.LOGGED_OFF:
                agent.become(AgentState.READY, now)
                self._free += 1
        for name, agent in self._agents.items():
            if name in names or agent.member.state is AgentState.LOGGED_OFF:
                continue
            if agent.member.state is AgentState.READY:
                agent.become(AgentState.LOGGED_OFF, now)
                self._free -= 1
            else:
                agent.leaves = True  # he ends his call first

    def _arrival(self, now: float, caller: Arrival) -> None:
        self._waiting.append(caller)
        self._push(now + caller.patience, "patience", caller)
        self._timers(now, caller)

    def _timers(self, now: float, caller: Arrival) -> None:
        waited = now - caller.at
        value = priority(self.policy, CustomerFacts(tier=caller.tier), {}, waited).value
        due = [next_aging(self.policy, value, waited), next_ring(self.policy, waited)]
        if self.policy.prefer is not Preference.NOBODY and waited < self.policy.prefer_seconds:
            due.append(float(self.policy.prefer_seconds))
        for one in due:
            # Priorities matter only when somebody is served; a ring or a preference that opens lets somebody be served.
            if one is not None and one != due[0]:
                self._push(caller.at + one, "timer", caller)

    def _timer(self, now: float, caller: Arrival) -> None:
        if caller.answered_at is None and caller.gave_up_at is None:
            self._timers(now, caller)

    def _patience(self, now: float, caller: Arrival) -> None:
        if caller.answered_at is None:
            caller.gave_up_at = now
            self._waiting.remove(caller)

    def _ended(self, now: float, name: str) -> None:
        agent = self._agents[name]
        if agent.leaves:
            agent.become(AgentState.LOGGED_OFF, now)
        else:
            agent.become(AgentState.READY, now)
            self._free += 1

    # -- who is served

    def _serve(self, now: float) -> None:
        width = ring(self.policy, now - min(caller.at for caller in self._waiting))
        idle = {name: agent.since for name, agent in self._agents.items()}
        ready = [agent.member for agent in self._agents.values() if agent.member.state is AgentState.READY]
        for caller in sorted(self._waiting, key=lambda one: self._rank(one, now)):
            if not ready:
                return
            chosen = self._preferred(caller, ready, now)
            if chosen is None:
                chosen = first_of(self.policy, width, ready, idle)
            elif chosen.device == "":
                continue  # he waits for one who is busy
            if chosen is not None:
                ready.remove(chosen)
                self._answer(caller, chosen.device, now)

    def _rank(self, caller: Arrival, now: float) -> tuple[int, float]:
        if not self.policy.orders_callers:
            return (0, caller.at)
        return (-priority(self.policy, CustomerFacts(tier=caller.tier), {}, now - caller.at).value, caller.at)

    def _preferred(self, caller: Arrival, ready: Sequence[Member], now: float) -> Member | None:
        """His last agent while he is asked first; a member without a name while he is waited for; None otherwise."""
        if self.policy.prefer is Preference.NOBODY or now - caller.at >= self.policy.prefer_seconds:
            return None
        agent = self._agents.get(self._last.get(caller.customer, "")) if caller.customer else None
        if agent is None or agent.member.state is AgentState.LOGGED_OFF:
            return None
        return agent.member if agent.member in ready else Member("", 0, AgentState.BUSY)

    def _answer(self, caller: Arrival, name: str, now: float) -> None:
        caller.answered_at, caller.agent = now, name
        self._waiting.remove(caller)
        self._free -= 1
        self._agents[name].become(AgentState.BUSY, now)
        if caller.customer:
            self._last[caller.customer] = name
        self._push(now + caller.service, "ended", name)


def plain() -> Policy:
    """app_queue alone: who came first is served first, by who has been idle longest."""
    return Policy(strategy=Strategy.LONGEST_IDLE)
