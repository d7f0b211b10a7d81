"""A small house of quality on a real database: two agents, graders, recordings that are filed."""

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Session
from cti_server.core.auth.scope import Scope
from cti_server.core.storage.database import Database
from cti_server.recording.model import SessionScopes
from cti_server.recording.qa.forms.defaults import default_form
from cti_server.recording.qa.forms.model import Answer, Form, Kind
from cti_server.recording.qa.scoring.model import EvaluationDetail, Rules
from cti_server.recording.qa.service import Quality
from cti_server.recording.qa.subjects import RecordedCalls
from tests.fakes.set_clock import SetClock
from tests.recording.archive import AT, Archive, signed_in

LI, ZHAO = 7, 8
QA, SECOND, CHIEF, ADMIN = 20, 21, 22, 1
TEAMS = {LI: "north", ZHAO: "south"}
DAY = 86_400.0


@dataclass
class Told:
    told: list[tuple[str, str, Any]]

    def publish(self, topic: str, type_: str, data: Any, ts: float) -> None:
        self.told.append((topic, type_, data))


@dataclass
class Listening:
    """Who listens to what, as the test says."""

    heard: dict[int, SimpleNamespace] = field(default_factory=dict)
    lives: set[str] = field(default_factory=set)

    def hear(self, user_id: int, call_id: str, agent_id: int, began: float) -> None:
        self.heard[user_id] = SimpleNamespace(call_id=call_id, agent_id=agent_id, queue="vip", began=began)
        self.lives.add(call_id)

    def heard_by(self, user_id: int) -> Any:
        return self.heard.get(user_id)

    def goes_on(self, call_id: str) -> bool:
        return call_id in self.lives


class People:
    def __init__(self) -> None:
        self.queues: dict[int, tuple[SimpleNamespace, ...]] = {}

    def name_of(self, user_id: int) -> str:
        return f"User {user_id}"

    def profile_of(self, user_id: int) -> Any:
        return SimpleNamespace(team=TEAMS[user_id], queues=self.queues.get(user_id, ())) if user_id in TEAMS else None

    def sees_user(self, scope: Scope, user_id: int) -> bool:
        return scope.sees_team(TEAMS.get(user_id, ""))

    def users_within(self, scope: Scope) -> list[int]:
        return [user_id for user_id in TEAMS if self.sees_user(scope, user_id)]


class House:
    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = SetClock(AT + DAY)
        self.folder = TemporaryDirectory()
        self.archive = Archive(db, Path(self.folder.name), agents_may_listen=True)
        self.hub = Told([])
        self.people = People()
        self.archive.room.scopes = SessionScopes(self.people)
        self.listening = Listening()
        self.quality = Quality(
            db=db,
            audit=AuditLog(db, self.clock),
            hub=cast("Any", self.hub),
            recordings=RecordedCalls(self.archive.room),
            listening=self.listening,
            people=self.people,
            clock=self.clock,
            zone=ZoneInfo("Asia/Shanghai"),
            rules=Rules(dispute_days=5, dispute_rounds=2),
        )
        self.qa, self.second = signed_in(QA, "qa"), signed_in(SECOND, "qa", session_id=51)
        self.chief, self.li = signed_in(CHIEF, "supervisor"), signed_in(LI, "agent")

    async def close(self) -> None:
        await self.archive.close()
        self.folder.cleanup()

    async def recording(self, n: int, user_id: int = LI, **more: Any) -> int:
        """A recording as the filing leaves it."""
        row = {"queue": "vip", "seconds": 90.0, "longest_silence": 4.0, "talk_over": 9.0, "outcome": "answered", **more}
        at = AT + n
        number = await self.db.fetchval(
            "insert into recording (pbx, name, linkedid, uniqueid, started_at, state, seconds, queue, outcome,"
            " direction, silence, longest_silence, talk_over, agent_share, rate_agent, tags)"
            " values ('main', $1, $2, $2, to_timestamp($3), 'ready', $4,"
            " $5, $6, 'inbound', 10, $7, $8, 0.5, 4.1, $9) returning id",
            f"r{n}", f"pbx1-{n}.0", at, row["seconds"], row["queue"], row["outcome"], row["longest_silence"],
            row["talk_over"], row.get("tags", []),
        )  # fmt: skip
        await self.db.execute(
            "insert into recording_agent (user_id, started_at, recording_id) values ($1, to_timestamp($2), $3)",
            user_id, at, number,
        )  # fmt: skip
        return int(number)

    async def form(self) -> int:
        """The form to begin with, published; its number."""
        made = await self.quality.forms.add(self.qa, "Standard", "en")
        await self.quality.forms.publish(self.qa, made["id"])
        return int(made["id"])

    async def submitted(self, who: Session, subject: int, form: int, share: float = 1.0) -> EvaluationDetail:
        """A score of this grader."""
        scoring = self.quality.scoring
        begun = await scoring.begin(who, "recording", str(subject), form, None)
        version = begun.evaluation.version
        return await scoring.submit(who, begun.evaluation.id, full(begun.form, share), "Good.", version)

    async def audited(self) -> list[str]:
        return [row["action"] for row in await self.db.fetch("select action from audit_entry order by id")]


def full(form: Form, share: float = 1.0) -> dict[str, Answer]:
    """All questions answered: scales with this share of the points, the others full."""
    answers = {}
    for question in form.questions:
        if question.kind is Kind.TEXT:
            continue
        value = {Kind.YES_NO: 1.0, Kind.CHOICE: 0.0}.get(question.kind, round(question.max * share))
        answers[question.key] = Answer(value=value, comment="why")
    return answers


def standard() -> Form:
    return default_form("en")
