"""What the addresses take, and who may use them; no path ever comes from a client."""

from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.core.errors import BadInput
from cti_server.core.web.routes import ApiRequest, Reply
from cti_server.core.web.shapes import check_strict
from cti_server.recording.api import ListenBody, SearchQuery, csv_rows, routes, wanted_of
from cti_server.recording.listening import Purpose
from cti_server.recording.model import RecordingRow, Sound
from cti_server.recording.service import Recordings
from tests.recording.archive import signed_in

ZONE = ZoneInfo("Asia/Shanghai")
ROW = RecordingRow(
    id=3, call_id="main:1.0", state="ready", reason="", notes=(), started_at=1_796_000_000.0, seconds=2.0,
    direction="inbound", number="138", customer_id=None, customer_name="=HYPERLINK(1)", dialled="", queue="vip",
    outcome="answered", agents=("李娜",), user_ids=(7,), devices=("1001",), call_seconds=2.0, wait_seconds=0.0,
    talk_seconds=2.0, held_seconds=0.0, silence=0.0, longest_silence=0.0, talk_over=0.0, agent_share=0.5, tags=("vip",),
    consent="", hold="", delete_after=None,
)  # fmt: skip
CHIEFS, GRADERS, WORKERS, ALL = (
    {"supervisor", "admin"}, {"supervisor", "qa", "admin"}, {"agent", "supervisor", "admin"},
    {"agent", "supervisor", "qa", "admin"},
)  # fmt: skip
MAY = {
    ("POST", "/calls/{id}/recording/pause"): WORKERS,
    ("POST", "/calls/{id}/recording/resume"): WORKERS,
    ("GET", "/recordings"): ALL,
    ("GET", "/recordings/of-call"): ALL,
    ("GET", "/recordings/intake"): CHIEFS,
    ("GET", "/recordings/xlsx"): ALL,
    ("POST", "/recordings/bundle"): GRADERS,
    ("GET", "/recordings/bundle"): GRADERS,
    ("GET", "/recordings/{id:int}"): ALL,
    ("GET", "/recordings/{id:int}/transcript"): ALL,
    ("POST", "/recordings/{id:int}/listen"): ALL,
    ("GET", "/recordings/{id:int}/audio"): ALL,
    ("PUT", "/recordings/{id:int}/tags"): GRADERS,
    ("POST", "/recordings/{id:int}/notes"): ALL,
    ("DELETE", "/recordings/{id:int}/notes/{note:int}"): ALL,
    ("PUT", "/recordings/{id:int}/hold"): CHIEFS,
    ("POST", "/recordings/{id:int}/delete"): CHIEFS,
    ("GET", "/recordings/rules"): CHIEFS,
    ("PUT", "/recordings/rules"): {"admin"},
}


class Service:
    """Says what it is asked for."""

    async def listen(self, who: Any, recording_id: int, purpose: Purpose, why: str) -> str:
        return "KEY"

    async def sound(self, who: Any, recording_id: int, key: str) -> tuple[Sound, Purpose]:
        return Sound(recording_id, "2026/11/30/3.mp3", 9, "ab"), Purpose.DOWNLOAD

    def read(self, *_: Any) -> None: ...


def found() -> dict[tuple[str, str], Any]:
    return {(route.method, route.path): route for route in routes(cast("Recordings", Service()), ZONE)}


def ask(body: Any = None, query: Any = None) -> ApiRequest:
    return ApiRequest(signed_in(), None, body, query, {"id": 3}, "en", "", "r")


def test_every_address_and_its_roles() -> None:
    assert {key: set(route.roles or ()) for key, route in found().items()} == MAY
    for route in found().values():
        assert "path" not in str(route.parameters)
        for kind in (route.request, route.query):
            if kind is not None:
                check_strict(kind)


async def test_a_download_needs_a_reason_and_carries_a_name_of_ours() -> None:
    listen, audio = found()["POST", "/recordings/{id:int}/listen"], found()["GET", "/recordings/{id:int}/audio"]
    assert (await listen.handler(ask(ListenBody()))).url == "/api/v1/recordings/3/audio?key=KEY"
    with pytest.raises(BadInput):
        await listen.handler(ask(ListenBody(Purpose.DOWNLOAD, "  ")))
    reply = await audio.handler(ask(query=msgspec.convert({"key": "KEY"}, audio.query)))
    assert isinstance(reply, Reply)
    assert (reply.body.filename, reply.body.size, reply.body.tag) == ("recording-3.mp3", 9, "ab")  # type: ignore[attr-defined]


def test_a_query_becomes_a_search() -> None:
    query = msgspec.convert(
        {"from": "2026-11-30", "number": "138-0001", "agent": 7, "min_silence": 10.5, "direction": "outbound"},
        SearchQuery,
    )
    wanted = wanted_of(query, ZONE)
    assert (wanted.since, wanted.digits, wanted.user_id, wanted.min_silence) == (1795968000.0, "1380001", 7, 10.5)
    for wrong in ({"from": "yesterday"}, {"number": "abc"}, {"to": "nan"}):
        with pytest.raises(BadInput):
            wanted_of(msgspec.convert(wrong, SearchQuery), ZONE)


async def test_a_csv_line() -> None:
    async def rows() -> Any:
        yield ROW

    (line,) = [line async for line in csv_rows(rows(), ZONE)]
    assert line[:3] == [3, "main:1.0", "2026-11-30T08:53:20+08:00"]
    assert "李娜" in line
