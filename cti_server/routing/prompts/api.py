"""Addresses of the prompts."""

from typing import Annotated, Literal

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Content, Route
from cti_server.routing.prompts.mirror import FilesJson, PromptMirror
from cti_server.routing.prompts.model import MOST_BYTES, PromptJson, Source, Use
from cti_server.routing.prompts.service import PromptsService

_ADMINS = frozenset({Role.ADMIN})
_WITH_FILE = MOST_BYTES * 4 // 3 + 4096


class PromptsJson(msgspec.Struct, frozen=True):
    """All prompts. `speech` is empty when texts can be spoken here, else it says what is missing."""

    items: list[PromptJson]
    speech: str


class UsesJson(msgspec.Struct, frozen=True):
    """Where a prompt is played."""

    items: list[Use]


class NameBody(Body, frozen=True):
    """The name by which flows play a prompt, and what people call it."""

    name: Annotated[str, msgspec.Meta(max_length=200)]
    label: Annotated[str, msgspec.Meta(max_length=200)] = ""


class AudioBody(Body, frozen=True):
    """A file of sound: `data` is WAV or MP3 in base64."""

    data: bytes
    source: Literal["upload", "recording"] = "upload"
    file_name: Annotated[str, msgspec.Meta(max_length=255)] = ""


class SpeechBody(Body, frozen=True):
    """A text to be spoken."""

    text: Annotated[str, msgspec.Meta(max_length=4000)]


class AudioQuery(Body, frozen=True):
    """`v`: the version that is shown, so that a browser does not play an older one that it has kept."""

    v: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class PartQuery(Body, frozen=True):
    """Which file, and from which byte on."""

    path: Annotated[str, msgspec.Meta(max_length=200)]
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)] = 0


class SayBody(SpeechBody, frozen=True):
    """A text to be heard before anything is kept."""

    language: Annotated[str, msgspec.Meta(max_length=20)]


def routes(service: PromptsService) -> list[Route]:
    """GET and POST /prompts; PATCH, DELETE /prompts/{id}; its uses; GET, PUT its audio; POST its speech."""

    async def listing(request: ApiRequest) -> PromptsJson:
        return PromptsJson(await service.listing(), service.speech_missing())

    async def make(request: ApiRequest) -> PromptJson:
        return await service.make(request.who, request.body.name, request.body.label)

    async def rename(request: ApiRequest) -> PromptJson:
        return await service.rename(request.who, request.path["id"], request.body.name, request.body.label)

    async def delete(request: ApiRequest) -> None:
        await service.delete(request.who, request.path["id"])

    async def uses(request: ApiRequest) -> UsesJson:
        return UsesJson(await service.uses(request.path["id"]))

    async def audio(request: ApiRequest) -> Content:
        query: AudioQuery = request.query
        return Content(await service.audio(request.path["id"], request.path["language"], query.v), "audio/wav")

    async def take(request: ApiRequest) -> PromptJson:
        body: AudioBody = request.body
        path = request.path
        source = Source(body.source)
        return await service.take(
            request.who, path["id"], path["language"], body.data, source=source, file_name=body.file_name
        )

    async def speak(request: ApiRequest) -> PromptJson:
        return await service.speak(request.who, request.path["id"], request.path["language"], request.body.text)

    async def say(request: ApiRequest) -> Content:
        return Content(await service.spoken_audio(request.body.text, request.body.language), "audio/wav")

    one, sound = "/prompts/{id:int}", "/prompts/{id:int}/audio/{language}"
    return [
        Route("GET", "/prompts", listing, roles=_ADMINS, summary="All prompts.", response=PromptsJson),
        Route("POST", "/prompts", make, roles=_ADMINS, summary="A new one.", request=NameBody, response=PromptJson),
        Route("POST", "/speech", say, roles=_ADMINS, summary="Hear a text.", request=SayBody, content="audio/wav"),
        Route("PATCH", one, rename, roles=_ADMINS, summary="Rename it.", request=NameBody, response=PromptJson),
        Route("DELETE", one, delete, roles=_ADMINS, summary="Delete it; refused while a flow plays it."),
        Route("GET", f"{one}/uses", uses, roles=_ADMINS, summary="Where it is played.", response=UsesJson),
        Route("GET", sound, audio, roles=_ADMINS, summary="Its sound, 16 kHz.", query=AudioQuery, content="audio/wav"),
        Route(
            "PUT",
            sound,
            take,
            roles=_ADMINS,
            summary="Give it a new sound: WAV or MP3, base64; cleaned, cut and made as loud as the others.",
            request=AudioBody,
            response=PromptJson,
            body_limit=_WITH_FILE,
        ),
        Route(
            "POST",
            "/prompts/{id:int}/speech/{language}",
            speak,
            roles=_ADMINS,
            summary="Let the machine say a text.",
            request=SpeechBody,
            response=PromptJson,
        ),
    ]


def mirror_routes(mirror: PromptMirror) -> list[Route]:
    """GET /prompt-files, GET /prompt-files/part: for PBXs on other hosts, by the token with which they deliver."""

    async def files(request: ApiRequest) -> FilesJson:
        return await mirror.files(request.authorization)

    async def part(request: ApiRequest) -> Content:
        query: PartQuery = request.query
        data = await mirror.part(request.authorization, query.path, query.offset)
        return Content(data, "application/octet-stream")

    return [
        Route("GET", "/prompt-files", files, public=True, response=FilesJson,
              summary="Files of prompts for a PBX elsewhere; by `Authorization: Bearer` and its own token."),
        Route("GET", "/prompt-files/part", part, public=True, query=PartQuery, content="application/octet-stream",
              summary="A part of such a file, from a byte on; empty at its end."),
    ]  # fmt: skip
