"""Addresses of calibrations."""

from typing import Annotated, Any

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Page, Reach, Route
from cti_server.recording.qa.calibration.model import CalibrationJson, ComparisonJson
from cti_server.recording.qa.calibration.service import Calibrations
from cti_server.recording.qa.model import EDITORS, GRADERS
from cti_server.recording.qa.scoring.model import EvaluationDetail

Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class CalibrationBody(Body, frozen=True):
    """One call, one form, who scores, and whose score is the measure."""

    title: Annotated[str, msgspec.Meta(max_length=200)]
    subject_id: Annotated[str, msgspec.Meta(max_length=100)]
    form_id: Number
    graders: Annotated[list[Number], msgspec.Meta(max_length=50)]
    master_id: Number


class GraderName(msgspec.Struct, frozen=True):
    """Who may be invited."""

    id: int
    name: str


def routes(calibrations: Calibrations) -> list[Route]:
    """GET, POST /qa/calibrations, GET /qa/graders, POST …/{id}/score, …/close, GET …/comparison."""

    async def every(request: ApiRequest) -> Page[CalibrationJson]:
        return Page(await calibrations.every(request.who))

    async def graders(request: ApiRequest) -> Page[GraderName]:
        return Page([GraderName(*one) for one in await calibrations.graders()])

    async def add(request: ApiRequest) -> CalibrationJson:
        body: CalibrationBody = request.body
        given = (body.title, body.subject_id, body.form_id, body.graders, body.master_id)
        return await calibrations.add(request.who, *given)

    async def score(request: ApiRequest) -> EvaluationDetail:
        return await calibrations.score(request.who, request.path["id"])

    async def close(request: ApiRequest) -> CalibrationJson:
        return await calibrations.close(request.who, request.path["id"])

    async def comparison(request: ApiRequest) -> ComparisonJson:
        return await calibrations.comparison(request.who, request.path["id"])

    at, thing = "/qa/calibrations/{id:int}", Reach.THING
    one: dict[str, Any] = {"response": CalibrationJson, "reach": thing}
    return [
        Route("GET", "/qa/calibrations", every, GRADERS, "Calibrations, newest first.",
              response=Page[CalibrationJson], reach=Reach.SITE),
        Route("GET", "/qa/graders", graders, EDITORS, "Who may be invited.", response=Page[GraderName],
              reach=Reach.SITE),
        Route("POST", "/qa/calibrations", add, EDITORS, "Invite graders to one call.", CalibrationBody, **one),
        Route("POST", f"{at}/score", score, GRADERS, "One's own score.", response=EvaluationDetail, reach=thing),
        Route("POST", f"{at}/close", close, EDITORS, "End it and compare.", **one),
        Route("GET", f"{at}/comparison", comparison, GRADERS, "All scores side by side.", response=ComparisonJson,
              reach=thing),
    ]  # fmt: skip
