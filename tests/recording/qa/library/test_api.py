"""The addresses: graders and agents, one by one asked whether it may be heard."""

from typing import Any, cast

from cti_server.core.web.routes import Reach
from cti_server.recording.qa.library.api import BOTH, routes


def test_every_address() -> None:
    assert [(one.method, one.path, one.reach) for one in routes(cast("Any", None))] == [
        ("GET", "/qa/library", Reach.LIST),
        ("GET", "/qa/library/{id:int}/recording", Reach.THING),
        ("POST", "/qa/library/{id:int}/listen", Reach.THING),
        ("GET", "/qa/library/{id:int}/audio", Reach.THING),
    ]
    assert {one.roles for one in routes(cast("Any", None))} == {BOTH}
