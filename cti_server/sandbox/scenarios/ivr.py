"""What an admin publishes is what callers meet: a flow with keys and data, and a new version in mid-call.

Then the server is killed, and stopped, in mid-menu: the callers reach the safe queue all the same.
"""

from __future__ import annotations

import asyncio
import copy
import os
import signal
import time
from typing import Any

from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.stage.console import Console
from cti_server.sandbox.stage.stage import TRUNK, Stage
from cti_server.sandbox.stage.steps import Steps

DID = "4801"
KEY = "check-ivr"
SAFE = "support"
WITHIN = 3.0
"""Seconds in which a caller is in the safe queue, whatever became of the server."""
SPEECH = [{"say": "digits", "value": "1"}]
FLOW: dict[str, Any] = {
    "format": 1,
    "title": "Check",
    "languages": ["en", "zh-CN"],
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "speech": SPEECH, "exits": {"next": "menu"}},
        "menu": {"kind": "menu", "speech": SPEECH, "timeout_seconds": 10.0,
                 "exits": {"1": "number", "2": "vip", "timeout": "vip"}},
        "number": {"kind": "collect", "into": "order", "min_digits": 4, "max_digits": 4, "speech": SPEECH,
                   "exits": {"done": "sales", "timeout": "vip"}},
        "sales": {"kind": "queue", "queue": "sales"},
        "vip": {"kind": "queue", "queue": "vip"},
    },
}  # fmt: skip


async def play(stage: Stage, steps: Steps) -> str:
    """The whole scenario."""
    for agent in stage.agents:
        agent.phone.answer_after, agent.phone.reject_with = None, 486
    async with stage.console("admin") as admin, stage.console("supervisor") as boss:
        await boss.listen("calls")
        revision = await _publish(admin, steps)
        await _with_keys(stage, steps, boss)
        await _new_version(stage, steps, admin, revision)
        figures = await _figures(stage, steps, admin)
    killed = await _killed(stage, steps)
    hung = await _stopped(stage, steps)
    return (
        f"{figures['calls']} calls through the flow; in the safe queue {killed[0]:.2f} s after a key with the server "
        f"killed, {killed[1]:.2f} s in silence, {hung:.2f} s with the server stopped"
    )


async def _publish(admin: Console, steps: Steps) -> int:
    with steps.step("a flow is checked, published, and put on a number"):
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


async def _at_menu(stage: Stage, callers: int = 1) -> Call:
    """A caller who is in the menu for certain: the PBX says so."""
    call = stage.trunk.call(DID, caller="13900001111", headers=TRUNK)
    await call.answered()
    async with asyncio.timeout(5.0):
        while (await stage.pbx.cli("core show channels concise")).count("!Read!") < callers:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return call


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


async def _with_keys(stage: Stage, steps: Steps, boss: Console) -> None:
    with steps.step("a caller presses keys and reaches the queue with his data"):
        mark = boss.mark
        call = await _at_menu(stage)
        call.press("1")
        await asyncio.sleep(1.0)
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
        running = await _at_menu(stage)
        changed = copy.deepcopy(FLOW)
        changed["nodes"]["menu"]["exits"]["2"] = "sales"
        saved = await admin.put(f"/flows/{KEY}/draft", {"revision": revision, "draft": changed})
        await admin.post(f"/flows/{KEY}/publish", {"revision": saved["revision"], "note": "second"})
        running.press("2")
        await _waits_in(stage, "vip")
        await _over(running, stage)
        later = await _at_menu(stage)
        later.press("2")
        await _waits_in(stage, "sales")
        await _over(later, stage)


async def _figures(stage: Stage, steps: Steps, admin: Console) -> Any:
    with steps.step("the figures count them"):

        async def look() -> Any:
            found = await admin.get(f"/flows/{KEY}/figures")
            if found["calls"] != 3 or found["over"] != 3:
                return None
            menu = next(node for node in found["nodes"] if node["node"] == "menu")
            # What each chose comes in a row of its own, perhaps a moment after the end of his call.
            return found if {each["exit"]: each["count"] for each in menu["exits"]} == {"1": 1, "2": 2} else None

        figures = await stage.until_found(look, 10.0, "three calls in the figures, one that pressed 1 and two 2")
        return figures


async def _killed(stage: Stage, steps: Steps) -> tuple[float, float]:
    """Two callers in the menu: one presses a key, one says nothing. The seconds of each."""
    with steps.step("the server is killed in mid-menu"):
        presses, silent = await _at_menu(stage), await _at_menu(stage, callers=2)
        await asyncio.sleep(0.7)  # the prompt is over, the silence runs
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
        call = await _at_menu(stage)
        await asyncio.sleep(0.7)
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
