"""The FastAGI server in a process of its own, for the bench `ivr`; beside it a floor that only sets as many variables.

One line of JSON in, one out: {"do": "start"} begins to measure lag and CPU anew, {"do": "stop"} tells them.
"""

import asyncio
import json
import sys
import time
from collections.abc import Mapping

from cti_server.core.clock import SystemClock
from cti_server.core.loop_lag import LoopLag
from cti_server.core.tasks import Tasks
from cti_server.logs import set_up_logs
from cti_server.routing.agi.mouth import FlowMouth
from cti_server.routing.agi.server import AgiServer, AgiSession, Handler
from cti_server.routing.agi.speaking import Rooms
from cti_server.routing.flows.document import flow_of
from cti_server.routing.flows.walk import Published, World

FLOW: Mapping[str, object] = {
    "format": 1,
    "title": "bench",
    "languages": ["en"],
    "start": "hello",
    "nodes": {
        "hello": {"kind": "play", "speech": [{"say": "digits", "value": "1234"}], "exits": {"next": "menu"}},
        "menu": {"kind": "menu", "speech": [{"say": "digits", "value": "12"}], "timeout_seconds": 60,
                 "exits": {"1": "menu", "2": "bye", "timeout": "bye"}},
        "bye": {"kind": "hangup"},
    },
}  # fmt: skip
SETS = ("CTI_ASK", "CTI_SOUNDS", "CTI_ANSWER")


async def floor(session: AgiSession) -> None:
    """What a step takes on the wire: as many commands, and no thought."""
    await session.set_all([(name, "1") for name in SETS])


async def main() -> None:
    """Serve until standard input ends."""
    set_up_logs("error", "text")
    tasks, clock, lags = Tasks("bench"), SystemClock(), list[float]()
    published = Published("bench", 1, flow_of(FLOW))
    mouth = FlowMouth(pick=lambda did: published, world=World, rooms=Rooms(), clock=clock, tasks=tasks, most=20_000)
    spent: dict[str, list[float]] = {"flow": [], "floor": [], "engine": []}
    mouth.own_seconds = spent["engine"].append

    def measured(name: str, answer: Handler) -> Handler:
        """The CPU of this process while a step is answered; true while one step is answered at a time."""

        async def timed(session: AgiSession) -> None:
            begun = time.process_time()
            await answer(session)
            spent[name].append(time.process_time() - begun)

        return timed

    scripts = {"flow": measured("flow", mouth), "floor": measured("floor", floor)}
    server = AgiServer(scripts, tasks, host="127.0.0.1", port=0, most=20_000)
    await server.start()
    lag = LoopLag(lags.append, interval=0.01)
    lag.start()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"port": server.port}), flush=True)
    cpu = time.process_time()
    while line := await reader.readline():
        if json.loads(line)["do"] == "start":
            lags.clear()
            for each in spent.values():
                each.clear()
            cpu = time.process_time()
            print("{}", flush=True)
        else:
            told = {"lag": max(lags, default=0.0), "cpu": time.process_time() - cpu, "spent": spent}
            print(json.dumps(told), flush=True)
    await server.stop()
    await tasks.close()


if __name__ == "__main__":
    asyncio.run(main())
