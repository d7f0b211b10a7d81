"""The only SQL of accounts and sessions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cti_server.core.auth.model import Role, Session, User
from cti_server.core.auth.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from cti_server.core.storage.database import Connection, Database

_USER = (
    "id, login, name, roles, language, must_change_password, scope_teams, scope_queues,"
    " extract(epoch from disabled_at)::float8 as disabled_at, extract(epoch from created_at)::float8 as created_at"
)
_SESSION = (
    "s.id as session_id, u.id as user_id, u.login, u.name, u.roles, u.language, u.must_change_password, s.address,"
    " u.scope_teams, u.scope_queues,"
    " extract(epoch from s.created_at)::float8 as created_at,"
    " extract(epoch from s.last_seen_at)::float8 as last_seen_at"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A user as sign-in needs him."""

    user: User
    password_hash: str | None


def _user(row: Any) -> User:
    plain = {key: row[key] for key in User.__dataclass_fields__ if key != "scope"}
    return User(**{**plain, "roles": frozenset(row["roles"]), "scope": _scope(row)})


def _session(row: Any) -> Session:
    plain = {key: value for key, value in row.items() if not key.startswith("scope_")}
    scope = EVERYTHING if Role.ADMIN in row["roles"] else _scope(row)
    return Session(**{**plain, "roles": frozenset(row["roles"]), "scope": scope})


def _scope(row: Any) -> Scope:
    return Scope(frozenset(row["scope_teams"]), frozenset(row["scope_queues"]))


async def add_user(
    connection: "Connection",
    login: str,
    name: str,
    roles: Iterable[str],
    password_hash: str,
    must_change: bool,
    scope: Scope = EVERYTHING,
) -> User | None:
    """The new user, or None when the login is taken."""
    row = await connection.fetchrow(
        "insert into app_user (login, name, roles, password_hash, must_change_password, scope_teams, scope_queues)"
        " values ($1, $2, $3, $4, $5, $6, $7)"
        f" on conflict (login) do nothing returning {_USER}",
        login,
        name,
        sorted(roles),
        password_hash,
        must_change,
        sorted(scope.teams),
        sorted(scope.queues),
    )
    return None if row is None else _user(row)


async def by_login(db: "Database", login: str) -> Kept | None:
    """The user with this login and the hash of his password."""
    row = await db.fetchrow(f"select {_USER}, password_hash from app_user where login = $1", login)
    return None if row is None else Kept(_user(row), row["password_hash"])


async def user(connection: "Connection", user_id: int) -> User | None:
    """The user with this number, locked until the transaction ends."""
    row = await connection.fetchrow(f"select {_USER} from app_user where id = $1 for update", user_id)
    return None if row is None else _user(row)


async def users(db: "Database") -> list[User]:
    """All users by login."""
    return [_user(row) for row in await db.fetch(f"select {_USER} from app_user order by login")]


async def count_enabled_admins(connection: "Connection") -> int:
    """How many could still sign in as admin."""
    return int(
        await connection.fetchval("select count(*) from app_user where 'admin' = any(roles) and disabled_at is null")
    )


async def set_password(connection: "Connection", user_id: int, password_hash: str, must_change: bool) -> None:
    """Keep another hash."""
    await connection.execute(
        "update app_user set password_hash = $2, must_change_password = $3 where id = $1",
        user_id,
        password_hash,
        must_change,
    )


async def set_user(
    connection: "Connection", user_id: int, name: str, roles: Iterable[str], disabled: bool, scope: Scope
) -> User:
    """Write name, roles, scope and whether the user may sign in."""
    row = await connection.fetchrow(
        "update app_user set name = $2, roles = $3, scope_teams = $5, scope_queues = $6,"
        " disabled_at = case when $4 then coalesce(disabled_at, now()) end"
        f" where id = $1 returning {_USER}",
        user_id,
        name,
        sorted(roles),
        disabled,
        sorted(scope.teams),
        sorted(scope.queues),
    )
    return _user(row)


async def set_language(db: "Database", user_id: int, language: str) -> None:
    """Keep the language that the user chose."""
    await db.execute("update app_user set language = $2 where id = $1", user_id, language)


async def open_session(db: "Database", token_hash: bytes, user_id: int, address: str, user_agent: str) -> Session:
    """A new session of `user_id`."""
    row = await db.fetchrow(
        "with s as (insert into user_session (token_hash, user_id, address, user_agent) values ($1, $2, $3, $4)"
        f" returning *) select {_SESSION} from s join app_user u on u.id = s.user_id",
        token_hash,
        user_id,
        address,
        user_agent,
    )
    return _session(row)


async def find_session(db: "Database", token_hash: bytes, idle: float, longest: float) -> Session | None:
    """The open session of this token whose user may still sign in. `idle` and `longest` in seconds."""
    row = await db.fetchrow(
        f"select {_SESSION} from user_session s join app_user u on u.id = s.user_id"
        " where s.token_hash = $1 and s.ended_at is null and u.disabled_at is null"
        " and s.last_seen_at > now() - make_interval(secs => $2) and s.created_at > now() - make_interval(secs => $3)",
        token_hash,
        idle,
        longest,
    )
    return None if row is None else _session(row)


async def seen(db: "Database", session_id: int) -> None:
    """Note that the session was used."""
    await db.execute("update user_session set last_seen_at = now() where id = $1", session_id)


async def end_session(db: "Database", session_id: int, reason: str) -> None:
    """End one session."""
    await db.execute(
        "update user_session set ended_at = now(), ended_reason = $2 where id = $1 and ended_at is null",
        session_id,
        reason,
    )


async def is_signed_in(db: "Database", user_id: int, idle: float, longest: float) -> bool:
    """Whether a user has an open session. `idle` and `longest` in seconds."""
    return bool(
        await db.fetchval(
            "select exists (select from user_session where user_id = $1 and ended_at is null"
            " and last_seen_at > now() - make_interval(secs => $2) and created_at > now() - make_interval(secs => $3))",
            user_id,
            idle,
            longest,
        )
    )


async def end_sessions(connection: "Connection", user_id: int, reason: str, but: int | None) -> list[int]:
    """End all sessions of a user except `but`; the numbers of those that were open."""
    rows = await connection.fetch(
        "update user_session set ended_at = now(), ended_reason = $2"
        " where user_id = $1 and ended_at is null and ($3::bigint is null or id <> $3) returning id",
        user_id,
        reason,
        but,
    )
    return [row["id"] for row in rows]


async def add_setup_link(db: "Database", token_hash: bytes, seconds: float) -> None:
    """Keep the hash of a one-time link for `seconds`; earlier links stop working."""
    async with db.transaction() as connection:
        await connection.execute("delete from setup_link where used_at is null")
        await connection.execute(
            "insert into setup_link (token_hash, expires_at) values ($1, now() + make_interval(secs => $2))",
            token_hash,
            seconds,
        )


async def use_setup_link(connection: "Connection", token_hash: bytes) -> bool:
    """Use up the link; False when there is none, or it is used or too old."""
    done = await connection.fetchval(
        "update setup_link set used_at = now() where token_hash = $1 and used_at is null and expires_at > now()"
        " returning 1",
        token_hash,
    )
    return done is not None
