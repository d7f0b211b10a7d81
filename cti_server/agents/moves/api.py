"""Addresses of bulk changes."""

from typing import Annotated, Literal

import msgspec

from cti_server.agents.moves.model import MOST_AGENTS, Change, Item, Kind, Move
from cti_server.agents.moves.service import MovesService
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route

_SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})

Text = Annotated[str, msgspec.Meta(max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class ChangeBody(Body, frozen=True):
    """What is done: `queues` and perhaps `penalty`, or `skill` with a `level` (null: without it)."""

    kind: Kind
    queues: Annotated[tuple[Name, ...], msgspec.Meta(max_length=100)] = ()
    penalty: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None
    skill: Text = ""
    level: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None


class PreviewBody(Body, frozen=True):
    """For whom, and what."""

    users: Annotated[tuple[Number, ...], msgspec.Meta(min_length=1, max_length=MOST_AGENTS)]
    change: ChangeBody


class MoveBody(Body, frozen=True):
    """For whom, what, and until when: unix seconds, `today` (the business day's end) or null, for good."""

    users: Annotated[tuple[Number, ...], msgspec.Meta(min_length=1, max_length=MOST_AGENTS)]
    change: ChangeBody
    until: float | Literal["today"] | None = None
    text: Text = ""


def routes(service: MovesService) -> list[Route]:
    """GET and POST /agent-moves, POST /agent-moves/preview, /agent-moves/{id}/undo."""

    async def listing(request: ApiRequest) -> Page[Move]:
        return Page(service.listing(request.who.scope))

    async def preview(request: ApiRequest) -> Page[Item]:
        body: PreviewBody = request.body
        return Page(service.preview(request.who, body.users, _change(body.change)))

    async def apply(request: ApiRequest) -> Move:
        body: MoveBody = request.body
        today = body.until == "today"
        until = body.until if isinstance(body.until, float | int) else None
        return await service.apply(request.who, body.users, _change(body.change), until, body.text, today=today)

    async def undo(request: ApiRequest) -> Move:
        return await service.undo(request.who, request.path["id"])

    path = "/agent-moves"
    told = "The stream tells what became of each agent."
    return [
        Route(
            "GET",
            path,
            listing,
            _SUPERVISORS,
            "Changes for many agents that can perhaps be taken back, newest first.",
            response=Page[Move],
            reach=Reach.LIST,
        ),
        Route(
            "POST",
            f"{path}/preview",
            preview,
            _SUPERVISORS,
            "What a change would make of each agent; nothing is done.",
            request=PreviewBody,
            response=Page[Item],
            reach=Reach.THING,
        ),
        Route(
            "POST",
            path,
            apply,
            _SUPERVISORS,
            f"Change queues, penalties or a skill of many agents. {told}",
            request=MoveBody,
            response=Move,
            idempotent=True,
            reach=Reach.THING,
        ),
        Route(
            "POST",
            f"{path}/{{id:int}}/undo",
            undo,
            _SUPERVISORS,
            f"Take a change back where nobody has changed the same meanwhile. {told}",
            response=Move,
            idempotent=True,
            reach=Reach.THING,
        ),
    ]


def _change(body: ChangeBody) -> Change:
    return Change(body.kind, body.queues, body.penalty, body.skill, body.level)
