"""An agent at his work, whatever a scenario before left him in."""

from __future__ import annotations

from cti_server.sandbox.stage.console import LIMIT, Console


async def make_ready(console: Console) -> None:
    """Sign him in and see him ready; his console hears the topic `me`. Raises SandboxError, TimeoutError."""
    shift = await console.get("/me/shift")
    if not shift["signed_in"]:
        await console.command("/me/shift/sign-in", {})
    if shift["acw"]:
        await console.command("/me/shift/acw/finish")
    mark = console.mark
    if (await console.get("/me/shift"))["state"] != "ready":
        await console.command("/me/shift/state", {"state": "ready"})
        await console.wait(lambda seen: seen.type == "agent.ready", LIMIT, "the own state ready", mark=mark)
