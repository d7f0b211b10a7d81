"""Addresses of help: one's own hand, messages and notices, and for supervisors those of agents."""

from typing import Annotated, TypeVar

import msgspec

from cti_server.agents.help.model import HandJson, MessageJson, SentNoticeJson
from cti_server.agents.help.service import HelpService
from cti_server.core.auth.model import Role
from cti_server.core.web.routes import ApiRequest, Body, Handler, Page, Reach, Route

_AGENTS = frozenset({Role.AGENT})
_CHIEFS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_TOLD = _AGENTS | _CHIEFS
"""Whoever has a device is told notices, whatever else he is."""

Item = TypeVar("Item")
Text = Annotated[str, msgspec.Meta(max_length=2000)]
"""The rule for its length stands in the model; this only keeps novels out."""
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class TextBody(Body, frozen=True):
    """What is said."""

    text: Text


class ReadBody(Body, frozen=True):
    """Up to which message it was on the screen."""

    up_to: Number


class NoticeBody(Body, frozen=True):
    """What is told to a team (empty: to all), and for how long."""

    text: Text
    team: Annotated[str, msgspec.Meta(max_length=100)] = ""
    minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 60


class HelpQuery(Body, frozen=True):
    """Which stretch of a list, newest first."""

    cursor: Number | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


def routes(service: HelpService) -> list[Route]:
    """/me/hand, /me/messages, /me/notices; /agents/{id}/hand, /agents/{id}/messages, /notices."""
    return [*_hands(service), *_own_messages(service), *_agents_messages(service), *_notices(service)]


def _hands(service: HelpService) -> list[Route]:
    hands = service.hands

    async def put_up(request: ApiRequest) -> HandJson:
        return hands.put_up(request.who)

    async def put_down(request: ApiRequest) -> HandJson:
        return hands.put_down(request.who, request.who.user_id)

    async def come(request: ApiRequest) -> HandJson:
        return hands.come(request.who, request.path["user_id"])

    async def lower(request: ApiRequest) -> HandJson:
        return hands.put_down(request.who, request.path["user_id"])

    def post(path: str, act: Handler, roles: frozenset[Role], summary: str) -> Route:
        return Route("POST", path, act, roles=roles, summary=summary, response=HandJson, reach=_reach(path))

    return [
        post("/me/hand/raise", put_up, _AGENTS, "Ask the supervisors for help, with the call of this moment."),
        post("/me/hand/lower", put_down, _AGENTS, "No help is needed any more."),
        post("/agents/{user_id:int}/hand/coming", come, _CHIEFS, "Say that one comes."),
        post("/agents/{user_id:int}/hand/lower", lower, _CHIEFS, "The agent was helped."),
    ]


def _own_messages(service: HelpService) -> list[Route]:
    messages = service.messages

    async def listing(request: ApiRequest) -> Page[MessageJson]:
        return _page(*await messages.page(request.who.user_id, request.query.cursor, request.query.limit))

    async def send(request: ApiRequest) -> MessageJson:
        return await messages.send(request.who, request.who.user_id, request.body.text, from_agent=True)

    async def read(request: ApiRequest) -> None:
        await messages.read(request.who, request.who.user_id, request.body.up_to, by_agent=True)

    return _thread("/me/messages", _AGENTS, listing, send, read)


def _agents_messages(service: HelpService) -> list[Route]:
    messages = service.messages

    async def listing(request: ApiRequest) -> Page[MessageJson]:
        return _page(*await messages.page(request.path["user_id"], request.query.cursor, request.query.limit))

    async def send(request: ApiRequest) -> MessageJson:
        return await messages.send(request.who, request.path["user_id"], request.body.text, from_agent=False)

    async def read(request: ApiRequest) -> None:
        await messages.read(request.who, request.path["user_id"], request.body.up_to, by_agent=False)

    return _thread("/agents/{user_id:int}/messages", _CHIEFS, listing, send, read)


def _thread(path: str, roles: frozenset[Role], listing: Handler, send: Handler, read: Handler) -> list[Route]:
    whose = "One's own thread" if path.startswith("/me") else "An agent's thread"
    reach = _reach(path)
    return [
        Route(
            "GET",
            path,
            listing,
            roles=roles,
            summary=f"{whose}, newest first.",
            query=HelpQuery,
            response=Page[MessageJson],
            reach=reach,
        ),
        Route(
            "POST",
            path,
            send,
            roles=roles,
            summary="Write a message.",
            request=TextBody,
            response=MessageJson,
            reach=reach,
        ),
        Route(
            "POST",
            f"{path}/read",
            read,
            roles=roles,
            summary="Messages were on the screen.",
            request=ReadBody,
            reach=reach,
        ),
    ]


def _reach(path: str) -> Reach:
    return Reach.OWN if path.startswith("/me/") else Reach.AGENT


def _notices(service: HelpService) -> list[Route]:
    notices = service.notices

    async def listing(request: ApiRequest) -> Page[SentNoticeJson]:
        return _page(*await notices.page(request.who.scope, request.query.cursor, request.query.limit))

    async def send(request: ApiRequest) -> SentNoticeJson:
        body: NoticeBody = request.body
        return await notices.send(request.who, body.team, body.text, body.minutes * 60.0)

    async def withdraw(request: ApiRequest) -> SentNoticeJson:
        return await notices.withdraw(request.who, request.path["id"])

    async def read(request: ApiRequest) -> None:
        await notices.read(request.who, request.path["id"])

    return [
        Route(
            "GET",
            "/notices",
            listing,
            roles=_CHIEFS,
            summary="Notices with who has read them, newest first.",
            query=HelpQuery,
            response=Page[SentNoticeJson],
            reach=Reach.LIST,
        ),
        Route(
            "POST",
            "/notices",
            send,
            roles=_CHIEFS,
            summary="Tell a team or everybody something.",
            request=NoticeBody,
            response=SentNoticeJson,
            reach=Reach.THING,
        ),
        Route(
            "POST",
            "/notices/{id:int}/withdraw",
            withdraw,
            roles=_CHIEFS,
            summary="Take a notice from all screens.",
            response=SentNoticeJson,
            reach=Reach.THING,
        ),
        Route("POST", "/me/notices/{id:int}/read", read, roles=_TOLD, summary="One has read a notice."),
    ]


def _page(items: list[Item], after: int | None) -> Page[Item]:
    return Page(items, None if after is None else str(after))
