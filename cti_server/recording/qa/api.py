"""All addresses of quality."""

from zoneinfo import ZoneInfo

from cti_server.core.web.routes import Route
from cti_server.recording.qa.assignment import api as assignment_api
from cti_server.recording.qa.calibration import api as calibration_api
from cti_server.recording.qa.disputes import api as disputes_api
from cti_server.recording.qa.forms import api as forms_api
from cti_server.recording.qa.library import api as library_api
from cti_server.recording.qa.live import api as live_api
from cti_server.recording.qa.reports import api as reports_api
from cti_server.recording.qa.scoring import api as scoring_api
from cti_server.recording.qa.service import Quality


def routes(quality: Quality, zone: ZoneInfo) -> list[Route]:
    """…/qa/…"""
    return [
        *forms_api.routes(quality.forms),
        *scoring_api.routes(quality.scoring, zone),
        *live_api.routes(quality.live),
        *assignment_api.routes(quality.assignment),
        *disputes_api.routes(quality.disputes),
        *library_api.routes(quality.library),
        *calibration_api.routes(quality.calibrations),
        *reports_api.routes(quality.reports),
    ]
