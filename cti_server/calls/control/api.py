"""Addresses by which an agent controls his calls. Each command needs an `Idempotency-Key` and answers 202 once the PBX
has taken it; what comes of it is told on the stream (`call.*`, `control.changed`)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import msgspec

from cti_server.calls.control.numbers import Target, TargetKind
from cti_server.calls.control.service import ControlService
from cti_server.calls.control.shown import CommandJson, DirectoryJson, ParkedJson
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Reply, Route

AGENTS: Final = frozenset({Role.AGENT.value, Role.SUPERVISOR.value})
"""Who may work with a phone. Whether a call is his own is asked for each one."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class TargetBody(Body, frozen=True):
    """Whom an agent names. `value`: a user's number (agent), a queue's name, or a telephone number."""

    kind: TargetKind
    value: Text

    def target(self) -> Target:
        """As the rules know it."""
        return Target(self.kind, self.value)


class ToBody(Body, frozen=True):
    """To whom."""

    to: TargetBody


class MaybeToBody(Body, frozen=True):
    """With whom; without: with the colleague who was asked."""

    to: TargetBody | None = None


class OnBody(Body, frozen=True):
    """On or off."""

    on: bool = True


class NoBody(Body, frozen=True):
    """Nothing more to say."""


class KeysBody(Body, frozen=True):
    """Keys to be sent."""

    digits: Text


class DialBody(Body, frozen=True):
    """Whom to call; `customer_id` when it is a customer's number."""

    number: Text
    customer_id: Number | None = None


Act = Callable[[ApiRequest], Awaitable[CommandJson]]


def routes(service: ControlService) -> list[Route]:
    """POST /calls/{id}/…, /parked/{slot}/pickup, /dial; GET /parked, /directory."""
    asking = service.consulting

    def of_call(name: str, act: Act, summary: str, body: type[msgspec.Struct] = NoBody) -> Route:
        return _command(f"/calls/{{id}}/{name}", act, summary, body)

    def of_member(name: str, summary: str) -> Route:
        async def act(request: ApiRequest) -> CommandJson:
            on = getattr(request.body, "on", True)
            return await asking.member(request.who, request.path["id"], request.path["leg"], name, on)

        body = NoBody if name == "remove" else OnBody
        return _command(f"/calls/{{id}}/conference/members/{{leg}}/{name}", act, summary, body)

    async def conference(request: ApiRequest) -> CommandJson:
        to = request.body.to
        return await asking.conference(request.who, request.path["id"], to.target() if to else None)

    async def directory(request: ApiRequest) -> DirectoryJson:
        return service.directory(request.who)

    async def parked(request: ApiRequest) -> Page[ParkedJson]:
        return Page(service.parked(request.who))

    return [
        of_call("hangup", lambda r: service.hangup(r.who, r.path["id"]), "Leave the call, or refuse it as it rings."),
        of_call("hold", lambda r: service.hold(r.who, r.path["id"]), "Put the other side on hold."),
        of_call("retrieve", lambda r: service.retrieve(r.who, r.path["id"]), "Talk to the other side again."),
        of_call("mute", lambda r: service.mute(r.who, r.path["id"], r.body.on), "Mute oneself, or not.", OnBody),
        of_call("dtmf", lambda r: service.dtmf(r.who, r.path["id"], r.body.digits), "Send keys.", KeysBody),
        of_call(
            "transfer",
            lambda r: service.transfer(r.who, r.path["id"], r.body.to.target()),
            "Send the other side to somebody else, and leave.",
            ToBody,
        ),
        of_call(
            "consult",
            lambda r: asking.consult(r.who, r.path["id"], r.body.to.target()),
            "Ask somebody while the other side is on hold.",
            ToBody,
        ),
        of_call("consult/swap", lambda r: asking.swap(r.who, r.path["id"]), "Talk to the one on hold instead."),
        of_call("consult/complete", lambda r: asking.complete(r.who, r.path["id"]), "Bring both together, and leave."),
        of_call("consult/cancel", lambda r: asking.cancel(r.who, r.path["id"]), "Let the colleague go again."),
        of_call("conference", conference, "All three together; or ask a third one to join.", MaybeToBody),
        of_member("mute", "Mute a member of one's conference, or not."),
        of_member("listen-only", "Let a member of one's conference only listen, or speak again."),
        of_member("remove", "Put a member out of one's conference."),
        of_call("park", lambda r: service.park(r.who, r.path["id"]), "Park the other side; the answer says where."),
        _command("/parked/{slot}/pickup", lambda r: service.pickup(r.who, r.path["slot"]), "Take a parked call."),
        _command(
            "/dial",
            lambda r: service.dial(r.who, r.body.number, r.body.customer_id),
            "Call somebody, one's own phone first.",
            DialBody,
        ),
        Route(
            "GET",
            "/parked",
            parked,
            roles=AGENTS,
            summary="The parked calls.",
            response=Page[ParkedJson],
            reach=Reach.SITE,
        ),
        Route(
            "GET",
            "/directory",
            directory,
            roles=AGENTS,
            summary="Colleagues and queues to whom a call can be handed, as they are now.",
            response=DirectoryJson,
            reach=Reach.SITE,
        ),
    ]


def _command(path: str, act: Act, summary: str, body: type[msgspec.Struct] = NoBody) -> Route:
    async def handle(request: ApiRequest) -> Reply:
        return Reply(await act(request), status=202)

    return Route(
        "POST",
        path,
        handle,
        roles=AGENTS,
        summary=summary,
        request=body,
        response=CommandJson,
        idempotent=True,
        reach=Reach.OWN,
    )
