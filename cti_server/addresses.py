"""Every address that the server answers: the lists of the rooms, mounted in one place."""

from typing import TYPE_CHECKING

from cti_server.agents import api as agents_api
from cti_server.agents.day import api as day_api
from cti_server.agents.help import api as help_api
from cti_server.agents.moves import api as moves_api
from cti_server.agents.shift import api as shift_api
from cti_server.agents.skills import api as skills_api
from cti_server.business.customers import api as customers_api
from cti_server.business.erasure import api as erasure_api
from cti_server.calls import api as calls_api
from cti_server.calls.control import api as control_api
from cti_server.calls.softphone import api as softphone_api
from cti_server.core.auth import api as auth_api
from cti_server.core.push import api as push_api
from cti_server.core.push.tickets import Tickets
from cti_server.core.shortcuts import api as shortcuts_api
from cti_server.core.web.routes import Route
from cti_server.links import api as links_api
from cti_server.monitoring import api as monitoring_api
from cti_server.queues import api as queues_api
from cti_server.queues.lost import api as lost_api
from cti_server.recording import api as recording_api
from cti_server.recording.delivery import api as delivery_api
from cti_server.recording.forecast import api as forecast_api
from cti_server.recording.qa import api as quality_api
from cti_server.recording.saved import api as saved_api
from cti_server.routing.callbacks import api as callbacks_api
from cti_server.routing.decisions import api as decisions_api
from cti_server.routing.figures import api as figures_api
from cti_server.routing.named import api as named_api
from cti_server.routing.prompts import api as prompts_api
from cti_server.routing.publishing import api as flows_api
from cti_server.routing.survey import api as survey_api
from cti_server.routing.voicemail import api as voicemail_api

if TYPE_CHECKING:
    from cti_server.assembly.erasing import Whole


def every_route(app: "Whole", tickets: Tickets) -> list[Route]:
    """Each room's own list, one after the other."""
    return [
        *auth_api.routes(app.accounts, app.audit, app.agents.profile),
        *push_api.routes(tickets),
        *shortcuts_api.routes(app.shortcuts),
        *links_api.routes(app.links),
        *agents_api.routes(app.agents),
        *shift_api.routes(app.agents.shift),
        *help_api.routes(app.help),
        *day_api.routes(app.day),
        *skills_api.routes(app.agents.skills),
        *moves_api.routes(app.agents.moves),
        *calls_api.routes(app.calls),
        *control_api.routes(app.control),
        *softphone_api.routes(app.softphone),
        *queues_api.routes(app.queues),
        *monitoring_api.routes(app.monitoring, app.site.days.zone),
        *lost_api.routes(app.lost),
        *prompts_api.routes(app.prompts),
        *prompts_api.mirror_routes(app.prompt_mirror),
        *decisions_api.routes(app.decisions),
        *customers_api.routes(app.customers, app.pops),
        *flows_api.routes(app.routing.flows, app.routing.world, app.clock),
        *named_api.routes(app.routing.named),
        *figures_api.routes(app.routing.figures, app.clock),
        *recording_api.routes(app.recordings, app.site.days.zone),
        *forecast_api.routes(app.recordings.forecast),
        *saved_api.routes(app.recordings.saved),
        *quality_api.routes(app.quality, app.site.days.zone),
        *delivery_api.routes(app.recordings.delivery),
        *callbacks_api.routes(app.work.callbacks),
        *voicemail_api.routes(app.work.voicemail),
        *survey_api.routes(app.work.surveys, app.clock),
        *erasure_api.routes(app.erasures),
    ]
