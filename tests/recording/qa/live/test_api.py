"""The address: only for graders, on oneself."""

from typing import Any, cast

from cti_server.core.web.routes import Reach
from cti_server.recording.qa.live.api import LiveBody, routes
from cti_server.recording.qa.model import GRADERS


def test_graders_alone_and_only_what_they_hear() -> None:
    (route,) = routes(cast("Any", None))
    assert (route.method, route.path, route.roles, route.reach) == ("POST", "/qa/live", GRADERS, Reach.OWN)
    assert route.request is LiveBody
