"""Addresses of flows: drafts, check, dry run, versions, numbers."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from cti_server.core.auth.model import Role
from cti_server.core.clock import Clock
from cti_server.core.web.routes import ApiRequest, Body, Reach, Reply, Route
from cti_server.routing.flows.acts import CallerTold, CallFacts, Fetched, QueueSeen
from cti_server.routing.flows.check import Finding
from cti_server.routing.flows.document import LARGEST, Flow, flow_of, schema
from cti_server.routing.flows.kinds import KindJson, catalogue
from cti_server.routing.flows.walk import Published, World
from cti_server.routing.publishing.model import FlowJson, FlowRow, NumberJson, VersionJson
from cti_server.routing.publishing.rehearsal import RehearsalJson, Setting, rehearse
from cti_server.routing.publishing.service import Flows

_ADMINS = frozenset({Role.ADMIN})
_READERS = frozenset({Role.ADMIN, Role.SUPERVISOR})

Text = Annotated[str, msgspec.Meta(max_length=100)]
Revision = Annotated[int, msgspec.Meta(ge=1, le=2**62)]


class AddBody(Body, frozen=True):
    """A new flow."""

    key: Annotated[str, msgspec.Meta(max_length=64)]
    draft: dict[str, Any]


class SaveBody(Body, frozen=True):
    """A draft; `revision` is the one that was seen."""

    revision: Revision
    draft: dict[str, Any]


class CheckBody(Body, frozen=True):
    """A document to be looked at."""

    draft: dict[str, Any]


class PublishBody(Body, frozen=True):
    """`note` says what is new."""

    revision: Revision
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class RollBackBody(Body, frozen=True):
    """Which version new calls shall follow."""

    revision: Revision
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class NumberBody(Body, frozen=True):
    """Which flow the number follows; null for none."""

    flow: Annotated[str, msgspec.Meta(max_length=64)] | None


class RemoveQuery(Body, frozen=True):
    """The revision that was seen."""

    revision: Revision


class CallerBody(Body, frozen=True):
    """Who calls in a dry run."""

    known: bool = False
    customer_id: Text = ""
    name: Text = ""
    tier: Text = ""
    province: Text = ""
    lists: Annotated[tuple[Text, ...], msgspec.Meta(max_length=20)] = ()
    last_agent_days: float | None = None
    open_callback: bool = False


class AnswerBody(Body, frozen=True):
    """What a look-up answers in a dry run."""

    status: Annotated[int, msgspec.Meta(ge=0, le=599)] = 200
    answer: Any = None


class SeenBody(Body, frozen=True):
    """How a queue stands in a dry run."""

    waiting: Annotated[int, msgspec.Meta(ge=0, le=100000)] = 0
    agents: Annotated[int, msgspec.Meta(ge=0, le=100000)] = 1


class TryBody(Body, frozen=True):
    """A dry run; `at` unix seconds, now when absent; `draft` absent: the one that is saved."""

    draft: dict[str, Any] | None = None
    number: Text = "13800000001"
    did: Text = "4800"
    at: float | None = None
    caller: CallerBody = CallerBody()
    lookups: dict[str, AnswerBody] = msgspec.field(default_factory=dict)
    queues: dict[str, SeenBody] = msgspec.field(default_factory=dict)
    switches: dict[str, bool] = msgspec.field(default_factory=dict)
    inputs: Annotated[tuple[Text, ...], msgspec.Meta(max_length=500)] = ()


class _Addresses:
    """The handlers, with what they ask."""

    def __init__(self, flows: Flows, world: Callable[[], World], clock: Clock) -> None:
        self.flows, self.world, self.clock = flows, world, clock

    async def listing(self, request: ApiRequest) -> list[FlowRow]:
        return await self.flows.listing()

    async def kinds(self, request: ApiRequest) -> tuple[KindJson, ...]:
        return catalogue()

    async def the_schema(self, request: ApiRequest) -> dict[str, Any]:
        return schema()

    async def show(self, request: ApiRequest) -> Reply:
        found = await self.flows.show(request.path["key"])
        return Reply(found, headers={"ETag": f'"{found.revision}"'})

    async def add(self, request: ApiRequest) -> FlowJson:
        return await self.flows.add(request.who, request.body.key, flow_of(request.body.draft))

    async def save(self, request: ApiRequest) -> FlowJson:
        return await self.flows.save(
            request.who, request.path["key"], request.body.revision, flow_of(request.body.draft)
        )

    async def remove(self, request: ApiRequest) -> None:
        await self.flows.remove(request.who, request.path["key"], request.query.revision)

    async def check(self, request: ApiRequest) -> list[Finding]:
        return self.flows.check(flow_of(request.body.draft), request.path["key"])

    async def try_out(self, request: ApiRequest) -> RehearsalJson:
        body: TryBody = request.body
        document = flow_of(body.draft) if body.draft else (await self.flows.show(request.path["key"])).draft
        now = self.clock.now() if body.at is None else min(max(body.at, 0.0), 4e9)
        return _rehearsed(request.path["key"], document, body, self.world(), now)

    async def publish(self, request: ApiRequest) -> FlowJson:
        return await self.flows.publish(request.who, request.path["key"], request.body.revision, request.body.note)

    async def roll_back(self, request: ApiRequest) -> FlowJson:
        return await self.flows.roll_back(request.who, request.path["key"], request.body.revision, request.body.version)

    async def versions(self, request: ApiRequest) -> list[VersionJson]:
        return await self.flows.versions(request.path["key"])

    async def version(self, request: ApiRequest) -> Flow:
        return await self.flows.version(request.path["key"], request.path["version"])

    async def numbers(self, request: ApiRequest) -> list[NumberJson]:
        return await self.flows.numbers()

    async def set_number(self, request: ApiRequest) -> list[NumberJson]:
        await self.flows.set_number(request.who, request.path["did"], request.body.flow)
        return await self.flows.numbers()


def routes(flows: Flows, world: Callable[[], World], clock: Clock) -> list[Route]:
    """GET /flows…, see the table at the end."""
    at = _Addresses(flows, world, clock)

    def read(path: str, handler: Any, response: Any, summary: str, **more: Any) -> Route:
        return Route("GET", path, handler, roles=_READERS, reach=Reach.SITE, summary=summary, response=response, **more)

    def act(method: str, path: str, handler: Any, body: Any, response: Any, summary: str) -> Route:
        return Route(method, path, handler, roles=_ADMINS, summary=summary, request=body, response=response,
                     body_limit=2 * LARGEST)  # fmt: skip

    return [
        read("/flows", at.listing, list[FlowRow], "All flows."),
        read("/flows/kinds", at.kinds, tuple[KindJson, ...], "The kinds of nodes, their settings and exits."),
        read("/flows/schema", at.the_schema, dict[str, Any], "JSON schema of a flow's document."),
        read("/flows/numbers", at.numbers, list[NumberJson], "Which number follows which flow."),
        act("PUT", "/flows/numbers/{did}", at.set_number, NumberBody, list[NumberJson], "Let a number follow a flow."),
        act("POST", "/flows", at.add, AddBody, FlowJson, "Make a flow, or import one."),
        read("/flows/{key}", at.show, FlowJson, "A flow with its draft and what is wrong with it."),
        act("PUT", "/flows/{key}/draft", at.save, SaveBody, FlowJson, "Keep a draft."),
        Route("DELETE", "/flows/{key}", at.remove, roles=_ADMINS, summary="Forget a flow.", query=RemoveQuery),
        act("POST", "/flows/{key}/check", at.check, CheckBody, list[Finding], "What is wrong with a document."),
        act("POST", "/flows/{key}/try", at.try_out, TryBody, RehearsalJson, "A dry run, without a phone."),
        act("POST", "/flows/{key}/publish", at.publish, PublishBody, FlowJson, "New calls follow the draft."),
        act("POST", "/flows/{key}/roll-back", at.roll_back, RollBackBody, FlowJson, "New calls follow an old version."),
        read("/flows/{key}/versions", at.versions, list[VersionJson], "Every version, newest first."),
        read("/flows/{key}/versions/{version:int}", at.version, Flow, "The document of a version; also its export."),
    ]


def _rehearsed(key: str, document: Flow, body: TryBody, world: World, now: float) -> RehearsalJson:
    caller = body.caller
    told = CallerTold(
        known=caller.known,
        customer_id=caller.customer_id,
        name=caller.name,
        tier=caller.tier,
        province=caller.province,
        numbers=(body.number,),
        lists=frozenset(caller.lists),
        last_agent_days=caller.last_agent_days,
        open_callback=caller.open_callback,
    )
    setting = Setting(
        told,
        {node: Fetched(each.status, each.answer) for node, each in body.lookups.items()},
        {name: QueueSeen(each.waiting, each.agents) for name, each in body.queues.items()},
    )
    there = World(world.calendars, {**world.switches, **body.switches}, world.flow, world.zone)
    call = CallFacts(number=body.number, did=body.did)
    return rehearse(Published(key, 0, document), call, there, setting, list(body.inputs), now)
