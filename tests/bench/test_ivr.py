"""The bench's client speaks AGI as Asterisk does, and both servers answer each step to its end."""

from bench.ivr import _step
from bench.parts import Program


async def test_a_step_and_the_floor_are_answered() -> None:
    async with Program("bench.ivr_server") as server:
        port = (await server.hear())["port"]
        begun = await _step(port, "flow", "begin", "1")
        assert begun["CTI_SOUNDS"] == "digits/1&digits/2&digits/3&digits/4"
        assert (await _step(port, "flow", "keys", "1"))["CTI_ANSWER"] == "ask"
        assert (await _step(port, "floor", "", "1"))["CTI_ANSWER"] == "1"
        assert len((await server.ask(do="stop"))["spent"]["engine"]) == 2
