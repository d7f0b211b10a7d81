"""What is done with a call by itself: decisions, flows and what they leave behind, recordings, quality."""

from pathlib import Path

from cti_server.agents.day.service import DayService
from cti_server.agents.on_duty import OnDuty
from cti_server.assembly.front import Front
from cti_server.business.customers.callers import KnownCallers
from cti_server.business.customers.standing import CustomerStandings
from cti_server.calls.control.numbers import outside_exten, plain_number
from cti_server.configured import (
    dial_rules,
    quality_rules,
    recording_options,
    routing_options,
)
from cti_server.monitoring.hearing import Hearing
from cti_server.recording.delivery.model import sender_of
from cti_server.recording.qa.service import Quality
from cti_server.recording.qa.subjects import RecordedCalls
from cti_server.recording.service import Recordings
from cti_server.recording.shelf import Shelf
from cti_server.routing.decisions.pbx_side import PbxEngine
from cti_server.routing.decisions.service import Decisions
from cti_server.routing.prompts.mirror import PromptMirror
from cti_server.routing.prompts.service import PromptsService
from cti_server.routing.prompts.speaking import Espeak
from cti_server.routing.prompts.uses import UsesInFlows
from cti_server.routing.service import Routing
from cti_server.routing.work import FlowWork
from cti_server.settings import Settings


class Works(Front):
    """Routing and recording."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._make_prompts()
        self._make_decisions()
        self._make_routing()
        self._make_recordings()
        self._make_work_of_flows()
        self._make_day()

    def _make_prompts(self) -> None:
        settings = self.settings
        folder = Path(settings.prompts.dir or Path(settings.state.dir) / "prompts")
        self.prompt_mirror = PromptMirror(
            folder, lambda authorization: sender_of(settings.recording.deliver_sha256, authorization)
        )
        self.prompts = PromptsService(
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            folder=folder,
            speaker=Espeak(settings.prompts.espeak),
        )

    def _make_decisions(self) -> None:
        wanted = self.settings.decisions
        people = self.agents.directory
        self.standings = CustomerStandings(
            self.customers,
            self.clock,
            user_of_login=people.user_of_login,
            value_field=wanted.value_field,
            owner_field=wanted.owner_field,
        )
        self.decisions = Decisions(
            bus=self.bus,
            live=self.live,
            people=people,
            skills=self.agents.skills,
            customers=self.standings,
            calls=self.calls,
            engine=PbxEngine(self.send),
            ordered=self._queue_ordered,
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            per_second=wanted.actions_per_second,
            copy=self.copy,
        )

        self.queues.goals, self.decisions.changed = self.decisions, self.queues.goal_changed

    def _make_routing(self) -> None:
        self.routing = Routing(
            routing_options(self.settings),
            bus=self.bus,
            live=self.live,
            db=self.db,
            journal=self.journal,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
            send=self.send,
            number_key=self.site.number_key,
            name_of=self.agents.directory.name_of,
            copy=self.copy,
        )
        self.health.register("flows", self.routing.link, needed=False)
        on_duty, rules = OnDuty(self.agents.directory, self.live.agents), dial_rules(self.settings)
        self.routing.rooms.agents, self.routing.agents_known = on_duty, on_duty.logins
        self.routing.rooms.outside = lambda number: outside_exten(plain_number(number), rules)
        self.routing.rooms.decisions = self.routing.overflow.line = self.decisions
        self.routing.figures.calls = self.calls
        self.routing.rooms.person = self._agent_of_caller
        self.routing.rooms.callers = KnownCallers(
            self.customers, self.clock, numbering=self.site.numbering, lists_of=self.routing.named.lists_of
        )
        self.routing.rooms.prompts = self.prompts
        self.routing.prompt_languages = self.prompts.languages
        self.routing.flows.speaker = self.prompts
        self.prompts.flows = UsesInFlows(self.routing.flows)

    async def _agent_of_caller(self, who: str, number: str) -> str:
        user_id = await self.standings.agent_of(who, number)
        return (self.agents.directory.login_of(user_id) or "") if user_id is not None else ""

    def _make_recordings(self) -> None:
        self.recordings = Recordings(
            recording_options(self.settings),
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            append=self.journal.append,
            drained=self.journal.drained,
            db=self.db,
            audit=self.audit,
            send=self.send,
            health=self.health,
            metrics=self.metrics,
            clock=self.clock,
            tasks=self.tasks,
        )
        self.quality = Quality(
            db=self.db,
            audit=self.audit,
            hub=self.hub,
            recordings=RecordedCalls(self.recordings),
            listening=Hearing(self.monitoring.sessions, self.live),
            people=self.agents.directory,
            clock=self.clock,
            zone=self.site.days.zone,
            rules=quality_rules(self.settings),
        )

    def _make_work_of_flows(self) -> None:
        """What flows leave behind as work: callbacks, messages, answers."""
        rules, options = dial_rules(self.settings), recording_options(self.settings)
        self.work = FlowWork(
            self.routing,
            bus=self.bus,
            hub=self.hub,
            live=self.live,
            people=self.agents.directory,
            line=self.decisions,
            calls=self.calls,
            send=self.send,
            outside=lambda number: outside_exten(plain_number(number), rules),
            number_key=self.site.number_key,
            shelf=Shelf(options.url, options.state / "recordings", options.store_options),
            folders=options.folders,
            keep_days=self.settings.routing.voicemail_days,
            journal=self.journal,
            db=self.db,
            audit=self.audit,
            clock=self.clock,
            tasks=self.tasks,
        )
        self.lost.kept_place, self.work.callbacks.given_up = self.work.callbacks.kept_place, self.lost.given_up
        self.work.surveys.speaker = self.prompts

    def _make_day(self) -> None:
        self.day = DayService(
            live=self.live,
            people=self.agents.directory,
            journal=self.journal,
            db=self.db,
            clock=self.clock,
            days=self.site.days,
            reasons=self.agents.shift.reasons,
            callbacks=[self.lost.callbacks, self.work.due_of],
        )
