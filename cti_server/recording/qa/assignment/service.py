"""Drawing calls for scoring and handing them out."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session
from cti_server.core.clock import Clock
from cti_server.core.errors import Conflict, Forbidden, NotFound
from cti_server.recording.qa.assignment import store
from cti_server.recording.qa.assignment.model import PlanJson, PlanRules, TaskJson, checked_rules, draw
from cti_server.recording.qa.model import People, checked_text, sight_of
from cti_server.recording.qa.scoring.model import check_not_own

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

MOST_CANDIDATES = 50_000
DAYS_BACK = 14
"""From the calls of how many days a plan draws."""


class Assignment:
    """Plans and their tasks. Weeks begin on Monday in the site's zone."""

    def __init__(self, db: "Database", audit: AuditLog, people: People, clock: Clock, zone: ZoneInfo) -> None:
        self._db = db
        self._audit = audit
        self._people = people
        self._clock = clock
        self._zone = zone

    async def plans(self) -> list[PlanJson]:
        """All plans. Raises Unavailable."""
        return await store.plans(self._db)

    async def put(
        self, who: Session, plan_id: int | None, name: str, form_id: int, rules: PlanRules, *, active: bool
    ) -> PlanJson:
        """Make or change a plan. Raises NotFound, BadInput, Unavailable."""
        if plan_id is not None:
            await self._plan(plan_id)
        clean = checked_text(name, "name", most=100)
        async with self._db.transaction() as connection:
            number = await store.put_plan(
                connection, plan_id, clean, form_id, checked_rules(rules), active, who.user_id
            )
            await self._audit.write(connection, who, "qa.plan", str(number), {"name": clean, "active": active})
        return await self._plan(number)

    async def _plan(self, plan_id: int) -> PlanJson:
        found = await store.plan(self._db, plan_id)
        if found is None:
            raise NotFound("There is no such plan.", code="no_such_plan")
        return found

    async def draw(self, who: Session, plan_id: int) -> int:
        """Draw this week's calls that are still wanted; how many came on the list. Raises NotFound, Conflict."""
        plan = await self._plan(plan_id)
        if not plan.active:
            raise Conflict("This plan is not active.", code="plan_not_active")
        now = self._clock.now()
        week = self._week(now)
        sight = sight_of(self._people, who.scope)
        calls = await store.candidates(self._db, now - DAYS_BACK * 86_400, now, self._team, sight, MOST_CANDIDATES)
        drawn = draw(plan.rules, calls, week.isoformat(), await store.taken(self._db, plan_id, week))
        async with self._db.transaction() as connection:
            count = await store.add_tasks(connection, plan_id, week, drawn)
            told = {"week": week.isoformat(), "seed": plan.rules.seed, "from": len(calls), "drawn": count}
            await self._audit.write(connection, who, "qa.draw", str(plan_id), told)
        return count

    def _week(self, now: float) -> date:
        today = datetime.fromtimestamp(now, self._zone).date()
        return today - timedelta(days=today.weekday())

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
