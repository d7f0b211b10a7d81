"""Accounts on a real PostgreSQL, as the tests of this folder use them."""

from dataclasses import dataclass

from cti_server.core.audit.model import Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.service import AccountsService
from cti_server.core.storage.database import Database
from tests.fakes.set_clock import SetClock

OPERATOR = Operator()
GOOD = "correct horse 42"


@dataclass
class Office:
    accounts: AccountsService
    audit: AuditLog
    clock: SetClock
    ended: list[SessionEnded]
    db: Database


async def wang(office: Office) -> int:
    user, _ = await office.accounts.create_user("wang", "王芳", frozenset({"agent"}), by=OPERATOR, password=GOOD)
    return user.id
