from typing import Any, cast

import msgspec
import pytest

from cti_server.calls.softphone.api import CheckBody, QualityBody, routes
from cti_server.calls.softphone.model import CHECKS
from cti_server.calls.softphone.service import SoftphoneService
from cti_server.core.web.routes import ApiRequest
from tests.calls.softphone.world import LI, World, who


def ask(body: object = None, **path: Any) -> ApiRequest:
    return ApiRequest(who(), None, body, None, path, "en", "", "r")


async def test_each_address() -> None:
    world = World()
    found = {(one.method, one.path): one.handler for one in routes(world.service)}
    issued: Any = await found["POST", "/phone"](ask())
    shown: Any = await found["GET", "/phone"](ask())
    assert shown.key == issued.key
    fresh: Any = await found["PUT", "/phone/{key}"](ask(key=issued.key))
    assert fresh.password != issued.password
    passed: Any = await found["POST", "/phone/{key}/check"](ask(CheckBody(dict.fromkeys(CHECKS, "ok")), key=issued.key))
    assert passed.passed
    body = msgspec.json.decode(
        b'{"sip_call_id":"a@b","packets_received":1,"packets_lost":0,"packets_sent":1,"jitter_ms":1.5,"final":true}',
        type=QualityBody,
    )
    assert await found["POST", "/phone/{key}/quality"](ask(body, key=issued.key)) is None
    assert world.journal.rows[-1][1]["sip_call_id"] == "a@b"
    assert await found["DELETE", "/phone/{key}"](ask(key=issued.key)) is None
    assert not world.service.phone_ready(LI)


@pytest.mark.parametrize(
    "body",
    [
        b'{"sip_call_id":"","packets_received":1,"packets_lost":0,"packets_sent":1,"jitter_ms":1}',
        b'{"sip_call_id":"a","packets_received":-1,"packets_lost":0,"packets_sent":1,"jitter_ms":1}',
        b'{"sip_call_id":"a","packets_received":1,"packets_lost":0,"packets_sent":1,"jitter_ms":1e9}',
        b'{"sip_call_id":"a","packets_received":1,"packets_lost":0,"packets_sent":1,"jitter_ms":1,"user_id":2}',
    ],
)
def test_reports_that_cannot_be_are_refused(body: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=QualityBody)


def test_who_may() -> None:
    for route in routes(cast("SoftphoneService", None)):
        wanted = {"agent", "supervisor", "qa", "admin"} if "call_id" in route.path else {"agent", "supervisor"}
        assert route.roles == wanted
        assert not route.public
