"""A call is recorded on the real PBX, paused, put on hold, found by search and heard, each side's tone in its channel;
then it is scored.

What is measured is what the browser would play: the stored MP3, fetched by its address and decoded by a library that is
none of ours.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from cti_server.sandbox.asterisk_config import MUSIC_HZ
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.ear import Heard
from cti_server.sandbox.phones.tone import HEARD
from cti_server.sandbox.stage.console import Console, Seen
from cti_server.sandbox.stage.people import KNOWN, dialled_form
from cti_server.sandbox.stage.ready import make_ready
from cti_server.sandbox.stage.scoring import score
from cti_server.sandbox.stage.stage import CALLER_HZ, TRUNK, Agent, Stage
from cti_server.sandbox.stage.steps import Steps

VIP, QUEUE = "4002", "vip"
LIMIT = 5.0
FILED_LIMIT = 15.0
TALK = 1.0
"""Seconds of each stretch that is measured."""
EDGE = 0.25
"""Seconds at both ends of a stretch that are left out: a click takes some time, and MP3 smears 50 ms."""
NOTHING = 64
"""The highest sample (of 32768) that MP3 leaves of exact silence."""


@dataclass(slots=True)
class Talk:
    """The call, and when (unix seconds) its stretches began and ended."""

    caller: Call
    leg: Call
    call_id: str
    talk: tuple[float, float] = (0.0, 0.0)
    pause: tuple[float, float] = (0.0, 0.0)
    hold: tuple[float, float] = (0.0, 0.0)
    ended_at: float = 0.0


async def play(stage: Stage, steps: Steps) -> str:
    """The whole scenario."""
    agent = next(one for one in stage.agents if QUEUE in one.worker.queues)
    agent.phone.answer_after = 0.3
    async with stage.console(agent.worker.login) as console, stage.console("supervisor") as boss:
        await console.listen("me")
        await _make_ready(steps, console)
        talk = await _call(stage, steps, agent, console)
        await _pause(steps, console, talk)
        await _hold(steps, agent, console, talk)
        with steps.step("the caller hangs up"):
            talk.caller.hangup()
            await talk.leg.ended()
            talk.ended_at = time.time()
        row = await _found(stage, steps, boss, talk)
        await _heard(steps, boss, agent, talk, row)
        await _audited(stage, steps, row)
        await score(stage, steps, console, row)
    filed, search, sound, told = (steps.times_ms[name] for name in ("filed", "search", "first_sound", "told"))
    return (
        f"filed {filed:.0f} ms after the hang-up, found in {search:.0f} ms, first sound after {sound:.0f} ms, the agent"
        f" told {told:.0f} ms after the score"
    )


async def _make_ready(steps: Steps, console: Console) -> None:
    with steps.step("the agent signs in and is ready"):
        await make_ready(console)


async def _call(stage: Stage, steps: Steps, agent: Agent, console: Console) -> Talk:
    mark = console.mark
    with steps.step("a caller and the agent talk, and the recording runs"):
        caller = stage.trunk.call(VIP, caller=dialled_form(KNOWN.phones[0]), headers=TRUNK)
        leg = await agent.phone.incoming(LIMIT)
        await leg.answered(LIMIT)
        steps.check(await caller.hears(agent.phone.tone), "the caller does not hear the agent")
        steps.check(await leg.hears(CALLER_HZ), "the agent does not hear the caller")
        seen = await _told(console, "on", mark)
        talk = Talk(caller, leg, str(seen.data["call_id"]))
        began = time.time()
        await asyncio.sleep(TALK)
        talk.talk = (began, time.time())
    return talk


async def _told(console: Console, state: str, mark: int) -> Seen:
    """What the PBX said of the recording, as the agent is told."""
    return await console.wait(
        lambda seen: seen.type == "recording.changed" and seen.data["state"] == state,
        LIMIT, f"the recording {state}", mark=mark,
    )  # fmt: skip


async def _pause(steps: Steps, console: Console, talk: Talk) -> None:
    with steps.step("the agent pauses the recording"):
        mark, begun = console.mark, time.monotonic()
        await console.command(f"/calls/{talk.call_id}/recording/pause")
        await _told(console, "paused", mark)
        steps.took("pause", time.monotonic() - begun)
        began = time.time()
        await asyncio.sleep(TALK)
        talk.pause = (began, time.time())
    with steps.step("the agent resumes the recording"):
        mark = console.mark
        await console.command(f"/calls/{talk.call_id}/recording/resume")
        await _told(console, "on", mark)


async def _hold(steps: Steps, agent: Agent, console: Console, talk: Talk) -> None:
    with steps.step("the agent holds and retrieves the caller"):
        await console.command(f"/calls/{talk.call_id}/hold")
        steps.check(await talk.caller.hears(MUSIC_HZ), "the caller does not hear the music")
        steps.check(await talk.caller.loses(agent.phone.tone), "the caller still hears the agent")
        began = time.time()
        await asyncio.sleep(TALK)
        talk.hold = (began, time.time())
        await console.command(f"/calls/{talk.call_id}/retrieve")
        steps.check(await talk.caller.hears(agent.phone.tone), "the caller does not hear the agent again")


async def _found(stage: Stage, steps: Steps, boss: Console, talk: Talk) -> dict[str, Any]:
    query = {"number": dialled_form(KNOWN.phones[0]), "queue": QUEUE, "from": str(talk.talk[0] - 60), "state": "ready"}

    async def look() -> dict[str, Any] | None:
        rows = (await boss.get("/recordings", query))["items"]
        return next((row for row in rows if row["call_id"] == talk.call_id), None)

    with steps.step("the supervisor finds the recording by search"):
        row = await stage.until_found(look, FILED_LIMIT, f"{talk.call_id} in GET /recordings")
        steps.took("filed", time.time() - talk.ended_at)
        begun = time.monotonic()
        await boss.get("/recordings", query)
        steps.took("search", time.monotonic() - begun)
        steps.check(not row["notes"], f"the recording is odd: {row['notes']}")
    return row


async def _heard(steps: Steps, boss: Console, agent: Agent, talk: Talk, row: dict[str, Any]) -> None:
    with steps.step("the recording is heard"):
        begun = time.monotonic()
        url = (await boss.command(f"/recordings/{row['id']}/listen", {}))["url"]
        first = await boss.load(url, (0, 65_535))
        steps.took("first_sound", time.monotonic() - begun)
        data = await boss.load(url)
        steps.check(data.startswith(first), "a range is not the beginning of the whole")
        sound = Heard.mp3(data)
        length, call = row["seconds"], row["call_seconds"]
        steps.check(abs(length - call) <= 1.0, f"the recording lasts {length} s, the call {call} s")
        steps.check(abs(sound.seconds - length) <= 0.3, f"the MP3 lasts {sound.seconds} s, the recording {length} s")

    def span(times: tuple[float, float]) -> tuple[float, float]:
        return times[0] - row["started_at"] + EDGE, times[1] - row["started_at"] - EDGE

    tone = agent.phone.tone
    with steps.step("each side is in its own channel, and nowhere else"):
        at = span(talk.talk)[0]
        _check_tones(steps, sound, "left", at, CALLER_HZ, tone)
        _check_tones(steps, sound, "right", at, tone, CALLER_HZ)
    with steps.step("the pause is silent on both sides"):
        first_second, last_second = span(talk.pause)
        for side in ("left", "right"):
            loudest = sound.loudest(side, first_second, last_second)
            steps.check(loudest <= NOTHING, f"the {side} channel reaches {loudest} in the pause")
    with steps.step("the hold is kept: music for the caller, who is recorded on"):
        at = span(talk.hold)[0]
        _check_tones(steps, sound, "right", at, MUSIC_HZ, tone)
        _check_tones(steps, sound, "left", at, CALLER_HZ, MUSIC_HZ)
    with steps.step("the pause is marked"):
        detail = await boss.get(f"/recordings/{row['id']}")
        kinds = [mark["kind"] for mark in detail["marks"]]
        wanted = ["paused", "resumed", "held", "retrieved"]
        steps.check(kinds == wanted, f"expected a pause and a hold with their ends, found {kinds}")


def _check_tones(steps: Steps, sound: Heard, side: str, at: float, tone: int, other: int) -> None:
    found = sound.levels(side, at, tone, other)
    steps.check(found[tone] >= HEARD, f"the {side} channel has no {tone} Hz at {at:.1f} s: {found}")
    steps.check(found[other] < HEARD - 15, f"the {side} channel has {other} Hz at {at:.1f} s: {found}")


async def _audited(stage: Stage, steps: Steps, row: dict[str, Any]) -> None:
    with steps.step("who paused and who listened is in the audit log"):
        async with stage.console("admin") as admin:
            entries = (await admin.get("/audit", {"limit": "50"}))["items"]
        told = {(one["action"], one["login"]) for one in entries}
        steps.check(("recording.listen", "supervisor") in told, f"no recording.listen of supervisor in {sorted(told)}")
        paused = [one for one in entries if one["action"] == "recording.pause"]
        steps.check(bool(paused), "no recording.pause in the audit log")
        heard = [one for one in entries if one["action"] == "recording.listen" and one["subject"] == str(row["id"])]
        steps.check(len(heard) == 1, f"expected one line for one listening, found {len(heard)}")
