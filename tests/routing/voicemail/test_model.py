from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_server.core.errors import Conflict
from cti_server.routing.voicemail.model import VoicemailJson, check_free, file_name

ITEM = VoicemailJson(1, 1, "open", "main", "main:1", "support", "138", "4800", 1.0, 5.0, True, None, "", None, "", "")


@given(st.text(max_size=40), st.text(max_size=40), st.floats(0, 4e9))
def test_a_name_stays_in_its_folder(linkedid: str, uniqueid: str, at: float) -> None:
    name = file_name(linkedid, uniqueid, at)
    assert "/" not in name
    assert name.isascii()
    assert name.count("+") == 2


def test_others_messages_are_theirs() -> None:
    check_free(ITEM, 1)
    check_free(replace(ITEM, state="claimed", claimed_by=2), 1, chief=True)
    for wrong in (replace(ITEM, state="claimed", claimed_by=2), replace(ITEM, state="done")):
        with pytest.raises(Conflict):
            check_free(wrong, 1)
