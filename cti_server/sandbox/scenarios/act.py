"""What agent and supervisor do with a call, from their consoles: who hears whom is measured by tones after each click.

One caller of the vip queue: held, retrieved, handed to a colleague; a supervisor listens, whispers, barges in and at
last releases the call; then both agents end their after-call work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from cti_server.sandbox.asterisk_config import MUSIC_HZ
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.stage.console import Console, Seen
from cti_server.sandbox.stage.own_phone import own_phone
from cti_server.sandbox.stage.people import KNOWN, dialled_form
from cti_server.sandbox.stage.stage import CALLER_HZ, TRUNK, Agent, Stage
from cti_server.sandbox.stage.steps import Steps

VIP, QUEUE = "4002", "vip"
RING = 0.5
"""Seconds that the agents' phones ring before they answer by themselves."""
LIMIT = 5.0
SILENT_FOR = 0.6
"""Seconds for which a tone has to stay away until it counts as not heard."""
MOST_GAP = 1.0
"""Seconds of the caller's time that may belong to no segment, between two of them and at both ends."""
WHY = "The line is needed, please call back."


@dataclass(slots=True)
class Person:
    """Somebody at work: his phone and his console."""

    agent: Agent
    console: Console

    @property
    def tone(self) -> int:
        """What the others hear of him (Hz)."""
        return self.agent.phone.tone


@dataclass(slots=True)
class Cast:
    """Who plays. `agent` is rung first, `colleague` gets the call from him."""

    agent: Person
    colleague: Person
    supervisor: Person


@dataclass(slots=True)
class Talk:
    """The call that is played with: the caller's side, and the legs of those who are on it, by login."""

    caller: Call
    call_id: str
    legs: dict[str, Call] = field(default_factory=dict)

    def leg(self, person: Person) -> Call:
        """His side of it."""
        return self.legs[person.console.login]


async def play(stage: Stage, steps: Steps) -> str:
    """The whole scenario."""
    async with _cast(stage, steps) as cast:
        before = await _known_calls(cast.supervisor.console)
        await _begin_work(steps, cast.agent)
        await _attend(steps, cast.colleague)
        talk = await _call(stage, steps, cast)
        await _hold(steps, cast, talk)
        await _hand_over(steps, cast, talk)
        await _supervise(steps, cast, talk)
        await _release(steps, cast, talk)
        await _work_of_colleague(steps, cast.colleague, talk)
        await _end_work(steps, cast.agent, talk)
        await _history(stage, steps, cast, talk, before)
    heard = {name: steps.times_ms[name] for name in ("hold", "transfer", "listen", "release")}
    return "click to heard in ms: " + ", ".join(f"{name} {ms:.0f}" for name, ms in heard.items())


@asynccontextmanager
async def _cast(stage: Stage, steps: Steps) -> AsyncIterator[Cast]:
    with steps.step("people sign in to their consoles"):
        first = next(agent for agent in stage.agents if QUEUE in agent.worker.queues)
        second = next(agent for agent in stage.agents if agent is not first)
        for agent in (first, second):
            agent.phone.answer_after, agent.phone.reject_with = RING, None
        async with (
            own_phone(stage, "supervisor") as desk,
            stage.console(first.worker.login) as one,
            stage.console(second.worker.login) as two,
            stage.console("supervisor") as three,
        ):
            await one.listen("me")
            await two.listen("me")
            await three.listen("me", "calls", "agents")
            try:
                yield Cast(Person(first, one), Person(second, two), Person(desk, three))
            finally:
                for phone in (stage.trunk, first.phone, second.phone, desk.phone):
                    for call in list(phone.calls.values()):
                        call.hangup()


@contextmanager
def _timed(steps: Steps, key: str, name: str) -> Iterator[None]:
    """A step that is measured from the click to the last thing that it waits for."""
    with steps.step(name):
        begun = time.monotonic()
        yield
        steps.took(key, time.monotonic() - begun)


# -- the shift


async def _begin_work(steps: Steps, agent: Person) -> None:
    with steps.step("the agent signs out of the shift before"):
        if (await agent.console.get("/me/shift"))["signed_in"]:
            mark = agent.console.mark
            await agent.console.command("/me/shift/sign-out")
            await _state(agent, "loggedOff", mark)
    with _timed(steps, "sign_in", "the agent signs in and is not ready"):
        mark = agent.console.mark
        await agent.console.command("/me/shift/sign-in", {})
        await _state(agent, "notReady", mark)
        shift = await agent.console.get("/me/shift")
        told = (shift["signed_in"], shift["state"], shift["reason"])
        steps.check(told == (True, "notReady", "signedIn"), f"expected notReady signedIn, the shift says {told}")
    with _timed(steps, "ready", "the agent becomes ready"):
        mark = agent.console.mark
        await agent.console.command("/me/shift/state", {"state": "ready"})
        await _state(agent, "ready", mark)


async def _attend(steps: Steps, colleague: Person) -> None:
    """The colleague is at work, not ready: queues give him no call, and another agent can."""
    with steps.step("the colleague is signed in and not ready"):
        if not (await colleague.console.get("/me/shift"))["signed_in"]:
            await colleague.console.command("/me/shift/sign-in", {})
        else:
            await colleague.console.command("/me/shift/state", {"state": "notReady", "reason": "meeting"})
        shift = await colleague.console.get("/me/shift")
        steps.check(shift["state"] == "notReady", f"expected notReady, the shift says {shift['state']}")


async def _state(agent: Person, state: str, mark: int) -> Seen:
    """His own state, as the PBX reports it."""
    return await agent.console.wait(
        lambda seen: seen.type.startswith("agent.") and seen.data.get("state") == state,
        LIMIT, f"the own state {state}", mark=mark,
    )  # fmt: skip


async def _end_work(steps: Steps, agent: Person, talk: Talk) -> None:
    """The after-call work began when he handed the call over; he ends it himself."""
    with steps.step("the agent's after-call work lasts"):
        shift = await agent.console.get("/me/shift")
        of_call = (shift["acw"] or {}).get("call_id")
        steps.check(
            of_call == talk.call_id, f"expected after-call work of {talk.call_id}, the shift says {shift['acw']}"
        )
    with _timed(steps, "acw_finish", "the agent ends his after-call work and is ready"):
        mark = agent.console.mark
        await agent.console.command("/me/shift/acw/finish")
        await _state(agent, "ready", mark)
        shift = await agent.console.get("/me/shift")
        steps.check((shift["state"], shift["acw"]) == ("ready", None), f"not ready, or work is left: {shift}")


async def _work_of_colleague(steps: Steps, colleague: Person, talk: Talk) -> None:
    """No queue gave him the call, and yet its queue says how long he works after it."""
    with steps.step("the colleague's after-call work is of the call's queue"):
        acw = (await colleague.console.get("/me/shift"))["acw"] or {}
        told = (acw.get("call_id"), acw.get("queue"))
        expected = (talk.call_id, QUEUE)
        steps.check(told == expected, f"expected work after {expected}, the shift says {acw}")
    with steps.step("the colleague ends his after-call work"):
        mark = colleague.console.mark
        await colleague.console.command("/me/shift/acw/finish")
        await colleague.console.command("/me/shift/state", {"state": "ready"})
        await _state(colleague, "ready", mark)


# -- the agent's call


async def _call(stage: Stage, steps: Steps, cast: Cast) -> Talk:
    agent, mark = cast.agent, cast.agent.console.mark
    with _timed(steps, "invite_to_ring", "a caller of the queue rings at the agent"):
        number = dialled_form(KNOWN.phones[0])
        caller = stage.trunk.call(VIP, caller=number, headers=TRUNK)
        leg = await agent.agent.phone.incoming(LIMIT)
    with steps.step("the agent answers"):
        await leg.answered(RING + LIMIT)
    with _timed(steps, "both_heard", "caller and agent hear each other"):
        await _heard(steps, caller, "the caller", agent.tone)
        await _heard(steps, leg, "the agent", CALLER_HZ)
    with steps.step("the agent's console shows the call"):
        seen = await _call_event(agent, "call.established", lambda data: bool(data["queue"] == QUEUE), mark)
    return Talk(caller, str(seen.data["id"]), {agent.console.login: leg})


async def _call_event(person: Person, kind: str, fits: Callable[[Any], bool], mark: int) -> Seen:
    return await person.console.wait(lambda seen: seen.type == kind and fits(seen.data), LIMIT, kind, mark=mark)


async def _hold(steps: Steps, cast: Cast, talk: Talk) -> None:
    agent, leg = cast.agent, talk.leg(cast.agent)
    with _timed(steps, "hold", "the agent holds and the caller hears music"):
        mark = agent.console.mark
        await _order(cast.agent, talk, "hold")
        await _heard(steps, talk.caller, "the caller", MUSIC_HZ)
        await _gone(steps, talk.caller, "the caller", agent.tone)
        await _gone(steps, leg, "the agent", CALLER_HZ)
        await _call_event(agent, "call.held", lambda data: bool(data["id"] == talk.call_id), mark)
    with _timed(steps, "retrieve", "the agent retrieves the caller"):
        mark = agent.console.mark
        await _order(cast.agent, talk, "retrieve")
        await _heard(steps, talk.caller, "the caller", agent.tone)
        await _heard(steps, leg, "the agent", CALLER_HZ)
        await _gone(steps, talk.caller, "the caller", MUSIC_HZ)
        await _call_event(agent, "call.retrieved", lambda data: bool(data["id"] == talk.call_id), mark)


async def _order(person: Person, talk: Talk, what: str, body: object = None) -> None:
    await person.console.command(f"/calls/{talk.call_id}/{what}", body)


async def _hand_over(steps: Steps, cast: Cast, talk: Talk) -> None:
    agent, colleague = cast.agent, cast.colleague
    with _timed(steps, "consult", "the agent asks a colleague, whose phone rings"):
        await _order(agent, talk, "consult", {"to": {"kind": "agent", "value": str(colleague.agent.user_id)}})
        leg = await colleague.agent.phone.incoming(LIMIT)
    talk.legs[colleague.console.login] = leg
    with _timed(steps, "consult_heard", "agent and colleague hear each other, the caller hears music"):
        await leg.answered(RING + LIMIT)
        await _heard(steps, leg, "the colleague", agent.tone)
        await _heard(steps, talk.leg(agent), "the agent", colleague.tone)
        await _heard(steps, talk.caller, "the caller", MUSIC_HZ)
    with steps.step("the caller does not hear the consultation"):
        await _deaf(steps, talk.caller, "the caller", agent.tone, colleague.tone)
    mark, clicked_at = agent.console.mark, time.time()
    with _timed(steps, "transfer", "the agent hands over and the caller hears the colleague"):
        await _order(agent, talk, "consult/complete")
        await _heard(steps, talk.caller, "the caller", colleague.tone)
        await _heard(steps, leg, "the colleague", CALLER_HZ)
        await _gone(steps, leg, "the colleague", agent.tone)
        await talk.leg(agent).ended()
    with steps.step("the agent's after-call work begins"):
        seen = await _state(agent, "workingAfterCall", mark)
        steps.took("transfer_to_acw", seen.at - clicked_at)


# -- the supervisor


async def _supervise(steps: Steps, cast: Cast, talk: Talk) -> None:
    boss, leg = cast.supervisor, talk.leg(cast.colleague)
    with _timed(steps, "listen", "the supervisor listens and hears both"):
        await _on_agent(cast, "listen")
        own = await boss.agent.phone.incoming(LIMIT)
        talk.legs[boss.console.login] = own
        await own.answered()
        await _hears_both(steps, cast, own)
    with steps.step("nobody hears the supervisor who listens"):
        await _deaf(steps, talk.caller, "the caller", boss.tone)
        await _deaf(steps, leg, "the agent", boss.tone)
    with _timed(steps, "whisper", "the supervisor whispers and the agent hears him"):
        await _on_agent(cast, "whisper")
        await _heard(steps, leg, "the agent", boss.tone)
        await _hears_both(steps, cast, own)
    with steps.step("the caller does not hear the whisper"):
        await _deaf(steps, talk.caller, "the caller", boss.tone)
        await _heard(steps, talk.caller, "the caller", cast.colleague.tone)
    with _timed(steps, "barge", "the supervisor barges in and both hear him"):
        await _on_agent(cast, "barge")
        await _heard(steps, talk.caller, "the caller", boss.tone)
        await _heard(steps, leg, "the agent", boss.tone)
        await _hears_both(steps, cast, own)


async def _on_agent(cast: Cast, mode: str) -> None:
    await cast.supervisor.console.command(f"/agents/{cast.colleague.agent.user_id}/{mode}")


async def _hears_both(steps: Steps, cast: Cast, own: Call) -> None:
    for tone in (CALLER_HZ, cast.colleague.tone):
        await _heard(steps, own, "the supervisor", tone)


async def _release(steps: Steps, cast: Cast, talk: Talk) -> None:
    boss, colleague = cast.supervisor, cast.colleague
    mark = colleague.console.mark
    with _timed(steps, "release", "the supervisor ends the call and the agent is told why"):
        await _order(boss, talk, "release", {"text": WHY})
        for call in (talk.leg(colleague), talk.caller, talk.leg(boss)):
            await call.ended()
        seen = await _call_event(colleague, "call.forced", lambda data: bool(data["call_id"] == talk.call_id), mark)
        told, expected = (
            (seen.data["how"], seen.data["by"], seen.data["text"]),
            ("released", boss.agent.worker.name, WHY),
        )
        steps.check(told == expected, f"expected {expected}, the agent is told {told}")
    with steps.step("the colleague's after-call work begins"):
        await _state(colleague, "workingAfterCall", mark)


# -- afterwards


async def _known_calls(supervisor: Console) -> set[str]:
    """The calls from outside; the history also has the supervisor's own leg, as a call inside the house."""
    rows = (await supervisor.get("/calls", {"limit": "50"}))["items"]
    return {row["call_id"] for row in rows if row["direction"] == "inbound"}


async def _history(stage: Stage, steps: Steps, cast: Cast, talk: Talk, before: set[str]) -> None:
    supervisor = cast.supervisor.console

    async def look() -> dict[str, Any] | None:
        page = await supervisor.get("/calls", {"limit": "50"})
        return next((row for row in page["items"] if row["call_id"] == talk.call_id and row["ended_at"]), None)

    with _timed(steps, "history", "the history has one call from outside with the right segments"):
        row = await stage.until_found(look, LIMIT, f"{talk.call_id} in GET /calls")
        new = await _known_calls(supervisor) - before
        steps.check(new == {talk.call_id}, f"expected one new call {talk.call_id}, found {sorted(new)}")
        steps.check((row["outcome"], row["queue"]) == ("answered", QUEUE), f"not answered in {QUEUE}: {row}")
        _check_segments(steps, cast, await supervisor.get(f"/calls/{row['id']}"))
    with steps.step("the supervision is in the log"):
        sessions = (await supervisor.get("/monitoring/sessions", {"call_id": talk.call_id}))["items"]
        modes = [[part["mode"] for part in one["stretches"]] for one in sessions]
        steps.check(modes == [["listen", "whisper", "barge"]], f"expected one session of three modes, found {modes}")


def _check_segments(steps: Steps, cast: Cast, detail: dict[str, Any]) -> None:
    call, segments = detail["call"], detail["segments"]
    first, second = cast.agent.agent.device, cast.colleague.agent.device
    found = [(one["kind"], one["device"], one["result"]) for one in segments if one["kind"] != "ivr"]
    expected = [
        ("queue", None, "answered"),
        ("ring", first, "answered"),
        ("talk", first, "transferred"),
        ("ring", second, "answered"),
        ("talk", second, "cleared"),
    ]
    steps.check(found == expected, f"expected the segments {expected}, found {found}")
    held = next(one["held_seconds"] for one in segments if one["kind"] == "talk")
    steps.check(held > 0, "the first agent's talk has no time on hold")
    steps.check(all(one["exact"] for one in segments), "a segment is not exact")
    own = [one for one in segments if one["kind"] in ("queue", "talk")]
    begins, ends = [one["started_at"] for one in own], [one["ended_at"] for one in own]
    gaps = [begin - end for end, begin in zip([call["started_at"], *ends], [*begins, call["ended_at"]], strict=True)]
    steps.check(max(gaps) <= MOST_GAP, f"the segments leave gaps of {gaps} s")


# -- who hears whom


async def _heard(steps: Steps, call: Call, who: str, tone: int) -> None:
    steps.check(await call.hears(tone), f"{who} does not hear {tone} Hz: {call.levels(tone)}")


async def _gone(steps: Steps, call: Call, who: str, tone: int) -> None:
    steps.check(await call.loses(tone), f"{who} still hears {tone} Hz: {call.levels(tone)}")


async def _deaf(steps: Steps, call: Call, who: str, *tones: int) -> None:
    """None of these tones comes in for a while."""
    for heard, tone in zip(await asyncio.gather(*(call.hears(tone, SILENT_FOR) for tone in tones)), tones, strict=True):
        steps.check(not heard, f"{who} hears {tone} Hz: {call.levels(tone)}")
