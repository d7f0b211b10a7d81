"""A scope of teams and queues holds for recordings too."""

from dataclasses import replace

from cti_server.core.auth.scope import Scope
from cti_server.recording.model import Within
from cti_server.recording.within import ByScope
from tests.recording.archive import signed_in


class People:
    def users_within(self, scope: Scope) -> list[int]:
        return [7] if scope.teams else [7, 8]


def test_by_scope() -> None:
    scopes = ByScope(People())
    chief = signed_in(5, "supervisor")
    assert scopes.within(chief) is None
    assert scopes.within(signed_in(5, "agent")) == Within(5)
    north = replace(chief, scope=Scope(teams=frozenset({"north"})))
    assert scopes.within(north) == Within(5, None, (), (7,))
    vip = replace(chief, scope=Scope(queues=frozenset({"vip"})))
    assert scopes.within(vip) == Within(5, ("vip",), (7, 8), None)
