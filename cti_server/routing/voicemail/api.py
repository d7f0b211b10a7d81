"""Addresses of voicemail."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from cti_server.core.auth.model import Role
from cti_server.core.web.media import Media
from cti_server.core.web.routes import ApiRequest, Body, Handler, Page, Reach, Reply, Route
from cti_server.routing.voicemail.model import WORK, State, VoicemailJson
from cti_server.routing.voicemail.service import Voicemail

_WORKERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMIN})
Reason = Annotated[str, Meta(max_length=200)]


class VoicemailQuery(Body, frozen=True):
    """Which messages; those that are to be done when no state is named."""

    state: State | None = None
    queue: Annotated[str, Meta(max_length=100, pattern="^[^\x00]*$")] | None = None
    cursor: Annotated[int, Meta(ge=1, le=2**63 - 1)] | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class NoteBody(Body, frozen=True):
    """What came of it."""

    reason: Reason = ""


class WhyBody(Body, frozen=True):
    """Why nothing is to be done."""

    reason: Reason


class ListenJson(Struct, frozen=True):
    """Where the sound is, for this session and a quarter of an hour."""

    url: str


def routes(service: Voicemail) -> list[Route]:
    """GET /voicemail, POST /voicemail/{id}/claim, release, call-back, done, dismiss, listen; GET …/audio."""

    async def listing(request: ApiRequest) -> Page[VoicemailJson]:
        query: VoicemailQuery = request.query
        states = [one.value for one in (WORK if query.state is None else (query.state,))]
        items, more = await service.page(request.who, states, query.queue, query.cursor, query.limit)
        return Page(items, None if more is None else str(more))

    async def claim(request: ApiRequest) -> VoicemailJson:
        return await service.claim(request.who, request.path["id"])

    async def release(request: ApiRequest) -> VoicemailJson:
        return await service.release(request.who, request.path["id"])

    async def call_back(request: ApiRequest) -> VoicemailJson:
        return await service.call_back(request.who, request.path["id"])

    async def done(request: ApiRequest) -> VoicemailJson:
        return await service.end(request.who, request.path["id"], State.DONE, request.body.reason)

    async def dismiss(request: ApiRequest) -> VoicemailJson:
        return await service.end(request.who, request.path["id"], State.DISMISSED, request.body.reason)

    async def listen(request: ApiRequest) -> ListenJson:
        item = await service.listen(request.who, request.path["id"])
        return ListenJson(f"/api/v1/voicemail/{item.id}/audio")

    async def audio(request: ApiRequest) -> Reply:
        sound = await service.sound(request.who, request.path["id"])
        return Reply(Media(sound.size, "audio/wav", lambda first, last: service.read(sound, first, last)))

    def command(name: str, handler: Handler, summary: str, **more: Any) -> Route:
        more = {"response": VoicemailJson, "reach": Reach.THING, **more}
        return Route("POST", f"/voicemail/{{id:int}}/{name}", handler, roles=_WORKERS, summary=summary, **more)

    return [
        Route(
            "GET",
            "/voicemail",
            listing,
            roles=_WORKERS,
            summary="Messages, newest first; agents see those of their queues.",
            query=VoicemailQuery,
            response=Page[VoicemailJson],
            reach=Reach.LIST,
        ),
        command("claim", claim, "Take it on oneself."),
        command("release", release, "Give it back."),
        command("call-back", call_back, "Take it, before its number is rung."),
        command("done", done, "It is dealt with.", request=NoteBody),
        command("dismiss", dismiss, "Nothing is to be done, for a reason.", request=WhyBody),
        command("listen", listen, "Where to hear it; audited.", response=ListenJson),
        Route("GET", "/voicemail/{id:int}/audio", audio, _WORKERS, "The sound as WAV, by ranges.", reach=Reach.THING),
    ]
