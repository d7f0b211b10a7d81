"""Accounts on a real PostgreSQL. `sessions.py` and `store.py` are walked through the service, as the server does."""

import pytest

from cti_server.core.auth.events import SessionEnded
from cti_server.core.auth.model import check_password
from cti_server.core.errors import BadInput, Conflict, NotFound, NotSignedIn, TooMany
from tests.core.auth.office import GOOD, OPERATOR, Office, wang

pytestmark = pytest.mark.database


async def test_signing_in_gives_a_session_and_signing_out_ends_it(office: Office) -> None:
    await wang(office)
    token, user = await office.accounts.sign_in(" Wang ", GOOD, "127.0.0.1")
    session = await office.accounts.session(token)
    assert session is not None
    assert (session.login, session.roles, user.must_change_password) == ("wang", {"agent"}, False)
    await office.accounts.sign_out(token)
    assert await office.accounts.session(token) is None
    assert office.ended == [SessionEnded(session.session_id, session.user_id)]
    await office.accounts.sign_out(token)


async def test_the_end_of_a_session_says_whether_there_is_another(office: Office) -> None:
    await wang(office)
    first, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    second, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    await office.accounts.sign_out(first)
    await office.accounts.sign_out(second)
    assert [event.signed_in for event in office.ended] == [True, False]


@pytest.mark.parametrize(
    ("login", "password"), [("wang", "wrong"), ("nobody", GOOD), ("wang", "x" * 100_000), ('";id;"', GOOD), ("", "")]
)
async def test_every_refusal_reads_alike(office: Office, login: str, password: str) -> None:
    await wang(office)
    with pytest.raises(NotSignedIn, match="Login or password is not right"):
        await office.accounts.sign_in(login, password, "127.0.0.1")


async def test_ten_failures_lock_the_login_for_a_while_and_not_for_ever(office: Office) -> None:
    await wang(office)
    for _ in range(10):
        with pytest.raises(NotSignedIn):
            await office.accounts.sign_in("wang", "wrong", "10.0.0.1")
    with pytest.raises(TooMany):
        await office.accounts.sign_in("wang", GOOD, "10.0.0.2")
    office.clock.pass_seconds(901)
    await office.accounts.sign_in("wang", GOOD, "10.0.0.2")


async def test_a_reset_password_ends_sessions_and_must_be_changed(office: Office) -> None:
    user_id = await wang(office)
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    given = await office.accounts.reset_password(user_id, by=OPERATOR)
    assert await office.accounts.session(token) is None
    token, user = await office.accounts.sign_in("wang", given, "127.0.0.1")
    assert user.must_change_password
    session = await office.accounts.session(token)
    assert session is not None
    with pytest.raises(BadInput, match="present password"):
        await office.accounts.change_password(session, session.session_id, "wrong", "another horse 42")
    await office.accounts.change_password(session, session.session_id, given, "another horse 42")
    fresh = await office.accounts.session(token)
    assert fresh is not None
    assert not fresh.must_change_password


async def test_disabling_and_new_roles_end_the_sessions(office: Office) -> None:
    user_id = await wang(office)
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    await office.accounts.update_user(user_id, by=OPERATOR, name="王芳芳")
    assert await office.accounts.session(token) is not None
    await office.accounts.update_user(user_id, by=OPERATOR, roles=frozenset({"agent", "qa"}))
    assert await office.accounts.session(token) is None
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    await office.accounts.update_user(user_id, by=OPERATOR, disabled=True)
    assert await office.accounts.session(token) is None
    with pytest.raises(NotSignedIn):
        await office.accounts.sign_in("wang", GOOD, "127.0.0.1")


async def test_the_last_admin_cannot_be_lost(office: Office) -> None:
    user, _ = await office.accounts.create_user("root", "Root", frozenset({"admin"}), by=OPERATOR, password=GOOD)
    for change in ({"disabled": True}, {"roles": frozenset({"agent"})}):
        with pytest.raises(Conflict, match="last admin"):
            await office.accounts.update_user(user.id, by=OPERATOR, **change)  # type: ignore[arg-type]


async def test_the_first_admin_comes_by_a_link_that_works_once(office: Office) -> None:
    token = await office.accounts.new_setup_token()
    assert token is not None
    user = await office.accounts.set_up(token, "root", "Root", GOOD)
    assert user.roles == {"admin"}
    with pytest.raises(NotSignedIn, match="used"):
        await office.accounts.set_up(token, "root2", "Root", GOOD)
    assert await office.accounts.new_setup_token() is None


async def test_logins_are_unique_and_unknown_users_are_told(office: Office) -> None:
    await wang(office)
    with pytest.raises(Conflict, match="wang"):
        await wang(office)
    with pytest.raises(NotFound):
        await office.accounts.find_user("nobody")
    with pytest.raises(NotFound):
        await office.accounts.update_user(999, by=OPERATOR, disabled=True)


async def test_an_idle_session_ends(office: Office) -> None:
    await wang(office)
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    await office.db.execute("update user_session set last_seen_at = now() - interval '13 hours'")
    office.clock.pass_seconds(6)
    assert await office.accounts.session(token) is None


async def test_a_chosen_language_shows_at_once(office: Office) -> None:
    user_id = await wang(office)
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    await office.accounts.set_language(user_id, "en")
    session = await office.accounts.session(token)
    assert session is not None
    assert session.language == "en"


async def test_each_deed_is_in_the_audit_log(office: Office) -> None:
    user_id = await wang(office)
    await office.accounts.update_user(user_id, by=OPERATOR, disabled=True)
    newest, first = await office.audit.page(limit=10)
    assert (newest.action, newest.subject, newest.details) == ("user.update", "wang", {"disabled": [False, True]})
    assert (first.action, first.login) == ("user.create", "(command line)")


async def test_a_short_login_may_stand_in_a_random_password(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_server.core.auth.service.new_password", lambda: "abcde-fghjk-mnpqa-rstuv")
    _, password = await office.accounts.create_user("qa", "QA", frozenset({"qa"}), by=OPERATOR)
    check_password(password, "qa")
    token, _ = await office.accounts.sign_in("qa", password, "127.0.0.1")
    assert await office.accounts.session(token) is not None
