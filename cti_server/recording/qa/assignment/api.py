"""Addresses of plans and tasks."""

from typing import Annotated, Any, Literal

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.recording.qa.assignment.model import PlanJson, PlanRules, TaskJson
from cti_server.recording.qa.assignment.service import Assignment
from cti_server.recording.qa.model import EDITORS, GRADERS

Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class PlanBody(Body, frozen=True):
    """A whole plan."""

    name: Annotated[str, msgspec.Meta(max_length=100)]
    form_id: Number
    rules: PlanRules
    active: bool = True


class TaskQuery(Body, frozen=True):
    """Which tasks: those that are to be done when no state is named."""

    state: Literal["open", "claimed", "done"] | None = None


class DrawnJson(msgspec.Struct, frozen=True):
    """How many calls came on the list."""

    drawn: int


def routes(assignment: Assignment) -> list[Route]:
    """GET, POST /qa/plans, PUT /qa/plans/{id}, POST …/draw, GET /qa/tasks, POST …/claim, …/release."""

    async def plans(request: ApiRequest) -> Page[PlanJson]:
        return Page(await assignment.plans())

    async def put(request: ApiRequest) -> PlanJson:
        body: PlanBody = request.body
        number = request.path.get("id")
        return await assignment.put(request.who, number, body.name, body.form_id, body.rules, active=body.active)

    async def draw(request: ApiRequest) -> DrawnJson:
        return DrawnJson(await assignment.draw(request.who, request.path["id"]))

    async def tasks(request: ApiRequest) -> Page[TaskJson]:
        return Page(await assignment.tasks(request.who, request.query.state))

    async def claim(request: ApiRequest) -> TaskJson:
        return await assignment.claim(request.who, request.path["id"])

    async def release(request: ApiRequest) -> TaskJson:
        return await assignment.release(request.who, request.path["id"])

    site: dict[str, Any] = {"reach": Reach.SITE}
    thing: dict[str, Any] = {"reach": Reach.THING, "response": TaskJson}
    return [
        Route("GET", "/qa/plans", plans, GRADERS, "Plans of what is scored.", response=Page[PlanJson], **site),
        Route("POST", "/qa/plans", put, EDITORS, "A new plan.", PlanBody, PlanJson, **site),
        Route("PUT", "/qa/plans/{id:int}", put, EDITORS, "Change a plan.", PlanBody, PlanJson, **site),
        Route("POST", "/qa/plans/{id:int}/draw", draw, EDITORS, "Draw this week's calls.", response=DrawnJson, **site),
        Route("GET", "/qa/tasks", tasks, GRADERS, "Calls to be scored.", query=TaskQuery, response=Page[TaskJson],
              reach=Reach.LIST),
        Route("POST", "/qa/tasks/{id:int}/claim", claim, GRADERS, "Take a task.", **thing),
        Route("POST", "/qa/tasks/{id:int}/release", release, GRADERS, "Give a task back.", **thing),
    ]  # fmt: skip
