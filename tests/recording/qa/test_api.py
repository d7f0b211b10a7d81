"""Every address of quality: who may use it, on whom it acts, what it takes."""

from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest

from cti_server.core.web.routes import Reach, Route
from cti_server.core.web.shapes import check_strict
from cti_server.recording.qa.api import routes
from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.scoring.api import AnswersBody, csv_rows
from tests.recording.qa.house import House

GRADERS, EDITORS, AGENTS = {"supervisor", "qa", "admin"}, {"qa", "admin"}, {"agent"}
BOTH = GRADERS | AGENTS
AT, PLAN, SESSION = "/qa/evaluations/{id:int}", "/qa/plans/{id:int}", "/qa/calibrations/{id:int}"
LIBRARY = "/qa/library/{id:int}"
MAY = {
    ("GET", "/qa/forms"): GRADERS, ("POST", "/qa/forms"): EDITORS, ("GET", "/qa/forms/{id:int}"): GRADERS,
    ("PUT", "/qa/forms/{id:int}/draft"): EDITORS, ("POST", "/qa/forms/{id:int}/publish"): EDITORS,
    ("POST", "/qa/forms/{id:int}/retire"): EDITORS,
    ("GET", "/qa/evaluations"): GRADERS, ("POST", "/qa/evaluations"): GRADERS, ("GET", "/qa/mine"): AGENTS,
    ("GET", AT): BOTH, ("DELETE", AT): GRADERS, ("PUT", f"{AT}/answers"): GRADERS, ("POST", f"{AT}/submit"): GRADERS,
    ("POST", f"{AT}/revise"): GRADERS, ("POST", f"{AT}/recheck"): GRADERS, ("GET", f"{AT}/recording"): BOTH,
    ("POST", f"{AT}/listen"): BOTH, ("GET", f"{AT}/audio"): BOTH, ("POST", f"{AT}/acknowledge"): AGENTS,
    ("POST", f"{AT}/dispute"): AGENTS, ("POST", f"{AT}/answer"): GRADERS, ("POST", f"{AT}/coaching"): GRADERS,
    ("POST", f"{AT}/library"): GRADERS, ("POST", f"{AT}/consent"): AGENTS,
    ("GET", "/qa/coaching"): BOTH, ("POST", "/qa/coaching/{id:int}/done"): BOTH, ("GET", "/qa/library"): BOTH,
    ("GET", f"{LIBRARY}/recording"): BOTH, ("POST", f"{LIBRARY}/listen"): BOTH, ("GET", f"{LIBRARY}/audio"): BOTH,
    ("POST", "/qa/live"): GRADERS,
    ("GET", "/qa/plans"): GRADERS, ("POST", "/qa/plans"): EDITORS, ("PUT", PLAN): EDITORS,
    ("POST", f"{PLAN}/draw"): EDITORS, ("GET", "/qa/tasks"): GRADERS, ("POST", "/qa/tasks/{id:int}/claim"): GRADERS,
    ("POST", "/qa/tasks/{id:int}/release"): GRADERS, ("POST", "/qa/tasks/{id:int}/score"): GRADERS,
    ("GET", "/qa/calibrations"): GRADERS, ("POST", "/qa/calibrations"): EDITORS, ("GET", "/qa/graders"): EDITORS,
    ("POST", f"{SESSION}/score"): GRADERS, ("POST", f"{SESSION}/close"): EDITORS,
    ("GET", f"{SESSION}/comparison"): GRADERS, ("GET", "/qa/reports"): GRADERS,
    **{("GET", f"/qa/reports/{name}"): GRADERS for name in ("graders", "recordings", "trend", "file")},
}  # fmt: skip


class Anything:
    def __getattr__(self, _: str) -> "Anything":
        return self


def found() -> list[Route]:
    return routes(cast("Any", Anything()), ZoneInfo("Asia/Shanghai"))


def test_every_address_its_roles_and_its_reach() -> None:
    assert {(route.method, route.path): set(route.roles or ()) for route in found()} == MAY
    for route in found():
        assert route.reach is not None, route.path
        assert (route.reach is Reach.OWN) == (route.path in ("/qa/mine", "/qa/live"))
        for kind in (route.request, route.query):
            if kind is not None:
                check_strict(kind)


def test_answers_are_checked_at_the_door() -> None:
    good = msgspec.convert({"answers": {"a": {"value": 1}}, "version": 1}, AnswersBody)
    assert good.answers["a"] == Answer(1)
    for wrong in ({"value": [1]}, {"at": -1}, {"nothing": 1}, {"comment": "x" * 2001}, {"value": "x" * 501}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"answers": {"a": wrong}, "version": 1}, AnswersBody)


@pytest.mark.database
async def test_a_csv_line(house: House) -> None:
    await house.submitted(house.qa, await house.recording(1), await house.form())
    (line,) = [line async for line in csv_rows(house.quality.scoring.every(house.qa, {}), ZoneInfo("Asia/Shanghai"))]
    assert line[2:9] == ["User 7", "north", "vip", "User 20", "Standard", 1, 100.0]
    assert line[1].endswith("+08:00")
