"""What an admin publishes is what callers meet: keys and data, a survey after the talk, a callback, a new version.

Then the server is killed, and stopped, in mid-menu: the callers reach the safe queue all the same. Each prompt is a
tone: what the caller hears says how far he is, and nothing is waited for by the clock.
"""

from __future__ import annotations

import asyncio
import copy
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cti_server.sandbox.asterisk_config import MUSIC_HZ
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.stage.ready import make_ready
from cti_server.sandbox.stage.stage import CALLER_HZ, TRUNK, Agent, Stage
from cti_server.sandbox.stage.steps import Steps
from cti_server.sandbox.stage.tones import give_tones

DID = "4801"
KEY = "check-ivr"
SAFE = "support"
STAFFED = "vip"
"""The queue of the agent who takes part: he alone serves it."""
CALLER, CALLED_BACK = "13900001111", "13900002222"
WITHIN = 3.0
"""Seconds in which a caller is in the safe queue, whatever became of the server."""
HEARD_WITHIN = 10.0
TONES = {
    "check-hello": 620,
    "check-menu": 700,
    "check-number": 780,
    "check-offer": 860,
    "check-how": 1150,
    "check-bye": 1300,
}


def _say(name: str) -> list[dict[str, str]]:
    return [{"say": "prompt", "prompt": f"check-{name}"}]


FLOW: dict[str, Any] = {
    "format": 1,
    "title": "Check",
    "languages": ["en"],
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "speech": _say("hello"), "exits": {"next": "menu"}},
        "menu": {"kind": "menu", "speech": _say("menu"), "timeout_seconds": 10.0,
                 "exits": {"1": "number", "2": "vip", "3": "callback", "4": "served", "timeout": "vip"}},
        "number": {"kind": "collect", "into": "order", "min_digits": 4, "max_digits": 4, "speech": _say("number"),
                   "exits": {"done": "sales", "timeout": "vip"}},
        "sales": {"kind": "queue", "queue": "sales"},
        "vip": {"kind": "queue", "queue": "vip"},
        "callback": {"kind": "callback", "queue": STAFFED, "speech": _say("offer"),
                     "exits": {"done": "bye", "declined": "vip"}},
        "served": {"kind": "queue", "queue": STAFFED, "exits": {"after": "how"}},
        "how": {"kind": "survey", "survey": KEY, "exits": {"done": "bye"}},
        "bye": {"kind": "hangup", "speech": _say("bye")},
    },
}  # fmt: skip
SURVEY: dict[str, Any] = {
    "title": "Check",
    "questions": [{"kind": "csat", "speech": _say("how"), "timeout_seconds": 10}],
}
CHOSEN = {"1": 1, "2": 2, "3": 1, "4": 1}
"""Keys of the menu → how many callers pressed them before the server is killed."""


async def play(stage: Stage, steps: Steps) -> str:
    """The whole scenario; afterwards the phones do as they did before."""
    before = [(agent.phone, agent.phone.answer_after, agent.phone.reject_with) for agent in stage.agents]
    try:
        return await _play(stage, steps)
    finally:
        for phone, answers, rejects in before:
            phone.answer_after, phone.reject_with = answers, rejects


async def _play(stage: Stage, steps: Steps) -> str:
    agent = next(one for one in stage.agents if STAFFED in one.worker.queues)
    async with stage.console("admin") as admin, stage.console("supervisor") as boss:
        await boss.listen("calls", "callbacks")
        _all_refuse(stage)
        revision = await _publish(admin, steps)
        async with stage.console(agent.worker.login) as desk:
            await desk.listen("me")
            await _survey(stage, steps, boss, agent, desk)
            await _callback(stage, steps, boss, agent, desk)
        await _with_keys(stage, steps, boss)
        await _new_version(stage, steps, admin, revision)
        figures = await _figures(stage, steps, admin)
    killed = await _killed(stage, steps)
    hung = await _stopped(stage, steps)
    return (
        f"{figures['calls']} calls through the flow, one asked how it was, one called back; in the safe queue "
        f"{killed[0]:.2f} s after a key with the server killed, {killed[1]:.2f} s in silence, {hung:.2f} s with the "
        "server stopped"
    )


def _all_refuse(stage: Stage) -> None:
    for agent in stage.agents:
        agent.phone.answer_after, agent.phone.reject_with = None, 486


async def _publish(admin: Console, steps: Steps) -> int:
    with steps.step("a flow is checked, published, and put on a number"):
        await give_tones(admin, TONES)
        await admin.put(f"/surveys/{KEY}", {"survey": SURVEY})
        begun = time.monotonic()
        broken = copy.deepcopy(FLOW)
        del broken["nodes"]["menu"]["exits"]["timeout"]
        made = await admin.post("/flows", {"key": KEY, "draft": broken})
        codes = [each["code"] for each in made["findings"]]
        steps.check("menu_without_timeout" in codes, f"the check of a menu without time-out found {codes}")
        saved = await admin.put(f"/flows/{KEY}/draft", {"revision": made["revision"], "draft": FLOW})
        steps.check(not saved["findings"], f"the check found {saved['findings']}")
        shown = await admin.post(f"/flows/{KEY}/publish", {"revision": saved["revision"], "note": "first"})
        await admin.put(f"/flows/numbers/{DID}", {"flow": KEY})
        steps.took("publish", time.monotonic() - begun)
        return int(shown["revision"])


async def _at_menu(stage: Stage, steps: Steps, caller: str = CALLER) -> Call:
    """A caller who hears the menu, so that his keys are awaited."""
    call = stage.trunk.call(DID, caller=caller, headers=TRUNK)
    await call.answered()
    await _hears(steps, call, "menu")
    return call


async def _hears(steps: Steps, call: Call, name: str) -> None:
    heard = await call.hears(TONES[f"check-{name}"], within=HEARD_WITHIN)
    steps.check(heard, f"the caller does not hear the prompt {name} of the flow")


async def _waits_in(stage: Stage, queue: str, callers: int = 1, limit: float = 10.0) -> float:
    """Seconds until so many callers wait there, as the PBX says."""
    begun = time.monotonic()
    async with asyncio.timeout(limit):
        while (await stage.pbx.cli(f"queue show {queue}")).count("PJSIP/trunk") < callers:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def _over(call: Call, stage: Stage) -> None:
    call.hangup()
    await call.ended()
    async with asyncio.timeout(5.0):
        while "PJSIP/trunk" in await stage.pbx.cli("core show channels concise"):  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _at_work(agent: Agent, desk: Console) -> AsyncIterator[None]:
    """The agent is ready, and his phone rings."""
    await make_ready(desk)
    agent.phone.reject_with = None
    try:
        yield
    finally:
        agent.phone.reject_with = 486


async def _survey(stage: Stage, steps: Steps, boss: Console, agent: Agent, desk: Console) -> None:
    with steps.step("who was served is asked how it was"):
        mark = boss.mark
        async with _at_work(agent, desk):
            call = await _at_menu(stage, steps)
            call.press("4")
            ringing = await agent.phone.incoming()
            # The end of a key is sent three times; the third must not come after the answer, as a key of its own.
            steps.check(await call.hears(MUSIC_HZ, HEARD_WITHIN), "the caller does not hear the music of the queue")
            await ringing.answer()
            steps.check(await call.hears(agent.phone.tone, HEARD_WITHIN), "the caller does not hear the agent")
        seen = await boss.wait(
            lambda seen: seen.type == "call.established" and seen.data["number"] == CALLER, 5.0, "the talk", mark=mark
        )
        ringing.hangup()
        await _hears(steps, call, "how")
        call.press("4")
        await _hears(steps, call, "bye")
        await _over(call, stage)

        async def answered() -> Any:
            items = (await boss.get(f"/calls/{seen.data['id']}/survey"))["items"]
            return next((one for one in items if one["value"] is not None), None)

        answer = await stage.until_found(answered, 10.0, "the answer to the survey")
        told = (answer["survey"], answer["value"], answer["queue"], answer["user_id"])
        expected = (KEY, 4, STAFFED, agent.user_id)
        steps.check(told == expected, f"expected the answer {expected}, the call shows {told}")


async def _callback(stage: Stage, steps: Steps, boss: Console, agent: Agent, desk: Console) -> None:
    with steps.step("who asks for a callback is called back"):
        mark = boss.mark
        async with _at_work(agent, desk):
            call = await _at_menu(stage, steps, CALLED_BACK)
            call.press("3")
            await _hears(steps, call, "offer")
            call.press("1")
            begun = time.monotonic()
            await _hears(steps, call, "bye")
            await call.ended()
            leg = await agent.phone.incoming()
            await leg.answer()
            back = await stage.trunk.incoming()
            steps.took("asked_to_called_back", time.monotonic() - begun)
            await back.answer()
            steps.check(await back.hears(agent.phone.tone, HEARD_WITHIN), "the caller does not hear the agent")
            steps.check(await leg.hears(CALLER_HZ, HEARD_WITHIN), "the agent does not hear the caller")
        await _over(back, stage)
        seen = await boss.wait(
            lambda seen: seen.topic == "callbacks" and seen.data.get("state") == "reached", 5.0,
            "the callback reached", mark=mark,
        )  # fmt: skip
        told = (seen.data["number"], seen.data["queue"], seen.data["did"])
        steps.check(told == (CALLED_BACK, STAFFED, DID), f"the callback was {told}")


async def _with_keys(stage: Stage, steps: Steps, boss: Console) -> None:
    with steps.step("a caller presses keys and reaches the queue with his data"):
        mark = boss.mark
        call = await _at_menu(stage, steps)
        call.press("1")
        await _hears(steps, call, "number")
        call.press("4711")
        took = await _waits_in(stage, "sales")
        steps.took("last_key_to_queue", took)
        seen = await boss.wait(
            lambda seen: seen.topic == "calls" and (seen.data.get("data") or {}).get("order") == "4711", 5.0,
            "the order number on the call", mark=mark,
        )  # fmt: skip
        steps.check(seen.data["queue"] in ("sales", None), f"the call shows {seen.data['queue']}")
        await _over(call, stage)


async def _new_version(stage: Stage, steps: Steps, admin: Console, revision: int) -> None:
    with steps.step("a new version is for new calls only"):
        running = await _at_menu(stage, steps)
        changed = copy.deepcopy(FLOW)
        changed["nodes"]["menu"]["exits"]["2"] = "sales"
        saved = await admin.put(f"/flows/{KEY}/draft", {"revision": revision, "draft": changed})
        await admin.post(f"/flows/{KEY}/publish", {"revision": saved["revision"], "note": "second"})
        running.press("2")
        await _waits_in(stage, "vip")
        await _over(running, stage)
        later = await _at_menu(stage, steps)
        later.press("2")
        await _waits_in(stage, "sales")
        await _over(later, stage)


async def _figures(stage: Stage, steps: Steps, admin: Console) -> Any:
    with steps.step("the figures count them"):

        async def look() -> Any:
            found = await admin.get(f"/flows/{KEY}/figures")
            if found["calls"] != sum(CHOSEN.values()) or found["over"] != found["calls"]:
                return None
            menu = next(node for node in found["nodes"] if node["node"] == "menu")
            # What each chose comes in a row of its own, perhaps a moment after the end of his call.
            return found if {each["exit"]: each["count"] for each in menu["exits"]} == CHOSEN else None

        figures = await stage.until_found(look, 10.0, f"the calls in the figures by key: {CHOSEN}")
        return figures


async def _silence(steps: Steps, *calls: Call) -> None:
    """The prompt is over, and keys are awaited."""
    for call in calls:
        steps.check(await call.loses(TONES["check-menu"], HEARD_WITHIN), "the prompt of the menu does not end")


async def _killed(stage: Stage, steps: Steps) -> tuple[float, float]:
    """Two callers in the menu: one presses a key, one says nothing. The seconds of each."""
    with steps.step("the server is killed in mid-menu"):
        presses, silent = await asyncio.gather(_at_menu(stage, steps), _at_menu(stage, steps))
        await _silence(steps, presses, silent)
        await stage.server.kill()
        presses.press("1")
        key = await _waits_in(stage, SAFE)
        silence = key + await _waits_in(stage, SAFE, callers=2)
        presses.hangup()
        await _over(silent, stage)
        await stage.start_server()
    for how, took in (("key", key), ("silence", silence)):
        steps.took(f"killed_to_safe_queue_{how}", took)
        steps.check(took < WITHIN, f"it took {took:.2f} s to the safe queue ({how})")
    return key, silence


async def _stopped(stage: Stage, steps: Steps) -> float:
    with steps.step("the server is stopped in mid-menu and answers nothing"):
        call = await _at_menu(stage, steps)
        await _silence(steps, call)
        os.kill(stage.server.pid, signal.SIGSTOP)
        try:
            call.press("1")
            took = await _waits_in(stage, SAFE)
        finally:
            os.kill(stage.server.pid, signal.SIGCONT)
        steps.took("stopped_to_safe_queue", took)
        steps.check(took < WITHIN, f"it took {took:.2f} s to the safe queue")
        await _over(call, stage)
        return took
