"""Joins what flows leave behind as work: callbacks, messages, answers to surveys."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cti_server.ami.actions import Action, Reply
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.scope import Scope
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.tasks import Tasks
from cti_server.live.pbxs import Pbxs
from cti_server.routing.callbacks.model import Due, Line
from cti_server.routing.callbacks.model import People as CallbackPeople
from cti_server.routing.callbacks.service import Callbacks
from cti_server.routing.service import Routing
from cti_server.routing.survey.model import Calls
from cti_server.routing.survey.service import SINKS as SURVEY_SINKS
from cti_server.routing.survey.service import Surveys
from cti_server.routing.voicemail.model import Shelf
from cti_server.routing.voicemail.service import SINKS as VOICEMAIL_SINKS
from cti_server.routing.voicemail.service import Journal, Voicemail

if TYPE_CHECKING:
    from cti_server.core.push.hub import PushHub
    from cti_server.core.storage.database import Database

SINKS = {**VOICEMAIL_SINKS, **SURVEY_SINKS}
"""What the journal does with the rows of these rooms."""


class People(CallbackPeople, Protocol):
    """Who works with which device, and within which scope."""

    def users_within(self, scope: Scope) -> list[int]:
        """The users that lie within."""


class FlowWork:
    """The three rooms. `routing` is handed them, so that its flows can ask them."""

    def __init__(
        self,
        routing: Routing,
        *,
        bus: Bus,
        hub: "PushHub",
        live: Pbxs,
        people: People,
        line: Line,
        calls: Calls,
        send: Callable[[str, Action], Awaitable[Reply]],
        outside: Callable[[str], str],
        number_key: Callable[[str], str],
        shelf: Shelf,
        folders: Mapping[str, Path],
        keep_days: int,
        journal: Journal,
        db: "Database",
        audit: AuditLog,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        ground: dict[str, Any] = {
            "live": live,
            "people": people,
            "db": db,
            "audit": audit,
            "clock": clock,
            "tasks": tasks,
        }
        self.callbacks = Callbacks(
            bus=bus,
            hub=hub,
            links=lambda pbx: (link := live.links.get(pbx)) is not None and link.up,
            line=line,
            send=send,
            outside=outside,
            calendars=lambda: routing.named.calendars,
            number_key=number_key,
            **ground,
        )
        self.voicemail = Voicemail(
            bus=bus, hub=hub, shelf=shelf, folders=folders, keep_days=keep_days, journal=journal, **ground
        )
        self.surveys = Surveys(calls=calls, within=people.users_within, journal=journal, **ground)
        rooms = routing.rooms
        rooms.callbacks, rooms.messages, rooms.surveys = self.callbacks, self.voicemail, self.surveys
        routing.surveys_known = self.surveys.known

    def start(self) -> None:
        """Begin to listen."""
        self.callbacks.start()
        self.voicemail.start()
        self.surveys.start()

    async def due_of(self, user_id: int) -> list[Due]:
        """The callbacks that a user has taken on himself."""
        return await self.callbacks.due_of(user_id)
