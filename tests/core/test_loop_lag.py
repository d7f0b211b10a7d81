import asyncio
import time

from cti_server.core.loop_lag import LoopLag


async def test_a_loop_that_is_held_up_is_seen() -> None:
    seen: list[float] = []
    late = asyncio.Event()

    def observe(lag: float) -> None:
        seen.append(lag)
        if lag > 0.03:
            late.set()

    probe = LoopLag(observe, interval=0.01)
    probe.start()
    asyncio.get_running_loop().call_soon(time.sleep, 0.05)
    async with asyncio.timeout(5):
        await late.wait()
    probe.stop()
    probe.stop()
    assert probe.worst == max(seen) >= 0.03


async def test_an_idle_loop_is_on_time() -> None:
    lags: asyncio.Queue[float] = asyncio.Queue()
    probe = LoopLag(lags.put_nowait, interval=0.001)
    probe.start()
    async with asyncio.timeout(5):
        few = [await lags.get() for _ in range(5)]
    probe.stop()
    assert min(few) < 0.02
