"""What the addresses of the prompts take, and who may use them."""

import base64
from typing import Any, cast

import msgspec
import pytest

from cti_server.core.web.routes import ApiRequest, Content
from cti_server.core.web.shapes import read_body
from cti_server.routing.prompts.api import AudioBody, AudioQuery, NameBody, SayBody, SpeechBody, routes
from cti_server.routing.prompts.model import PromptJson, Source
from cti_server.routing.prompts.service import PromptsService
from tests.routing.prompts.made import signed_in

PROMPT = PromptJson(1, "welcome", "", 0.0)


class Service:
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def speech_missing(self) -> str:
        return "nothing"

    def __getattr__(self, name: str) -> Any:
        async def act(*asked: Any, **more: Any) -> Any:
            self.asked.append((name, *[one for one in asked if one != signed_in()], *more.values()))
            return {"listing": [PROMPT], "uses": [], "audio": b"RIFF", "spoken_audio": b"RIFF"}.get(name, PROMPT)

        return act


async def test_each_address() -> None:
    service = Service()
    found = {(route.method, route.path): route for route in routes(cast("PromptsService", service))}
    data = read_body(msgspec.json.encode({"data": base64.b64encode(b"RIFF").decode()}), AudioBody)
    bodies: dict[tuple[str, str], Any] = {
        ("POST", "/prompts"): NameBody("a"),
        ("PATCH", "/prompts/{id:int}"): NameBody("b", "B"),
        ("PUT", "/prompts/{id:int}/audio/{language}"): data,
        ("POST", "/prompts/{id:int}/speech/{language}"): SpeechBody("hi"),
        ("POST", "/speech"): SayBody("hi", "en"),
    }
    for key, route in found.items():
        path = {"id": 5, "language": "en"}
        answer = await route.handler(ApiRequest(signed_in(), None, bodies.get(key), AudioQuery(), path, "en", "", "r"))
        assert isinstance(answer, Content) == (route.content == "audio/wav")
    assert service.asked == [
        ("listing",),
        ("make", "a", ""),
        ("spoken_audio", "hi", "en"),
        ("rename", 5, "b", "B"),
        ("delete", 5),
        ("uses", 5),
        ("audio", 5, "en", None),
        ("take", 5, "en", b"RIFF", Source.UPLOAD, ""),
        ("speak", 5, "en", "hi"),
    ]


@pytest.mark.parametrize("role", ["agent", "supervisor", "qa", "admin"])
def test_only_admins(role: str) -> None:
    for route in routes(cast("PromptsService", Service())):
        assert route.roles is not None
        assert (role in route.roles) == (role == "admin")
