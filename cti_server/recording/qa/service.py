"""Quality as one: its sub-rooms joined."""

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cti_server.core.audit.service import AuditLog
from cti_server.core.clock import Clock
from cti_server.core.tasks import Tasks
from cti_server.recording.qa.assignment.service import Assignment
from cti_server.recording.qa.calibration.service import Calibrations
from cti_server.recording.qa.disputes.service import Disputes
from cti_server.recording.qa.forms.service import Forms
from cti_server.recording.qa.library.service import Library
from cti_server.recording.qa.live.model import Listening
from cti_server.recording.qa.live.service import CallsHeard, LiveScores
from cti_server.recording.qa.model import Kinds, People, Subjects
from cti_server.recording.qa.reports.service import Reports
from cti_server.recording.qa.scoring.model import Rules
from cti_server.recording.qa.scoring.service import Scoring

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database


class Quality:
    """The use cases of quality, by topic."""

    def __init__(
        self,
        *,
        db: "Database",
        audit: AuditLog,
        hub: "PushHub",
        recordings: Subjects,
        listening: Listening,
        people: People,
        clock: Clock,
        zone: ZoneInfo,
        rules: Rules,
    ) -> None:
        def tell(user_id: int, what: dict[str, Any]) -> None:
            hub.publish(f"user:{user_id}", "qa.changed", what, clock.now())

        kinds = Kinds(recording=recordings, call=CallsHeard(listening))
        self.forms = Forms(db, audit)
        self.scoring = Scoring(
            db=db, audit=audit, forms=self.forms, kinds=kinds, people=people, clock=clock, rules=rules, tell=tell
        )
        self.assignment = Assignment(db, audit, people, clock, zone)
        self.disputes = Disputes(db, audit, self.scoring, people, clock)
        self.calibrations = Calibrations(db, audit, self.forms, self.scoring, kinds, people)
        self.live = LiveScores(db, audit, self.forms, self.scoring, listening, clock)
        self.library = Library(db, kinds, people)
        self.reports = Reports(db, people, zone)

    def start(self, tasks: Tasks) -> None:
        """Begin to draw by the plans' schedules, and to bind what was scored live to its recording."""
        self.assignment.start(tasks)
        self.live.start(tasks)
