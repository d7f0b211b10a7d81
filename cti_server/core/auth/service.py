"""Signing in and out, and the care of accounts.

Every change of an account is audited in the same transaction and ends the sessions that it makes untrue.
"""

import hashlib
import secrets
from typing import TYPE_CHECKING

from cti_server.core.audit.model import Actor, Operator
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth import store
from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.model import (
    MAX_PASSWORD,
    Role,
    Session,
    User,
    check_password,
    checked_login,
    checked_name,
    checked_roles,
    new_password,
)
from cti_server.core.auth.passwords import Passwords
from cti_server.core.auth.rate import TryLimit
from cti_server.core.auth.scope import EVERYTHING, Scope
from cti_server.core.auth.sessions import Sessions
from cti_server.core.bus import Bus
from cti_server.core.clock import Clock
from cti_server.core.errors import BadInput, Conflict, NotFound, NotSignedIn

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

SETUP_LINK_SECONDS = 24 * 3600.0


def token_hash(token: str) -> bytes:
    """How a token is kept: SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


class AccountsService:
    """Users, their passwords and who is signed in."""

    def __init__(self, db: "Database", audit: AuditLog, bus: Bus, clock: Clock, sessions: Sessions) -> None:
        self._db = db
        self._audit = audit
        self._bus = bus
        self._clock = clock
        self.sessions = sessions
        self._passwords = Passwords()
        self._by_login = TryLimit(most=10, window=900.0)
        self._by_address = TryLimit(most=30, window=900.0)

    async def sign_in(self, login: str, password: str, address: str, user_agent: str = "") -> tuple[str, User]:
        """A new session's token and its user.

        Raises NotSignedIn with one text for every reason (unknown, wrong, disabled), TooMany after ten failures of a
        login or thirty from an address within 15 minutes.
        """
        key = login.strip().lower()[:64]
        now = self._clock.monotonic()
        self._by_address.count(address, now)
        self._by_login.count(key, now)
        user = await self._proven(key, password)
        if user is None:
            raise NotSignedIn("Login or password is not right.", code="sign_in_failed")
        self._by_address.forgive(address)
        self._by_login.forgive(key)
        token = secrets.token_urlsafe(32)
        session = await store.open_session(self._db, token_hash(token), user.id, address, user_agent[:200])
        await self._audit.note(session, "session.signIn", user.login)
        return token, user

    async def _proven(self, login: str, password: str) -> User | None:
        fits = len(password) <= MAX_PASSWORD
        kept = await store.by_login(self._db, login)
        right = await self._passwords.verify(password if fits else "", kept.password_hash if kept else None)
        return kept.user if kept and right and fits and kept.user.disabled_at is None else None

    async def session(self, token: str) -> Session | None:
        """The open session of `token`, or None. Raises Unavailable when it cannot be told."""
        return await self.sessions.find(token)

    async def sign_out(self, token: str) -> None:
        """End the session of this token; nothing happens when there is none."""
        await self.sessions.end(token, "signed out")

    async def create_user(
        self,
        login: str,
        name: str,
        roles: frozenset[str],
        *,
        by: Actor,
        password: str | None = None,
        scope: Scope = EVERYTHING,
    ) -> tuple[User, str]:
        """A new user and the password: the given one, or a random one that must be changed at the first sign-in.

        Raises BadInput, or Conflict when the login is taken.
        """
        login, name, roles = checked_login(login), checked_name(name), checked_roles(roles)
        if password is not None:
            check_password(password, login)
        chosen = password if password is not None else new_password()
        kept = await self._passwords.hash(chosen)
        async with self._db.transaction() as connection:
            user = await store.add_user(connection, login, name, roles, kept, password is None, scope)
            if user is None:
                raise Conflict(f"There is already a user {login}.", code="login_taken")
            told = {"name": name, "roles": sorted(roles), **({} if scope.whole else _scope_told(scope))}
            await self._audit.write(connection, by, "user.create", login, told)
        return user, chosen

    async def reset_password(self, user_id: int, *, by: Actor) -> str:
        """A new random password that must be changed at the next sign-in; ends the user's sessions."""
        chosen = new_password()
        kept = await self._passwords.hash(chosen)
        async with self._db.transaction() as connection:
            user = await self._existing(connection, user_id)
            await store.set_password(connection, user_id, kept, must_change=True)
            await self._audit.write(connection, by, "user.resetPassword", user.login)
            ended = await store.end_sessions(connection, user_id, "password reset", but=None)
        self._tell_ended(user_id, ended)
        return chosen

    async def change_password(self, who: Actor, session_id: int, old: str, new: str) -> None:
        """The user's own change; his other sessions end. Raises BadInput when `old` is wrong or `new` unfit."""
        assert who.user_id is not None
        self._by_login.count(who.login, self._clock.monotonic())
        if await self._proven(who.login, old) is None:
            raise BadInput("The present password is not right.", field="old", code="wrong_password")
        self._by_login.forgive(who.login)
        check_password(new, who.login)
        kept = await self._passwords.hash(new)
        async with self._db.transaction() as connection:
            await store.set_password(connection, who.user_id, kept, must_change=False)
            await self._audit.write(connection, who, "user.changePassword", who.login)
            ended = await store.end_sessions(connection, who.user_id, "password changed", but=session_id)
        self.sessions.forget()
        self._tell_ended(who.user_id, ended, signed_in=True)

    async def update_user(
        self,
        user_id: int,
        *,
        by: Actor,
        name: str | None = None,
        roles: frozenset[str] | None = None,
        disabled: bool | None = None,
        scope: Scope | None = None,
    ) -> User:
        """Change what is given. A change of roles or scope, or disabling, ends the user's sessions.

        Raises NotFound, BadInput, and Conflict when no enabled admin would be left.
        """
        async with self._db.transaction() as connection:
            before = await self._existing(connection, user_id)
            new_roles = before.roles if roles is None else checked_roles(roles)
            now_disabled = before.disabled_at is not None if disabled is None else disabled
            new_name = before.name if name is None else checked_name(name)
            new_scope = before.scope if scope is None else scope
            after = await store.set_user(connection, user_id, new_name, new_roles, now_disabled, new_scope)
            if await store.count_enabled_admins(connection) == 0 and Role.ADMIN in before.roles:
                raise Conflict("This is the last admin who can sign in.", code="last_admin")
            await self._audit.write(connection, by, "user.update", after.login, _difference(before, after))
            rights = before.roles != after.roles or before.scope != after.scope
            untrue = rights or (now_disabled and before.disabled_at is None)
            ended = await store.end_sessions(connection, user_id, "account changed", but=None) if untrue else []
        self.sessions.forget()
        self._tell_ended(user_id, ended)
        return after

    async def list_users(self) -> list[User]:
        """All users by login."""
        return await store.users(self._db)

    async def find_user(self, login: str) -> User:
        """The user with this login. Raises NotFound."""
        kept = await store.by_login(self._db, login.strip().lower())
        if kept is None:
            raise NotFound(f"There is no user {login!r}.", code="no_such_user")
        return kept.user

    async def set_language(self, user_id: int, language: str) -> None:
        """Keep the language that the user chose for the consoles."""
        await store.set_language(self._db, user_id, language)
        self.sessions.forget()

    async def new_setup_token(self) -> str | None:
        """A token for the link by which the first admin is made, good for a day and one use; None when there is one."""
        if any(Role.ADMIN in user.roles and user.disabled_at is None for user in await self.list_users()):
            return None
        token = secrets.token_urlsafe(32)
        await store.add_setup_link(self._db, token_hash(token), SETUP_LINK_SECONDS)
        return token

    async def set_up(self, token: str, login: str, name: str, password: str) -> User:
        """Make the first admin with the token of the one-time link. Raises NotSignedIn for a token that is no good."""
        login, name = checked_login(login), checked_name(name)
        check_password(password, login)
        kept = await self._passwords.hash(password)
        async with self._db.transaction() as connection:
            if not await store.use_setup_link(connection, token_hash(token)):
                raise NotSignedIn("This link has been used or is too old.", code="setup_link_spent")
            user = await store.add_user(connection, login, name, [Role.ADMIN], kept, must_change=False)
            if user is None:
                raise Conflict(f"There is already a user {login}.", code="login_taken")
            await self._audit.write(
                connection, Operator(login="(setup link)"), "user.create", login, {"roles": ["admin"]}
            )
        return user

    async def _existing(self, connection: "Connection", user_id: int) -> User:
        user = await store.user(connection, user_id)
        if user is None:
            raise NotFound("There is no such user.", code="no_such_user")
        return user

    def _tell_ended(self, user_id: int, session_ids: list[int], *, signed_in: bool = False) -> None:
        for session_id in session_ids:
            self._bus.publish(SessionEnded(session_id, user_id, signed_in))


def _difference(before: User, after: User) -> dict[str, object]:
    pairs = {
        "name": (before.name, after.name),
        "roles": (sorted(before.roles), sorted(after.roles)),
        "disabled": (before.disabled_at is not None, after.disabled_at is not None),
        "teams": (sorted(before.scope.teams), sorted(after.scope.teams)),
        "queues": (sorted(before.scope.queues), sorted(after.scope.queues)),
    }
    return {key: list(pair) for key, pair in pairs.items() if pair[0] != pair[1]}


def _scope_told(scope: Scope) -> dict[str, object]:
    return {"teams": sorted(scope.teams), "queues": sorted(scope.queues)}
