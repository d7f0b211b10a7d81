"""Which language is known and whether the engine is there, said when the server starts."""

import pytest

from cti_server.core.errors import BadInput
from cti_server.recording.transcripts import sphinx


def test_what_it_cannot_do_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput) as unknown:
        sphinx.check("zh-CN")
    assert (unknown.value.field, unknown.value.allowed) == ("recording.transcribe", "en")
    monkeypatch.setattr(sphinx, "installed", lambda: False)
    with pytest.raises(BadInput) as absent:
        sphinx.check("en")
    assert "cti-server[transcribe]" in str(absent.value.allowed)
