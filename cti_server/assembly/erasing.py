"""Joins the rooms that know people with the use case that erases one everywhere."""

from cti_server.agents.help.forgetting import service as help_forgetting
from cti_server.assembly.works import Works
from cti_server.business.customers.forgetting.service import CustomersForget
from cti_server.business.erasure.ground import AuditForget, JournalForget
from cti_server.business.erasure.service import Erasures
from cti_server.calls.forgetting.service import CallsForget
from cti_server.configured import recording_options
from cti_server.core.erasing.model import Person
from cti_server.monitoring.forgetting import service as monitoring_forgetting
from cti_server.queues.lost.forgetting import service as lost_forgetting
from cti_server.recording.qa.forgetting import service as quality_forgetting
from cti_server.recording.shelf import Shelf
from cti_server.routing.forgetting import service as routing_forgetting
from cti_server.settings import Settings


class Whole(Works):
    """All rooms, and what walks over all of them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.erasures = erasures_of(self)


def erasures_of(app: Works) -> Erasures:
    """Recordings first, because they may have to stay; the history of calls late, because the others ask it."""

    def gone(person: Person) -> None:
        app.customers.forget(person.customers)
        app.pops.forget(person.customers, [f"{pbx}:{linkedid}" for pbx, linkedid in person.calls])

    async def lost(_: Person) -> None:
        await app.lost.refresh()

    async def hands(person: Person) -> None:
        app.help.hands.forget({f"{pbx}:{linkedid}" for pbx, linkedid in person.calls})

    async def flows(_: Person) -> None:
        await app.work.callbacks.refresh()
        await app.routing.named.reread()

    async def messages(_: Person) -> None:
        await app.work.voicemail.reread()

    db = app.db
    options = recording_options(app.settings)
    shelf = Shelf(options.url, options.state / "recordings", options.store_options)
    people, calls = CustomersForget(db, app.site.numbering, gone), CallsForget(db)
    return Erasures(
        people=people,
        calls=calls,
        rooms=[
            app.recordings.forgetting,
            app.recordings.saved.forgetting,
            quality_forgetting.forgetting(db),
            routing_forgetting.MessagesForget(db, shelf, options.folders, messages),
            routing_forgetting.flow_work(db, flows),
            lost_forgetting.forgetting(db, lost),
            monitoring_forgetting.forgetting(db),
            help_forgetting.forgetting(db, hands),
            calls,
            people,
            JournalForget(app.journal, db),
            AuditForget(app.audit, db),
        ],
        live=app.live,
        journal=app.journal,
        db=db,
        audit=app.audit,
        tasks=app.tasks,
    )
