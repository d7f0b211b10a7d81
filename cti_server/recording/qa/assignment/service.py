"""Drawing calls for scoring and handing them out."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import structlog

from cti_server.core.audit.model import Actor
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, CtiError, Forbidden, NotFound
from cti_server.core.tasks import Tasks
from cti_server.recording.qa.assignment import store
from cti_server.recording.qa.assignment.model import PlanJson, PlanRules, TaskJson, checked_rules, draw
from cti_server.recording.qa.assignment.schedule import MOST_MISSED, moment_of, next_moment, week_of, weeks_due
from cti_server.recording.qa.model import People, Sight, checked_text, sight_of
from cti_server.recording.qa.scoring.model import check_not_own

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

log = structlog.get_logger(__name__)

MOST_CANDIDATES = 50_000
DAY = 86_400.0
DAYS_BACK = 14
"""From the calls of how many days a plan draws when somebody asks for it."""
WEEK = 7 * DAY
"""From the calls of how many seconds before its moment a plan draws by its schedule."""
LOOK = 600.0
"""Seconds after which schedules are looked at again, whatever happens."""
AGAIN = 30.0
"""Seconds after which a draw that could not be made is tried again."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """The schedule itself, as who draws."""

    user_id: int | None = None
    login: str = "(schedule)"
    address: str = ""


class Assignment:
    """Plans and their tasks. Weeks begin on Monday in the site's zone."""

    def __init__(self, db: "Database", audit: AuditLog, people: People, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._audit = audit
        self._people = people
        self._clock = clock
        self._zone = zone
        self._changed = asyncio.Event()

    async def plans(self) -> list[PlanJson]:
        """All plans. Raises Unavailable."""
        return [self._with_next(plan) for plan in await store.plans(self._db)]

    def _with_next(self, plan: PlanJson) -> PlanJson:
        schedule = plan.rules.schedule
        if not plan.active or schedule is None:
            return plan
        return replace(plan, next_draw_at=next_moment(schedule, self._clock.now(), self._zone))

    async def put(
        self, who: Session, plan_id: int | None, name: str, form_id: int, rules: PlanRules, *, active: bool
    ) -> PlanJson:
        """Make or change a plan. Raises NotFound, BadInput, Unavailable."""
        if plan_id is not None:
            await self._plan(plan_id)
        clean = checked_text(name, "name", most=100)
        async with self._db.transaction() as connection:
            number = await store.put_plan(
                connection, plan_id, clean, form_id, checked_rules(rules), active, who.user_id, self._clock.now()
            )
            await self._audit.write(connection, who, "qa.plan", str(number), {"name": clean, "active": active})
        self._changed.set()
        return await self._plan(number)

    async def _plan(self, plan_id: int) -> PlanJson:
        found = await store.plan(self._db, plan_id)
        if found is None:
            raise NotFound("There is no such plan.", code="no_such_plan")
        return self._with_next(found)

    # -- drawing

    async def draw(self, who: Session, plan_id: int) -> int:
        """Draw this week's calls that are still wanted; how many came on the list. Raises NotFound, Conflict."""
        plan = await self._plan(plan_id)
        if not plan.active:
            raise Conflict("This plan is not active.", code="plan_not_active")
        now = self._clock.now()
        sight = sight_of(self._people, who.scope)
        return await self._draw(who, plan, week_of(now, self._zone), (now - DAYS_BACK * DAY, now), sight) or 0

    async def _draw(
        self,
        who: Actor,
        plan: PlanJson,
        week: date,
        span: tuple[float, float],
        sight: Sight,
        due_at: float | None = None,
    ) -> int | None:
        """Draw from the calls of a span; `due_at`: by the schedule, None when that has been done already."""
        calls = await store.candidates(self._db, *span, self._team, sight, MOST_CANDIDATES)
        drawn = draw(plan.rules, calls, week.isoformat(), await store.taken(self._db, plan.id, week))
        async with self._db.transaction() as connection:
            if due_at is not None and not await store.begin_draw(connection, plan.id, week, due_at, self._clock.now()):
                return None
            count = await store.add_tasks(connection, plan.id, week, drawn)
            if due_at is not None:
                await store.end_draw(connection, plan.id, week, len(calls), count)
            told = {"week": week.isoformat(), "seed": plan.rules.seed, "from": len(calls), "drawn": count}
            await self._audit.write(connection, who, "qa.draw", str(plan.id), told)
        return count

    def start(self, tasks: Tasks) -> None:
        """Draw by the schedules from now on; what was missed while nothing ran is made up for first."""
        tasks.start("qa-draws", self._keep_drawing())

    async def _keep_drawing(self) -> None:
        while True:
            self._changed.clear()
            try:
                wait = await self.draw_due()
            except CtiError as fault:
                log.warning("qa_plans_not_drawn", reason=fault.code)
                wait = AGAIN
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def draw_due(self) -> float:
        """Draw what is due; seconds until the next look, at most LOOK. Raises Unavailable."""
        plans = [plan for plan in await store.plans(self._db) if plan.active and plan.scheduled_at is not None]
        now = self._clock.now()
        wait = LOOK
        for plan in plans:
            try:
                wait = min(wait, await self._draw_plan(plan, now))
            except CtiError as fault:
                # One plan that cannot be drawn must not keep the others from it.
                log.warning("qa_plan_not_drawn", plan=plan.id, reason=fault.code)
                wait = min(wait, AGAIN)
        # Woken a moment early it would find nothing and look again at once.
        return max(wait, 0.0) + 0.05

    async def _draw_plan(self, plan: PlanJson, now: float) -> float:
        """Draw a plan's weeks that are due; seconds until its next moment. Raises Unavailable."""
        schedule, since = plan.rules.schedule, plan.scheduled_at
        if schedule is None or since is None:
            return LOOK
        oldest = week_of(now, self._zone) - timedelta(weeks=MOST_MISSED)
        done = await store.draws(self._db, plan.id, oldest)
        for week in weeks_due(schedule, since, now, done, self._zone):
            at = moment_of(schedule, week, self._zone)
            await self._draw(Scheduler(), plan, week, (at - WEEK, at), Sight(), at)
        return next_moment(schedule, now, self._zone) - now

    # -- the work list

    def _team(self, user_id: int) -> str:
        profile = self._people.profile_of(user_id)
        return profile.team if profile else ""

    async def tasks(self, who: Session, state: str | None) -> list[TaskJson]:
        """The work list as `who` may see it. Raises Unavailable."""
        sight = sight_of(self._people, who.scope)
        return [_shown(one) for one in await store.tasks(self._db, who.user_id, state, sight, self._people.name_of)]

    async def claim(self, who: Session, task_id: int) -> TaskJson:
        """Take a task. Raises NotFound, Forbidden (qa_own_call), Conflict (already_claimed, qa_quota)."""
        async with self._db.transaction() as connection:
            task = await self._locked(connection, who, task_id)
            plan = await self._plan(task.plan_id)
            if task.state != "open":
                raise Conflict("Somebody else has taken it.", code="already_claimed")
            quota = plan.rules.quota
            week = date.fromisoformat(task.week)
            if quota is not None and await store.used(connection, who.user_id, task.plan_id, week) >= quota:
                raise Conflict("Your share of this week is taken.", code="qa_quota")
            await store.claim(connection, task_id, who.user_id)
            await self._audit.write(connection, who, "qa.claim", str(task_id), {})
            return _shown(await self._locked(connection, who, task_id))

    async def release(self, who: Session, task_id: int) -> TaskJson:
        """Give it back; QA and admins also those of others. Raises NotFound, Forbidden, Conflict."""
        async with self._db.transaction() as connection:
            task = await self._locked(connection, who, task_id)
            if task.state != "claimed":
                raise Conflict("It is not taken.", code="qa_not_claimed")
            if task.claimed_by != who.user_id and not who.roles & {Role.QA, Role.ADMIN}:
                raise Forbidden("Somebody else has taken it.", code="qa_other_grader")
            await store.claim(connection, task_id, None)
            await self._audit.write(connection, who, "qa.release", str(task_id), {})
            return _shown(await self._locked(connection, who, task_id))

    async def _locked(self, connection: "Connection", who: Session, task_id: int) -> TaskJson:
        task = await store.task(connection, task_id, self._people.name_of)
        if task is None or task.agent_id is None or not self._people.sees_user(who.scope, task.agent_id):
            raise NotFound("There is no such task.", code="no_such_task")
        check_not_own(task.agent_id, who)
        return task


def _shown(task: TaskJson) -> TaskJson:
    if not task.blind or task.state == "done":
        return task
    return replace(
        task, agent_id=None, agent_name="", queue=None, subject_id="", subject_at=None, why={"seed": "", "stratum": []}
    )
