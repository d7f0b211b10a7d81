"""The main promise: whoever is rung sees who calls before answering, and nobody else does.

A known customer calls; then a stranger, a caller who hides the number, and a line that two customers share.
"""

from __future__ import annotations

import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.stage.console import Console, Seen
from cti_server.sandbox.stage.people import KNOWN, SHARED_NUMBER, UNKNOWN_NUMBER, dialled_form
from cti_server.sandbox.stage.stage import CALLER_HZ, TRUNK, Agent, Stage
from cti_server.sandbox.stage.steps import Steps

SUPPORT = "4000"
RING = 1.0
"""Seconds that the agent's phone rings before it answers by itself."""
POP_WITHIN = 0.8
"""Seconds from the PBX's ring to the pop at the agent's push connection."""
WATCHED = 3


@dataclass(slots=True)
class Watch:
    """Who watches: agents by login, of whom any may be rung, and a supervisor."""

    agents: dict[str, Console]
    supervisor: Console

    def marks(self) -> dict[str, int]:
        """Where each one's stream stands now."""
        return {console.login: console.mark for console in (*self.agents.values(), self.supervisor)}


@dataclass(frozen=True, slots=True)
class Played:
    """A call that rings: the caller's side, the agent's side, who is rung, and what his push said."""

    caller: Call
    leg: Call
    agent: Agent
    console: Console
    pop: dict[str, Any]
    marks: dict[str, int]
    popped_at: float

    @property
    def call_id(self) -> str:
        """The call's id."""
        return str(self.pop["call_id"])


async def play(stage: Stage, steps: Steps) -> str:
    """The whole scenario."""
    async with AsyncExitStack() as stack:
        watch = await _watch(stage, steps, stack)
        detail = await _known_customer(stage, steps, watch)
        await _others(stage, steps, watch)
    return detail


async def _watch(stage: Stage, steps: Steps, stack: AsyncExitStack) -> Watch:
    with steps.step("people sign in and listen"):
        serving = [agent for agent in stage.agents if "support" in agent.worker.queues]
        agents = {}
        for agent in serving[:WATCHED]:
            console = await stack.enter_async_context(stage.console(agent.worker.login))
            await console.listen("me", "calls")
            refused = any(seen.type == "refused" and seen.topic == "calls" for seen in console.seen)
            steps.check(refused, f"{console.login} is an agent and may hear the topic of everybody's calls")
            agents[agent.worker.login] = console
        supervisor = await stack.enter_async_context(stage.console("supervisor"))
        await supervisor.listen("calls", "agents", "queues", "system")
    for agent in serving:
        agent.phone.answer_after = RING if agent.worker.login in agents else None
        agent.phone.reject_with = None if agent.worker.login in agents else 486
    return Watch(agents, supervisor)


async def _ring(stage: Stage, steps: Steps, watch: Watch, number: str, name: str = "") -> Played:
    """Let somebody call and follow the call until its pop is there."""
    marks, invited_at = watch.marks(), time.time()
    with steps.step(f"an agent's phone rings for {number or 'a hidden number'}"):
        caller = stage.trunk.call(SUPPORT, caller=number, name=name, withheld=not number, headers=TRUNK)
        leg, agent = await _first_ring(stage, watch)
        rung_at = time.time()
    console = watch.agents[agent.worker.login]
    with steps.step(f"{console.login} gets the pop"):
        seen = await console.wait(_is_full_pop, 5.0, "a pop", mark=marks[console.login])
    if "invite_to_pop" not in steps.times_ms:
        steps.took("invite_to_ring", rung_at - invited_at)
        steps.took("invite_to_pop", seen.at - invited_at)
    return Played(caller, leg, agent, console, seen.data, marks, seen.at)


def _is_full_pop(seen: Seen) -> bool:
    return seen.type in ("pop.show", "pop.update") and seen.data["status"] not in ("looking", "numberOnly")


async def _first_ring(stage: Stage, watch: Watch) -> tuple[Call, Agent]:
    """The watched agent whose phone rings first."""
    watched = [agent for agent in stage.agents if agent.worker.login in watch.agents]
    phone = await stage.next_ring([agent.phone for agent in watched], 5.0)
    return await phone.incoming(1.0), stage.agent_of(phone)


async def _known_customer(stage: Stage, steps: Steps, watch: Watch) -> str:
    number = dialled_form(KNOWN.phones[0])
    ring = await _ring(stage, steps, watch, number)
    with steps.step("the pop names the customer"):
        customer = ring.pop["customer"] or {}
        told = f"{ring.pop['status']} {customer.get('name')}"
        steps.check(told == f"matched {KNOWN.name}", f"expected matched {KNOWN.name}, the pop says {told}")
        steps.check(len(customer["interactions"]) > 0, "the pop brings no past interactions")
        steps.check(any(note["open"] for note in customer["notes"]), "the pop brings no open note")
        steps.check(ring.pop["state"] == "ringing", f"the pop came in state {ring.pop['state']}, not ringing")
    with steps.step("the pop is in time"):
        delay = ring.popped_at - ring.pop["at"]
        steps.took("ring_to_pop", delay)
        steps.check(delay <= POP_WITHIN, f"the pop came {delay * 1000:.0f} ms after the ring, allowed are {POP_WITHIN}")
    await _supervisor_sees(steps, watch, ring)
    await _talk(steps, ring)
    await _hang_up(steps, watch, ring)
    _nobody_else(steps, watch, ring, number)
    await _history(stage, steps, watch, ring)
    return f"{ring.console.login} saw {KNOWN.name} {steps.times_ms['ring_to_pop']:.0f} ms after the ring"


async def _supervisor_sees(steps: Steps, watch: Watch, ring: Played) -> None:
    with steps.step("the supervisor sees the call ringing"):
        seen = await watch.supervisor.wait(
            lambda seen: seen.type == "call.delivered" and seen.data["id"] == ring.call_id,
            5.0, f"call.delivered of {ring.call_id}", mark=ring.marks["supervisor"],
        )  # fmt: skip
        steps.took("ring_to_supervisor", seen.at - ring.pop["at"])


async def _talk(steps: Steps, ring: Played) -> None:
    with steps.step("the agent answers after the pop"):
        await ring.leg.answered(RING + 4.0)
        steps.took("pop_to_answer", time.time() - ring.popped_at)
        await _own(ring, "call.established", 5.0)
    with steps.step("both hear each other"):
        begun = time.monotonic()
        tone = ring.agent.phone.tone
        steps.check(await ring.caller.hears(tone), f"the caller does not hear {tone} Hz: {ring.caller.levels(tone)}")
        steps.check(await ring.leg.hears(CALLER_HZ), f"the agent does not hear {CALLER_HZ} Hz")
        steps.took("both_heard", time.monotonic() - begun)


async def _own(ring: Played, kind: str, limit: float) -> Seen:
    return await ring.console.wait(
        lambda seen: seen.type == kind and seen.data["id"] == ring.call_id,
        limit, f"{kind} of {ring.call_id}", mark=ring.marks[ring.console.login],
    )  # fmt: skip


async def _hang_up(steps: Steps, watch: Watch, ring: Played) -> None:
    with steps.step("the caller hangs up and the screens clear"):
        begun = time.time()
        ring.caller.hangup()
        await ring.leg.ended()
        await watch.supervisor.wait(
            lambda seen: seen.type == "call.cleared" and seen.data["id"] == ring.call_id,
            5.0, f"call.cleared of {ring.call_id}", mark=ring.marks["supervisor"],
        )  # fmt: skip
        over = await ring.console.wait(
            lambda seen: seen.type.startswith("pop.") and _says_over(seen, ring.call_id),
            5.0, "the end of the pop", mark=ring.marks[ring.console.login],
        )  # fmt: skip
        steps.took("hangup_to_cleared", over.at - begun)
        await ring.console.wait(
            lambda seen: seen.type.startswith("agent.") and seen.data["state"] in ("ready", "workingAfterCall"),
            5.0, "the own state after the call", mark=ring.marks[ring.console.login],
        )  # fmt: skip


def _says_over(seen: Seen, call_id: str) -> bool:
    return seen.data["call_id"] == call_id and (seen.type == "pop.hide" or seen.data["state"] == "after")


def _nobody_else(steps: Steps, watch: Watch, ring: Played, number: str) -> None:
    with steps.step("no other agent was told anything"):
        for login, console in watch.agents.items():
            if console is ring.console:
                continue
            for seen in console.since(ring.marks[login]):
                text = json.dumps(seen.message, ensure_ascii=False)
                told = [word for word in (ring.call_id, number, KNOWN.name) if word in text]
                steps.check(not told, f"{login} was sent {seen.type} with {', '.join(told)}")


async def _history(stage: Stage, steps: Steps, watch: Watch, ring: Played) -> None:
    with steps.step("the call is in the history"):
        begun = time.time()
        row = await stage.until_found(
            lambda: _row(watch.supervisor, ring.call_id), 5.0, f"{ring.call_id} in GET /calls"
        )
        steps.took("cleared_to_history", time.time() - begun)
        told = (row["outcome"], row["queue"], (row["customer"] or {}).get("name"))
        expected = ("answered", "support", KNOWN.name)
        steps.check(told == expected, f"expected outcome, queue and customer {expected}, found {told}")
        parts = [part["device"] for part in row["agents"] if part["result"] == "answered"]
        steps.check(
            parts == [ring.agent.device], f"expected {ring.agent.device} to have answered, found {row['agents']}"
        )
        mine = await ring.console.get("/calls/mine")
        steps.check(
            any(one["call_id"] == ring.call_id for one in mine["items"]), "it is not among the agent's own calls"
        )
        for login, console in watch.agents.items():
            others = await console.get("/calls")
            sees = any(one["call_id"] == ring.call_id for one in others["items"])
            steps.check(sees is (console is ring.console), f"{login} sees it in the history: {sees}")


async def _row(supervisor: Console, call_id: str) -> dict[str, Any] | None:
    page = await supervisor.get("/calls", {"limit": "20"})
    rows = [row for row in page["items"] if row["call_id"] == call_id and row["ended_at"] is not None]
    return rows[0] if rows else None


async def _others(stage: Stage, steps: Steps, watch: Watch) -> None:
    """Callers who are not one known customer: each pop says what is known and no more."""
    ring = await _ring(stage, steps, watch, UNKNOWN_NUMBER)
    with steps.step("a stranger pops as new"):
        customer = ring.pop["customer"] or {}
        steps.check(ring.pop["status"] == "new", f"the pop says {ring.pop['status']}")
        steps.check(customer.get("status") == "new", f"the record made from the number says {customer}")
        steps.check(ring.pop["number"]["e164"] == f"+86{UNKNOWN_NUMBER}", f"the number is read as {ring.pop['number']}")
    await _over(steps, ring)
    ring = await _ring(stage, steps, watch, "")
    with steps.step("a hidden number pops as withheld"):
        shown = (ring.pop["status"], ring.pop["customer"], ring.pop["number"]["withheld"])
        steps.check(shown == ("withheld", None, True), f"the pop says {shown}")
    await _over(steps, ring)
    ring = await _ring(stage, steps, watch, dialled_form(SHARED_NUMBER))
    with steps.step("a line of two customers pops as a choice"):
        names = sorted(one["name"] for one in ring.pop["candidates"])
        told = f"{ring.pop['status']} {names}"
        steps.check(ring.pop["status"] == "several" and len(names) == 2, f"the pop says {told}")
    await _over(steps, ring)


async def _over(steps: Steps, ring: Played) -> None:
    """The caller gives up while it rings: the pop goes."""
    with steps.step("the caller gives up and the pop goes"):
        ring.caller.hangup()
        await ring.leg.ended()
        await ring.console.wait(
            lambda seen: seen.type.startswith("pop.") and _says_over(seen, ring.call_id),
            5.0, "the end of the pop", mark=ring.marks[ring.console.login],
        )  # fmt: skip
