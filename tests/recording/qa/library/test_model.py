"""Which excellent calls an agent is shown."""

from dataclasses import replace

import pytest

from cti_server.recording.qa.library.model import LibraryJson, shown_to_agent

ONE = LibraryJson(1, "Calm", "given", 7, "Li", "north", "vip", "recording", "5", 98.0, 60.0, 1.0, 2.0)


@pytest.mark.parametrize(
    ("one", "user_id", "team", "queues", "expected"),
    [
        (ONE, 8, "north", (), True),
        (ONE, 8, "south", ("vip",), True),
        (ONE, 8, "south", ("sales",), False),
        (replace(ONE, team="", queue=None), 8, "", (), False),
        (replace(ONE, consent="asked"), 8, "north", ("vip",), False),
        (replace(ONE, consent="refused"), 8, "north", ("vip",), False),
        (replace(ONE, consent="refused"), 7, "", (), True),
    ],
)
def test_of_his_team_or_his_queues_once_its_agent_agreed(
    one: LibraryJson, user_id: int, team: str, queues: tuple[str, ...], expected: bool
) -> None:
    assert shown_to_agent(one, user_id, team, queues) is expected
