"""Addresses of the browser phones."""

from typing import Annotated

import msgspec

from cti_server.calls.softphone.model import Figures, IssuedJson, PhoneJson, Quality
from cti_server.calls.softphone.service import SoftphoneService
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route

_AGENT = frozenset({Role.AGENT, Role.SUPERVISOR})
"""Supervisors too: they listen by a browser phone."""
_ALL = frozenset(Role)
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0, le=600_000)]
Word = Annotated[str, msgspec.Meta(max_length=60)]


class CheckBody(Body, frozen=True):
    """How the check before work came out: "ok", or what was wrong, for each of its steps."""

    results: Annotated[dict[Word, Word], msgspec.Meta(max_length=20)]


class QualityBody(Body, frozen=True):
    """The audio of a call so far, as the browser counted it."""

    sip_call_id: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    packets_received: Count
    packets_lost: Count
    packets_sent: Count
    jitter_ms: Milliseconds
    codec: Annotated[str, msgspec.Meta(max_length=40)] = ""
    remote_lost: Count | None = None
    rtt_ms: Milliseconds | None = None
    final: bool = False


def routes(service: SoftphoneService) -> list[Route]:
    """/phone, /phone/{key} with its check and its quality, /phone/quality/{call_id}."""

    async def show(request: ApiRequest) -> PhoneJson | None:
        return service.shown(request.who.user_id)

    async def start(request: ApiRequest) -> IssuedJson:
        return await service.start_phone(request.who)

    async def renew(request: ApiRequest) -> IssuedJson:
        return await service.renew(request.who, request.path["key"])

    async def stop(request: ApiRequest) -> None:
        await service.stop_phone(request.who, request.path["key"])

    async def check(request: ApiRequest) -> PhoneJson:
        return service.checked(request.who, request.path["key"], request.body.results)

    async def report(request: ApiRequest) -> None:
        body: QualityBody = request.body
        told = Figures(
            packets_received=body.packets_received,
            packets_lost=body.packets_lost,
            packets_sent=body.packets_sent,
            jitter_ms=body.jitter_ms,
            codec=body.codec,
            remote_lost=body.remote_lost,
            rtt_ms=body.rtt_ms,
        )
        service.report(request.who, request.path["key"], body.sip_call_id, told, body.final)

    async def quality(request: ApiRequest) -> Page[Quality]:
        return Page(await service.quality_of(request.who, request.path["call_id"]))

    return [
        Route("GET", "/phone", show, roles=_AGENT, reach=Reach.OWN, response=PhoneJson | None,
              summary="One's own browser phone, if the device is one."),
        Route("POST", "/phone", start, roles=_AGENT, reach=Reach.OWN, response=IssuedJson,
              summary="Make this page one's phone: a name and a password for the PBX that end with the session."),
        Route("PUT", "/phone/{key}", renew, roles=_AGENT, reach=Reach.OWN, response=IssuedJson,
              summary="A new password for the page that is the phone."),
        Route("DELETE", "/phone/{key}", stop, roles=_AGENT, reach=Reach.OWN, summary="This page is the phone no more."),
        Route("POST", "/phone/{key}/check", check, roles=_AGENT, reach=Reach.OWN, request=CheckBody, response=PhoneJson,
              summary="How the check of microphone, sound, notification and network came out."),
        Route("POST", "/phone/{key}/quality", report, roles=_AGENT, reach=Reach.OWN, request=QualityBody,
              summary="How the audio of a call is; every ten seconds, and once at its end."),
        Route("GET", "/phone/quality/{call_id}", quality, roles=_ALL, response=Page[Quality], reach=Reach.LIST,
              summary="The audio of the browser phones of a call; an agent gets his own."),
    ]  # fmt: skip
