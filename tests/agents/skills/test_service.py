"""Skills on a real PostgreSQL: kept, audited, told, and there again after a restart."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from cti_server.agents.skills.api import SkillsBody, routes
from cti_server.agents.skills.events import AgentSkillsChanged
from cti_server.agents.skills.service import SkillsService
from cti_server.core.audit.service import AuditLog
from cti_server.core.bus import Bus
from cti_server.core.errors import NotFound
from cti_server.core.storage.database import Database
from cti_server.core.web.routes import ApiRequest
from tests.calls.made import session
from tests.fakes.set_clock import SetClock

pytestmark = pytest.mark.database
CHIEF = session("supervisor", user_id=2)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, pool_size=2, timeout=5.0)
    await db.open()
    await db.execute("insert into app_user (login, name, roles) values ('li', '李娜', '{agent}')")
    yield db
    await db.close()


async def test_skills_are_kept_audited_told_and_survive(db: Database) -> None:
    bus, marked, told = Bus(), list[int](), list[AgentSkillsChanged]()
    bus.subscribe(AgentSkillsChanged, told.append)
    skills = SkillsService(db, AuditLog(db, SetClock()), bus, marked.append)
    await skills.restore()
    assert skills.of(1) == {}
    await skills.put(CHIEF, 1, {"英语": 4, "billing": 1})
    await skills.put(CHIEF, 1, {"英语": 5})
    assert skills.of(1) == {"英语": 5}
    assert marked == [1, 1]
    assert told[-1] == AgentSkillsChanged(1, (("英语", 5),))
    again = SkillsService(db, AuditLog(db, SetClock()), Bus(), marked.append)
    await again.restore()
    assert again.of(1) == {"英语": 5}
    assert again.names == ["英语"]
    rows = await db.fetch("select action, details from audit_entry order by id")
    assert [row["action"] for row in rows] == ["agent.skills"] * 2
    assert msgspec.json.decode(rows[1]["details"]) == {"before": {"billing": 1, "英语": 4}, "after": {"英语": 5}}
    with pytest.raises(NotFound):
        await skills.put(CHIEF, 99, {"a": 1})
    assert skills.of(99) == {}


async def test_the_addresses(db: Database) -> None:
    skills = SkillsService(db, AuditLog(db, SetClock()), Bus(), lambda user_id: None)
    found = {(route.method, route.path): route for route in routes(skills)}
    body = msgspec.convert({"skills": {"a": 3}}, SkillsBody)
    ask = ApiRequest(CHIEF, None, body, None, {"user_id": 1}, "en", "", "r")
    put = found["PUT", "/agents/{user_id:int}/skills"]
    assert msgspec.to_builtins(await put.handler(ask)) == {"user_id": 1, "skills": {"a": 3}}
    listed = await found["GET", "/skills"].handler(ask)
    assert msgspec.to_builtins(listed)["items"] == ["a"]
    shown = await found["GET", "/agents/{user_id:int}/skills"].handler(ask)
    assert msgspec.to_builtins(shown) == {"user_id": 1, "skills": {"a": 3}}
    assert put.roles == {"supervisor", "admin"}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"skills": {"a": 9}}, SkillsBody)
