"""Addresses for signing in, one's own account, users and the audit log."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from cti_server.core.audit.model import AuditEntry
from cti_server.core.audit.service import AuditLog
from cti_server.core.auth.model import Role, Session, User, checked_language
from cti_server.core.auth.scope import Scope, checked_scope
from cti_server.core.auth.service import AccountsService
from cti_server.core.web.routes import ApiRequest, Body, Page, Reply, Route

ADMIN: Final = frozenset({Role.ADMIN.value})
Text = Annotated[str, Meta(max_length=1024)]


class SignIn(Body, frozen=True):
    """Login and password."""

    login: Text
    password: Text


class SetUp(Body, frozen=True):
    """The first admin, made with the token of the one-time link."""

    token: Text
    login: Text
    name: Text
    password: Text


class ChangePassword(Body, frozen=True):
    """The present password and the one that is to follow."""

    old: Text
    new: Text


class ChangeMe(Body, frozen=True):
    """What people change of their own account."""

    language: Text | None = None


class NewUser(Body, frozen=True):
    """An account to be made; without a password a random one is made and shown once."""

    login: Text
    name: Text
    roles: list[Text]
    password: Text | None = None
    teams: tuple[Text, ...] = ()
    """Limits a supervisor or QA to agents of these teams; empty: not limited."""
    queues: tuple[Text, ...] = ()
    """The same for queues."""


class ChangeUser(Body, frozen=True):
    """What an admin changes of an account; what is left out stays."""

    name: Text | None = None
    roles: list[Text] | None = None
    disabled: bool | None = None
    teams: list[Text] | None = None
    queues: list[Text] | None = None


class UserJson(Struct, frozen=True):
    """An account as the consoles see it."""

    id: int
    login: str
    name: str
    roles: list[str]
    language: str
    must_change_password: bool
    disabled_at: float | None
    created_at: float
    teams: tuple[str, ...] = ()
    """Limited to these teams; empty: not limited."""
    queues: tuple[str, ...] = ()


class MeJson(Struct, frozen=True):
    """Who is signed in, and with which phone he works."""

    user: UserJson
    agent: Any


class UserMade(Struct, frozen=True):
    """A new account and its password, which is never shown again."""

    user: UserJson
    password: str | None


class NewPassword(Struct, frozen=True):
    """A password that is never shown again; it must be changed at the next sign-in."""

    password: str


class AuditJson(Struct, frozen=True):
    """One line of the audit log."""

    id: int
    at: float
    user_id: int | None
    login: str
    address: str
    action: str
    subject: str
    details: Mapping[str, object]


class AuditCheck(Struct, frozen=True):
    """The number of the first line that was altered or is missing; null while all stand as they were written."""

    broken_at: int | None


class AuditQuery(Body, frozen=True):
    """Which lines of the audit log."""

    cursor: int | None = None
    action: Text | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


def _user_json(user: User) -> UserJson:
    return UserJson(
        id=user.id,
        login=user.login,
        name=user.name,
        roles=sorted(user.roles),
        language=user.language,
        must_change_password=user.must_change_password,
        disabled_at=user.disabled_at,
        created_at=user.created_at,
        teams=tuple(sorted(user.scope.teams)),
        queues=tuple(sorted(user.scope.queues)),
    )


def _session_json(session: Session) -> UserJson:
    return UserJson(
        id=session.user_id,
        login=session.login,
        name=session.name,
        roles=sorted(session.roles),
        language=session.language,
        must_change_password=session.must_change_password,
        disabled_at=None,
        created_at=session.created_at,
        teams=tuple(sorted(session.scope.teams)),
        queues=tuple(sorted(session.scope.queues)),
    )


def _audit_json(entry: AuditEntry) -> AuditJson:
    return AuditJson(**{name: getattr(entry, name) for name in AuditJson.__struct_fields__})


class _Own:
    """Handlers for whoever signs in."""

    def __init__(self, accounts: AccountsService, phone_of: Callable[[int], object]) -> None:
        self._accounts = accounts
        self._phone_of = phone_of

    async def sign_in(self, request: ApiRequest) -> Reply:
        token, user = await self._accounts.sign_in(request.body.login, request.body.password, request.address)
        return Reply(MeJson(_user_json(user), self._phone_of(user.id)), session_token=token)

    async def sign_out(self, request: ApiRequest) -> Reply:
        if request.token:
            await self._accounts.sign_out(request.token)
        return Reply(status=204, end_session=True)

    async def set_up(self, request: ApiRequest) -> UserJson:
        body = request.body
        return _user_json(await self._accounts.set_up(body.token, body.login, body.name, body.password))

    async def me(self, request: ApiRequest) -> MeJson:
        return MeJson(_session_json(request.who), self._phone_of(request.who.user_id))

    async def change_me(self, request: ApiRequest) -> None:
        if request.body.language is not None:
            await self._accounts.set_language(request.who.user_id, checked_language(request.body.language))

    async def change_password(self, request: ApiRequest) -> None:
        who = request.who
        await self._accounts.change_password(who, who.session_id, request.body.old, request.body.new)


class _Admin:
    """Handlers for the care of accounts."""

    def __init__(self, accounts: AccountsService, audit: AuditLog) -> None:
        self._accounts = accounts
        self._audit = audit

    async def users(self, request: ApiRequest) -> Page[UserJson]:
        return Page([_user_json(user) for user in await self._accounts.list_users()])

    async def create(self, request: ApiRequest) -> Reply:
        body = request.body
        scope = checked_scope(body.teams, body.queues)
        user, password = await self._accounts.create_user(
            body.login, body.name, frozenset(body.roles), by=request.who, password=body.password, scope=scope
        )
        return Reply(UserMade(_user_json(user), None if body.password else password), status=201)

    async def change(self, request: ApiRequest) -> UserJson:
        body = request.body
        roles = None if body.roles is None else frozenset(body.roles)
        user = await self._accounts.update_user(
            request.path["id"],
            by=request.who,
            name=body.name,
            roles=roles,
            disabled=body.disabled,
            scope=await self._scope(request.path["id"], body),
        )
        return _user_json(user)

    async def _scope(self, user_id: int, body: ChangeUser) -> Scope | None:
        """The scope that a change asks for; the half that it leaves out stays."""
        if body.teams is None and body.queues is None:
            return None
        known = {user.id: user.scope for user in await self._accounts.list_users()}.get(user_id, Scope())
        return checked_scope(
            known.teams if body.teams is None else body.teams, known.queues if body.queues is None else body.queues
        )

    async def reset(self, request: ApiRequest) -> NewPassword:
        return NewPassword(await self._accounts.reset_password(request.path["id"], by=request.who))

    async def audit(self, request: ApiRequest) -> Page[AuditJson]:
        query = request.query
        entries = await self._audit.page(before=query.cursor, action=query.action, limit=query.limit)
        more = len(entries) == query.limit and entries[-1].id > 1
        return Page([_audit_json(entry) for entry in entries], str(entries[-1].id) if more else None)

    async def check(self, request: ApiRequest) -> AuditCheck:
        return AuditCheck(await self._audit.first_break())


def routes(accounts: AccountsService, audit: AuditLog, phone_of: Callable[[int], object]) -> list[Route]:
    """The addresses of this room. `phone_of` gives a user's agent profile as JSON, or None."""
    own, admin = _Own(accounts, phone_of), _Admin(accounts, audit)
    return [
        Route("POST", "/sign-in", own.sign_in, summary="Begin a session", request=SignIn, response=MeJson, public=True),
        Route("POST", "/sign-out", own.sign_out, summary="End this session", public=True),
        Route(
            "POST",
            "/setup",
            own.set_up,
            summary="Make the first admin with a one-time link",
            request=SetUp,
            response=UserJson,
            public=True,
        ),
        Route("GET", "/me", own.me, summary="Who is signed in", response=MeJson, temporary=True),
        Route("PATCH", "/me", own.change_me, summary="Change one's own settings", request=ChangeMe, temporary=True),
        Route(
            "POST",
            "/me/password",
            own.change_password,
            summary="Change one's own password",
            request=ChangePassword,
            temporary=True,
        ),
        Route("GET", "/users", admin.users, ADMIN, "All accounts", response=Page[UserJson]),
        Route("POST", "/users", admin.create, ADMIN, "Make an account", NewUser, UserMade),
        Route("PATCH", "/users/{id:int}", admin.change, ADMIN, "Change an account", ChangeUser, UserJson),
        Route(
            "POST",
            "/users/{id:int}/reset-password",
            admin.reset,
            ADMIN,
            "Give an account a new password",
            response=NewPassword,
        ),
        Route("GET", "/audit/check", admin.check, ADMIN, "Whether every line still stands", response=AuditCheck),
        Route(
            "GET",
            "/audit",
            admin.audit,
            ADMIN,
            "The audit log, newest first",
            response=Page[AuditJson],
            query=AuditQuery,
        ),
    ]
