"""A named agent is rung only while he is at work."""

from types import SimpleNamespace

import pytest

from cti_server.agents.directory import Directory
from cti_server.agents.model import Profile
from cti_server.agents.on_duty import OnDuty
from cti_server.live.views import AgentView
from cti_server.live.words import AgentState


@pytest.mark.parametrize(
    ("state", "device"),
    [
        (AgentState.READY, "PJSIP/1001"),
        (AgentState.BUSY, "PJSIP/1001"),
        (AgentState.NOT_READY, None),
        (AgentState.LOGGED_OFF, None),
    ],
)
def test_where_he_can_be_rung(state: AgentState, device: str | None) -> None:
    directory = Directory()
    directory.load([Profile(7, "main", "PJSIP/1001")], [SimpleNamespace(id=7, login="li", name="李雷")])
    duty = OnDuty(directory, {("main", "PJSIP/1001"): AgentView("main", "PJSIP/1001", "", state, "", 0.0)})
    assert duty.device_for("main", "named", "li", "", "138") == device
    assert duty.device_for("other", "named", "li", "", "138") is None
    assert duty.device_for("main", "named", "wang", "", "138") is None
    assert duty.device_for("main", "last", "li", "", "138") is None
    assert duty.logins() == {"li"}
