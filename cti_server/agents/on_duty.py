"""Where a named agent can be rung now, for callers whom a flow sends to one person."""

from collections.abc import Mapping
from typing import Final

from cti_server.agents.directory import Directory
from cti_server.live.views import AgentView
from cti_server.live.words import AgentState

_AWAY: Final = frozenset({AgentState.LOGGED_OFF, AgentState.UNREACHABLE, AgentState.NOT_READY})


class OnDuty:
    """Agents by login, as far as they are at work. `live`: the agents of all PBXs as they stand."""

    def __init__(self, directory: Directory, live: Mapping[tuple[str, str], AgentView]) -> None:
        self._directory = directory
        self._live = live

    def logins(self) -> frozenset[str]:
        """Everybody who has a device."""
        found = (self._directory.login_of(profile.user_id) for profile in self._directory)
        return frozenset(login for login in found if login)

    def device_for(self, pbx: str, who: str, agent: str, customer_id: str, number: str) -> str | None:
        """The device of the agent who is named, when he is at work on this PBX.

        Who spoke last with a caller, or looks after him (`who` last, owner), is to be found out by name first.
        """
        if who != "named":
            return None
        for profile in self._directory:
            if self._directory.login_of(profile.user_id) == agent and profile.pbx == pbx:
                view = self._live.get(profile.key)
                return profile.device if view is not None and view.state not in _AWAY else None
        return None
