"""The address of scoring while one listens in."""

from typing import Annotated

import msgspec

from cti_server.core.web.routes import ApiRequest, Body, Reach, Route
from cti_server.recording.qa.live.service import LiveScores
from cti_server.recording.qa.model import GRADERS
from cti_server.recording.qa.scoring.model import EvaluationDetail


class LiveBody(Body, frozen=True):
    """On which form the call is scored that one listens to."""

    form_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


def routes(live: LiveScores) -> list[Route]:
    """POST /qa/live."""

    async def begin(request: ApiRequest) -> EvaluationDetail:
        return await live.begin(request.who, request.body.form_id)

    return [
        Route("POST", "/qa/live", begin, GRADERS, "Score the call that one listens to, while it goes on.", LiveBody,
              EvaluationDetail, reach=Reach.OWN),
    ]  # fmt: skip
