"""Callers who keep calling in at an unhurried pace, and agents who answer, talk and hang up.

The same seed makes the same people do the same things; when exactly depends on the PBX.
"""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random

from cti_server.core.tasks import Tasks
from cti_server.sandbox.phones.call import Call, PhoneError
from cti_server.sandbox.phones.call import Stage as CallStage
from cti_server.sandbox.stage.people import next_caller
from cti_server.sandbox.stage.stage import TRUNK, Agent, Stage
from cti_server.sandbox.state import SandboxError

SUPPORT, SALES, VIP = "4000", "4001", "4002"
DEMO_RING = 8.0
"""Seconds that the demo agent's phone rings: long enough to read the pop before the answer."""
BETWEEN_RINGS = (4.0, 9.0)
"""Seconds of peace that the demo agent gets between two calls."""
PATIENCE = 120.0
MEAN_PAUSE = 9.0
"""Seconds between two callers, on average."""


class Traffic:
    """Makes a stage live. `start()` begins, `stop()` ends it; calls that are going on are hung up."""

    def __init__(self, stage: Stage, seed: int = 1) -> None:
        self._stage = stage
        self._random = Random(seed)  # noqa: S311 (no secret; the same seed, the same people)
        self._tasks = Tasks("traffic")
        self.calls_made = 0

    def start(self) -> None:
        """Agents pick up from now on, callers begin to call."""
        for place, agent in enumerate(self._stage.agents):
            agent.phone.on_call = partial(self._rings, agent, place == 0)
        self._tasks.start("callers", self._call_in())
        self._tasks.start("demo-agent", self._keep_first_agent_busy())
        if len(self._stage.agents) > 1:
            self._tasks.start("breaks", self._take_breaks())

    async def stop(self) -> None:
        """Nobody calls any more. May be called twice."""
        await self._tasks.close()
        for agent in self._stage.agents:
            agent.phone.on_call = None
            for call in list(agent.phone.calls.values()):
                call.hangup()

    # -- agents

    def _rings(self, agent: Agent, first: bool, call: Call) -> None:
        """What the agent does about a ringing phone: mostly answers, sometimes lets it ring."""
        if not first and self._random.random() < 0.08:
            return
        ring = DEMO_RING if first else self._random.uniform(2.0, 6.0)
        talk = self._random.uniform(10.0, 30.0 if first else 60.0)
        call.after(ring, call.answer_now)
        if first or self._random.random() < 0.4:
            call.after(ring + talk, call.hangup)
        if self._random.random() < 0.2 and talk > 25:
            call.after(ring + 8.0, partial(self._hold, agent, call, self._random.uniform(4.0, 9.0)))

    def _hold(self, agent: Agent, call: Call, seconds: float) -> None:
        async def hold_a_while() -> None:
            if call.stage is not CallStage.TALKING:
                return
            try:
                await call.hold()
                await asyncio.sleep(seconds)
                if call.stage is CallStage.TALKING:
                    await call.retrieve()
            except (TimeoutError, PhoneError):
                return  # hung up meanwhile

        self._tasks.start(f"hold-{agent.worker.number}", hold_a_while())

    async def _take_breaks(self) -> None:
        """Now and then one of the others is away for a short while."""
        while True:
            await asyncio.sleep(self._random.uniform(40.0, 90.0))
            agent = self._random.choice(self._stage.agents[1:])
            if agent.phone.calls:
                continue
            for verb, reason in (("pause", " reason break"), ("unpause", "")):
                for queue in agent.worker.queues:
                    await self._tell_pbx(f"queue {verb} member {agent.device} queue {queue}{reason}")
                if verb == "pause":
                    await asyncio.sleep(self._random.uniform(15.0, 40.0))

    async def _tell_pbx(self, command: str) -> None:
        try:
            await self._stage.pbx.cli(command)
        except SandboxError:
            return  # the PBX is away for a moment; the watch over it tells that

    # -- callers

    async def _call_in(self) -> None:
        most = max(2, round(len(self._stage.agents) * 0.9))
        while True:
            await asyncio.sleep(min(self._random.expovariate(1 / MEAN_PAUSE), 4 * MEAN_PAUSE))
            if len(self._stage.trunk.calls) < most:
                number = SUPPORT if self._random.random() < 0.7 else SALES
                patience = self._random.uniform(1.0, 12.0) if self._random.random() < 0.18 else PATIENCE
                self.calls_made += 1
                self._tasks.start(f"caller-{self.calls_made}", self._live_through(number, patience))

    async def _keep_first_agent_busy(self) -> None:
        """Whoever signs in with the first login shall not wait long for a ring."""
        while True:
            await asyncio.sleep(self._random.uniform(*BETWEEN_RINGS))
            if not self._stage.agents[0].phone.calls:
                self.calls_made += 1
                await self._live_through(VIP, PATIENCE)

    async def _live_through(self, number: str, patience: float) -> None:
        """One caller: waits as long as he likes to, talks, hangs up."""
        caller, line = next_caller(self._random), self._stage.trunk
        talk = self._random.uniform(10.0, 60.0)
        call = line.call(number, caller=caller.number, name=caller.name, withheld=not caller.number, headers=TRUNK)
        try:
            # In a queue a caller's line is up from the start; that somebody talks he knows by hearing him.
            if await self._stage.any_heard(call, patience):
                await call.ended(limit=talk)
        except TimeoutError:
            pass  # he has said what he wanted to say
        finally:
            call.hangup()
