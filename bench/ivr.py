"""A hundred calls enter a flow at once on a real Asterisk, and what one step of FastAGI takes of our own.

The first sound of a call is the first packet of audio that comes back after its INVITE. Beside it: the same hundred
calls to a line of dialplan that plays at once and asks nobody. A step beside a floor: one that answers with as many
commands and no thought, in the same process, asked in turn by the same client.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from bench.ivr_server import SETS
from bench.parts import Program
from bench.report import Delays, Report
from cti_server.sandbox.asterisk import Asterisk, Wishes
from cti_server.sandbox.phones.call import Call
from cti_server.sandbox.phones.phone import Phone
from cti_server.sandbox.phones.rtp import Pacer
from cti_server.sandbox.progress import Progress
from cti_server.sandbox.state import State

CALLS: Final = 100
PACE: Final = 0.001
"""Seconds between two INVITEs. All in one go overflow the UDP buffer of the PBX (Linux: 208 KB unless told otherwise),
and what is lost comes again after SIP's T1 of half a second: that would be measured, and nothing else."""
STEPS: Final = 2000
ROUNDS: Final = 3
FIRST_PROMPT_GOAL: Final = 200.0
LAG_GOAL: Final = 50.0
STEP_GOAL: Final = 1.0
PLAIN: Final = """
[from-trunk](+)
exten => 4899,1,Answer(,i)
 same => n,Playback(digits/1&digits/2&digits/3&digits/4)
 same => n,Wait(30)
"""


def run() -> Report:
    """All of it."""
    return asyncio.run(_run())


async def _run() -> Report:
    report = Report("ivr")
    state = State.open()
    async with Program("bench.ivr_server") as server:
        port = (await server.hear())["port"]
        await _steps(report, server, port)
        # Two for each call, and as many for those of the round before, of which the PBX may still be taking leave.
        wishes = Wishes(name="bench-ivr", agi=f"127.0.0.1:{port}", rtp_ports=4 * CALLS + 100,
                        extra={"extensions.conf": PLAIN})  # fmt: skip
        pbx = await Asterisk.start(state, progress=Progress(), wishes=wishes)
        try:
            await _calls(report, server, pbx)
        finally:
            await pbx.discard()
    report.close()
    return report


# -- one step


async def _steps(report: Report, server: Program, port: int) -> None:
    """Rounds of steps, ours and the floor's in turn; each in a connection of its own, as AGI() makes it."""
    ours: list[float] = []
    floor: list[float] = []
    await _step(port, "flow", "begin", "warm")
    await server.ask(do="start")
    for number in range(STEPS):
        await _step(port, "flow", "begin", str(number))
        begun = time.perf_counter()
        await _step(port, "flow", "keys", str(number))
        between = time.perf_counter()
        await _step(port, "floor", "", str(number))
        ours.append(between - begun)
        floor.append(time.perf_counter() - between)
    told = await server.ask(do="stop")
    mine, least = Delays.of(ours), Delays.of(floor)
    cpu = {name: Delays.of(seconds) for name, seconds in told["spent"].items()}
    report.say(f"  one step, with its connection   {mine}")
    report.say(f"  the floor: as many commands     {least}")
    report.say(f"  CPU of a step                   {cpu['flow']}")
    report.say(f"  CPU of the floor                {cpu['floor']}")
    report.say(f"  of the step the engine (wall)   {cpu['engine']}")
    report.results["step"] = {"wall": mine.json(), "wall_floor": least.json(), "ratio": round(mine.p50 / least.p50, 2)}
    report.results["step"] |= {f"cpu_{name}": each.json() for name, each in cpu.items()}
    report.goal("own time of a step (CPU), p50 ms", cpu["flow"].p50, STEP_GOAL, at_least=False)


async def _step(port: int, script: str, said: str, uniqueid: str) -> Mapping[str, str]:
    """What Asterisk does for one AGI(): header, answers to commands, until the server closes. The variables set."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    header = {
        "network_script": script,
        "uniqueid": uniqueid,
        "callerid": "13800000001",
        "arg_1": said,
        "arg_2": "main",
        "arg_3": "",
        "arg_4": "4800",
    }
    writer.write("".join(f"agi_{name}: {value}\n" for name, value in header.items()).encode() + b"\n")
    found: dict[str, str] = {}
    while line := (await reader.readline()).decode():
        words = line.rstrip().split(" ", 2)
        if words[0] == "SET":
            name, _, value = words[2].partition(" ")
            names = name.strip('"').removeprefix("ARRAY(").removesuffix(")").split(",")
            found |= zip(names, value.strip('"').split(","), strict=True)
            writer.write(b"200 result=1\n")
        else:
            writer.write(b"200 result=1 ()\n")
    writer.close()
    assert found.get("CTI_ANSWER"), f"the step {said} of {script} was not answered to its end"
    assert len(found) >= len(SETS)
    return found


# -- a hundred calls


async def _calls(report: Report, server: Program, pbx: Asterisk) -> None:
    phone = await Phone.open("trunk", sip_port=pbx.sip_port, tone=1000, pacer=Pacer(), port=pbx.trunk_port)
    flow: list[float] = []
    plain: list[float] = []
    lag = cpu = 0.0
    try:
        for _ in range(ROUNDS):
            plain += await _entering(phone, "4899")
            await server.ask(do="start")
            flow += await _entering(phone, "4800")
            told = await server.ask(do="stop")
            lag, cpu = max(lag, told["lag"]), cpu + told["cpu"]
    finally:
        await phone.close()
    mine, least = Delays.of(flow), Delays.of(plain)
    report.say(f"  INVITE → first sound, flow      {mine}")
    report.say(f"  the PBX alone                   {least}")
    report.say(
        f"  server: {1000 * cpu / (ROUNDS * CALLS):.2f} ms of CPU a call, lag of its loop at most {1000 * lag:.1f} ms"
    )
    report.results["first_prompt"] = {"flow": mine.json(), "pbx_alone": least.json(), "lag_ms": round(1000 * lag, 1)}
    report.goal("first prompt of 100 calls at once, p99 ms", mine.p99, FIRST_PROMPT_GOAL, at_least=False)
    report.goal("lag of the server's loop meanwhile, ms", 1000 * lag, LAG_GOAL, at_least=False)


async def _entering(phone: Phone, number: str) -> list[float]:
    """A hundred calls within a tenth of a second; seconds from each INVITE to its first packet of audio."""
    calls: list[tuple[Call, float]] = []
    for place in range(CALLS):
        call = phone.call(number, caller=f"1380000{place:04}", headers={"X-Trunk": "1"})
        call.audio.sending = False
        calls.append((call, time.monotonic()))
        await asyncio.sleep(PACE)
    first: dict[int, float] = {}
    async with asyncio.timeout(30):
        while len(first) < len(calls):
            now = time.monotonic()
            for place, (call, begun) in enumerate(calls):
                if place not in first and call.audio.counts.received:
                    first[place] = now - begun
            await asyncio.sleep(0.002)
    for call, _ in calls:
        call.hangup()
    await phone.idle(10)
    return list(first.values())
