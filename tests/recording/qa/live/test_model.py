"""What becomes of answers that were given while the call went on."""

from cti_server.recording.qa.forms.model import Answer
from cti_server.recording.qa.live.model import bound_answers
from tests.recording.qa.house import standard


def test_moments_move_and_only_what_is_open_is_filled_in() -> None:
    given = {
        "tone": Answer(4.0, at=20.0),
        "voice": Answer(5.0, at=1.0),
        "talkOver": Answer(1.0, comment="he waited"),
        "silence": Answer(na=True),
        "rate": Answer(comment="too fast?"),
    }
    measured = {"talkOver": 9.0, "longestSilence": 40.0, "length": 90.0, "agentRate": 4.0}
    bound = bound_answers(standard(), given, measured, 3.0)
    assert bound["tone"] == Answer(4.0, at=17.0)
    assert bound["voice"].at == 0.0, "what was before the recording is at its beginning"
    assert [bound[key] for key in ("talkOver", "silence", "rate")] == [
        given[key] for key in ("talkOver", "silence", "rate")
    ]
    assert bound["length"] == Answer(1.0, machine=True, measured=90.0)
