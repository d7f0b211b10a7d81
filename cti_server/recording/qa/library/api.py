"""Addresses of the library."""

from typing import Annotated

import msgspec

from cti_server.core.web.media import Media
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Reply, Route
from cti_server.recording.model import RecordingDetail
from cti_server.recording.qa.library.model import LibraryJson
from cti_server.recording.qa.library.service import Library
from cti_server.recording.qa.model import AGENTS, GRADERS

BOTH = GRADERS | AGENTS


class KeyQuery(Body, frozen=True):
    """The key that `listen` gave."""

    key: Annotated[str, msgspec.Meta(max_length=100)]


class UrlJson(msgspec.Struct, frozen=True):
    """Where the sound is, for this session alone."""

    url: str


def routes(library: Library) -> list[Route]:
    """GET /qa/library, GET /qa/library/{id}/recording, POST …/listen, GET …/audio."""

    async def every(request: ApiRequest) -> Page[LibraryJson]:
        return Page(await library.every(request.who))

    async def recording(request: ApiRequest) -> RecordingDetail:
        shown: RecordingDetail = await library.recording(request.who, request.path["id"])
        return shown

    async def listen(request: ApiRequest) -> UrlJson:
        key = await library.listen(request.who, request.path["id"])
        return UrlJson(f"/api/v1/qa/library/{request.path['id']}/audio?key={key}")

    async def audio(request: ApiRequest) -> Reply:
        sound = await library.sound(request.who, request.path["id"], request.query.key)
        return Reply(Media(sound.size, "audio/mpeg", sound.read, "", sound.sha256))

    at, thing = "/qa/library/{id:int}", Reach.THING
    return [
        Route("GET", "/qa/library", every, BOTH, "Excellent calls; agents those that they may hear.",
              response=Page[LibraryJson], reach=Reach.LIST),
        Route("GET", f"{at}/recording", recording, BOTH, "One of them for the player, without its customer.",
              response=RecordingDetail, reach=thing),
        Route("POST", f"{at}/listen", listen, BOTH, "Where to hear it; audited.", response=UrlJson, reach=thing),
        Route("GET", f"{at}/audio", audio, BOTH, "The sound as MP3, by ranges.", query=KeyQuery, reach=thing),
    ]  # fmt: skip
