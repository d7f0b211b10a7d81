"""Whatever an agent was left in, he is ready afterwards."""

from typing import Any

import pytest

from cti_server.sandbox.stage.ready import make_ready


class Desk:
    """A console whose server does what it is told at once."""

    def __init__(self, signed_in: bool, state: str, acw: bool) -> None:
        self.shift: dict[str, Any] = {"signed_in": signed_in, "state": state, "acw": {"queue": "vip"} if acw else None}
        self.mark = 0
        self.waited: list[str] = []

    async def get(self, path: str) -> Any:
        return dict(self.shift)

    async def command(self, path: str, body: Any = None) -> None:
        if path.endswith("sign-in"):
            self.shift |= {"signed_in": True, "state": "notReady"}
        elif path.endswith("finish"):
            self.shift |= {"acw": None, "state": "ready"}
        else:
            self.shift |= body

    async def wait(self, fits: Any, limit: float, what: str, *, mark: int) -> None:
        self.waited.append(what)


@pytest.mark.parametrize(("signed_in", "state", "acw", "waits"), [
    (False, "loggedOff", False, True),
    (True, "notReady", False, True),
    (True, "workingAfterCall", True, False),
    (True, "ready", False, False),
])  # fmt: skip
async def test_ready_at_last(signed_in: bool, state: str, acw: bool, waits: bool) -> None:
    desk = Desk(signed_in, state, acw)
    await make_ready(desk)  # type: ignore[arg-type]
    assert desk.shift == {"signed_in": True, "state": "ready", "acw": None}
    assert bool(desk.waited) is waits
