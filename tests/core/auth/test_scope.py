"""Who lies within a scope, and what an admin makes of it."""

import pytest

from cti_server.core.auth.scope import EVERYTHING, Scope, checked_scope
from cti_server.core.errors import BadInput
from tests.core.auth.office import GOOD, OPERATOR, Office, wang

NORTH = Scope(teams=frozenset({"north"}))
SALES = Scope(queues=frozenset({"sales"}))
BOTH = Scope(frozenset({"north"}), frozenset({"sales"}))


def test_empty_sets_limit_nothing() -> None:
    assert EVERYTHING.whole
    assert EVERYTHING.sees_agent("", ())
    assert EVERYTHING.sees_queue("any")
    assert EVERYTHING.sees_call((), ())


def test_agents_by_team_and_queue() -> None:
    assert NORTH.sees_agent("north", ())
    assert not NORTH.sees_agent("", ("sales",))
    assert SALES.sees_agent("south", ("support", "sales"))
    assert not SALES.sees_agent("north", ())
    assert BOTH.sees_agent("north", ("sales",))
    assert not BOTH.sees_agent("north", ("support",))
    assert not BOTH.sees_agent("south", ("sales",))


@pytest.mark.parametrize(
    ("scope", "queues", "agents", "seen"),
    [
        (SALES, ["sales"], [], True),
        (SALES, ["support"], [("", ["sales"])], False),
        (SALES, ["support", "sales"], [], True),
        (SALES, [], [("", ["sales"])], True),
        (SALES, [], [], False),
        (NORTH, ["sales"], [], True),
        (NORTH, [], [], False),
        (NORTH, ["sales"], [("south", [])], False),
        (NORTH, [], [("south", []), ("north", [])], True),
        (BOTH, ["sales"], [("north", ["support"])], True),
        (BOTH, ["sales"], [("south", ["sales"])], False),
        (BOTH, [], [("north", ["support"])], False),
    ],
)
def test_calls_by_their_queues_and_agents(
    scope: Scope, queues: list[str], agents: list[tuple[str, list[str]]], seen: bool
) -> None:
    assert scope.sees_call(queues, agents) is seen


@pytest.mark.parametrize("wrong", [["a" * 101], ["a\nb"], [""], [str(n) for n in range(201)]])
def test_names_that_cannot_be_kept(wrong: list[str]) -> None:
    with pytest.raises(BadInput):
        checked_scope(wrong, [])
    with pytest.raises(BadInput):
        checked_scope([], wrong)


@pytest.mark.database
async def test_a_new_scope_ends_sessions_and_admins_have_none(office: Office) -> None:
    await wang(office)
    token, user = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    before = await office.accounts.session(token)
    assert before is not None
    assert before.scope == EVERYTHING
    roles = frozenset({"supervisor"})
    await office.accounts.update_user(user.id, by=OPERATOR, roles=roles, scope=BOTH)
    assert [event.user_id for event in office.ended] == [user.id]
    assert await office.accounts.session(token) is None
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    session = await office.accounts.session(token)
    assert session is not None
    assert session.scope == BOTH
    assert (await office.accounts.find_user("wang")).scope == BOTH
    await office.accounts.update_user(user.id, by=OPERATOR, roles=roles | {"admin"})
    token, _ = await office.accounts.sign_in("wang", GOOD, "127.0.0.1")
    session = await office.accounts.session(token)
    assert session is not None
    assert session.scope == EVERYTHING, "an admin reaches everything"
    entries = await office.audit.page()
    assert any(entry.details.get("teams") == [[], ["north"]] for entry in entries)
