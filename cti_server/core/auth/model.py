"""Users, sessions and the rules for logins and passwords (pure)."""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.errors import BadInput
from cti_server.core.signs import is_one_line

MIN_PASSWORD: Final = 10
MAX_PASSWORD: Final = 256
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
# No letters or digits that look alike when read out or copied by hand.
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_KNOWN_BAD: Final = frozenset({"1234567890", "0123456789", "password123", "administrator", "qwertyuiop", "changeme123"})


class Role(StrEnum):
    """What a user may do; one user may have several."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    QA = "qa"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """An account. Times in unix seconds."""

    id: int
    login: str
    name: str
    roles: frozenset[str]
    language: str
    """zh-CN, en, or empty for the site's own."""
    must_change_password: bool
    disabled_at: float | None
    created_at: float
    scope: Scope = EVERYTHING
    """To what an admin has limited him, whatever his roles."""


@dataclass(frozen=True, slots=True)
class Session:
    """A user who is signed in, and from where."""

    session_id: int
    user_id: int
    login: str
    name: str
    roles: frozenset[str]
    language: str
    must_change_password: bool
    address: str
    created_at: float
    last_seen_at: float
    scope: Scope = EVERYTHING
    """What he reaches: everything when he is an admin."""


def checked_login(text: str) -> str:
    """`text` in the form in which logins are kept. Raises BadInput."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise BadInput(
            f"The login {text!r} cannot be used.",
            field="login",
            allowed="1 to 64 small letters, digits, dots, dashes or underscores, the first a letter or digit",
            code="bad_login",
        )
    return login


def checked_name(text: str) -> str:
    """A person's name, trimmed. Raises BadInput when empty, too long or holding control characters."""
    name = text.strip()
    if not 1 <= len(name) <= 100 or not is_one_line(name):
        raise BadInput("This name cannot be used.", field="name", allowed="1 to 100 characters on one line")
    return name


def checked_roles(roles: frozenset[str]) -> frozenset[str]:
    """One or more known roles. Raises BadInput."""
    known = frozenset(role.value for role in Role)
    if not roles or not roles <= known:
        raise BadInput(
            "A user needs at least one role, and only known ones.", field="roles", allowed=", ".join(sorted(known))
        )
    return roles


def checked_language(text: str) -> str:
    """A language that the consoles speak, or empty for the site's. Raises BadInput."""
    if text not in ("", "zh-CN", "en"):
        raise BadInput(f"The consoles do not speak {text!r}.", field="language", allowed="zh-CN, en, or empty")
    return text


def check_password(password: str, login: str) -> None:
    """Raise BadInput unless `password` is fit to be kept."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadInput(
            "This password is too short or too long.",
            field="password",
            allowed=f"{MIN_PASSWORD} to {MAX_PASSWORD} characters",
            code="password_length",
        )
    plain = password.lower()
    if plain in _KNOWN_BAD or len(set(plain)) < 4 or (len(login) > 3 and login in plain):
        raise BadInput(
            "This password is too easy to guess.",
            field="password",
            allowed="not a well-known one, not the login, at least four different characters",
            code="password_weak",
        )


def new_password() -> str:
    """A random password that can be read out: four groups of five, 99 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(4))
