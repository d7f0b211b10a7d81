"""What a blind grader is shown of a recording: its sound and drawing, and nothing that leads to the agent."""

import pytest

from cti_server.core.errors import NotFound
from cti_server.recording.qa.model import Kinds, checked_text, sight_of
from cti_server.recording.qa.subjects import RecordedCalls
from tests.recording.qa.house import LI, House


@pytest.mark.database
async def test_a_blind_recording_names_nobody(house: House) -> None:
    number = str(await house.recording(1))
    await house.archive.room.note(house.qa, int(number), 3.0, "Li was great here")
    calls = RecordedCalls(house.archive.room)
    plain, blind = [await calls.shown(house.qa, number, blind=one) for one in (False, True)]
    assert plain.recording.user_ids == (LI,)
    assert [mark.text for mark in plain.marks] == ["Li was great here"]
    told = str(blind)
    for secret in ("User 7", "Li was", "pbx1-1.0", "20"):
        assert secret not in told, secret
    assert blind.recording.seconds == plain.recording.seconds
    with pytest.raises(NotFound):
        await calls.shown(house.qa, "../1", blind=True)
    with pytest.raises(NotFound):
        Kinds(recording=calls).of("chat")
    assert Kinds(recording=calls).of("recording") is calls
    assert (checked_text(" a ", "x"), sight_of(house.people, house.qa.scope).agents) == ("a", None)
