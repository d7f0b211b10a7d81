"""An entry of the audit log and the arithmetic of its chain (pure)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast

FIRST_HASH = bytes(32)
REDACT = "audit.redact"
"""An entry of this action vouches for others out of which words were taken (see `vouchers`)."""


class Actor(Protocol):
    """Whoever does something: a signed-in session, or the operator at the command line."""

    @property
    def user_id(self) -> int | None:
        """None when it is not a user of the database."""

    @property
    def login(self) -> str:
        """The name under which it acts."""

    @property
    def address(self) -> str:
        """Where from; empty for the command line."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The person at the server's own command line."""

    user_id: int | None = None
    login: str = "(command line)"
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log. `at` in unix seconds; `details` is flat JSON without secrets."""

    id: int
    at: float
    user_id: int | None
    login: str
    address: str
    action: str
    subject: str
    details: Mapping[str, object] = field(default_factory=dict)
    hash: bytes = b""


def chained_hash(before: bytes, entry: AuditEntry) -> bytes:
    """SHA-256 over the hash of the entry before and the canonical JSON of this one (times to the millisecond)."""
    return hashlib.sha256(before + _plain(entry)).digest()


def content_hash(entry: AuditEntry) -> str:
    """SHA-256 of an entry as it stands, in hexadecimal: what a voucher says of one that was redacted."""
    return hashlib.sha256(_plain(entry)).hexdigest()


def vouchers(entries: Iterable[AuditEntry]) -> dict[int, tuple[str, str]]:
    """Number of each redacted entry → (its hash in the chain, content_hash of what stands there now)."""
    return {
        int(str(number)): (str(was), str(now))
        for entry in entries
        for number, was, now in cast("list[list[object]]", entry.details["entries"])
    }


def _plain(entry: AuditEntry) -> bytes:
    plain = [
        entry.id,
        round(entry.at * 1000),
        entry.user_id,
        entry.login,
        entry.address,
        entry.action,
        entry.subject,
        entry.details,
    ]
    return json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
